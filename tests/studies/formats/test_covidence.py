"""Covidence's four files: the arms of each study are paired when the studies are read."""

from pathlib import Path

import pytest

from metak2.errors import StudyDataError
from metak2.studies.read import open_book, read_studies

RESULTS = """Study,Outcome,Timepoint,Arm,Number of events,Total participants,Mean,SD
Habu 2004,recurrence,12 months,K2,2,21,,
Habu 2004,recurrence,12 months,none,9,19,,
Mizuta 2006,recurrence,12 months,K2,4,32,,
Mizuta 2006,recurrence,12 months,none,16,29,,
Mizuta 2006,bone density,12 months,K2,,30,1.05,0.12
Mizuta 2006,bone density,12 months,none,,28,0.98,0.14
"""
INFORMATION = "Study,Year,Char: Methods\nHabu 2004,2004,parallel\nMizuta 2006,2006,parallel\n"
ARMS = "Study,Arm,Intervention\nHabu 2004,K2,menatetrenone\nHabu 2004,none,no treatment\n"
BIAS = "Study,Sequence generation judgement,Blinding judgement,Overall judgement\nHabu 2004,Low,High,High\n"
FILES = {
    "Study results": RESULTS,
    "Study information": INFORMATION,
    "Study arms": ARMS,
    "Risk of bias": BIAS,
}
ASKED = {"experimental": "K2", "control": "none"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / f"review_77_{name}.csv").write_text(content)
    return tmp_path


@pytest.mark.parametrize("name", ["Study results", "Study information"])
def test_any_of_the_four_files_leads_to_all_of_them(folder: Path, name: str) -> None:
    path = folder / f"review_77_{name}.csv"
    table = read_studies(path, outcome="recurrence", **ASKED)
    assert table.study == ("Habu 2004", "Mizuta 2006")
    assert table.columns["event_e"].tolist() == [2, 4]
    assert table.columns["n_c"].tolist() == [19, 29]
    assert table.columns["year"].tolist() == [2004, 2006]
    assert table.cells["event_e"] == ("review_77_Study results!E2", "review_77_Study results!E4")


def test_means_and_counts_of_one_file_stand_on_sheets_of_their_own(folder: Path) -> None:
    table = read_studies(folder / "review_77_Study results.csv", outcome="bone density", **ASKED)
    assert table.kind == "means"
    assert table.columns["sd_c"].tolist() == [0.14]
    assert table.columns["n_e"].tolist() == [30]


def test_an_archive_of_the_four_files_is_the_same(folder: Path, tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415 - one test

    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.glob("*.csv"):
            archive.write(file, file.name)
    assert list(read_studies(path, outcome="recurrence", **ASKED).columns["event_c"]) == [9, 16]


def test_judgements_come_with_the_results(folder: Path) -> None:
    (row,) = open_book(folder / "review_77_Study results.csv").sheets["risk_of_bias"].rows
    assert [row[name].value for name in ("study", "D1", "D2", "overall")] == ["Habu 2004", "low", "high", "high"]


def test_each_column_that_is_worded_otherwise_is_told(folder: Path) -> None:
    notes = read_studies(folder / "review_77_Study results.csv", outcome="recurrence", **ASKED).problems
    told = {problem.column: problem.raw for problem in notes if problem.code == "MK-L01"}
    assert told["events"] == "Number of events"
    assert told["total"] == "Total participants"


def test_of_two_reviewers_and_their_consensus_the_consensus_is_read(tmp_path: Path) -> None:
    # Covidence's plain export has these four columns before those of the template
    header = (
        "Covidence #,Study ID,Title,Reviewer Name,Events intervention,Total intervention,Events control,Total control"
    )
    rows = ["12,Habu 2004,K2,Ann,2,21,9,19", "12,Habu 2004,K2,Bob,3,21,9,19", "12,Habu 2004,K2,Consensus,2,21,9,19",
            "15,Mizuta 2006,K2,Consensus,4,32,16,29", "15,Mizuta 2006,K2,Ann,4,32,16,28"]  # fmt: skip
    path = tmp_path / "review_283729_20240320131759.csv"
    path.write_text("\n".join([header, *rows]))
    table = read_studies(path)
    assert table.columns["event_e"].tolist() == [2, 4]
    assert table.cells["n_c"] == ("review_283729_20240320131759!H4", "review_283729_20240320131759!H5")
    (note,) = [problem for problem in table.problems if problem.code == "MK-L08"]
    assert note.message == "3 rows of single reviewers are left out: their studies have a row 'Consensus'"


def test_two_reviewers_without_consensus_are_one_study_twice(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text(
        "Study ID,Reviewer Name,event_e,n_e,event_c,n_c\nHabu 2004,Ann,2,21,9,19\nHabu 2004,Bob,3,21,9,19\n"
    )
    with pytest.raises(StudyDataError, match="MK-S0"):
        read_studies(path)

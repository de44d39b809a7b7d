"""Retraction Watch's file is matched by DOI and PubMed number; a title only suggests; nothing is guessed."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metak2.errors import StudyDataError
from metak2.studies.gate.workbook import check_workbook
from metak2.studies.identifiers import doi_of, pmid_of
from metak2.studies.read import read_studies
from metak2.studies.reading_log import recording
from metak2.studies.screening import Screening, mark_retractions, papers_of, screen
from metak2.studies.table import StudyTable
from tests.studies.made_up_notices import HEADER, notices_file

TITLE = "Menatetrenone and the bones of made-up people: a trial"


def trials(**columns: list[Any]) -> StudyTable:
    base = {
        "study": ["Ando 2001", "Baba 2004"],
        "event_e": [8, 10],
        "n_e": [100, 120],
        "event_c": [16, 18],
        "n_c": [100, 118],
    }
    return read_studies(pd.DataFrame(base | columns))


def screened(folder: Path, *rows: dict[str, str], **columns: list[Any]) -> Screening:
    return screen(papers_of(trials(**columns)), notices_file(folder, *rows))


def statuses(found: Screening) -> dict[str, str]:
    return {match.paper.study: match.status for match in found.matches}


def codes(found: Screening) -> list[str]:
    return [problem.code for problem in found.problems if problem.code != "MK-I11"]


@pytest.mark.parametrize(
    "typed",
    ["10.5555/ando.1", "https://doi.org/10.5555/ando.1", "http://dx.doi.org/10.5555/Ando.1", "doi:10.5555/ando.1",
     "DOI 10.5555/ANDO.1", " 10.5555/ ando.1 ", "10.5555/ando.1."],
)  # fmt: skip
def test_a_doi_is_matched_however_it_is_typed_and_the_note_says_how(tmp_path: Path, typed: str) -> None:
    found = screened(tmp_path, {"OriginalPaperDOI": "10.5555/ANDO.1"}, doi=[typed, ""])
    assert statuses(found) == {"Ando 2001": "retracted"}
    plain = typed == "10.5555/ando.1"
    assert ("MK-I03" in codes(found)) != plain
    if not plain:
        note = next(problem for problem in found.problems if problem.code == "MK-I03")
        assert (note.cell, note.severity) == ("row 1, column doi", "note")
        assert note.message.endswith("is compared as 10.5555/ando.1")


def test_a_study_without_a_doi_is_matched_by_its_pubmed_number(tmp_path: Path) -> None:
    found = screened(
        tmp_path, {"OriginalPaperDOI": "unavailable", "OriginalPaperPubMedID": "123456"}, pmid=["", 123456]
    )
    assert [(match.paper.study, match.by) for match in found.matches] == [("Baba 2004", ("pmid",))]


@pytest.mark.parametrize("nothing", ["0", "unavailable", "Unavailable", ""])
def test_the_files_words_for_no_identifier_match_nobody(tmp_path: Path, nothing: str) -> None:
    row = {"OriginalPaperDOI": nothing, "OriginalPaperPubMedID": nothing}
    found = screened(tmp_path, row, doi=[nothing, ""], pmid=[nothing, "0"])
    assert found.matches == ()
    assert codes(found) == []


@pytest.mark.parametrize(
    "natures, status",
    [
        ([("Retraction", "3/9/2020 0:00")], "retracted"),
        ([("Expression of concern", "3/9/2020 0:00")], "concern"),
        ([("Correction", "3/9/2020 0:00")], "corrected"),
        ([("Correction", "3/9/2021 0:00"), ("Retraction", "3/9/2020 0:00")], "retracted"),
        ([("Retraction", "3/9/2020 0:00"), ("Reinstatement", "4/9/2020 0:00")], "corrected"),
        ([("Reinstatement", "4/9/2020 0:00"), ("Retraction", "5/9/2021 0:00")], "retracted"),
        (
            [("Retraction", "2020-03-09"), ("Reinstatement", "4/9/2020"), ("Expression of concern", "5/1/2020")],
            "concern",
        ),
        ([("Retraction", "some day"), ("Reinstatement", "4/9/2020")], "retracted"),
    ],
)
def test_the_notices_of_a_paper_are_taken_together_in_order_of_time(
    tmp_path: Path, natures: list[tuple[str, str]], status: str
) -> None:
    rows = [
        {"OriginalPaperDOI": "10.5555/ando.1", "RetractionNature": nature, "RetractionDate": date}
        for nature, date in natures
    ]
    assert statuses(screened(tmp_path, *rows, doi=["10.5555/ando.1", ""])) == {"Ando 2001": status}


def test_a_notice_fills_the_integrity_columns_with_date_source_and_reason(tmp_path: Path) -> None:
    file = notices_file(tmp_path, {"Record ID": "77", "OriginalPaperDOI": "10.5555/ando.1"})
    marked = mark_retractions(trials(doi=["10.5555/ando.1", "10.5555/baba.1"]), file)
    assert marked.words("integrity_status") == ("retracted", "")
    assert marked.words("integrity_date") == ("2020-03-09", "")
    assert (
        marked.words("integrity_source")[0] == "Retraction Watch, record 77, matched by doi (notice 10.5555/notice.1)"
    )
    assert marked.words("integrity_note")[0] == (
        "Retraction 2020-03-09: Falsification/Fabrication of Data; Investigation by Company/Institution"
    )


def test_who_is_not_in_the_file_keeps_what_the_sheet_says_and_is_never_called_ok(tmp_path: Path) -> None:
    table = trials(doi=["10.5555/ando.1", "10.5555/baba.1"], integrity_status=["", "not_checked"])
    marked = mark_retractions(table, notices_file(tmp_path, {}))
    assert marked.words("integrity_status") == ("", "not_checked")
    assert marked.problems[-1].message == (
        f"2 of 2 studies looked up in {(tmp_path / 'notices.csv').as_posix()} (1 notices, the newest of 2020-03-09): "
        "0 with a notice. Who has none is not thereby ok"
    )


@pytest.mark.parametrize("sheet, then", [("ok", "retracted"), ("corrected", "retracted"), ("concern", "retracted")])
def test_the_graver_of_sheet_and_file_is_used_and_the_difference_told(tmp_path: Path, sheet: str, then: str) -> None:
    table = trials(doi=["10.5555/ando.1", ""], integrity_status=[sheet, ""])
    marked = mark_retractions(table, notices_file(tmp_path, {"OriginalPaperDOI": "10.5555/ando.1"}))
    assert marked.words("integrity_status")[0] == then
    assert "MK-I10" in [problem.code for problem in marked.problems]


def test_a_sheet_that_says_retracted_is_not_acquitted_by_a_correction(tmp_path: Path) -> None:
    table = trials(doi=["10.5555/ando.1", ""], integrity_status=["retracted", ""])
    row = {"OriginalPaperDOI": "10.5555/ando.1", "RetractionNature": "Correction"}
    assert mark_retractions(table, notices_file(tmp_path, row)).words("integrity_status")[0] == "retracted"


def test_a_title_alike_is_suggested_with_its_cell_and_changes_nothing(tmp_path: Path) -> None:
    row = {"Title": f"RETRACTED: {TITLE.upper()}.", "OriginalPaperDOI": "10.5555/else.9"}
    table = trials(title=[TITLE, "Another trial of something else altogether"])
    found = screen(papers_of(table), notices_file(tmp_path, row))
    assert found.matches == ()
    (suggested,) = [problem for problem in found.problems if problem.code == "MK-I09"]
    assert (suggested.cell, suggested.raw, suggested.severity) == ("row 1, column title", TITLE, "warning")
    assert "may be a paper with a notice: Retraction of 2020-03-09 of 10.5555/else.9" in suggested.message
    assert mark_retractions(table, tmp_path / "notices.csv").words("integrity_status") == ("", "")


def test_two_studies_under_one_doi_with_a_notice_stop_the_analysis_at_both_cells(tmp_path: Path) -> None:
    file = notices_file(tmp_path, {"OriginalPaperDOI": "10.5555/ando.1"})
    with pytest.raises(StudyDataError) as error:
        mark_retractions(trials(doi=["10.5555/ando.1", "doi.org/10.5555/ando.1"]), file)
    assert [(problem.code, problem.cell) for problem in error.value.problems] == [
        ("MK-I07", "row 1, column doi"),
        ("MK-I07", "row 2, column doi"),
    ]
    assert "'Ando 2001' and 'Baba 2004' (row 2, column doi) have one doi" in error.value.problems[0].message


def test_a_person_who_wrote_the_status_of_both_settles_it(tmp_path: Path) -> None:
    table = trials(doi=["10.5555/ando.1", "10.5555/ando.1"], integrity_status=["retracted", "concern"])
    marked = mark_retractions(table, notices_file(tmp_path, {"OriginalPaperDOI": "10.5555/ando.1"}))
    assert marked.words("integrity_status") == ("retracted", "retracted")


def test_a_doi_and_a_pubmed_number_of_two_papers_stop_the_analysis(tmp_path: Path) -> None:
    file = notices_file(tmp_path, {"OriginalPaperDOI": "10.5555/else.9", "OriginalPaperPubMedID": "123456"})
    with pytest.raises(StudyDataError) as error:
        mark_retractions(trials(doi=["10.5555/ando.1", ""], pmid=["123456", ""]), file)
    (problem,) = error.value.problems
    assert (problem.code, problem.cell) == ("MK-I08", "row 1, column doi")
    assert "the sheet has doi 10.5555/ando.1, but record 1 has 10.5555/else.9" in problem.message


def test_ok_without_database_date_and_person_is_a_warning_at_its_cell(write_book: Callable[..., Path]) -> None:
    header = ["study", "integrity_status", "integrity_source", "integrity_date", "integrity_person"]
    studies = [header, ["A", "ok", "Retraction Watch", "2026-11-20", "KM"], ["B", "ok", "Retraction Watch", None, None]]
    effects = [["study", "measure", "estimate", "ci_low", "ci_high"], ["A", "RR", 0.5, 0.25, 1], ["B", "RR", 2, 1, 4]]
    path = write_book({"studies": studies, "effects": effects})
    (problem,) = [problem for problem in check_workbook(path).problems if problem.code == "MK-I02"]
    assert problem.cell == "studies!B3"
    assert problem.message == "called ok, but integrity_date, integrity_person are blank"


@pytest.mark.parametrize("column, raw", [("doi", "see the journal's page"), ("pmid", "PMC1234567")])
def test_a_text_that_is_no_identifier_is_named_and_not_looked_up(tmp_path: Path, column: str, raw: str) -> None:
    found = screened(tmp_path, {}, **{column: [raw, ""]})
    (problem,) = [problem for problem in found.problems if problem.code == "MK-I04"]
    assert (problem.cell, problem.raw, problem.severity) == (f"row 1, column {column}", raw, "warning")


def test_a_file_in_another_shape_is_refused_with_the_columns_it_lacks(tmp_path: Path) -> None:
    file = notices_file(tmp_path, {}, header=[name for name in HEADER if name != "RetractionNature"])
    with pytest.raises(
        StudyDataError, match="there is no column RetractionNature; its first row holds Record ID"
    ) as error:
        screen(papers_of(trials()), file)
    assert (error.value.problems[0].code, error.value.problems[0].cell) == ("MK-I05", "notices.csv!A1")


@pytest.mark.parametrize("content", ["", "<!DOCTYPE html>\n<title>Sign in</title>\n", "\x00\x01\x02"])
def test_what_is_no_csv_of_notices_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "notices.csv").write_text(content, encoding="utf-8")
    with pytest.raises(StudyDataError, match="MK-I0"):
        screen(papers_of(trials()), tmp_path / "notices.csv")


def test_a_row_that_is_cut_off_is_named_by_its_cell(tmp_path: Path) -> None:
    file = notices_file(tmp_path, {}, {})
    with file.open("a", encoding="utf-8") as stream:
        stream.write("3,Cut off,in the middle\n")
    with pytest.raises(StudyDataError, match="the row has 3 cells, the first row has 21") as error:
        screen(papers_of(trials()), file)
    assert (error.value.problems[0].code, error.value.problems[0].cell) == ("MK-I06", "notices.csv!A4")


def test_a_nature_of_no_meaning_is_an_error_where_it_concerns_a_study_only(tmp_path: Path) -> None:
    strange = {"RetractionNature": "Withdrawal of sorts"}
    assert screened(tmp_path, strange, doi=["10.5555/ando.1", ""]).matches == ()
    with pytest.raises(StudyDataError, match="'Withdrawal of sorts' is no nature of a notice") as error:
        screened(tmp_path, strange | {"OriginalPaperDOI": "10.5555/ando.1"}, doi=["10.5555/ando.1", ""])
    assert error.value.problems[0].cell == "notices.csv!Q2"


def test_the_file_is_read_row_by_row_and_only_what_concerns_a_study_is_kept(tmp_path: Path) -> None:
    rows = [
        {"Record ID": str(at), "OriginalPaperDOI": f"10.5555/nobody.{at}", "Notes": "x" * 400} for at in range(20_000)
    ]
    file = notices_file(tmp_path, *rows, {"OriginalPaperDOI": "10.5555/ando.1"})
    table = trials(doi=["10.5555/ando.1", ""])
    tracemalloc.start()
    found = screen(papers_of(table), file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.notices.rows, len(found.notices.found)) == (20_001, 1)
    assert file.stat().st_size > 10_000_000
    assert peak < 2_000_000  # a fifth of the file: rows are not kept


def test_the_file_stands_among_the_inputs_of_an_analysis(tmp_path: Path) -> None:
    file = notices_file(tmp_path, {})
    with recording() as inputs:
        screen(papers_of(trials()), file)
    assert [entry.path for entry in inputs] == [file.as_posix()]


@pytest.mark.parametrize(
    "text, doi",
    [
        ("10.1000/182", "10.1000/182"),
        ("10.1016/S0140-6736(97)11096-0", "10.1016/s0140-6736(97)11096-0"),
        ("10.1000", ""),
        ("11.1000/182", ""),
        ("PMC12", ""),
    ],
)
def test_a_doi_is_told_from_other_texts(text: str, doi: str) -> None:
    assert doi_of(text) == doi


@pytest.mark.parametrize(
    "text, pmid",
    [("16801507", "16801507"), ("PMID: 16801507", "16801507"), ("16801507.0", "16801507"), ("0", ""), ("12 345", "")],
)
def test_a_pubmed_number_is_told_from_other_texts(text: str, pmid: str) -> None:
    assert pmid_of(text) == pmid

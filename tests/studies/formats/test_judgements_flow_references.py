"""Risk of bias from its tools, the counts of the flow diagram, and references with their studies."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import StudyDataError
from metak2.studies.formats.flow import read_flow
from metak2.studies.formats.references import match_references, read_references
from metak2.studies.included import included_references
from metak2.studies.read import open_book

WriteBook = Callable[..., Path]

DOMAINS = [f"{number}.0 Assessor's Judgement" for number in range(1, 6)]
ALGORITHM = [f"{number}.0 Algorithm result" for number in range(1, 6)]
TOOL = ["Unique ID", "Study ID", "Experimental", "Comparator", "Outcome", "1.1", "Note for 1.1&1.2", *ALGORITHM,
        *DOMAINS,        "Algorithm's overall Judgement", "Assessor's overall Judgement"]  # fmt: skip


def tool_row(study: str, assessor: list[str | None], overall: str | None) -> list[str | None]:
    return ["1", study, "K2", "none", "recurrence", "Y", "cards", *["Low"] * 5, *assessor, "Low", overall]


def values(path: Path, *columns: str) -> list[list[object]]:
    return [[row[column].value for column in columns] for row in open_book(path).sheets["risk_of_bias"].rows]


ALL = ("study", "outcome", "tool", "D1", "D2", "D3", "D4", "D5", "overall")


def test_the_rob_2_tool_gives_the_assessors_judgements_and_the_algorithms_where_they_are_blank(
    write_book: WriteBook,
) -> None:
    rows = [
        ["RoB 2 results"],
        TOOL,
        tool_row("Habu 2004", ["Low", "Some concerns", "High", None, "Low"], "High"),
        tool_row("Mizuta 2006", [None] * 5, None),
    ]
    path = write_book({"Intro": [["Enable macros"]], "Results": rows}, "rob2.xlsx")
    assert values(path, *ALL) == [
        ["Habu 2004", "recurrence", "RoB 2", "low", "some concerns", "high", "low", "low", "high"],
        ["Mizuta 2006", "recurrence", "RoB 2", "low", "low", "low", "low", "low", "low"],
    ]
    cell = open_book(path).sheets["risk_of_bias"].rows[0]["D2"]
    assert (cell.address, cell.rule) == ("Results!N3", "worded as in risk_of_bias")


@pytest.mark.parametrize(
    "header, row, tool",
    [
        (["Study", "D1", "D2", "D3", "D4", "D5", "Overall", "Weight"],
         ["A", "Low", "Some concerns", "High", "Low", "Low", "High", 33.3], "RoB 2"),
        (["Study", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "Overall", "Weight"],
         ["A", "Low", "Moderate", "Serious", "Low", "Low", "Low", "Critical", "Serious", 1], "ROBINS-I"),
        (["Study", "Random sequence", "Concealment", "Blinding", "Overall"], ["A", "+", "?", "-", "Unclear"], "RoB 1"),
    ],
)  # fmt: skip
def test_a_table_of_robvis_is_read_and_its_tool_told(
    write_csv: WriteBook, header: list[str], row: list[object], tool: str
) -> None:
    path = write_csv([header, row], "rob.csv")
    (line,) = open_book(path).sheets["risk_of_bias"].rows
    assert line["tool"].value == tool
    expected = {"Low": "low", "+": "low", "?": "unclear", "-": "high", "High": "high", "Unclear": "unclear"}
    first = row[1] if isinstance(row[1], str) else ""
    assert line["D1"].value == expected[first]
    assert "Weight" not in line


def test_a_word_that_is_no_judgement_is_named_with_its_cell(write_csv: WriteBook) -> None:
    rows = [["Study", "D1", "D2", "D3", "D4", "D5", "Overall"], ["A", "Low", "Lwo", "High", "Low", "Low", "High"]]
    problems = open_book(write_csv(rows, "rob.csv")).sheets["risk_of_bias"].problems
    assert [(found.code, found.cell, found.column, found.message) for found in problems if found.code == "MK-R07"] == [
        ("MK-R07", "risk_of_bias!C2", "D2", "'Lwo' is no judgement")
    ]


FLOW = [
    ["stage", "count", "reason"],
    ["Records identified from databases", 120, "MEDLINE"],
    ["Records identified from databases", 80, "Embase"],
    ["Duplicate records removed", 50, None],
    ["Records screened", 150, None],
    ["Records excluded", 100, None],
    ["Reports sought for retrieval", 50, None],
    ["Reports not retrieved", 5, None],
    ["Reports assessed for eligibility", 45, None],
    ["Reports excluded", 30, "wrong population"],
    ["Reports excluded", 6, "no control"],
    ["Reports of included studies", 9, None],
    ["Studies included in review", 8, None],
    ["Studies in meta-analysis", 6, None],
]


def test_the_counts_of_a_flow_diagram_are_read_with_their_cells(write_book: WriteBook) -> None:
    flow = read_flow(open_book(write_book({"Flow": FLOW})))
    assert flow is not None
    assert (flow.total("databases"), flow.total("screened"), flow.total("excluded_reports")) == (200, 150, 36)
    assert flow.cell("screened") == "flow!B5"
    assert [count.detail for count in flow.counts if count.stage == "excluded_reports"] == [
        "wrong population",
        "no control",
    ]
    assert flow.problems == ()


@pytest.mark.parametrize(
    "row, count, told",
    [
        (4, 149, ("flow!B5", "screened is 149, but identified less removed is 150")),
        (8, 44, ("flow!B9", "assessed is 44, but sought less not retrieved is 45")),
        (12, 10, ("flow!B13", "included_studies is 10, but the most that their reports allow is 9")),
        (13, 9, ("flow!B14", "pooled_studies is 9, but the number of included studies is 8")),
    ],
)
def test_a_flow_that_does_not_add_up_names_the_cell(
    write_book: WriteBook, row: int, count: int, told: tuple[str, str]
) -> None:
    rows = [list(line) for line in FLOW]
    rows[row][1] = count
    flow = read_flow(open_book(write_book({"Flow": rows})))
    assert flow is not None
    assert told in [(problem.cell, problem.message) for problem in flow.problems]
    assert {problem.code for problem in flow.problems} == {"MK-R06"}


def test_a_count_that_is_a_word_is_named_with_its_cell(write_book: WriteBook) -> None:
    flow = read_flow(open_book(write_book({"flow": [["stage", "count"], ["screened", "many"]]})))
    assert flow is not None
    assert [(problem.code, problem.cell) for problem in flow.problems] == [("MK-C03", "flow!B2")]


def test_a_book_without_a_flow_has_none(write_book: WriteBook, two_trials: list[list[object]]) -> None:
    assert read_flow(open_book(write_book({"binary": two_trials}))) is None


RIS = """TY  - JOUR
AU  - Habu, Daiki
PY  - 2004
TI  - Role of vitamin K2 in the development of hepatocellular carcinoma
JO  - JAMA
DO  - 10.1001/jama.292.3.358
ER  -

TY  - JOUR
AU  - Mizuta, Toshihiko
PY  - 2006
TI  - The effect of menatetrenone
ER  -

TY  - JOUR
AU  - Nobody, A
PY  - 1999
TI  - Something else
ER  -
"""
BIB = r"""
% my library
@comment{not an entry}
@article{habu2004,
  author = {Habu, Daiki and Shiomi, S{\"u}sumu},
  title = {Role of {Vitamin K2} in the development of hepatocellular carcinoma},
  journal = "JAMA", year = 2004,
  doi = {https://doi.org/10.1001/JAMA.292.3.358}
}
@article{mizuta, author={Toshihiko Mizuta}, title={The effect of menatetrenone}, year={2006}}
@misc{other, author={A Nobody}, title={Something else}, date={1999-02-01}}
"""
NBIB = """
PMID- 15280345
DP  - 2004 Jul 21
TI  - Role of Vitamin K2 in the development of
      hepatocellular carcinoma
FAU - Habu, Daiki
AU  - Habu D
LID - 10.1001/jama.292.3.358 [doi]
JT  - JAMA

PMID- 16855180
DP  - 2006 Aug
TI  - The effect of menatetrenone
FAU - Mizuta, Toshihiko

PMID- 3
DP  - 1999
TI  - Something else
FAU - Nobody, A
"""
STUDIES = [["study", "doi"], ["Habu 2004", "10.1001/jama.292.3.358"], ["Mizuta 2006", None], ["Mizuta 2008", None]]


@pytest.mark.parametrize("name, content", [("library.ris", RIS), ("library.bib", BIB), ("library.nbib", NBIB)])
def test_references_are_matched_to_their_studies(
    write_book: WriteBook, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    references = read_references(tmp_path / name)
    assert [reference.year for reference in references] == ["2004", "2006", "1999"]
    assert references[0].doi == "10.1001/jama.292.3.358"
    assert references[0].title == "Role of vitamin K2 in the development of hepatocellular carcinoma".replace(
        "vitamin K2", "Vitamin K2" if name.endswith("bib") else "vitamin K2"
    )
    matched = match_references(references, open_book(write_book({"studies": STUDIES})))
    assert {study: [found.surname for found in of] for study, of in matched.by_study.items()} == {
        "Habu 2004": ["Habu"],
        "Mizuta 2006": ["Mizuta"],
    }
    assert [(problem.code, problem.raw) for problem in matched.problems] == [("MK-R05", "Something else")]


def test_accents_of_a_bibtex_file_are_letters(tmp_path: Path) -> None:
    (tmp_path / "library.bib").write_text(BIB, encoding="utf-8")
    assert read_references(tmp_path / "library.bib")[0].authors[1] == "Shiomi, Su\u0308sumu"


def test_the_studys_name_in_a_revman_reference_decides(write_book: WriteBook, tmp_path: Path) -> None:
    (tmp_path / "included.ris").write_text("TY  - JOUR\nNS  - Mizuta 2008\nER  - \n", encoding="utf-8")
    matched = included_references(write_book({"studies": STUDIES}), tmp_path / "included.ris")
    assert list(matched.by_study) == ["Mizuta 2008"]


def test_a_value_that_is_never_closed_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "library.bib").write_text("@article{a, title={never closed", encoding="utf-8")
    with pytest.raises(StudyDataError, match="MK-F04  cannot be read: a value is never closed"):
        read_references(tmp_path / "library.bib")

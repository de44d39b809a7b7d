"""Whatever happens to a file on its way, reading gives sheets or an error that says what is wrong."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from metak2.errors import StudyDataError
from metak2.models.revman_check import check_revman
from metak2.studies.formats.flow import read_flow
from metak2.studies.formats.references import read_references
from metak2.studies.read import open_book, read_studies
from tests.studies.formats import review

CSV = 'study,event_e,n_e,event_c,n_c,note\n"Habu, 2004",2,21,9,19,Müller\nMizuta 2006,4,32,16,29,\n'.encode()
RIS = b"TY  - JOUR\nAU  - Habu, D\nPY  - 2004\nTI  - K2\nER  - \n"
BIB = b"@article{a, author={Habu, D}, title={K2 {and} more}, year=2004}\n"
FLOW = b"stage,count\nscreened,10\nRecords excluded,3\nReports sought for retrieval,7\n"


def workbook() -> bytes:
    book = Workbook()
    for row in (["study", "event_e", "n_e", "event_c", "n_c"], ["A", 1, 20, 2, 20], ["B", 2, 20, "3 ", 20]):
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FILES = {
    "trials.csv": CSV,
    "flow.csv": FLOW,
    "export.csv": review.revman_csv().encode(),
    "review.rm5": review.review_xml().encode(),
    "package.zip": review.zipped(review.package_parts()),
    "trials.xlsx": workbook(),
    "library.ris": RIS,
    "library.bib": BIB,
}
EDITS = st.lists(
    st.tuples(st.integers(0, 10_000_000), st.sampled_from(["drop", "twice", "set", "cut"]), st.binary(max_size=6)),
    min_size=1,
    max_size=4,
)


def mutated(content: bytes, edits: list[tuple[int, str, bytes]]) -> bytes:
    for where, what, new in edits:
        at = where % (len(content) + 1)
        length = 1 + where % 40
        if what == "drop":
            content = content[:at] + content[at + length :]
        elif what == "twice":
            content = content[: at + length] + content[at:]
        elif what == "set":
            content = content[:at] + new + content[at + len(new) :]
        else:
            content = content[:at]
    return content


def codes_of(path: Path) -> list[str]:
    """The codes of the problems for which the file is refused, none where it is read."""
    try:
        if path.suffix in {".ris", ".bib"}:
            read_references(path)
            return []
        read_flow(open_book(path))
        if path.suffix in {".rm5", ".zip"}:
            check_revman(path)
        read_studies(path)
    except StudyDataError as error:
        return [problem.code for problem in error.problems] or ["an error without a problem"]
    return []


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_a_mutated_file_is_read_or_refused_with_a_code(
    tmp_path: Path, name: str, edits: list[tuple[int, str, bytes]]
) -> None:
    path = review.write(tmp_path / name, mutated(FILES[name], edits))
    assert all(code.startswith("MK-") for code in codes_of(path))

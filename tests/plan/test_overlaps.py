"""`[[overlap]]`: a plan draws the citation matrix of a sheet of memberships, and refuses what it cannot read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from metak2.errors import PlanError, UnknownOptionError
from metak2.plan.run import run_plan
from metak2.report.blocks import Picture, Table

WritePlan = Callable[..., Path]
ROWS = [("A 2004", "x", "yes"), ("B 2009", "x", "yes"), ("B 2009", "y", "yes"), ("A 2004", "y", "no"), ("C", "x", "no")]
ASKED = '\n[[overlap]]\nfile = "datasets/k2/reviews.xlsx"\nwithout = ["C"]\ntext = "As far as seen."\n'


@pytest.fixture
def memberships(project: Path) -> Path:
    book = Workbook()
    book.worksheets[0].title = "memberships"
    for row in [("review", "trial", "holds"), *ROWS]:
        book.worksheets[0].append(row)
    path = project / "datasets" / "k2" / "reviews.xlsx"
    book.save(path)
    return path


@pytest.mark.usefixtures("memberships")
def test_a_report_shows_the_citation_matrix_as_figure_and_table_with_its_area(write_plan: WritePlan) -> None:
    report = run_plan(write_plan(ASKED))
    tables = {block.caption: block for block in report.blocks if isinstance(block, Table)}
    matrix = tables["Which review holds which trial"]
    assert matrix.rows == (("x", "yes", "yes"), ("y", "no", "yes"), ("Listed trials known to be in it", "1", "2"))
    assert "overlap-1" in [block.name for block in report.blocks if isinstance(block, Picture)]
    assert report.results["overlap_1"].cca_low == pytest.approx(50)  # type: ignore[attr-defined] # results are objects; (3 − 2) / (4 − 2)


@pytest.mark.usefixtures("memberships")
def test_a_review_that_is_not_there_cannot_be_left_out(write_plan: WritePlan) -> None:
    with pytest.raises(UnknownOptionError, match=r"without='D' is not known\. Allowed: A 2004, B 2009, C"):
        run_plan(write_plan(ASKED.replace('"C"', '"D"')))


def test_an_overlap_without_a_file_or_with_a_strange_key_is_refused(write_plan: WritePlan) -> None:
    with pytest.raises(PlanError) as error:
        run_plan(write_plan('\n[[overlap]]\nshet = "x"\n'))
    assert error.value.problems == (
        'overlap 1: the key "shet" is not known; did you mean "sheet"?',
        'overlap 1: the key "file" is missing',
    )

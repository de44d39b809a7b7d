"""The workbook that `metak2 new` gives."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from metak2.errors import UnknownOptionError
from metak2.studies import read_studies
from metak2.studies.template import EXAMPLE, EXAMPLES, write_template

SIDES = {"experimental": "treatment", "control": "placebo"}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_example_rows_of_each_kind_read_without_a_word(tmp_path: Path, kind: str) -> None:
    write_template(tmp_path / "new.xlsx", measure_kind=kind)
    table = read_studies(tmp_path / "new.xlsx", **SIDES)
    assert table.kind == kind
    assert table.problems == ()
    assert table.higher_is == "worse"
    assert set(table.words("note")) == {EXAMPLE}
    assert set(table.words("study_note")) == {EXAMPLE}


def test_every_column_of_every_sheet_stands_in_the_codebook(tmp_path: Path) -> None:
    write_template(tmp_path / "new.xlsx", measure_kind="counts")
    workbook = load_workbook(tmp_path / "new.xlsx")
    columns = [(sheet.title, cell.value) for sheet in workbook for cell in sheet[1]]
    codebook = [row[:4] for row in workbook["codebook"].iter_rows(min_row=2, values_only=True)]
    assert [(sheet, column) for sheet, column, value, _ in codebook if value is None] == columns
    assert all(meaning for *_, meaning in codebook)
    assert workbook.sheetnames[:2] == ["studies", "risk_of_bias"]


def test_a_workbook_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "new.xlsx").write_text("mine")
    with pytest.raises(FileExistsError, match=r"new\.xlsx exists already"):
        write_template(tmp_path / "new.xlsx", measure_kind="counts")
    assert (tmp_path / "new.xlsx").read_text() == "mine"


def test_an_unknown_kind_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownOptionError, match="counts, effects, means, percentages, rates"):
        write_template(tmp_path / "new.xlsx", measure_kind="count")

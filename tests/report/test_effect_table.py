"""Effect sizes leave metak2 as numbers, and no study name leaves it as a formula."""

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

import metak2 as mk
from metak2.report.effect_table import as_csv, effect_table
from metak2.report.workbook import workbook_bytes

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "<script>alert(1)</script> & co", "two\nlines"]
EFFECTS = mk.effects_from([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], study=HOSTILE, measure="RR", se=[0.1] * 6)


def test_a_study_name_is_never_a_formula_in_csv() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(effect_table(mk.pool(EFFECTS))))))
    names = [row[0] for row in rows[1:]]
    assert names[:4] == ["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3", "'@SUM(A1)"]
    assert names[4:] == ["<script>alert(1)</script> & co", "two lines"]


def test_negative_numbers_in_csv_stay_numbers() -> None:
    table = as_csv(effect_table(mk.pool(mk.effects_from([-0.5, -0.25], study=["A", "B"], se=[0.1, 0.2]))))
    first = next(iter(csv.DictReader(io.StringIO(table))))
    assert float(first["yi"]) == -0.5


def test_a_study_name_is_text_in_a_workbook_and_numbers_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "studies.xlsx"
    path.write_bytes(workbook_bytes({"primary": effect_table(mk.pool(EFFECTS))}))
    sheet = openpyxl.load_workbook(path)["primary"]
    names = list(sheet["A"][1:])
    assert [cell.value for cell in names] == [*HOSTILE[:5], "two lines"]
    assert {cell.data_type for cell in names} == {"s"}
    assert sheet["D2"].value == pytest.approx(0.1, abs=0)


def test_a_workbook_has_the_same_bytes_whenever_it_is_written() -> None:
    tables = {"primary": effect_table(mk.pool(EFFECTS))}
    once, twice = workbook_bytes(tables), workbook_bytes(tables)
    assert once == twice
    with zipfile.ZipFile(io.BytesIO(once)) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")


def test_a_study_that_is_not_pooled_is_in_the_table_with_its_reason() -> None:
    effects = EFFECTS.excluding("retracted", ("=1+1",))
    row = effect_table(mk.pool(effects)).rows[0]
    assert row[2] == "retracted"
    assert row[3] == pytest.approx(0.1, abs=0)

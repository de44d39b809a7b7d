"""Every question of a sheet is asked once; what may not be pooled stands beside one another with its reason."""

from pathlib import Path

import openpyxl
import pytest

import metak2 as mk

HEADER = ["study", "outcome", "site", "unit", "time", "arm", "n", "mean", "dispersion", "dispersion_type",
          "dispersion_inferred", "change_or_final", "statistic"]  # fmt: skip


def sheet(tmp_path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type] # a new workbook has a sheet
    page = book.create_sheet("continuous")
    for row in [HEADER, *rows]:
        page.append(row)
    book.save(tmp_path / "bmd.xlsx")
    return tmp_path / "bmd.xlsx"


def arms(study: str, unit: str = "percent", **changed: object) -> list[list[object]]:
    base = {"study": study, "outcome": "lumbar BMD", "site": "L2-L4", "unit": unit, "time": "12 months", "n": 30,
            "mean": 1.0, "dispersion": 2.0, "dispersion_type": "SD", "dispersion_inferred": None,
            "change_or_final": "change", "statistic": "mean"}  # fmt: skip
    rows = [{**base, "arm": "K2", **changed}, {**base, "arm": "placebo", "mean": 0.0}]
    return [[row[name] for name in HEADER] for row in rows]


ASKED = {"experimental": {"vitamin K2": ["K2"]}, "control": {"none": ["placebo"]}}


def test_trials_in_one_unit_are_pooled_and_another_unit_is_a_question_of_its_own(tmp_path: Path) -> None:
    path = sheet(tmp_path, [*arms("A"), *arms("B"), *arms("C", unit="g/cm2")])
    percent, absolute = mk.questions(path, **ASKED)
    assert isinstance(percent.result, mk.Pooled)
    assert percent.result.k == 2
    assert isinstance(absolute.result, mk.Unpooled)
    assert absolute.said("unit") == "g/cm2"
    assert "estimable here: C" in absolute.result.why


def test_a_trial_without_its_spread_is_named_with_what_it_lacks_and_its_cell_is_listed(tmp_path: Path) -> None:
    path = sheet(tmp_path, [*arms("A"), *arms("B", dispersion=None)])
    (asked,) = mk.questions(path, **ASKED)
    assert isinstance(asked.result, mk.Unpooled)
    assert "Means without a standard error (SD, SEM or n missing): B" in asked.result.why
    (row,) = mk.cells_to_fill(path, [asked.studies]).rows
    assert row[0] == "B"
    assert row[-1] == "I4 (dispersion)"
    (bare,) = mk.without_interval([asked]).rows
    assert (bare[0], bare[4]) == ("B", "1.00")


def test_pairs_that_cannot_be_pooled_are_told_with_what_sets_them_apart(tmp_path: Path) -> None:
    path = sheet(tmp_path, [*arms("A"), *arms("C", unit="g/cm2")])
    (row,) = mk.kept_apart(mk.questions(path, **ASKED), outcome="BMD").rows
    assert row == ("A with C", "no", "percent against g/cm2")


def test_a_question_becomes_a_part_of_a_report_with_its_name_made_of_its_words(tmp_path: Path) -> None:
    (asked,) = mk.questions(sheet(tmp_path, [*arms("A"), *arms("B")]), **ASKED)
    part = mk.comparison_of(asked, doubts=("Small.",))
    assert part.name == "lumbar-bmd-l2-l4-percent-change-12-months-vitamin-k2-none"
    assert part.doubts[-1] == "Small."


def test_an_unnamed_spread_is_told_in_both_readings_with_the_p_value_of_each(tmp_path: Path) -> None:
    rows = arms("A", dispersion_type=None, dispersion_inferred="SEM")
    rows[1][HEADER.index("dispersion_type")] = None
    rows[1][HEADER.index("dispersion_inferred")] = "SEM"
    (asked,) = mk.questions(sheet(tmp_path, rows), **ASKED)
    (row,) = mk.two_readings([asked]).rows
    # by hand: SEM 2 and 2 give √8; SD 2 and 2 of 30 people give √(8 / 30)
    assert row[2].startswith("2.83, ")
    assert row[3].startswith("0.516, ")
    (note,) = (note for note in asked.effects.notes if note.code == "DISPERSION_INFERRED")
    assert note.values["se"] == pytest.approx((8 / 30) ** 0.5, rel=1e-12)

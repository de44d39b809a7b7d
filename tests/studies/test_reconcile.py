"""Two people extracted the same trials: what they disagree about, and the workbook in which they decide."""

import math
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.errors import StudyDataError
from metak2.studies import read_studies
from metak2.studies.reconcile import Reconciliation, cohen_kappa, reconcile
from metak2.studies.reconcile_workbook import write_reconciliation
from tests.studies.conftest import BINARY, arm_row

STUDIES = [["study", "year", "randomised"], ["Habu 2004", 2004, "yes"], ["Mizuta 2006", 2006, "yes"]]


@pytest.fixture
def found(write_book: Callable[..., Path]) -> Reconciliation:
    """The second extractor wrote 8 events for 9, "2" as text, "no" for "yes", and one trial more."""
    a = [
        list(BINARY), arm_row("Habu 2004", "K2", 2, 21), arm_row("Habu 2004", "none", 9, 19),
        arm_row("Mizuta 2006", "K2", 4, 32), arm_row("Mizuta 2006", "none", 16, 29),
    ]  # fmt: skip
    b = [
        list(BINARY), arm_row("Mizuta 2006", "none", 16, 29), arm_row("Habu, 2004", "K2", "2", 21),
        arm_row("Habu, 2004", "none", 8, 19), arm_row("Mizuta 2006", "K2", 4, 32),
        arm_row("Kakizaki 2007", "K2", 3, 30),
    ]  # fmt: skip
    b[1][-1] = "own words"
    other = [STUDIES[0], ["Habu 2004", 2004, "no"], ["Mizuta 2006", 2006, "Yes"]]
    return reconcile(
        write_book({"binary": a, "studies": STUDIES}, "A.xlsx"), write_book({"binary": b, "studies": other}, "B.xlsx")
    )


def test_disagreements_are_listed_by_study_and_item_with_both_cells(found: Reconciliation) -> None:
    told = [
        (pair.study, pair.row, pair.item, pair.first and pair.first.address, pair.second and pair.second.address)
        for pair in found.disagreements
    ]
    assert told == [
        ("Habu 2004", "recurrence, 12 months, none", "events", "binary!E3", "binary!E4"),
        ("Habu 2004", "", "randomised", "studies!C2", "studies!C2"),
    ]


def test_a_row_that_one_extractor_lacks_is_told_and_not_counted(found: Reconciliation) -> None:
    assert [(one.pairs[0].study, one.cell, Path(one.of).name) for one in found.only] == [
        ("Kakizaki 2007", "binary!E6", "B.xlsx")
    ]
    assert {item.n for item in found.items if item.sheet == "binary"} == {4}


def test_agreement_is_counted_by_item(found: Reconciliation) -> None:
    by_item = {item.item: item for item in found.items}
    assert by_item["events"].percent == 75
    # 2 9 4 16 against 2 8 4 16: observed 3/4, chance 3 × (1/4)² = 3/16, κ = (12 − 3) / (16 − 3)
    assert by_item["events"].kappa == pytest.approx(9 / 13, rel=1e-12)
    assert by_item["total"].kappa == 1
    assert by_item["randomised"].percent == 50
    assert by_item["randomised"].kappa == 0
    assert math.isnan(by_item["derived"].kappa)  # both wrote "no" throughout
    assert "note" not in by_item  # free text
    assert found.percent == pytest.approx(100 * (4 * 3 + 2 * 2 - 2) / (4 * 3 + 2 * 2), rel=1e-12)


def test_kappa_is_cohens_own_example_of_agreement_beyond_chance() -> None:
    # 50 proposals read twice: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.70, chance 0.50, κ 0.40 exactly
    ratings = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(ratings) == pytest.approx(0.4, rel=1e-12)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_kappa_is_one_at_most_and_does_not_mind_who_is_first(ratings: list[tuple[str, str]]) -> None:
    kappa, turned = cohen_kappa(ratings), cohen_kappa([(b, a) for a, b in ratings])
    assert math.isnan(kappa) == math.isnan(turned)
    assert math.isnan(kappa) or (-1 <= kappa <= 1 + 1e-12 and kappa == pytest.approx(turned, abs=1e-12))


def test_an_extraction_agrees_with_itself_whatever_the_order(
    write_book: Callable[..., Path], two_trials: list[list[object]]
) -> None:
    a = write_book({"binary": two_trials}, "A.xlsx")
    b = write_book({"binary": [two_trials[0], *reversed(two_trials[1:])]}, "B.xlsx")
    same = reconcile(a, b)
    assert (same.disagreements, same.only, same.percent) == ((), (), 100)


def test_below_and_above_are_not_the_same_answer(write_book: Callable[..., Path]) -> None:
    rows = [["study", "p", "judgement"], ["Habu 2004", "<0.05", "+"]]
    other = [["study", "p", "judgement"], ["Habu 2004", ">0.05", "-"]]
    found = reconcile(write_book({"x": rows}, "A.xlsx"), write_book({"x": other}, "B.xlsx"))
    assert [pair.item for pair in found.disagreements] == ["p", "judgement"]


def test_the_third_workbook_shows_both_and_leaves_the_decision_empty(found: Reconciliation, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_reconciliation(found, tmp_path / "third.xlsx"))
    assert book.sheetnames == ["binary", "studies", "disagreements", "agreement", "only in one"]
    rows = list(book["binary"].iter_rows(values_only=True))
    at = rows[0].index("events [A]")
    assert rows[0][at : at + 3] == ("events [A]", "events [B]", "events")
    assert [row[at : at + 3] for row in rows[1:]] == [
        (2, "2", 2), (9, 8, None), (4, 4, 4), (16, 16, 16), (None, 3, None)
    ]  # fmt: skip
    first = next(book["disagreements"].iter_rows(min_row=2, values_only=True))
    assert first[:8] == (
        "binary", "Habu 2004", "recurrence, 12 months, none", "events", "binary!E3", 9, "binary!E4", 8,
    )  # fmt: skip


def test_the_third_workbook_reads_like_any_other_once_it_is_decided(found: Reconciliation, tmp_path: Path) -> None:
    path = write_reconciliation(found, tmp_path / "third.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["binary"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(row=3, column=header.index("events") + 1, value=9)
    sheet.delete_rows(6)
    book.save(path)
    table = read_studies(path, sheet="binary", experimental="K2", control="none")
    assert table.study == ("Habu 2004", "Mizuta 2006")
    assert table.numbers("event_c").tolist() == [9, 16]


def test_what_begins_like_a_formula_stays_text(write_book: Callable[..., Path], tmp_path: Path) -> None:
    rows, other = ([["study", "dose"], ["-2+3", dose]] for dose in ("@SUM(A1)", "+cmd|' /C calc'!A0"))
    found = reconcile(write_book({"x": rows}, "A.xlsx"), write_book({"x": other}, "B.xlsx"))
    book = openpyxl.load_workbook(write_reconciliation(found, tmp_path / "third.xlsx"))
    assert {cell.data_type for sheet in book for row in sheet for cell in row if cell.value is not None} <= {"s", "n"}


def test_a_workbook_that_may_hold_decisions_is_never_overwritten(found: Reconciliation, tmp_path: Path) -> None:
    path = write_reconciliation(found, tmp_path / "third.xlsx")
    before = path.read_bytes()
    with pytest.raises(StudyDataError, match="MK-R03"):
        write_reconciliation(found, path)
    assert path.read_bytes() == before


def test_workbooks_without_a_sheet_in_common_are_refused(
    write_book: Callable[..., Path], two_trials: list[list[object]]
) -> None:
    a = write_book({"binary": two_trials, "studies": STUDIES}, "A.xlsx")
    b = write_book({"x": two_trials, "y": STUDIES}, "B.xlsx")
    with pytest.raises(StudyDataError, match=r'MK-R01.*"binary", "studies" here, "x", "y" in'):
        reconcile(a, b)


def test_sheets_without_a_column_to_match_rows_by_are_refused(write_book: Callable[..., Path]) -> None:
    a, b = write_book({"x": [["a"], [1]]}, "A.xlsx"), write_book({"x": [["b"], [1]]}, "B.xlsx")
    with pytest.raises(StudyDataError, match=r"MK-R02  x  no column tells the rows of sheet x apart"):
        reconcile(a, b)


@pytest.mark.parametrize("name", ["bcg", "habu2004", "k2_reviews"])
def test_every_shipped_dataset_agrees_with_itself(name: str) -> None:
    path = Path(__file__).parents[2] / "datasets" / name / f"{name}.xlsx"
    same = reconcile(path, path)
    assert (same.disagreements, same.only, same.percent) == ((), (), 100)

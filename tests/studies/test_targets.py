"""A sheet of published results is read to the digit; what cannot be read is named with its cell, nothing is guessed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import StudyDataError
from metak2.studies.targets import Printed, Target, read_targets

HEAD = ["review", "outcome", "measure", "estimate", "ci_low", "ci_high", "level", "p", "p_sided", "I2", "decimals"]
COCKAYNE = ["Cockayne 2006, corrected 2018", "hip fracture", "OR", 0.3, 0.05, 1.74, 95, None, None, None, None]
WriteBook = Callable[..., Path]


def read(write_book: WriteBook, *rows: list[object]) -> tuple[Target, ...]:
    return read_targets(write_book({"targets": [HEAD, *rows]}))


def problems(write_book: WriteBook, *rows: list[object]) -> list[tuple[str, str]]:
    with pytest.raises(StudyDataError) as raised:
        read(write_book, *rows)
    return [(found.code, found.cell) for found in raised.value.problems]


def changed(**values: object) -> list[object]:
    return [values.get(name, old) for name, old in zip(HEAD, COCKAYNE, strict=True)]


def test_a_last_zero_that_the_cell_lost_is_given_back_by_the_limits(write_book: WriteBook) -> None:
    (target,) = read(write_book, COCKAYNE)
    assert target.printed["estimate"].decimals == 2
    assert (target.printed["estimate"].low, target.printed["estimate"].high) == pytest.approx((0.295, 0.305))
    assert target.cells["estimate"] == "targets!D2"


def test_decimals_that_the_sheet_states_are_taken(write_book: WriteBook) -> None:
    (target,) = read(write_book, changed(estimate=1.15, ci_low=0.843, ci_high=1.57, decimals=3))
    assert {target.printed[name].decimals for name in ("estimate", "ci_low", "ci_high")} == {3}


def test_a_bound_on_p_is_read_as_a_bound(write_book: WriteBook) -> None:
    (target,) = read(write_book, changed(p="< 0.001"))
    assert target.printed["p"] == Printed(value=0.001, decimals=3, below=True, typed=3)
    assert (target.printed["p"].low, target.printed["p"].high) == (0.0, 0.001)


def test_minus_signs_of_print_and_numbers_typed_as_text_are_read(write_book: WriteBook) -> None:
    (target,) = read(write_book, changed(measure="MD", estimate="\u22122.67", ci_low="-2.86", ci_high="-2.490"))
    assert target.printed["estimate"].value == -2.67
    assert target.printed["ci_high"].decimals == 3


def test_a_target_without_an_interval_carries_its_problem_and_no_interval(write_book: WriteBook) -> None:
    (target,) = read(write_book, changed(estimate=0.63, ci_low=None, ci_high=None, p=0.08))
    assert not target.has_interval
    assert set(target.printed) == {"estimate", "p"}
    assert [(found.code, found.cell, found.severity) for found in target.problems] == [
        ("MK-V02", "targets!E2", "warning")
    ]


def test_one_limit_without_the_other_is_an_error_at_its_cell(write_book: WriteBook) -> None:
    assert problems(write_book, changed(ci_high=None)) == [("MK-V03", "targets!E2")]
    assert problems(write_book, changed(ci_low=None)) == [("MK-V03", "targets!F2")]


def test_limits_that_are_exchanged_are_an_error_at_their_cell(write_book: WriteBook) -> None:
    assert problems(write_book, changed(ci_low=1.74, ci_high=0.05)) == [("MK-V04", "targets!E2")]


def test_all_that_cannot_be_read_is_named_at_once(write_book: WriteBook) -> None:
    found = problems(
        write_book,
        changed(estimate="not in abstract", p="not significant"),
        changed(p=1.2, I2=140, level=5000, decimals=2.5),
        changed(review=None),
    )
    assert found == [
        ("MK-V01", "targets!D2"),
        ("MK-V01", "targets!H2"),
        ("MK-V05", "targets!H3"),
        ("MK-V05", "targets!J3"),
        ("MK-V05", "targets!G3"),
        ("MK-V05", "targets!K3"),
        ("MK-V06", "targets!A4"),
    ]


def test_an_impossible_ratio_is_read_as_it_was_printed_to_be_questioned_later(write_book: WriteBook) -> None:
    (target,) = read(write_book, changed(measure="RR", estimate=0.92, ci_low=-0.79, ci_high=1.07))
    assert target.printed["ci_low"].value == -0.79


def test_a_sheet_without_the_columns_of_a_target_names_those_it_lacks(write_book: WriteBook) -> None:
    book = write_book({"targets": [["outcome", "value"], ["hip fracture", 0.3]]})
    with pytest.raises(StudyDataError) as raised:
        read_targets(book)
    assert [found.column for found in raised.value.problems] == ["review", "measure", "estimate"]


def test_a_sheet_of_effects_is_a_sheet_of_targets_too(write_book: WriteBook) -> None:
    head = ["study", "outcome", "time", "measure", "estimate", "ci_low", "ci_high", "p", "p_sided"]
    row = ["Yoshida 2011", "recurrence", "not stated", "HR", 1.15, 0.843, 1.57, 0.811, "one"]
    (target,) = read_targets(write_book({"effects": [head, row]}), "effects")
    assert (target.review, target.p_sided, target.level, target.time) == ("Yoshida 2011", "one", 0.95, "")
    assert target.printed["estimate"].decimals == 3

"""Judgements of risk of bias, read from the sheet as they stand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import StudyDataError
from metak2.studies.risk_of_bias import read_risk_of_bias

WriteBook = Callable[..., Path]
HEAD = ["study", "outcome", "tool", "D1", "D2", "D3", "D4", "D5", "overall"]
TWO = [
    ["A", "death", "RoB 2", "low", "some concerns", "high", None, "Low risk", "high"],
    ["B", "death", "RoB 2", None, None, None, None, None, None],
]


def test_the_sheet_is_read_with_its_cells_and_what_is_blank_is_not_assessed(write_book: WriteBook) -> None:
    found = read_risk_of_bias(write_book({"risk_of_bias": [HEAD, *TWO]}))
    assert found.tool == "RoB 2"
    assert found.rows[0].judgements == ("low", "some concerns", "high", "", "low")
    assert found.rows[0].cells[2] == "risk_of_bias!F2"
    assert (found.rows[1].judgements, found.rows[1].overall) == (("",) * 5, "")
    assert found.assessed == 1
    assert found.titles["D3"] == "Missing outcome data"


def test_robins_i_has_seven_domains_and_tools_are_not_mixed(write_book: WriteBook) -> None:
    head = [*HEAD[:-1], "D6", "D7", "overall"]
    rows = [
        ["A", "death", "RoB 2", "low", "low", "low", "low", "low", None, None, "low"],
        ["B", "death", "ROBINS-I", "moderate", "low", "serious", "critical", "NI", "low", "low", "critical"],
    ]
    path = write_book({"risk_of_bias": [head, *rows]})
    with pytest.raises(StudyDataError) as error:
        read_risk_of_bias(path)
    assert [(problem.code, problem.cell) for problem in error.value.problems] == [
        ("MK-R09", "risk_of_bias!C2"),
        ("MK-R09", "risk_of_bias!C3"),
    ]
    found = read_risk_of_bias(path, tool="ROBINS-I")
    assert found.domains == ("D1", "D2", "D3", "D4", "D5", "D6", "D7")
    assert found.rows[0].judgements[4] == "no information"
    assert found.titles["D1"] == "Confounding"
    assert read_risk_of_bias(path, tool="RoB 2").domains == ("D1", "D2", "D3", "D4", "D5")


def test_a_wording_that_is_no_judgement_is_named_with_its_cell(write_book: WriteBook) -> None:
    rows = [TWO[0], ["B", "death", "RoB 2", "perhaps", None, None, None, None, "fine"]]
    with pytest.raises(StudyDataError) as error:
        read_risk_of_bias(write_book({"risk_of_bias": [HEAD, *rows]}))
    assert [problem.cell for problem in error.value.problems] == ["risk_of_bias!D3", "risk_of_bias!I3"]


def test_a_workbook_without_the_sheet_says_which_it_has(write_book: WriteBook, two_trials: list[list[object]]) -> None:
    with pytest.raises(StudyDataError, match='there is: "binary"'):
        read_risk_of_bias(write_book({"binary": two_trials}))

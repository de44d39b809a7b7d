from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from metak2.effects.front import effect_sizes
from metak2.errors import StudyDataError
from metak2.studies import read_studies
from tests.studies.conftest import BINARY, Rows

WriteBook = Callable[..., Path]
HEAD = ["study", "outcome", "tool", "D1", "D2", "D3", "D4", "D5", "overall", "support", "assessor"]
TRIALS: Rows = [
    BINARY,
    ["Habu 2004", "recurrence", "12 months", "MK-4", 3, 21, "no", ""],
    ["Habu 2004", "recurrence", "12 months", "control", 8, 19, "no", ""],
    ["Mizuta 2006", "recurrence", "12 months", "MK-4", 6, 32, "no", ""],
    ["Mizuta 2006", "recurrence", "12 months", "control", 12, 29, "no", ""],
]


def judged(write_book: WriteBook, *rows: Sequence[object]) -> dict[str, tuple[str, ...]]:
    book = write_book({"binary": TRIALS, "risk_of_bias": [HEAD, *rows]})
    table = read_studies(book, outcome="recurrence", experimental="MK-4", control="control")
    effects = effect_sizes(table, measure="RR")
    return {name: effects.words(name) for name in effects.moderators if name.startswith("risk_of_bias")}


def test_judgements_stand_beside_their_studies(write_book: WriteBook) -> None:
    found = judged(
        write_book,
        ["Mizuta 2006", "recurrence", "RoB 2", "low", "high", None, "low", "some concerns", "high", "", "A"],
        ["Habu 2004", "recurrence", "RoB 2", "low", "low", "low", "low", "low", "low", "", "A"],
    )
    assert found["risk_of_bias D2"] == ("low", "high")
    assert found["risk_of_bias D3"] == ("low", "")
    assert found["risk_of_bias overall"] == ("low", "high")
    assert found["risk_of_bias tool"] == ("RoB 2", "RoB 2")


def test_other_wordings_of_a_judgement_are_understood(write_book: WriteBook) -> None:
    found = judged(write_book, ["Habu 2004", None, None, "Low risk", "+", "-", "Some concerns", "?", "HIGH", "", ""])
    assert [found[f"risk_of_bias {name}"][0] for name in ("D1", "D2", "D3", "D4", "D5", "overall")] == [
        "low", "low", "high", "some concerns", "unclear", "high",
    ]  # fmt: skip


def test_a_judgement_of_the_outcome_comes_before_one_of_the_study_and_another_outcome_s_does_not_count(
    write_book: WriteBook,
) -> None:
    found = judged(
        write_book,
        ["Habu 2004", "recurrence", "RoB 2", "high", *[None] * 5, "", ""],
        ["Habu 2004", None, "RoB 2", "low", "low", *[None] * 4, "", ""],
        ["Habu 2004", "death", "RoB 2", "low", "high", "high", *[None] * 3, "", ""],
    )
    assert found["risk_of_bias D1"] == ("high", "")
    assert found["risk_of_bias D2"] == ("low", "")
    assert "risk_of_bias D3" not in found


def test_a_sheet_without_a_judgement_joins_nothing(write_book: WriteBook) -> None:
    assert judged(write_book, ["Habu 2004", "recurrence", "RoB 2", *[None] * 6, "", ""]) == {}


def test_a_word_that_is_no_judgement_is_an_error_with_its_cell(write_book: WriteBook) -> None:
    with pytest.raises(StudyDataError) as raised:
        judged(write_book, ["Habu 2004", "recurrence", "RoB 2", "fine", *[None] * 5, "", ""])
    assert [(problem.code, problem.cell) for problem in raised.value.problems] == [("MK-R07", "risk_of_bias!D2")]

"""Every model answers hard data with a result, a note, or a refusal that says what to use instead."""

import warnings
from collections.abc import Callable, Iterator

import pytest

from metak2.errors import MetaError
from metak2.shown import Shown
from tests.robustness.bad_input import (
    COUNTS,
    EFFECTS,
    WAY_OUT,
    Call,
    after_regressions,
    checks,
    clustered,
    count_models,
    pools,
    regressions,
    resamplings,
    undefined,
)

Models = Callable[[str], Iterator[tuple[str, Call]]]


def silent(models: Models, name: str) -> list[str]:
    """What is wrong with the answers of the models to the data of this name."""
    wrong = []
    for label, call in models(name):
        try:
            result = call()
        except MetaError as refusal:
            if not any(words in str(refusal) for words in WAY_OUT):
                wrong.append(f"{label}: refused without a way out: {refusal}")
            continue
        missing = list(undefined(result))
        if missing and not getattr(result, "notes", ()):
            wrong.append(f"{label}: {', '.join(missing)} NaN without a note")
        if isinstance(result, Shown) and "nan" in str(result).lower().split():
            wrong.append(f"{label}: prints nan")
    return wrong


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("models", [pools, regressions, after_regressions, clustered])
def test_effects_that_break_models_are_answered_with_a_number_a_note_or_a_way_out(models: Models, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert silent(models, name) == []


@pytest.mark.parametrize("name", [name for name in EFFECTS if name != "no study"])
def test_checks_of_a_pooled_effect_are_answered_with_a_number_a_note_or_a_way_out(name: str) -> None:
    assert silent(checks, name) == []


@pytest.mark.parametrize("name", [name for name in EFFECTS if name != "no study"])
def test_resampled_effects_are_answered_with_a_number_a_note_or_a_way_out(name: str) -> None:
    assert silent(resamplings, name) == []


@pytest.mark.parametrize("name", COUNTS)
def test_counts_that_break_models_are_answered_with_a_number_a_note_or_a_way_out(name: str) -> None:
    assert silent(count_models, name) == []

"""Numbers as a journal prints them: half up, no minus zero, the same on every machine."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.display.numbers import (
    DASH,
    MINUS,
    count,
    effect,
    fixed,
    interval,
    p_number,
    p_value,
    percent,
    significant,
)
from tests.strategies import quick

finite = st.floats(-1e9, 1e9)
digits = st.integers(0, 5)


def value_of(text: str) -> float:
    return float(text.replace(MINUS, "-"))


@quick
@given(value=finite, places=digits)
def test_a_rounded_number_is_near_its_value_and_has_the_decimals_asked_for(value: float, places: int) -> None:
    text = fixed(value, places)
    # Half a unit of the last place, and the 12 digits from which it is rounded.
    assert abs(value_of(text) - value) <= 0.5 * 10.0**-places + 1e-11 * max(1.0, abs(value))
    assert len(text.partition(".")[2]) == places


@quick
@given(value=st.floats(-0.2, 0.2), places=digits)
def test_there_is_no_minus_zero_and_no_hyphen(value: float, places: int) -> None:
    text = fixed(value, places)
    assert "-" not in text
    assert not (text.startswith(MINUS) and value_of(text) == 0)


@quick
@given(value=finite, places=digits)
def test_a_number_and_its_negative_differ_in_the_sign_only(value: float, places: int) -> None:
    assert fixed(value, places).removeprefix(MINUS) == fixed(-value, places).removeprefix(MINUS)


@quick
@given(hundredths=st.integers(-99999, 99999), ulps=st.integers(-2, 2), places=st.integers(1, 4))
def test_a_tie_prints_alike_whatever_the_last_bits_of_the_machine(hundredths: int, ulps: int, places: int) -> None:
    tie = Decimal(10 * hundredths + 5).scaleb(-places - 1)
    noisy = float(tie)
    for _ in range(abs(ulps)):
        noisy = math.nextafter(noisy, math.inf if ulps > 0 else -math.inf)
    assert fixed(noisy, places) == fixed(float(tie), places)
    half_up = abs(tie).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    assert fixed(noisy, places).removeprefix(MINUS) == f"{half_up:f}"


@quick
@given(value=st.floats(1e-8, 1e9), places=st.integers(1, 6))
def test_significant_digits_keep_the_relative_size_and_no_exponent(value: float, places: int) -> None:
    text = significant(value, places)
    assert "e" not in text.lower()
    assert float(text) == pytest.approx(value, rel=0.5 * 10.0 ** (1 - places) + 1e-11)


@quick
@given(pval=st.floats(0, 1))
def test_a_p_value_is_never_below_0_001_nor_above_1(pval: float) -> None:
    text = p_value(pval)
    if pval < 0.001:
        assert text == "p < 0.001"
    else:
        shown = float(text.removeprefix("p = "))
        assert 0.001 <= shown <= 1
        assert shown == pytest.approx(pval, rel=0.051)  # two digits
    assert p_number(pval) == text.removeprefix("p ").removeprefix("= ")


@quick
@given(value=st.floats(1e-6, 1e6), other=st.floats(1e-6, 1e6))
def test_printing_never_turns_an_order_round(value: float, other: float) -> None:
    low, high = sorted((value, other))
    assert value_of(effect(low)) <= value_of(effect(high)) + 1e-9


@pytest.mark.parametrize(
    "value, text", [(None, DASH), (math.nan, DASH), (math.inf, "∞"), (-math.inf, f"{MINUS}∞"), (-0.0, "0.00")]
)
def test_what_is_not_a_number_is_a_sign(value: float | None, text: str) -> None:
    assert fixed(value, 2) == text
    assert effect(value) == text


@pytest.mark.parametrize(
    "value, text", [(0.0031, "0.0031"), (-0.0031, f"{MINUS}0.0031"), (0.01, "0.01"), (0.0, "0.00"), (1234.5, "1234.50")]
)
def test_an_effect_that_two_decimals_would_hide_has_more(value: float, text: str) -> None:
    assert effect(value) == text


def test_an_interval_uses_the_word_to_because_a_dash_could_be_a_minus() -> None:
    assert interval(-0.65, -0.12) == f"{MINUS}0.65 to {MINUS}0.12"
    assert interval(-0.0284, 0.01, 3) == f"{MINUS}0.028 to 0.010"


def test_per_cent_counts_and_numpy_scalars() -> None:
    assert percent(np.float64(92.2214)) == "92\u202f%"
    assert percent(92.2214, 1) == "92.2\u202f%"
    assert (count(21.0), count(math.nan)) == ("21", DASH)
    assert p_value(math.nan) == f"p = {DASH}"

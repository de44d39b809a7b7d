import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.report.canonical_json import canonical_json, snapped


def test_numbers_have_ten_significant_digits() -> None:
    assert canonical_json([1 / 3, 200 / 3, 1e-300, 13]) == "[0.3333333333, 66.66666667, 1e-300, 13]\n"


def test_minus_zero_is_zero() -> None:
    assert canonical_json(-0.0) == "0\n"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan"), None])
def test_what_is_not_a_number_is_null(value: object) -> None:
    assert canonical_json(value) == "null\n"


def test_keys_are_sorted_and_the_order_of_making_does_not_show() -> None:
    assert canonical_json({"b": 1, "a": 2}) == canonical_json({"a": 2, "b": 1}) == '{\n  "a": 2,\n  "b": 1\n}\n'


def test_plain_lists_stand_on_one_line_and_lists_of_objects_do_not() -> None:
    assert canonical_json({"yi": np.array([0.5, 1.0]), "of": [{"k": 2}]}) == (
        '{\n  "of": [\n    {\n      "k": 2\n    }\n  ],\n  "yi": [0.5, 1]\n}\n'
    )


def test_truth_is_not_a_number() -> None:
    assert canonical_json([True, np.bool(False), np.int64(3), np.float32(0.5)]) == "[true, false, 3, 0.5]\n"


def test_hostile_text_comes_back_as_it_was() -> None:
    text = 'a "quoted" \\ line\n<script> \u2028 佐藤'
    assert json.loads(canonical_json({"study": text})) == {"study": text}


def test_half_a_surrogate_pair_does_not_stop_the_writing() -> None:
    assert canonical_json("\ud800").encode("utf-8") == b'"?"\n'


@pytest.mark.parametrize("value", [{1, 2}, {1: "x"}, object(), 1j])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_a_residue_is_zero_on_its_own_scale_only() -> None:
    assert snapped(4e-13) == 0
    assert snapped(4e-13, scale=1e-6) == 4e-13
    assert snapped(-4e-13) == 0


@given(st.floats(-1e300, 1e300))  # beyond, ten digits may round up to infinity
def test_reading_back_and_writing_again_changes_nothing(value: float) -> None:
    once = canonical_json(value)
    assert canonical_json(json.loads(once)) == once

"""Scales: the analysis scale and the one a clinician reads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.measures import MEASURES, measure_named
from metak2.errors import UnknownOptionError
from tests.strategies import quick

RATIOS = {"RR", "OR", "PETO", "ROM", "ROM-uncorrected", "IRR", "HR"}


@pytest.mark.parametrize("name", MEASURES)
def test_ratios_are_logarithms_with_no_effect_at_one_and_differences_have_it_at_zero(name: str) -> None:
    measure = MEASURES[name]
    assert measure.log == (name in RATIOS)
    assert measure.null == (1.0 if name in RATIOS else 0.0)
    assert measure.forward(measure.null) == 0


@quick
@given(value=st.floats(1e-6, 1e6), name=st.sampled_from(sorted(MEASURES)))
def test_there_and_back_is_where_one_started(value: float, name: str) -> None:
    measure = MEASURES[name]
    assert float(measure.back(measure.forward(value))) == pytest.approx(value, rel=1e-13)  # log and exp, 14 log units


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_a_ratio_that_is_not_positive_has_no_logarithm(value: float) -> None:
    assert np.isnan(MEASURES["RR"].forward(value))


def test_a_measure_is_known_by_its_name_or_is_its_own() -> None:
    assert measure_named("OR") is MEASURES["OR"]
    assert measure_named(MEASURES["OR"]) is MEASURES["OR"]
    with pytest.raises(UnknownOptionError, match='"SMD"'):
        measure_named("SMDs")

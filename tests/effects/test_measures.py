"""Scales: the analysis scale and the one a clinician reads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.measures import MEASURES, measure_named
from metak2.errors import UnknownOptionError
from tests.strategies import quick

RATIOS = {"RR", "OR", "PETO", "ROM", "ROM-uncorrected", "IRR", "HR", "VR", "CVR", "D2OR", "ROMC", "VRC", "MPOR"}
DIFFERENCES = {"RD", "AS", "MD", "SMD", "SMDH", "IRD", "IRSD", "PBIT", "OR2D", "COR", "ZCOR", "MC", "SMCR", "GEN"}
ALONE = {"PR", "PLN", "PLO", "PAS", "PFT", "IR", "IRLN", "IRS", "IRFT", "MN", "MNLN", "SDLN", "CVLN", "AHW", "ABT"}


@pytest.mark.parametrize("name", sorted(RATIOS | DIFFERENCES))
def test_ratios_are_logarithms_with_no_effect_at_one_and_differences_have_it_at_zero(name: str) -> None:
    measure = MEASURES[name]
    assert measure.log == (name in RATIOS)
    assert measure.null == (1.0 if name in RATIOS else 0.0)
    assert measure.forward(measure.null) == 0


@pytest.mark.parametrize("name", sorted(ALONE))
def test_a_single_group_has_no_value_of_no_effect(name: str) -> None:
    assert np.isnan(MEASURES[name].null)


@pytest.mark.parametrize("name", ["CLESN", "AUCN"])
def test_no_superiority_is_a_probability_of_a_half(name: str) -> None:
    assert MEASURES[name].null == 0.5


def test_every_measure_has_a_label_a_source_and_a_first_variance() -> None:
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.label[0].isupper()
        assert measure.reference
        assert measure.variances


@quick
@given(share=st.floats(0.001, 0.999), name=st.sampled_from(["PR", "PLN", "PLO", "PAS", "ZCOR", "AHW", "ABT", "IRS"]))
def test_a_proportion_comes_back_from_every_scale(share: float, name: str) -> None:
    measure = MEASURES[name]
    # logit, artanh and 1 - x near 1 lose three digits
    assert float(measure.back(measure.forward(share))) == pytest.approx(share, rel=1e-12)


@quick
@given(value=st.floats(1e-6, 1e6), name=st.sampled_from(sorted({"GEN", "RD", "MD"} | RATIOS)))
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

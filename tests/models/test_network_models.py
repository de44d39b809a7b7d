import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.network_data import NetworkData
from tests.golden.cases import RTOL, Case, load
from tests.models.networks import data_of, made_up

COMBINED = {"no_contact": "none", "grp_counseling": "advice", "ind_counseling": "advice + own", "self_help": "own"}


def combined(case: Case) -> NetworkData:
    arms = {**case.inputs, "arm": [COMBINED[arm] for arm in case.inputs["arm"]]}
    return mk.network_data(arms, measure="OR")


@pytest.mark.parametrize("case", [c for c in load("network_more") if c.stratum == "components"], ids=str)
def test_additive_components_are_metafors(case: Case) -> None:
    found = mk.network_components(combined(case), inactive="none", method=case.options["method"])
    effects = [found.effect(name) for name in ("advice", "own")]
    # metafor's optimiser stops near 1e-8 of tau2; effects follow it.
    assert [one.estimate for one in effects] == pytest.approx(case.outputs["beta"], rel=1e-6)
    assert [one.se for one in effects] == pytest.approx(case.outputs["se"], rel=1e-6)
    assert (found.tau2 or 0.0) == pytest.approx(case.outputs["tau2"], rel=1e-6)
    assert (found.additive.Q, found.additive.df) == pytest.approx((case.outputs["QE"], case.outputs["QE_df"]), rel=RTOL)


def test_a_combination_is_the_sum_of_its_components_and_additivity_is_tested_against_the_network() -> None:
    case = load("network_more")[0]
    found = mk.network_components(combined(case), inactive="none", method="CE")
    both = found.effect("advice + own")
    assert both.estimate == pytest.approx(sum(found.effect(name).estimate for name in ("advice", "own")), rel=1e-12)
    network = mk.network(combined(case), method="CE")
    assert found.difference.df == 1
    assert pytest.approx(found.additive.Q - network.Q, rel=1e-9) == found.difference.Q
    with pytest.raises(ModelError, match="surgery: no component"):
        found.effect("advice + surgery")


def test_components_join_a_network_that_falls_apart() -> None:
    rows = {"study": list("aabbccdd"), "arm": ["A", "none", "A", "none", "A + B", "A + C", "A + B", "A + C"]}
    rows |= {"mean": [1.0, 0, 1.2, 0, 3, 1, 3.4, 1], "sd": [1.0] * 8, "n": [20] * 8}
    data = mk.network_data(rows, measure="MD")
    with pytest.raises(ModelError, match="no trial joins"):
        mk.network(data)
    with pytest.raises(ModelError, match="cannot tell apart B, C"):
        mk.network_components(data, inactive="none", method="CE")
    joined = {name: [*values, *more] for (name, values), more in zip(
        rows.items(), (["e"] * 2 + ["f"] * 2, ["B", "none"] * 2, [2.0, 0.0] * 2, [1.0] * 4, [20] * 4), strict=True
    )}  # fmt: skip
    found = mk.network_components(mk.network_data(joined, measure="MD"), inactive="none", method="CE")
    assert set(found.components) == {"A", "B", "C"}
    # Two trials each with equal variances: A is their mean 1.1, B is 2, B - C is 2.2.
    assert [found.effect(name).estimate for name in "ABC"] == pytest.approx([1.1, 2.0, -0.2], abs=1e-9)
    assert np.isnan(found.difference.Q)


@pytest.mark.parametrize("case", [c for c in load("network_more") if "slope" in c.stratum], ids=str)
def test_a_network_meta_regression_is_metafors(case: Case) -> None:
    kind = "common" if case.stratum == "common slope" else "independent"
    found = mk.network_regression(
        data_of(case), "x", slopes=kind, method=case.options["method"], reference="no_contact"
    )
    # metafor's optimiser stops near 1e-8 of tau2; effects follow it.
    assert [one.estimate for one in found.slopes] == pytest.approx(case.outputs["beta"][3:], rel=1e-6)
    assert [one.se for one in found.slopes] == pytest.approx(case.outputs["se"][3:], rel=1e-6)
    assert (found.tau2 or 0.0) == pytest.approx(case.outputs["tau2"], rel=1e-6)
    assert (found.residual.Q, found.residual.df) == pytest.approx((case.outputs["QE"], case.outputs["QE_df"]), rel=RTOL)
    for name, beta in zip(case.outputs["names"][:3], case.outputs["beta"], strict=False):
        slope = found.slopes[0] if kind == "common" else next(one for one in found.slopes if one.name == name)
        at_zero = found.at_mean.contrast(name, "no_contact").estimate - slope.estimate * found.mean
        assert at_zero == pytest.approx(beta, rel=1e-5, abs=1e-6)


def test_a_moderator_that_is_missing_or_never_varies_is_told() -> None:
    data = made_up(1)
    with pytest.raises(ModelError, match="no column 'dose' beside the trials; there are x"):
        mk.network_regression(data, "dose")
    rows = {"study": list("aabb"), "arm": list("xyxy"), "mean": [1.0, 2, 1, 3], "sd": [1.0] * 4, "n": [20] * 4}
    with pytest.raises(ModelError, match="same in every trial"):
        mk.network_regression(mk.network_data({**rows, "x": [1] * 4}, measure="MD"), "x")
    blank = mk.network_data({**{k: v * 2 for k, v in rows.items()}, "study": list("aabbccdd"),
                             "x": [1, 1, 2, 2, None, None, 4, 4]}, measure="MD")  # fmt: skip
    found = mk.network_regression(blank, "x", method="CE")
    assert [note.where for note in found.notes if note.code == "NETWORK_NO_MODERATOR"] == [("c",)]
    assert "left out of the regression" in str(found.at_mean) or "x" in str(found)

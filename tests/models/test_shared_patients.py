"""The covariance of effects that share patients or arms."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.sampling_covariance import SamplingCovariance
from metak2.models.shared_patients import Sharing, sampling_covariance
from tests.golden.cases import Case, load

EXACT = 1e-12  # closed forms of a few operations
COLUMNS = {"obs": "result", "esid": "result", "type": "kind", "time": "time"}


def effects_with(yi: ArrayLike, vi: list[float], **columns: Iterable[object]) -> mk.EffectSizes:
    effects = mk.effects_from(yi, vi=vi, study=[f"row {at}" for at in range(len(vi))])
    made = {name: np.array([str(value) for value in values], dtype=object) for name, values in columns.items()}
    return replace(effects, moderators=made)


def of_case(case: Case) -> SamplingCovariance:
    given_ = case.inputs
    columns = {name: values for name, values in given_.items() if name != "vi"}
    effects = effects_with(np.zeros(len(given_["vi"])), given_["vi"], **columns)
    names: dict[str, Any] = {COLUMNS[name]: name for name in columns if name in COLUMNS}
    if "grp1" in columns:
        names["arms"] = ("grp1", "grp2")
    rho = case.options.get("rho")
    return sampling_covariance(
        effects,
        "cluster" if "cluster" in columns else "study_",
        correlation=tuple(rho) if isinstance(rho, list) else rho,
        decay=case.options.get("phi"),
        sharing=Sharing(**names),
    )


LOOP = "vcalc-0011"  # t1 v c, t2 v c and t1 v t2 in one trial: the third is the difference of the others


@pytest.mark.parametrize("case", [case for case in load("vcalc") if case.id != LOOP], ids=str)
def test_covariances_equal_those_of_metafor(case: Case) -> None:
    if "study" in case.inputs:
        inputs = {("study_" if name == "study" else name): value for name, value in case.inputs.items()}
        case = replace(case, inputs=inputs)
    np.testing.assert_allclose(of_case(case).matrix(), np.array(case.outputs["V"]), rtol=1e-9, atol=1e-12)


def test_pairs_of_effects_that_share_an_arm_equal_those_of_metafor() -> None:
    (case,) = (case for case in load("vcalc") if case.id == LOOP)
    V, given_ = np.array(case.outputs["V"]), case.inputs
    k = len(given_["vi"])
    pairs = [(a, b) for a in range(k) for b in range(a) if given_["cluster"][a] == given_["cluster"][b]]
    for pair in pairs:
        inputs = {name: [values[at] for at in pair] for name, values in given_.items()}
        np.testing.assert_allclose(of_case(replace(case, inputs=inputs)).matrix()[0, 1], V[pair], rtol=1e-9)
    with pytest.raises(ModelError, match="not positive definite"):
        of_case(case)


def two_doses(measure: str) -> mk.EffectSizes:
    """Yoshida's two doses against one placebo, by its counts."""
    counts = {"event_e": [52, 76], "n_e": [182, 185], "event_c": [58, 58], "n_c": [181, 181]}
    effects = mk.effect_sizes(pd.DataFrame({"study": ["45", "90"], **counts}), measure=measure)
    columns = {"trial": ["Y", "Y"], "arm_e": ["45 mg", "90 mg"], "arm_c": ["placebo", "placebo"]}
    made = {name: np.array(values, dtype=object) for name, values in columns.items()}
    return replace(effects, moderators=made)


@pytest.mark.parametrize(
    "measure, shared",
    [("RR", 1 / 58 - 1 / 181), ("OR", 1 / 58 + 1 / 123), ("RD", 58 / 181 * 123 / 181 / 181)],
)
def test_a_shared_control_contributes_its_own_variance_to_the_covariance(measure: str, shared: float) -> None:
    covariance = sampling_covariance(two_doses(measure), "trial").matrix()
    assert covariance[0, 1] == pytest.approx(shared, rel=EXACT)


def test_the_doses_differ_by_as_much_as_their_own_arms_say() -> None:
    effects = two_doses("RR")
    V = sampling_covariance(effects, "trial").matrix()
    counts = {"study": ["90 v 45"], "event_e": [76], "n_e": [185], "event_c": [52], "n_c": [182]}
    between = mk.effect_sizes(pd.DataFrame(counts), measure="RR")
    assert effects.yi[1] - effects.yi[0] == pytest.approx(between.yi[0], rel=EXACT)
    assert V[0, 0] + V[1, 1] - 2 * V[0, 1] == pytest.approx(between.vi[0], rel=EXACT)


def test_standardised_differences_with_one_control_covary_as_gleser_and_olkin_say() -> None:
    means = {"mean_e": [5.0, 6.0], "sd_e": [2.0, 2.0], "n_e": [30, 20], "mean_c": [4.0] * 2, "sd_c": [2.0] * 2}
    frame = pd.DataFrame({"study": ["low", "high"], **means, "n_c": [25, 25]})
    effects = mk.effect_sizes(frame, measure="SMD")
    columns = {"trial": ["T", "T"], "arm_e": ["low", "high"], "arm_c": ["none", "none"]}
    effects = replace(effects, moderators={name: np.array(v, dtype=object) for name, v in columns.items()})
    V = sampling_covariance(effects, "trial").matrix()
    d, n = effects.yi, np.array([30, 20])
    own = 1 / n + 1 / 25 + d**2 / (2 * (n + 25))
    expected = (1 / 25 + d[0] * d[1] / (2 * 75)) / np.sqrt(own[0] * own[1])
    assert V[0, 1] / np.sqrt(V[0, 0] * V[1, 1]) == pytest.approx(expected, rel=EXACT)


def test_effects_without_counts_share_an_arm_as_if_arms_were_equally_large() -> None:
    effects = effects_with([0.1, 0.2], [0.04, 0.09], trial=["T", "T"], arm_e=["a", "b"], arm_c=["c", "c"])
    assert sampling_covariance(effects, "trial").matrix()[0, 1] == pytest.approx(0.5 * 0.2 * 0.3, rel=EXACT)


def test_outcomes_at_two_times_share_both_correlations() -> None:
    columns = {"trial": ["T"] * 3, "site": ["hip", "hip", "spine"], "month": [6, 12, 12]}
    effects = effects_with([0.1, 0.2, 0.3], [1.0, 1.0, 1.0], **columns)
    V = sampling_covariance(
        effects, "trial", correlation=0.5, decay=0.9, sharing=Sharing(result="site", time="month")
    ).matrix()
    assert V[0, 1] == pytest.approx(0.9**6, rel=EXACT)
    assert V[1, 2] == pytest.approx(0.5, rel=EXACT)
    assert V[0, 2] == pytest.approx(0.5 * 0.9**6, rel=EXACT)


@pytest.mark.parametrize(
    "asked, told",
    [
        ({}, "state the correlation"),
        ({"correlation": 1.0}, "would have the correlation 1"),
        ({"correlation": 1.5}, "between -1 and 1"),
        ({"correlation": -0.9}, "A 1, A 2, A 3 is not positive definite"),
        ({"decay": 0.9}, "decay belongs to a column of times"),
        ({"decay": 0.9, "sharing": Sharing(time="month")}, "no column 'month'"),
        ({"sharing": Sharing(result="site")}, "state their correlation"),
        ({"correlation": 0.5, "sharing": Sharing(kind="site")}, "two correlations"),
    ],
)
def test_what_cannot_be_a_covariance_is_refused_with_the_way_out(asked: dict[str, Any], told: str) -> None:
    effects = effects_with([0.1, 0.2, 0.3], [1.0, 1.0, 1.0], trial=["A"] * 3, site=["x", "y", "z"])
    effects = replace(effects, study=("A 1", "A 2", "A 3"))
    with pytest.raises(ModelError, match=told):
        sampling_covariance(effects, "trial", **asked)


@given(st.floats(-0.3, 0.95), st.permutations(range(6)))
def test_the_order_of_the_rows_does_not_matter(rho: float, order: list[int]) -> None:
    effects = effects_with(np.zeros(6), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], trial=list("AABBBC"))
    V = sampling_covariance(effects, "trial", correlation=rho).matrix()
    moved = sampling_covariance(effects.take(np.array(order)), "trial", correlation=rho).matrix()
    np.testing.assert_array_equal(moved, V[np.ix_(order, order)])


def test_an_arm_that_was_not_reported_leaves_what_is_known_of_the_others() -> None:
    effects = two_doses("RR")
    unknown = {name: np.array([*values, np.nan]) for name, values in effects.data.items()}
    three = effects.take(np.array([0, 1, 1]))
    names = {**three.moderators, "arm_e": np.array(["45 mg", "90 mg", "135 mg"], dtype=object)}
    gap = replace(three, data=unknown, moderators=names, vi=np.array([*effects.vi, np.nan]))
    expected = sampling_covariance(effects, "trial").matrix()[0, 1]
    assert sampling_covariance(gap, "trial").matrix()[0, 1] == pytest.approx(expected, rel=EXACT)


def test_it_is_said_how_a_shared_arm_was_judged() -> None:
    effects = two_doses("RR")
    assert sampling_covariance(effects, "trial").described == "shared arms by their counts or means"
    bare = sampling_covariance(replace(effects, data={}), "trial")
    assert bare.described == "shared arms, taken as equally large"

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metak2 as mk
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.network import log_likelihood
from metak2.models.network_blocks import blocks_of
from metak2.models.network_result import Network
from tests.golden.cases import RTOL, Case, load
from tests.models.networks import contrasts_of, data_of, made_up, network_of
from tests.strategies import quick

SENN, HASSELBLAD = "datasets/teaching/senn2013.csv", "datasets/teaching/hasselblad1998.csv"
MATRICES = {
    "TE_common": ("CE", "estimate"),
    "se_common": ("CE", "se"),
    "TE_random": ("random", "estimate"),
    "se_random": ("random", "se"),
    "lb_random": ("random", "low"),
    "ub_random": ("random", "high"),
    "lb_predict": ("random", "pi_low"),
    "ub_predict": ("random", "pi_high"),
    "p_random": ("random", "pval"),
}


def matrix(network: Network, names: list[str], field: str) -> np.ndarray:
    return np.array([[getattr(network.contrast(a, b), field) if a != b else 0.0 for b in names] for a in names])


@pytest.mark.parametrize("case", load("nma"), ids=str)
def test_a_network_at_rs_tau2_is_netmetas(case: Case) -> None:
    networks = {"CE": mk.network(data_of(case), method="CE", weak_edges="allow"), "random": network_of(case)}
    names = case.outputs["treatments"]
    off = ~np.eye(len(names), dtype=bool)
    for field, (which, ours) in MATRICES.items():
        expected = np.array([[np.nan if v in (None, "NaN") else v for v in row] for row in case.outputs[field]], float)
        got = matrix(networks[which], names, ours)
        # Both solve the same equations; atol: p values and effects near 0 carry the rounding of sums of size 1.
        np.testing.assert_allclose(got[off], expected[off], rtol=RTOL, atol=1e-12, err_msg=field)
    network = networks["random"]
    assert pytest.approx(case.outputs["Q"], rel=RTOL) == network.Q
    assert network.Q_df == case.outputs["df_Q"]
    assert network.Q_pval == pytest.approx(case.outputs["p_Q"], rel=1e-6)  # the tail magnifies the rounding of Q
    assert pytest.approx(case.outputs["I2"], rel=RTOL, abs=1e-12) == network.I2 / 100
    assert network.k == case.outputs["k"]


@pytest.mark.parametrize("case", [c for c in load("nma") if c.options["method.tau"] == "DL"], ids=str)
def test_the_moment_estimator_is_netmetas(case: Case) -> None:
    network = mk.network(data_of(case), method="DL", weak_edges="allow")
    assert network.tau2 == pytest.approx(case.outputs["tau2"], rel=RTOL, abs=1e-12)


@pytest.mark.parametrize("case", [c for c in load("nma") if c.options["method.tau"] != "DL"], ids=str)
def test_the_likelihood_is_nowhere_higher_than_at_our_tau2_and_never_lower_than_at_rs(case: Case) -> None:
    data, method = data_of(case), case.options["method.tau"]
    network = mk.network(data, method=method, weak_edges="allow")
    blocks = blocks_of(data, data.treatments)
    at = [network.tau2, case.outputs["tau2"], *np.geomspace(1e-6, 10, 200), 0.0]
    heights = [log_likelihood(blocks, float(tau2), restricted=method == "REML") for tau2 in at]
    assert max(heights) == pytest.approx(heights[0], abs=1e-9)  # heights are sums of about 60 terms of size 1


@pytest.mark.parametrize("case", [c for c in load("network_more") if c.stratum == "network"], ids=str)
def test_a_likelihood_network_is_metafors(case: Case) -> None:
    network = mk.network(data_of(case), method=case.options["method"])
    found = [network.contrast(name, "no_contact") for name in case.outputs["names"]]
    # metafor's optimiser stops near 1e-8 of tau2; effects follow it.
    assert [one.estimate for one in found] == pytest.approx(case.outputs["beta"], rel=1e-6)
    assert [one.se for one in found] == pytest.approx(case.outputs["se"], rel=1e-6)
    assert (network.tau2 or 0.0) == pytest.approx(case.outputs["tau2"], rel=1e-6)
    assert pytest.approx(case.outputs["QE"], rel=RTOL) == network.Q
    if case.options["method"] == "ML":
        assert network.log_likelihood == pytest.approx(case.outputs["ll"], rel=1e-10)


@quick
@given(seed=st.integers(0, 300), method=st.sampled_from(["CE", "DL", "ML", "REML"]))
def test_treatments_renamed_rename_the_result_and_change_nothing(seed: int, method: str) -> None:
    names = ("A", "B", "C", "D")
    other = ("placebo", "2", "Ω", "a")
    one, two = (mk.network(made_up(seed, names=used), method=method) for used in (names, other))
    assert (two.tau2 or 0.0) == pytest.approx(
        one.tau2 or 0.0, rel=1e-6, abs=1e-9
    )  # tau2 is bisected to 1e-15 of its bracket
    for a, b in (("A", "B"), ("D", "C"), ("B", "D")):
        first, second = one.contrast(a, b), two.contrast(other[names.index(a)], other[names.index(b)])
        assert second.estimate == pytest.approx(first.estimate, rel=1e-6, abs=1e-8)
        assert (second.se, second.pi_low) == pytest.approx((first.se, first.pi_low), rel=1e-6, abs=1e-8, nan_ok=True)


@pytest.mark.parametrize("case", [c for c in load("mv") if c.dataset == "dat.hasselblad1998"], ids=str)
def test_metafors_multivariate_model_of_hasselblads_contrasts_is_this_network(case: Case) -> None:
    method = {"EE": "CE"}.get(case.options["method"], case.options["method"])
    network = mk.network(contrasts_of(case, "no_contact"), method=method)
    found = [network.contrast(name, "no_contact") for name in case.options["X_columns"]]
    # metafor's optimiser stops at 1e-8 of the likelihood: tau2 agrees to about its root, and effects follow it.
    assert [one.estimate for one in found] == pytest.approx(case.outputs["beta"], rel=2e-5)
    assert [one.se for one in found] == pytest.approx(case.outputs["se"], rel=2e-5)
    assert (network.tau2 or 0.0) == pytest.approx(case.outputs["tau2"][0], rel=2e-5)
    assert pytest.approx(case.outputs["QE"], rel=RTOL) == network.Q


@quick
@given(seed=st.integers(0, 300), choice=st.sampled_from([("CE", "z"), ("DL", "HK"), ("ML", "z"), ("REML", "HK")]))
def test_a_network_of_two_treatments_is_the_pairwise_result(seed: int, choice: tuple[str, str]) -> None:
    method, test = choice
    data = made_up(seed, trials=7, three_arms=0, names=("drug", "placebo"))
    network = mk.network(data, method=method, test=test).contrast("drug", "placebo")
    sign = [1 if trial.arms[0] == "placebo" else -1 for trial in data.used]
    effects = mk.effects_from(
        [s * float(trial.yi[0]) for s, trial in zip(sign, data.used, strict=True)],
        vi=[float(trial.vi[0, 0]) for trial in data.used],
        study=[trial.study for trial in data.used],
        measure="MD",
    )
    pooled = mk.pool(effects, method=method, test=test, convention="metafor")
    # Two algorithms find the same root of the score, each to about 1e-10 of tau2.
    assert network.estimate == pytest.approx(pooled.estimate, rel=1e-7, abs=1e-9)
    assert (network.low, network.high) == pytest.approx((pooled.ci.low, pooled.ci.high), rel=1e-6, abs=1e-8)


def test_a_trial_split_into_its_halves_weighs_as_before_under_a_common_effect() -> None:
    data = made_up(3)
    whole = mk.network(data, method="CE")
    rows: dict[str, list] = {"study": [], "treatment1": [], "treatment2": [], "estimate": [], "se": []}
    for trial in data.used:
        halves = ("a", "b") if trial.study == "T9" else ("",)
        for half in halves:
            full = np.zeros((len(trial.arms),) * 2)
            full[1:, 1:] = trial.vi
            effects = np.concatenate([[0.0], trial.yi])
            for i in range(len(trial.arms)):
                for j in range(i):
                    variance = (full[i, i] + full[j, j] - 2 * full[i, j]) * len(halves)
                    line = (trial.study + half, trial.arms[i], trial.arms[j], effects[i] - effects[j], variance**0.5)
                    for name, value in zip(rows, line, strict=True):
                        rows[name].append(value)
    split = mk.network(mk.network_data(rows, measure="MD"), method="CE")
    for other in "BCD":
        assert split.contrast(other, "A").estimate == pytest.approx(whole.contrast(other, "A").estimate, rel=1e-9)
        assert split.contrast(other, "A").se == pytest.approx(whole.contrast(other, "A").se, rel=1e-9)
    assert pytest.approx(whole.Q, rel=1e-9) == split.Q  # sums in another order


def test_the_teaching_set_of_senn_has_edges_of_one_trial_and_is_refused_unless_it_is_for_teaching() -> None:
    data = mk.network_data(SENN, measure="MD")
    with pytest.raises(ModelError, match=r"9 of 15 comparisons rest on a single trial: .*Willms.*\n.*network_graph"):
        mk.network(data)
    network = mk.network(data, weak_edges="allow")
    assert "NETWORK_WEAK_EDGES" in [note.code for note in network.notes]
    assert "For teaching only" in str(network)


def test_senn_2013_gives_the_published_effect_of_rosiglitazone_against_placebo() -> None:
    # Senn et al. (2013) and Rücker & Schwarzer (2015): -1.20 under a common effect, -1.23 with random effects by DL.
    data = mk.network_data(SENN, measure="MD")
    for method, printed in (("CE", -1.20), ("DL", -1.23)):
        found = mk.network(data, method=method, weak_edges="allow").contrast("rosiglitazone", "placebo")
        assert found.estimate == pytest.approx(printed, abs=0.005)  # printed with two decimals


def test_a_network_that_falls_apart_names_its_parts() -> None:
    rows = {"study": list("aabbccdd"), "arm": list("xyxyuvuv"), "mean": [1.0] * 8, "sd": [1.0] * 8, "n": [20] * 8}
    with pytest.raises(
        ModelError, match=r"2 parts that no trial joins: x, y; u, v|2 parts that no trial joins: u, v; x, y"
    ):
        mk.network(mk.network_data(rows, measure="MD"))


def test_a_trial_of_concern_is_left_out_by_default_and_refused_where_it_is_put_back() -> None:
    rows = {"study": list("aabbcc"), "arm": list("xyxyxy"), "mean": [1.0, 2, 1, 2, 1, 2.5], "sd": [1.0] * 6}
    rows |= {"n": [20] * 6, "integrity_status": ["", "", "ok", "ok", "concern", "concern"]}
    assert mk.network(mk.network_data(rows, measure="MD"), method="CE").k == 2
    with pytest.raises(ModelError, match=r"trials of concern, c \(concern\): x with y"):
        mk.network(mk.network_data(rows, measure="MD", exclude=()))


def test_as_many_unknowns_as_comparisons_leave_no_variance_between_trials() -> None:
    rows = {"study": list("aabb"), "arm": list("xyyz"), "mean": [1.0, 2, 1, 2], "sd": [1.0] * 4, "n": [20] * 4}
    data = mk.network_data(rows, measure="MD")
    assert np.isnan(mk.network(data, method="CE", weak_edges="allow").I2)
    with pytest.raises(ModelError, match="as many unknowns"):
        mk.network(data, weak_edges="allow")


def test_unknown_options_and_treatments_are_refused_by_name() -> None:
    data = made_up(1)
    with pytest.raises(UnknownOptionError, match="Allowed: allow, refuse"):
        mk.network(data, weak_edges="teaching")  # type: ignore[arg-type] # the mistake under test
    with pytest.raises(ModelError, match="'E' is not in the network"):
        mk.network(data).contrast("E", "A")
    with pytest.raises(ModelError, match="no comparison"):
        mk.network(data).contrast("A", "A")
    with pytest.raises(ModelError, match="HK is a test of random effects"):
        mk.network(data, method="CE", test="HK")
    with pytest.raises(ModelError, match="tau2 is a variance"):
        mk.network(data, method="CE", tau2=0.1)


def test_hasselblads_odds_ratios_are_printed_against_the_treatment_with_most_trials() -> None:
    network = mk.network(mk.network_data(HASSELBLAD, measure="OR"))
    assert network.reference == "ind_counseling"
    assert "against ind_counseling" in str(network)
    assert network.against("self_help").reference == "self_help"

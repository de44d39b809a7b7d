import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metak2 as mk
from metak2.errors import ModelError, UnknownOptionError
from tests.golden.cases import RTOL, Case, load
from tests.models.networks import data_of, made_up, network_of
from tests.strategies import quick

ATOL = 1e-10  # differences of two estimates near 0 carry the rounding of sums of size 1


@pytest.mark.parametrize("case", load("nma_decomposition"), ids=str)
def test_q_falls_into_designs_as_in_netmeta(case: Case) -> None:
    found = mk.network_designs(network_of(case))
    expected = case.outputs
    for at, part in enumerate((found.total, found.within, found.between)):
        assert (part.Q, part.df) == pytest.approx((expected["Q"][at], expected["df"][at]), rel=RTOL)
        assert part.pval == pytest.approx(expected["pval"][at], rel=1e-6)  # the tail magnifies the rounding of Q
    assert pytest.approx(expected["Q_inc_random"], rel=RTOL) == found.between_random.Q
    assert found.between_random.pval == pytest.approx(expected["p_inc_random"], rel=1e-7)
    assert found.tau2_within**0.5 == pytest.approx(expected["tau_within_random"], rel=RTOL, abs=1e-12)


SPLIT = {
    "nma_random": ("network", "estimate", True),
    "direct_random": ("direct", "estimate", True),
    "direct_random_se": ("direct", "se", False),
    "indirect_random": ("indirect", "estimate", True),
    "indirect_random_se": ("indirect", "se", False),
    "difference_random": ("difference", "estimate", True),
    "difference_random_se": ("difference", "se", False),
}


@pytest.mark.parametrize("case", load("nma_split"), ids=str)
def test_direct_and_indirect_evidence_are_netmetas(case: Case) -> None:
    splits = mk.split_network(network_of(case))
    for at, comparison in enumerate(case.outputs["comparison"]):
        first, second = comparison.split(":")
        one = splits.of(first, second)
        sign = 1.0 if one.first == first else -1.0
        assert one.k == case.outputs["k"][at]
        assert one.proportion == pytest.approx(case.outputs["prop_random"][at], rel=RTOL, abs=ATOL)
        for field, (part, name, turned) in SPLIT.items():
            value, expected = getattr(getattr(one, part), name), case.outputs[field][at]
            if expected is None:
                assert np.isnan(value)
            else:
                assert (sign if turned else 1.0) * value == pytest.approx(expected, rel=RTOL, abs=ATOL)
        if case.outputs["difference_random_p"][at] is not None:
            assert one.pval == pytest.approx(case.outputs["difference_random_p"][at], rel=1e-7)


@quick
@given(seed=st.integers(0, 300))
def test_the_networks_answer_is_the_weighted_mean_of_direct_and_indirect(seed: int) -> None:
    for one in mk.split_network(mk.network(made_up(seed))).testable:
        whole = one.proportion * one.direct.estimate + (1 - one.proportion) * one.indirect.estimate
        assert whole == pytest.approx(one.network.estimate, abs=1e-9)


@quick
@given(seed=st.integers(0, 300))
def test_a_design_that_is_detached_takes_its_own_inconsistency_with_it(seed: int) -> None:
    found = mk.network_designs(mk.network(made_up(seed), method="CE"))
    own = np.diag(found.change)
    assert (own >= -1e-9).all()
    assert own.sum() == pytest.approx(found.between.Q, rel=1e-9, abs=1e-9)  # sums in another order
    # The network after detaching fits the rest at least as well: each column lowers the sum of the rest.
    assert (found.change.sum(axis=0) >= -1e-8).all()


def test_the_detached_q_is_that_of_the_network_without_the_design() -> None:
    data = made_up(5, three_arms=0)
    found = mk.network_designs(mk.network(data, method="CE"))
    for at, studies in enumerate(found.studies):
        rest = data.only([trial.study for trial in data.used if trial.study not in studies])
        alone = mk.network_designs(mk.network(rest, method="CE")).between
        assert found.between.Q - found.change[:, at].sum() == pytest.approx(alone.Q, abs=1e-9)


@pytest.mark.parametrize("case", load("nma_contribution"), ids=str)
def test_contributions_by_shortest_path_are_netmetas(case: Case) -> None:
    found = mk.contributions(network_of(case))
    assert [":".join(pair) for pair in found.comparisons] == case.outputs["rows"]
    assert [":".join(pair) for pair in found.edges] == case.outputs["columns"]
    np.testing.assert_allclose(found.shares, np.array(case.outputs["random"]), rtol=RTOL, atol=1e-10)


@quick
@given(seed=st.integers(0, 300), streams=st.sampled_from(["shortest path", "random walk"]))
def test_contributions_add_to_the_whole_answer(seed: int, streams: str) -> None:
    shares = mk.contributions(mk.network(made_up(seed)), streams=streams).shares
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(shares)), abs=1e-7)  # currents below 1e-10 are dropped
    assert (shares >= 0).all()


@quick
@given(seed=st.integers(0, 300))
def test_by_random_walk_names_change_nothing(seed: int) -> None:
    other = dict(zip("ABCD", "dcba", strict=True))
    one = mk.contributions(mk.network(made_up(seed), method="CE"), streams="random walk")
    two = mk.contributions(mk.network(made_up(seed, names=tuple("dcba")), method="CE"), streams="random walk")

    def shares(found: object, rename: dict[str, str]) -> dict[tuple[frozenset[str], frozenset[str]], float]:
        return {
            (frozenset(rename.get(t, t) for t in row), frozenset(rename.get(t, t) for t in edge)): float(
                found.shares[i, j]  # type: ignore[attr-defined] # a Contributions
            )
            for i, row in enumerate(found.comparisons)  # type: ignore[attr-defined] # a Contributions
            for j, edge in enumerate(found.edges)  # type: ignore[attr-defined] # a Contributions
        }

    assert shares(one, other) == pytest.approx(shares(two, {}), abs=1e-8)


def test_paths_of_the_random_walk_are_those_listed_by_hand() -> None:
    from metak2.kernels.network_flow import by_random_walk  # noqa: PLC0415 - the kernel alone is the point

    flow = np.zeros((4, 4))
    for (a, b), current in {(0, 3): 0.5, (0, 1): 0.3, (0, 2): 0.2, (1, 2): 0.1, (1, 3): 0.2, (2, 3): 0.3}.items():
        flow[a, b], flow[b, a] = current, -current
    share = by_random_walk(flow, 0, 3)
    # Paths: 0-3 (0.5), 0-1-3 (0.3 * 2/3), 0-1-2-3 (0.3 / 3), 0-2-3 (0.2).
    assert share[0, 1] == pytest.approx(0.2 / 2 + 0.1 / 3)
    assert share[2, 3] == pytest.approx(0.1 / 3 + 0.2 / 2)
    assert share[0, 3] == pytest.approx(0.5)


@pytest.mark.parametrize("case", load("nma_rank"), ids=str)
def test_p_scores_are_netmetas(case: Case) -> None:
    names = case.outputs["treatments"]
    wanted = {
        "pscore_random_small_desirable": (network_of(case), "lower"),
        "pscore_common_small_desirable": (mk.network(data_of(case), method="CE", weak_edges="allow"), "lower"),
        "pscore_random_small_undesirable": (network_of(case), "higher"),
    }
    for field, (network, better) in wanted.items():
        found = mk.rank_treatments(network, better=better, draws=10)
        scores = dict(zip(found.treatments, found.p_score, strict=True))
        # atol: a P-score near 0 is a sum of tails of the normal distribution.
        assert [scores[name] for name in names] == pytest.approx(case.outputs[field], rel=RTOL, abs=1e-10)


def test_ranks_drawn_give_back_the_p_score_and_the_same_seed_the_same_ranks() -> None:
    network = mk.network(made_up(2))
    one, two = (mk.rank_treatments(network, better="lower", draws=100_000, seed=3) for _ in range(2))
    assert (one.probability == two.probability).all()
    assert one.probability.sum(axis=0) == pytest.approx(np.ones(4))
    assert one.probability.sum(axis=1) == pytest.approx(np.ones(4))
    # SUCRA is the mean of three shares, each with a standard error of at most 0.5 / sqrt(100,000): four of them.
    assert one.sucra == pytest.approx(one.p_score, abs=4 * 0.5 / 100_000**0.5)


def test_two_treatments_rank_by_the_normal_probability_of_their_difference() -> None:
    from scipy import stats  # noqa: PLC0415 - the oracle of this test only

    network = mk.network(made_up(4, trials=6, three_arms=0, names=("x", "y")))
    found, contrast = mk.rank_treatments(network, better="higher"), network.contrast("x", "y")
    assert found.p_score[0] == pytest.approx(stats.norm.cdf(contrast.estimate / contrast.se), rel=1e-10)


def test_nothing_is_ranked_or_put_into_a_league_on_single_trials_unless_for_teaching() -> None:
    data = mk.network_data("datasets/teaching/senn2013.csv", measure="MD")
    network = mk.network(data, weak_edges="allow")
    assert "For teaching only" in str(mk.rank_treatments(network, better="lower", draws=100))
    assert "For teaching only" in str(mk.league_table(network))
    with pytest.raises(UnknownOptionError, match="better"):
        mk.rank_treatments(network, better="smaller")  # type: ignore[arg-type] # the mistake under test


def test_a_league_table_reads_row_against_column() -> None:
    network = mk.network(made_up(1))
    league = mk.league_table(network, order=("D", "A"))
    cell = league.cells[0][1]
    assert cell is not None
    assert (cell.first, cell.second) == ("D", "A")
    assert cell.estimate == network.contrast("D", "A").estimate
    assert "treatment of its row against the treatment of its column" in str(league)
    with pytest.raises(ModelError, match="'Z' is not in the network"):
        mk.league_table(network, order=("Z", "A"))


def test_a_network_of_counts_has_no_designs_to_decompose() -> None:
    network = mk.network(
        mk.network_data("datasets/teaching/hasselblad1998.csv", measure="OR"), method="MH", weak_edges="allow"
    )
    for refused in (mk.network_designs, mk.split_network, mk.contributions):
        with pytest.raises(ModelError, match="no weights of single trials"):
            refused(network)

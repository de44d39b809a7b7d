from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import comb

import metak2 as mk
from metak2.errors import ModelError
from metak2.kernels.network_counts import moments
from tests.golden.cases import RTOL, Case, load
from tests.models.networks import data_of
from tests.strategies import quick

# netmeta's optimiser of the conditional likelihood leaves 1e-4 in the effects; ours solves the score to 1e-12.
LOOSE = {"MH": (RTOL, 1e-12), "NCH": (1e-4, 1.5e-4)}


@pytest.mark.parametrize("case", load("nma_binary"), ids=str)
def test_networks_of_counts_are_netmetas(case: Case) -> None:
    method = case.options["method"]
    # What netmeta calls NCH is the multinomial approximation: README of the golden numbers.
    network = mk.network(data_of(case), method={"NCH": "NCH-multinomial"}.get(method, method), weak_edges="allow")
    rtol, atol = LOOSE[method]
    names = case.outputs["treatments"]
    for i, j in product(range(len(names)), repeat=2):
        if i != j:
            found = network.contrast(names[i], names[j])
            assert found.estimate == pytest.approx(case.outputs["TE_common"][i][j], rel=rtol, abs=atol)
            assert found.se == pytest.approx(case.outputs["se_common"][i][j], rel=rtol, abs=atol)


@quick
@given(seed=st.integers(0, 300))
def test_the_conditional_moments_are_the_sums_over_all_tables(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people, theta = rng.integers(1, 7, 3).astype(float), rng.normal(0, 1, 3)
    total = int(rng.integers(1, people.sum()))
    tables = np.array([t for t in product(*(range(int(n) + 1) for n in people)) if sum(t) == total], dtype=float)
    mass = np.prod(comb(people, tables), axis=1) * np.exp(tables @ theta)
    log_norm, mean, covariance = moments(float(total), people, theta)
    share = mass / mass.sum()
    assert log_norm == pytest.approx(np.log(mass.sum()), abs=1e-9)  # rounding of a dozen products
    assert mean == pytest.approx(share @ tables, abs=1e-9)
    centred = tables - share @ tables
    np.testing.assert_allclose(covariance, (share[:, None] * centred).T @ centred, atol=1e-8)


@quick
@given(seed=st.integers(0, 300))
def test_the_multinomial_is_the_limit_of_the_exact_likelihood_for_rare_events(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = {"study": [], "arm": [], "events": [], "total": []}
    for at in range(9):
        for arm in (("x", "y"), ("y", "z"), ("x", "z"))[at % 3]:
            for name, value in zip(rows, (f"T{at}", arm, int(rng.integers(1, 6)), 10**6), strict=True):
                rows[name].append(value)
    data = mk.network_data(rows, measure="OR")
    exact, limit = (mk.network(data, method=name).contrast("x", "z") for name in ("NCH", "NCH-multinomial"))
    assert exact.estimate == pytest.approx(limit.estimate, abs=1e-4)  # events are 5 in a million
    assert exact.se == pytest.approx(limit.se, rel=1e-4)


def pair(events: list[tuple[int, int]], n: int = 40) -> dict[str, list]:
    rows: dict[str, list] = {"study": [], "arm": [], "events": [], "total": []}
    for at, counts in enumerate(events):
        for arm, count in zip(("drug", "placebo"), counts, strict=True):
            for name, value in zip(rows, (f"T{at}", arm, count, n), strict=True):
                rows[name].append(value)
    return rows


def counted(events: list[tuple[int, int]], n: int = 40) -> mk.EffectSizes:
    import pandas as pd  # noqa: PLC0415 - the second way in is a frame

    a, c = zip(*events, strict=True)
    wide = {"study": [f"T{at}" for at in range(len(a))], "event_e": a, "n_e": n, "event_c": c, "n_c": n}
    return mk.effect_sizes(pd.DataFrame(wide), measure="OR")


def test_two_treatments_by_mantel_haenszel_are_the_pairwise_result() -> None:
    events = [(3, 9), (0, 4), (7, 12), (1, 1)]
    network = mk.network(mk.network_data(pair(events), measure="OR"), method="MH").contrast("drug", "placebo")
    pooled = mk.pool(counted(events), method="MH")
    assert network.estimate == pytest.approx(pooled.estimate, rel=1e-12)
    assert network.se == pytest.approx(pooled.se, rel=1e-12)


def test_two_treatments_by_the_exact_likelihood_are_the_conditional_estimate() -> None:
    events = [(3, 9), (0, 4), (7, 12)]
    network = mk.network(mk.network_data(pair(events), measure="OR"), method="NCH").contrast("drug", "placebo")
    table = counted(events)
    exact = mk.exact_odds_ratio(table)
    assert network.estimate == pytest.approx(exact.estimate, rel=1e-8)  # two root finders


def test_a_design_without_events_is_left_out_by_mantel_haenszel_and_kept_by_the_exact_likelihood() -> None:
    rows = pair([(3, 9), (2, 6), (5, 9)])
    for name, values in {"study": ["E"] * 2, "arm": ["new", "placebo"], "events": [0, 5], "total": [40, 40]}.items():
        rows[name] += values
    data = mk.network_data(rows, measure="OR")
    network = mk.network(data, method="MH")
    assert network.treatments == ("drug", "placebo")
    assert [note.where for note in network.notes if note.code == "NETWORK_EMPTY_DESIGN"] == [("E",)]
    with pytest.raises(ModelError, match="no finite odds ratio"):
        mk.network(data, method="NCH", weak_edges="allow")


def test_a_rare_event_method_wants_counts_and_odds_ratios() -> None:
    with pytest.raises(ModelError, match="estimates odds ratios"):
        mk.network(mk.network_data(pair([(3, 9), (2, 6)]), measure="RR"), method="MH")
    effects = {"study": ["a", "b"], "treatment1": ["x"] * 2, "treatment2": ["y"] * 2, "estimate": [1, 1], "se": [1, 1]}
    with pytest.raises(ModelError, match="needs events and people"):
        mk.network(mk.network_data(effects, measure="OR"), method="NCH")

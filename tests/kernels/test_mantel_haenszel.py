import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.contingency_tables import StratifiedTable

from metak2.errors import UnknownOptionError
from metak2.kernels.contract import Status
from metak2.kernels.effect_sizes import log_odds_ratio, log_risk_ratio, risk_difference
from metak2.kernels.mantel_haenszel import mantel_haenszel, mantel_haenszel_rates, pool_tables
from metak2.kernels.tables import Correction, Zeros
from tests.golden.cases import Case, assert_close, load
from tests.golden.counts import zeros_of
from tests.golden.inference import REPEATED, RMA_MH, printed
from tests.strategies import Cells, quick, tables

EFFECTS = {"RR": log_risk_ratio, "OR": log_odds_ratio, "RD": risk_difference}
every_measure = pytest.mark.parametrize("measure", EFFECTS)
edges = [case for case in load("edge") if case.options.get("engine") == "mh"]


@pytest.mark.parametrize("case", load("mh"), ids=str)
def test_mantel_haenszel_is_that_of_metafor(case: Case) -> None:
    measure, zeros = case.options["measure"], zeros_of(case)
    if measure in {"IRR", "IRD"}:
        x1i, t1i, x2i, t2i = case.rows("x1i", "t1i", "x2i", "t2i")
        fit = mantel_haenszel_rates((x1i, t1i, x2i, t2i), np.ones_like(x1i), measure=measure, zeros=zeros)
    else:
        ai, bi, ci, di = case.tables()
        fit = pool_tables((ai, bi, ci, di), np.ones_like(ai), measure=measure, zeros=zeros)
    got = printed(fit, test="z", level=case.options.get("level", 95))
    for field in set(RMA_MH) & set(case.outputs):
        assert_close(got[RMA_MH[field]], case, field)


def test_trials_without_events_pull_a_risk_difference_towards_zero_unless_left_out() -> None:
    # metafor 3.8-1: rma.mh(measure="RD") 0.003752086; with drop00=c(FALSE, TRUE) 0.006484298 from 3 studies
    cells = tuple(
        np.array([row], dtype=float)
        for row in ([0, 0, 3, 1, 0, 5], [50, 30, 97, 49, 80, 0], [0, 2, 0, 1, 0, 5], [48, 33, 101, 50, 79, 0])
    )
    everyone = np.ones((1, 6))
    kept = pool_tables(cells, everyone, measure="RD")
    out = pool_tables(cells, everyone, measure="RD", zeros=Zeros(empty_in_sums=False))
    assert kept.estimate[0] == pytest.approx(0.003752086, rel=1e-6)  # R printed seven digits
    assert out.estimate[0] == pytest.approx(0.006484298, rel=1e-6)  # as above
    assert (kept.k[0], out.k[0]) == (6, 3)


@pytest.mark.parametrize("case", [c for c in load("meta_pairwise_counts") if c.options["method"] == "MH"], ids=str)
def test_mantel_haenszel_is_that_of_rs_meta(case: Case) -> None:
    # meta adds 0.5 to the sums of tables with a zero unless MH.exact, and leaves out trials without events in ratios.
    ratio = case.options["sm"] in {"RR", "OR"}
    old = Zeros(sums=Correction(), empty_in_sums=False) if ratio and "MH.exact" not in case.options else Zeros()
    if case.stratum.startswith("inc"):
        x1i, t1i, x2i, t2i = case.rows("event.e", "time.e", "event.c", "time.c")
        fit = mantel_haenszel_rates((x1i, t1i, x2i, t2i), np.ones_like(x1i), measure=case.options["sm"])
    else:
        ai, n1i, ci, n2i = case.rows("event.e", "n.e", "event.c", "n.c")
        cells = (ai, n1i - ai, ci, n2i - ci)
        mixed = case.options["sm"] == "RD" and bool(np.any([cell == 0 for cell in cells]))
        measure = "RD, Greenland-Robins" if case.options["sm"] == "RD" else case.options["sm"]
        fit = pool_tables(cells, np.ones_like(ai), measure=measure, zeros=Zeros(sums=Correction()) if mixed else old)
        if mixed:  # meta weighs uncorrected differences by corrected sums; the standard error is that of the corrected
            assert_close(fit.se, case, "se_common")
            return
    assert_close(fit.estimate, case, "TE_common")
    assert_close(fit.se, case, "se_common")
    shares = case.expected("w_common")
    np.testing.assert_allclose(fit.weights[0], 100 * shares / shares.sum(), rtol=1e-8, atol=1e-12)  # as RTOL


rates = st.tuples(st.integers(0, 30), st.floats(1.0, 500.0), st.integers(0, 30), st.floats(1.0, 500.0))


@pytest.mark.parametrize("measure", ["IRR", "IRD"])
@quick
@given(studies=st.lists(rates, min_size=2, max_size=6), unit=st.sampled_from([0.01, 365.25]))
def test_rates_do_not_depend_on_the_unit_of_time_or_on_order_and_turn_with_the_arms(
    measure: str, studies: list[tuple[int, float, int, float]], unit: float
) -> None:
    x1, t1, x2, t2 = (np.array([column], dtype=float) for column in zip(*studies, strict=True))
    mi = np.ones_like(x1)
    one = mantel_haenszel_rates((x1, t1, x2, t2), mi, measure=measure)
    scale = 1.0 if measure == "IRR" else unit
    other = mantel_haenszel_rates((x1, unit * t1, x2, unit * t2), mi, measure=measure)
    back = mantel_haenszel_rates((x2, t2, x1, t1), mi, measure=measure)
    turned = mantel_haenszel_rates(tuple(a[:, ::-1] for a in (x1, t1, x2, t2)), mi, measure=measure)
    for name in ("estimate", "se"):
        value = getattr(one, name)
        # Sums in other units and order; a logarithm near 0 keeps its absolute precision.
        np.testing.assert_allclose(getattr(other, name) * scale, value, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(getattr(turned, name), value, rtol=1e-10, atol=1e-12)
        sign = -1 if name == "estimate" else 1
        np.testing.assert_allclose(sign * getattr(back, name), value, rtol=1e-10, atol=1e-12)


def test_a_rate_over_no_time_spoils_its_own_row_alone() -> None:
    x, t = np.full((2, 2), 4.0), np.array([[10.0, 10.0], [10.0, 0.0]])
    fit = mantel_haenszel_rates((x, t, x, np.full((2, 2), 10.0)), np.ones((2, 2)), measure="IRR")
    assert fit.status.tolist() == [Status.OK, Status.BAD_INPUT]


@pytest.mark.parametrize("case", edges, ids=str)
def test_tables_full_of_zeros_are_pooled_as_by_metafor(case: Case) -> None:
    cells = case.tables()
    pooled = mantel_haenszel(*cells, np.ones_like(cells[0]), measure=case.options["measure"])
    got = printed(pooled, test="z", level=95)
    for field in ("k", "estimate", "se", "ci_lb", "ci_ub"):
        assert_close(got[RMA_MH[field]], case, field)
    if np.isnan(case.expected("estimate")[0]):
        assert pooled.status[0] == Status.TOO_FEW
    elif case.outputs["QE_df"] > 0:
        assert_close(pooled.Q, case, "QE")
        assert_close(pooled.I2, case, "I2")


@pytest.mark.parametrize("case", [case for case in load("leave1out") if case.options.get("engine") == "mh"], ids=str)
def test_leave_one_out_of_mantel_haenszel_is_that_of_metafor(case: Case) -> None:
    cells = case.tables()
    mi = 1 - np.eye(cells[0].size)
    got = printed(mantel_haenszel(*cells, mi, measure=case.options["measure"]), test="z", level=95)
    for field in set(REPEATED) & set(case.outputs):
        assert_close(got[REPEATED[field]], case, field)


@pytest.mark.parametrize("case", [case for case in load("cumulative") if case.options.get("engine") == "mh"], ids=str)
def test_cumulative_mantel_haenszel_is_that_of_metafor(case: Case) -> None:
    cells = case.tables()
    order = np.argsort(case.inputs["key"])
    mi = np.tril(np.ones((order.size, order.size)))[:, np.argsort(order)]
    got = printed(mantel_haenszel(*cells, mi, measure=case.options["measure"]), test="z", level=95)
    for field in set(REPEATED) & set(case.outputs):
        # One study has no heterogeneity; metafor prints Q = 0 with p = 1, I2 = 0 and H2 = 1.
        first = 1 if field in {"Q", "Qp", "I2", "H2"} else 0
        np.testing.assert_allclose(
            got[REPEATED[field]][first:], case.expected(field)[first:], rtol=1e-8, atol=1e-10
        )  # as assert_close


@quick
@given(cells=tables(least=2))
def test_statsmodels_pools_the_same_odds_ratio_and_risk_ratio(cells: Cells) -> None:
    ai, bi, ci, di = (cell[0] + 1 for cell in cells)  # statsmodels divides by zero cells
    oracle = StratifiedTable([np.array([[a, b], [c, d]]) for a, b, c, d in zip(ai, bi, ci, di, strict=True)])
    everything = np.ones((1, ai.size))
    odds = mantel_haenszel(*(cell[np.newaxis] for cell in (ai, bi, ci, di)), everything, measure="OR")
    risk = mantel_haenszel(*(cell[np.newaxis] for cell in (ai, bi, ci, di)), everything, measure="RR")
    # Closed formulas on both sides; a logarithm near 0 keeps its absolute precision.
    assert odds.estimate[0] == pytest.approx(oracle.logodds_pooled, rel=1e-10, abs=1e-13)
    assert odds.se[0] == pytest.approx(oracle.logodds_pooled_se, rel=1e-10)
    assert risk.estimate[0] == pytest.approx(np.log(oracle.riskratio_pooled), rel=1e-10, abs=1e-13)


@every_measure
def test_one_table_alone_is_its_own_effect(measure: str) -> None:
    cells = tuple(np.array([[value]]) for value in (12.0, 30.0, 20.0, 25.0))
    pooled = mantel_haenszel(*cells, np.ones((1, 1)), measure=measure)
    yi, vi = EFFECTS[measure](*cells)
    assert pooled.estimate[0] == pytest.approx(yi[0, 0], rel=1e-13)  # the sums of one term, rounded otherwise
    # Sato's variance of a single risk difference is another estimator, close but not equal.
    assert pooled.se[0] == pytest.approx(np.sqrt(vi[0, 0]), rel=1e-12 if measure != "RD" else 0.02)
    assert pooled.weights[0, 0] == 100


@every_measure
@quick
@given(cells=tables(least=2))
def test_multiplicity_two_is_the_table_written_twice(measure: str, cells: Cells) -> None:
    mi = np.ones_like(cells[0])
    mi[0, 0] = 2
    once = mantel_haenszel(*cells, mi, measure=measure)
    twice = mantel_haenszel(
        *(np.hstack([cell[:, :1], cell]) for cell in cells), np.ones((1, mi.size + 1)), measure=measure
    )
    for name in ("k", "estimate", "se", "Q", "Q_df"):
        np.testing.assert_allclose(
            getattr(once, name), getattr(twice, name), rtol=1e-10, atol=1e-12
        )  # sums in other order
    assert once.status[0] == twice.status[0]


@every_measure
@quick
@given(cells=tables(least=2))
def test_swapping_the_arms_negates_the_estimate(measure: str, cells: Cells) -> None:
    ai, bi, ci, di = cells
    forth, back = (
        mantel_haenszel(*four, np.ones_like(ai), measure=measure) for four in ((ai, bi, ci, di), (ci, di, ai, bi))
    )
    np.testing.assert_allclose(forth.estimate, -back.estimate, rtol=1e-11, atol=1e-13)  # sums in other order
    np.testing.assert_allclose(forth.se, back.se, rtol=1e-10)  # as above


@every_measure
@quick
@given(cells=tables(least=2))
def test_a_batch_equals_its_rows_one_by_one(measure: str, cells: Cells) -> None:
    mi = np.vstack([np.ones_like(cells[0]), 1 - np.eye(cells[0].size)])
    together = mantel_haenszel(*cells, mi, measure=measure)
    for row, mask in enumerate(mi):
        alone = mantel_haenszel(*cells, mask[np.newaxis], measure=measure)
        for name in ("estimate", "se", "Q"):
            # A matrix product adds in another order than a sum.
            np.testing.assert_allclose(getattr(together, name)[row], getattr(alone, name)[0], rtol=1e-11, atol=1e-12)


def test_no_event_anywhere_is_not_estimable() -> None:
    zero, some = np.zeros((1, 2)), np.full((1, 2), 20.0)
    for measure in EFFECTS:
        pooled = mantel_haenszel(zero, some, zero, some, np.ones((1, 2)), measure=measure)
        assert np.isnan(pooled.estimate[0])
        assert pooled.status[0] == Status.TOO_FEW


def test_a_negative_count_spoils_its_own_row_alone() -> None:
    ai = np.array([[4.0, 5.0], [4.0, -5.0]])
    rest = np.full((2, 2), 9.0)
    pooled = mantel_haenszel(ai, rest, rest, rest, np.ones((2, 2)), measure="RR")
    assert pooled.status.tolist() == [Status.OK, Status.BAD_INPUT]
    assert np.isnan(pooled.estimate).tolist() == [False, True]


def test_an_unknown_measure_is_named_with_those_allowed() -> None:
    one = np.ones((1, 1))
    with pytest.raises(UnknownOptionError, match="OR, RD, RD, Greenland-Robins, RR"):
        mantel_haenszel(one, one, one, one, one, measure="HR")


def test_an_unknown_measure_of_rates_is_named_with_those_allowed() -> None:
    one = np.ones((1, 1))
    with pytest.raises(UnknownOptionError, match="IRD, IRR"):
        mantel_haenszel_rates((one, one, one, one), one, measure="RR")


def test_half_an_event_in_unbalanced_arms_biases_the_odds_ratio_and_the_sums_as_they_are_do_not() -> None:
    # 20 people against 200, the same risk of 1 in 100: what pooled sums tend to over many such trials, enumerated.
    n1, n2, risk = 20, 200, 0.01
    a, c = (grid.ravel().astype(float)[None, :] for grid in np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1)))
    probability = binom.pmf(a, n1, risk) * binom.pmf(c, n2, risk)
    cells = (a, n1 - a, c, n2 - c)
    plain = pool_tables(cells, probability, measure="OR")
    corrected = pool_tables(cells, probability, measure="OR", zeros=Zeros(sums=Correction(add=0.5, to="only0")))
    assert plain.estimate[0] == pytest.approx(0, abs=1e-10)  # a sum of 4221 rounded products
    assert np.exp(corrected.estimate[0]) > 1.5  # where there is no effect at all

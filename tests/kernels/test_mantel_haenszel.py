import numpy as np
import pytest
from hypothesis import given
from statsmodels.stats.contingency_tables import StratifiedTable

from metak2.errors import UnknownOptionError
from metak2.kernels.contract import Status
from metak2.kernels.effect_sizes import log_odds_ratio, log_risk_ratio, risk_difference
from metak2.kernels.mantel_haenszel import mantel_haenszel
from tests.golden.cases import Case, assert_close, load
from tests.golden.inference import REPEATED, RMA_MH, printed
from tests.strategies import Cells, quick, tables

HETEROGENEITY = {"QE", "QE_df", "QE_p", "I2", "H2"}
EFFECTS = {"RR": log_risk_ratio, "OR": log_odds_ratio, "RD": risk_difference}
every_measure = pytest.mark.parametrize("measure", EFFECTS)
edges = [case for case in load("edge") if case.options.get("engine") == "mh"]


@pytest.mark.parametrize("case", load("mh"), ids=str)
def test_mantel_haenszel_is_that_of_metafor(case: Case) -> None:
    cells = case.tables()
    got = printed(
        mantel_haenszel(*cells, np.ones_like(cells[0]), measure=case.options["measure"]),
        test="z",
        level=case.options.get("level", 95),
    )
    # With drop00=FALSE metafor lets tables without events into Q; we never do.
    skip = HETEROGENEITY if "drop00" in case.options else set()
    for field in (set(RMA_MH) & set(case.outputs)) - skip:
        assert_close(got[RMA_MH[field]], case, field)


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
    with pytest.raises(UnknownOptionError, match="OR, RD, RR"):
        mantel_haenszel(one, one, one, one, one, measure="HR")

import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.contract import Status
from metak2.kernels.effect_sizes import peto_log_odds_ratio
from metak2.kernels.peto import peto, pool_peto
from tests.golden.cases import Case, assert_close, load
from tests.golden.counts import zeros_of
from tests.golden.inference import REPEATED, RMA_MH, printed
from tests.strategies import Cells, quick, tables


@pytest.mark.parametrize("case", load("peto"), ids=str)
def test_peto_is_that_of_metafor(case: Case) -> None:
    ai, bi, ci, di = case.tables()
    fit = pool_peto((ai, bi, ci, di), np.ones_like(ai), zeros=zeros_of(case))
    got = printed(fit, test="z", level=case.options.get("level", 95))
    for field in set(RMA_MH) & set(case.outputs):
        assert_close(got[RMA_MH[field]], case, field)


@pytest.mark.parametrize("case", [c for c in load("meta_pairwise_counts") if c.options["method"] == "Peto"], ids=str)
def test_peto_is_that_of_rs_meta(case: Case) -> None:
    ai, n1i, ci, n2i = case.rows("event.e", "n.e", "event.c", "n.c")
    fit = peto(ai, n1i - ai, ci, n2i - ci, np.ones_like(ai))
    assert_close(fit.estimate, case, "TE_common")
    assert_close(fit.se, case, "se_common")


@pytest.mark.parametrize("case", [case for case in load("edge") if case.options.get("engine") == "peto"], ids=str)
def test_tables_full_of_zeros_are_pooled_as_by_metafor(case: Case) -> None:
    cells = case.tables()
    pooled = peto(*cells, np.ones_like(cells[0]))
    if case.error is not None:
        assert np.isnan(pooled.estimate[0])
        assert pooled.status[0] == Status.TOO_FEW
        return
    got = printed(pooled, test="z", level=95)
    several = case.outputs["QE_df"] > 0
    fields = set(RMA_MH) & set(case.outputs) - (set() if several else {"I2", "H2"})
    for field in fields:
        assert_close(got[RMA_MH[field]], case, field)


@pytest.mark.parametrize("case", [case for case in load("leave1out") if case.options.get("engine") == "peto"], ids=str)
def test_leave_one_out_of_peto_is_that_of_metafor(case: Case) -> None:
    cells = case.tables()
    got = printed(peto(*cells, 1 - np.eye(cells[0].size)), test="z", level=95)
    for field in set(REPEATED) & set(case.outputs):
        assert_close(got[REPEATED[field]], case, field)


@pytest.mark.parametrize("case", [case for case in load("cumulative") if case.options.get("engine") == "peto"], ids=str)
def test_cumulative_peto_is_that_of_metafor(case: Case) -> None:
    cells = case.tables()
    order = np.argsort(case.inputs["key"])
    mi = np.tril(np.ones((order.size, order.size)))[:, np.argsort(order)]
    got = printed(peto(*cells, mi), test="z", level=95)
    for field in set(REPEATED) & set(case.outputs):
        first = 1 if field in {"I2", "H2"} else 0  # one study has neither; metafor prints 0 and 1
        np.testing.assert_allclose(
            got[REPEATED[field]][first:], case.expected(field)[first:], rtol=1e-8, atol=1e-10
        )  # as assert_close


def test_habus_trial_has_the_published_peto_odds_ratio() -> None:
    # 2 of 21 against 9 of 19; metafor 3.8-1 gives 0.157 (0.040-0.620).
    cells = tuple(np.array([[value]]) for value in (2.0, 19.0, 9.0, 10.0))
    got = printed(peto(*cells, np.ones((1, 1))), test="z", level=95)
    assert [round(float(np.exp(got[name][0])), 3) for name in ("estimate", "ci_lb", "ci_ub")] == [0.157, 0.040, 0.620]


@quick
@given(cells=tables(least=2))
def test_peto_is_the_inverse_variance_mean_of_petos_odds_ratios(cells: Cells) -> None:
    yi, vi = peto_log_odds_ratio(*cells)
    informative = np.isfinite(yi)
    weight = np.where(informative, 1 / np.where(informative, vi, 1.0), 0.0)
    pooled = peto(*cells, np.ones_like(yi))
    if informative.any():
        mean = (weight * np.where(informative, yi, 0.0)).sum() / weight.sum()
        assert pooled.estimate[0] == pytest.approx(mean, rel=1e-11, abs=1e-13)  # the same sums, rounded otherwise
        assert pooled.se[0] == pytest.approx(weight.sum() ** -0.5, rel=1e-12)  # as above
    else:
        assert pooled.status[0] == Status.TOO_FEW


@quick
@given(cells=tables(least=2))
def test_a_table_without_events_changes_nothing(cells: Cells) -> None:
    ai, bi, ci, di = cells
    zero, some = np.zeros((1, 1)), np.full((1, 1), 15.0)
    more = [np.hstack([cell, added]) for cell, added in zip((ai, bi, ci, di), (zero, some, zero, some), strict=True)]
    before, after = peto(ai, bi, ci, di, np.ones_like(ai)), peto(*more, np.ones((1, ai.size + 1)))
    for name in ("estimate", "se", "Q", "Q_df"):
        np.testing.assert_allclose(
            getattr(after, name), getattr(before, name), rtol=1e-13, atol=1e-14
        )  # sums by blocks

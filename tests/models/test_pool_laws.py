"""What is true of every pooled effect, whatever the data."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import combine_effects

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.models.subgroups import pool_subgroups
from tests.effects.made_up import study_table
from tests.strategies import Cells, Study, meta_analyses, quick, tables

METHODS = ("CE", "DL", "PM", "ML", "REML")
every_method = pytest.mark.parametrize("method", METHODS)
# REML and PM are roots of equations found to 1e-10; rescaled or reordered sums move them by that much.
ROOT = 1e-8


def arrays(study: Study, names: Sequence[str] | None = None) -> EffectSizes:
    yi, vi = (values[0] for values in study)
    return effects_from(yi, study=names or [f"S{at}" for at in range(yi.size)], vi=vi)


def from_cells(cells: Cells, measure: str, *, swapped: bool = False) -> EffectSizes:
    ai, bi, ci, di = (values[0] for values in cells)
    e, c = ((ai, ai + bi), (ci, ci + di))[:: -1 if swapped else 1]
    study = [f"S{at}" for at in range(ai.size)]
    return effect_sizes(study_table("counts", study, event_e=e[0], n_e=e[1], event_c=c[0], n_c=c[1]), measure=measure)


def numbers(pooled: Pooled) -> list[float]:
    return [pooled.estimate, pooled.ci.low, pooled.ci.high, pooled.se]


@pytest.mark.parametrize(
    "measure, method",
    [("RR", "REML"), ("OR", "DL"), ("RD", "PM"), ("RR", "MH"), ("OR", "MH"), ("RD", "MH"), ("PETO", "PETO")],
)
@quick
@given(cells=tables(least=2))
def test_swapping_the_arms_turns_the_answer_round(measure: str, method: str, cells: Cells) -> None:
    one, other = from_cells(cells, measure), from_cells(cells, measure, swapped=True)
    np.testing.assert_allclose(one.yi, -other.yi, rtol=1e-12, atol=1e-13)
    assert one.excluded == other.excluded
    if one.k == 0:
        return
    a, b = pool(one, method=method), pool(other, method=method)
    assert [a.estimate, a.ci.low, a.ci.high] == pytest.approx(
        [-b.estimate, -b.ci.high, -b.ci.low], rel=ROOT, abs=1e-10, nan_ok=True
    )
    assert a.pval == pytest.approx(b.pval, rel=1e-6, abs=1e-12, nan_ok=True)  # a tail multiplies the root's error


@every_method
@quick
@given(study=meta_analyses(), seed=st.integers(0, 99))
def test_the_order_of_the_studies_does_not_matter(method: str, study: Study, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(study[0].size)
    effects = arrays(study)
    assert numbers(pool(effects, method=method)) == pytest.approx(
        numbers(pool(effects.take(order), method=method)), rel=ROOT, abs=1e-10
    )


@every_method
@quick
@given(study=meta_analyses(), factor=st.sampled_from([1e-3, 0.1, 10.0, 1e4]), shift=st.sampled_from([-5.0, 0.0, 3.0]))
def test_another_unit_and_another_origin_rescale_and_shift_the_answer(
    method: str, study: Study, factor: float, shift: float
) -> None:
    yi, vi = study
    plain, moved = (
        pool(arrays(study), method=method),
        pool(arrays((factor * (yi + shift), factor**2 * vi)), method=method),
    )
    expected = [factor * (value + shift) for value in numbers(plain)[:3]]
    assert numbers(moved)[:3] == pytest.approx(expected, rel=ROOT, abs=1e-8 * factor)
    assert moved.se == pytest.approx(factor * plain.se, rel=1e-6)  # a tau2 near 0 is a root in an absolute sense
    assert pytest.approx(plain.I2, rel=1e-6, abs=1e-6) == moved.I2
    if plain.tau2 is not None and moved.tau2 is not None:
        assert moved.tau2 == pytest.approx(factor**2 * plain.tau2, rel=1e-6, abs=1e-9 * factor**2)


@quick
@given(study=meta_analyses(least=3), left_out=st.integers(0, 2))
def test_excluding_a_study_is_the_same_as_never_having_given_it(study: Study, left_out: int) -> None:
    effects = arrays(study)
    shown = pool(effects.excluding("on purpose", (f"S{left_out}",)))
    without = pool(effects.take(np.arange(len(effects)) != left_out))
    assert numbers(shown) == pytest.approx(numbers(without), rel=1e-10, abs=1e-12)
    assert (shown.k, shown.I2, shown.Q) == pytest.approx((without.k, without.I2, without.Q), rel=1e-10, abs=1e-9)
    assert shown.weights[left_out] == 0


@quick
@given(study=meta_analyses())
def test_a_wider_coverage_gives_a_wider_interval_about_the_same_estimate(study: Study) -> None:
    effects = arrays(study)
    narrow, wide = (pool(effects, level=level, convention="metafor") for level in (0.8, 0.99))
    assert wide.ci.low < narrow.ci.low < narrow.estimate < narrow.ci.high < wide.ci.high
    assert narrow.estimate == wide.estimate


@quick
@given(study=meta_analyses(least=3))
def test_the_reported_interval_is_never_narrower_than_walds(study: Study) -> None:
    pooled = pool(arrays(study))
    width = pooled.ci.high - pooled.ci.low
    for other in pooled.intervals:
        if other.rule == "z":
            assert width >= (other.high - other.low) * (1 - 1e-12)  # equal widths, rounded


@quick
@given(study=meta_analyses(least=3))
def test_a_prediction_interval_holds_the_confidence_interval(study: Study) -> None:
    pooled = pool(arrays(study))
    assert pooled.pi is not None
    slack = 1e-12 * (1 + abs(pooled.estimate))
    assert pooled.pi.low <= pooled.ci.low + slack
    assert pooled.pi.high >= pooled.ci.high - slack


@every_method
@quick
@given(study=meta_analyses(least=3))
def test_a_partition_into_one_group_is_the_whole(method: str, study: Study) -> None:
    yi, vi = (values[0] for values in study)
    names = [f"S{at}" for at in range(yi.size)]
    table = study_table("effects", names, estimate=yi, vi=vi, group=["all"] * yi.size)
    effects = effect_sizes(table, measure="GEN")
    groups = pool_subgroups(effects, by="group", method=method)
    assert list(groups.groups) == ["all"]
    assert numbers(groups.groups["all"]) == pytest.approx(numbers(groups.overall), rel=1e-12)
    assert (groups.Q_between, groups.Q_df, groups.I2_between) == pytest.approx(
        (0, 0, 0), abs=1e-20
    )  # rounding, squared
    assert np.isnan(groups.Q_pval)


@quick
@given(study=meta_analyses(least=2))
def test_statsmodels_has_the_same_dersimonian_laird_variance(study: Study) -> None:
    yi, vi = (values[0] for values in study)
    with np.errstate(divide="ignore", invalid="ignore"):  # it weights by 1 / (vi + tau2) with a negative tau2
        oracle = combine_effects(yi, vi, method_re="dl")
    pooled, common = (pool(arrays(study), method=method, test="z", convention="metafor") for method in ("DL", "CE"))
    assert pooled.tau2 == pytest.approx(max(0.0, oracle.tau2), rel=1e-9, abs=1e-12)
    assert common.estimate == pytest.approx(oracle.mean_effect_fe, rel=1e-10, abs=1e-12)


@quick
@given(cells=tables(least=2))
def test_statsmodels_has_the_same_mantel_haenszel_odds_ratio_and_variance(cells: Cells) -> None:
    shifted = tuple(cell + 1 for cell in cells)  # statsmodels divides by zero cells
    oracle = StratifiedTable(
        [np.array([[a, b], [c, d]]) for a, b, c, d in zip(*(cell[0] for cell in shifted), strict=True)]
    )
    pooled = pool(from_cells(shifted, "OR"), method="MH")
    assert pooled.estimate == pytest.approx(oracle.logodds_pooled, rel=1e-10, abs=1e-13)
    assert pooled.se == pytest.approx(oracle.logodds_pooled_se, rel=1e-10)
    assert (pooled.ci.low, pooled.ci.high) == pytest.approx(oracle.logodds_pooled_confint(), rel=1e-9, abs=1e-12)

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.plots.new_trial_layout import new_trial_layout
from metak2.robustness.new_trial import new_trial, next_trial
from tests.effects.made_up import counts

FOUR = [("A", 4, 40, 12, 40), ("B", 5, 40, 11, 40), ("C", 7, 50, 12, 50), ("D", 3, 30, 8, 30)]
THREE = {"yi": [-0.4, -0.2, 0.1], "vi": [0.04, 0.05, 0.08], "study": list("ABC"), "measure": "MD"}


def test_the_next_observed_effect_adds_the_sampling_variance_of_the_new_trial() -> None:
    base = mk.pool(mk.effects_from(**THREE))
    result = next_trial(base, n=50, variance_per_person=2.0)
    assert result.vi == pytest.approx(2.0 * (1 / 50 + 1 / 50), rel=1e-12)
    assert base.pi is not None
    assert result.pi.se == pytest.approx(np.sqrt(base.pi.se**2 + result.vi), rel=1e-12)
    assert result.pi.df == base.pi.df


def test_an_endless_trial_observes_its_setting() -> None:
    base = mk.pool(mk.effects_from(**THREE))
    assert base.pi is not None
    huge = next_trial(base, n=10**12, variance_per_person=2.0).pi
    # a sampling variance of 4e-12 moves the limits by about 1e-11
    assert (huge.low, huge.high) == pytest.approx((base.pi.low, base.pi.high), abs=1e-10)


def test_the_precision_of_a_person_is_the_median_of_the_pooled_studies() -> None:
    pooled = mk.pool(counts(FOUR))
    per_person = [
        (1 / a - 1 / n + 1 / c - 1 / m) / (1 / n + 1 / m) for _, a, n, c, m in FOUR
    ]  # the variance of a log risk ratio (Katz et al. 1978)
    assert next_trial(pooled, n=100).variance_per_person == pytest.approx(np.median(per_person), rel=1e-12)


def test_the_chance_of_pointing_the_other_way_is_a_half_without_an_effect() -> None:
    base = mk.pool(mk.effects_from([-0.2, 0.0, 0.2], vi=[0.1] * 3, study=list("ABC"), measure="MD"), method="CE")
    assert next_trial(base, n=50, variance_per_person=2.0).other_side == pytest.approx(0.5, abs=1e-12)


def test_the_effect_that_turns_a_common_effect_is_the_one_that_makes_z_196() -> None:
    base = mk.pool(mk.effects_from([-0.5, -0.5, -0.5], vi=[0.03] * 3, study=list("ABC"), measure="MD"), method="CE")
    result = new_trial(base, n=[50], variance_per_person=1.0)
    vi = 2 / 50
    total = 3 / 0.03 + 1 / vi
    turning = (-1.959963984540054 * np.sqrt(total) + 0.5 * 3 / 0.03) * vi  # z = sum(w y) / sqrt(sum(w)) = -1.96
    assert result.side == -1
    (changing,) = result.changing(0)
    assert changing.low == pytest.approx(turning, rel=1e-9)  # 40 halvings of a cell
    assert changing.side == 0


def test_an_added_study_at_the_turning_point_leaves_the_interval_at_no_effect() -> None:
    base = mk.pool(counts(FOUR), method="REML", test="HK")
    result = new_trial(base, n=[400])
    edge = result.changing(0)[0].high
    kept = base.effects
    more = mk.effects_from([*kept.yi, edge], vi=[*kept.vi, result.vi[0]], study=[*kept.study, "new"], measure="RR")
    ends = mk.pool(more, method="REML", test="HK").ci
    # 40 halvings leave the edge exact to 1e-12; the interval follows it with a slope near 1
    assert min(abs(ends.low), abs(ends.high)) < 1e-8


@pytest.mark.parametrize(
    "pooled, words",
    [
        (lambda: mk.pool(mk.effects_from(**THREE)), "variance_per_person"),
        (lambda: mk.pool(counts(FOUR), method="MH"), "pools counts"),
    ],
)
def test_what_says_nothing_of_a_further_trial_is_refused(pooled: object, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        new_trial(pooled())  # type: ignore[operator] # a function of the parameters


def test_two_studies_predict_no_third() -> None:
    base = mk.pool(mk.effects_from([-0.2, 0.0], vi=[0.1] * 2, study=list("AB"), measure="MD"))
    with pytest.raises(ModelError, match="at least 3 studies"):
        next_trial(base, n=50, variance_per_person=1.0)


def test_a_trial_of_nobody_is_refused() -> None:
    with pytest.raises(ModelError, match="whole and at least 2"):
        next_trial(mk.pool(mk.effects_from(**THREE)), n=0, variance_per_person=1.0)


def test_the_figure_has_a_row_for_each_size_and_colours_that_the_legend_names() -> None:
    layout = new_trial_layout(new_trial(mk.pool(counts(FOUR)), n=[50, 200, 800]))
    (panel,) = layout.panels
    assert panel.up.tick_labels == ("50 per arm", "200 per arm", "800 per arm")
    assert {bar.tone for bar in panel.bars} <= {tone for tone, _ in layout.legend}
    assert layout.alt.startswith("What one further trial would have to observe")

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import metak2 as mk
from metak2.display import open_questions as told
from metak2.errors import ModelError
from metak2.plots.sequential_layout import sequential_layout
from metak2.report.comparison import Comparison
from metak2.report.compose import full_report
from metak2.robustness.sequential import SequentialPlan, sequential_analysis
from metak2.studies.table import read_only

STATED = SequentialPlan(delta=0.8, diversity=0.25, alpha=0.05, power=0.9, futility=True)


def pooled(yi: list[float], vi: list[float], measure: str = "RR") -> mk.Pooled:
    effects = mk.effects_from(yi, study=[f"Trial {at}" for at in range(len(yi))], measure=measure, vi=vi)
    year = read_only(np.arange(2000.0, 2000.0 + len(yi))[::-1].copy())
    return mk.pool(replace(effects, moderators={"year": year}), method="DL")


def test_the_required_information_is_that_of_one_trial_over_one_minus_diversity() -> None:
    result = sequential_analysis(pooled([-0.2, -0.1, -0.3], [0.1, 0.1, 0.2]), STATED)
    by_hand = (norm.ppf(0.975) + norm.ppf(0.9)) ** 2 / np.log(0.8) ** 2 / 0.75
    assert result.required == pytest.approx(by_hand, rel=1e-12)  # the same arithmetic in another order
    assert result.so_far == pytest.approx(10 + 10 + 5, rel=1e-12)


def test_the_required_information_never_uses_the_observed_effect() -> None:
    sizes = {
        sequential_analysis(pooled([shift - 0.1, shift, shift + 0.1], [0.1, 0.1, 0.2]), STATED).required
        for shift in (-1.0, 0.0, 0.3)
    }
    assert len(sizes) == 1


def test_studies_enter_by_year_and_the_last_z_is_that_of_all() -> None:
    base = pooled([-0.2, -0.1, -0.3], [0.1, 0.1, 0.2])
    result = sequential_analysis(base, STATED)
    assert result.study == ("Trial 2", "Trial 1", "Trial 0")
    common = mk.pool(base.effects, method="DL", test="z")
    assert result.z[-1] == pytest.approx(common.estimate / common.se, rel=1e-12)  # the same sums, ordered otherwise


def test_a_conventional_p_below_five_percent_may_leave_the_question_open() -> None:
    result = sequential_analysis(pooled([-0.5, -0.4, -0.45], [0.1, 0.1, 0.1]), STATED)
    assert abs(result.z[-1]) > norm.ppf(0.975)
    assert result.verdict == "open"
    assert "the question is open" in told.sequential(result)


def test_enough_information_without_a_crossing_speaks_against_the_stated_effect() -> None:
    result = sequential_analysis(pooled([0.01, -0.01, 0.0], [0.005, 0.005, 0.005]), STATED)
    assert result.verdict == "no effect of this size"


def test_a_look_that_adds_next_to_nothing_is_shown_and_not_tested() -> None:
    result = sequential_analysis(pooled([-0.2, -0.1, 0.3, -0.2], [0.1, 0.1, 50.0, 0.05]), STATED)
    assert result.tested.tolist() == [True, False, True, True]
    assert np.isnan(result.boundary[1])


@pytest.mark.parametrize(
    "yi, plan, words",
    [
        ([-0.2, -0.1], STATED, "at least 3 studies"),
        ([-0.2, -0.1, 0.1], SequentialPlan(delta=1.0, diversity=0, alpha=0.05, power=0.8), "no effect is 1"),
        ([-0.2, -0.1, 0.1], SequentialPlan(delta=-1.0, diversity=0, alpha=0.05, power=0.8), "could be sought"),
    ],
)
def test_what_cannot_be_stated_is_refused(yi: list[float], plan: SequentialPlan, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        sequential_analysis(pooled(yi, [0.1] * len(yi)), plan)


def test_the_observed_effect_as_delta_is_refused() -> None:
    base = pooled([-0.2, -0.1, -0.3], [0.1, 0.1, 0.2])
    plan = SequentialPlan(delta=float(np.exp(base.estimate)), diversity=0, alpha=0.05, power=0.8)
    with pytest.raises(ModelError, match="without the data"):
        sequential_analysis(base, plan)


def test_a_plan_out_of_range_names_all_that_is_wrong() -> None:
    with pytest.raises(ModelError, match=r"diversity.*alpha.*power"):
        SequentialPlan(delta=0.8, diversity=1.0, alpha=0.9, power=0.2)


def test_it_never_stands_in_the_first_paragraph() -> None:
    base = pooled([-0.5, -0.4, -0.45], [0.1, 0.1, 0.1])
    comparison = Comparison(
        name="primary", title="T", about="trials", primary=base, sequential=sequential_analysis(base, STATED)
    )
    report = full_report("T", comparisons=(comparison,))
    first = next(block.text for block in report.blocks if hasattr(block, "links"))
    assert "equential" not in first
    assert any(getattr(block, "text", "") == "Trial sequential analysis (exploratory)" for block in report.blocks)


def test_the_figure_draws_every_look_and_both_boundaries_mirrored() -> None:
    layout = sequential_layout(sequential_analysis(pooled([-0.5, -0.4, -0.45], [0.1, 0.1, 0.1]), STATED))
    (panel,) = layout.panels
    assert [disc.name for disc in panel.discs] == ["Trial 2", "Trial 1", "Trial 0"]
    boundaries = [stroke.points for stroke in panel.strokes if stroke.tone == "ink"]
    assert boundaries[0] == tuple((x, -y) for x, y in boundaries[1])
    assert layout.alt.startswith("Trial sequential analysis (exploratory)")

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.plots.forest_layout import forest_layout
from metak2.robustness.prior_sensitivity import USUAL, prior_sensitivity


def pooled(measure: str = "OR") -> mk.Pooled:
    return mk.pool(
        mk.effects_from(yi=[-0.4, -0.2, -0.6, 0.1], vi=[0.05, 0.1, 0.08, 0.2], measure=measure, study=list("ABCD"))
    )


def test_the_usual_priors_end_with_the_one_published_for_the_measure() -> None:
    asked = [one.tau_prior.words for one in prior_sensitivity(pooled()).posteriors]
    assert asked[: len(USUAL)] == list(USUAL)
    assert asked[len(USUAL) :] == ["log-normal(-2.56, 1.74) for τ², general health care"]


def test_a_wider_prior_of_tau_never_narrows_the_credible_interval_here() -> None:
    scales = (0.1, 0.5, 2.0)
    posteriors = prior_sensitivity(pooled(), tau_priors=[f"half-normal({s})" for s in scales]).posteriors
    widths = [one.effect.high - one.effect.low for one in posteriors]
    assert widths == sorted(widths)


def test_a_mean_difference_needs_priors_in_its_unit() -> None:
    with pytest.raises(ModelError, match="depend on its unit"):
        prior_sensitivity(pooled("MD"))


def test_the_same_prior_twice_is_refused() -> None:
    with pytest.raises(ModelError, match=r"half-normal\(1\) twice"):
        prior_sensitivity(pooled(), tau_priors=["half-normal(1)", "half-normal(1)"])


def test_the_figure_has_a_row_for_each_prior_and_a_diamond_without() -> None:
    result = prior_sensitivity(pooled(), tau_priors=["half-normal(0.5)", "uniform(4)"])
    layout = forest_layout(result)
    assert [row.name for row in layout.rows if row.kind == "refit"] == ["half-normal(0.5)", "uniform(4)"]
    marks = [row.mark for row in layout.rows if row.mark is not None]
    assert marks[0].estimate == pytest.approx(float(np.exp(result.planned.effect.median)))
    assert marks[-1].kind == "diamond"


def test_a_sentence_says_whether_the_answer_depends_on_the_prior() -> None:
    text = str(prior_sensitivity(pooled(), tau_priors=["half-normal(0.01)", "uniform(20)"]))
    assert "The answer depends on the prior: under 1 of 2 priors" in text

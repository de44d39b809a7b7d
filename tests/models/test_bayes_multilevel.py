from dataclasses import replace

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from tests.models.test_multilevel import grouped

# 4,096 points of a scrambled Sobol' sequence leave an error of about 1e-4 of a standard deviation in means and of a few
# times 1e-3 in quantiles; the tests allow three times that.
MEANS, QUANTILES = 3e-4, 1e-2


def asked(tau_prior: str = "half-normal(0.5)", effect_prior: str = "flat", seed: int = 1) -> mk.BayesOptions:
    return mk.BayesOptions(tau_prior=tau_prior, effect_prior=effect_prior, seed=seed)


@pytest.mark.parametrize("effect_prior", ["flat", "normal(0, 1)"])
def test_rows_that_share_nothing_give_the_posterior_of_exact_quadrature(effect_prior: str) -> None:
    effects = grouped(1)
    exact = mk.bayes(effects, tau_prior="half-normal(0.5)", effect_prior=effect_prior)
    found = mk.bayes_multilevel(effects, "row", options=asked(effect_prior=effect_prior))
    (one,), ((_, tau),) = found.coefficients, found.deviations
    assert one.mean == pytest.approx(exact.effect.mean, abs=MEANS * exact.effect.sd)
    assert (one.low, one.high) == pytest.approx((exact.effect.low, exact.effect.high), abs=QUANTILES * exact.effect.sd)
    assert tau.mean == pytest.approx(exact.tau.mean, abs=3 * MEANS * exact.tau.sd)
    assert (tau.low, tau.high) == pytest.approx((exact.tau.low, exact.tau.high), abs=2 * QUANTILES)
    assert found.log_evidence == pytest.approx(exact.log_evidence, abs=1e-3)


def test_the_same_seed_gives_the_same_answer_and_another_one_nearly_so() -> None:
    effects = grouped(2)
    one, again, other = (mk.bayes_multilevel(effects, "study_/row", options=asked(seed=s)) for s in (1, 1, 2))
    assert one.coefficients == again.coefficients
    assert other.coefficients[0].mean == pytest.approx(one.coefficients[0].mean, abs=1e-3)
    assert one.effective > 0.5  # Laplace is a good guide for two levels


def test_with_many_groups_it_approaches_the_likelihood_answer() -> None:
    effects = grouped(3, groups=150, most=4)
    plain = mk.multilevel(effects, "study_/row", options=mk.MultilevelOptions(test="z"))
    found = mk.bayes_multilevel(effects, "study_/row", options=asked("uniform(5)"))
    # posterior and likelihood differ by terms of order 1 / groups
    assert found.coefficients[0].mean == pytest.approx(
        plain.coefficients.estimate[0], abs=0.1 * plain.coefficients.se[0]
    )
    assert found.coefficients[0].sd == pytest.approx(plain.coefficients.se[0], rel=0.03)
    for (_, deviation), component in zip(found.deviations, plain.components, strict=True):
        assert deviation.median**2 == pytest.approx(component.value, rel=0.1)


def test_a_correlation_that_is_neither_given_nor_absent_is_refused() -> None:
    effects = grouped(4, groups=8, most=3)
    levels = np.array([str(at % 2) for at in range(len(effects))], dtype=object)
    effects = replace(effects, moderators={**effects.moderators, "outcome_": levels})
    with pytest.raises(ModelError, match="give the correlation"):
        mk.bayes_multilevel(effects, mk.Random(term="outcome_ | study_", structure="CS"), options=asked())
    given = mk.Random(term="outcome_ | study_", structure="CS", correlation=0.5)
    assert [name for name, _ in mk.bayes_multilevel(effects, given, options=asked()).deviations] == [
        "outcome_ | study_"
    ]

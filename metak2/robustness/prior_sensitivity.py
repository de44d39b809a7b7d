"""The same posterior under several priors: how much of the answer is the data's."""

from collections.abc import Sequence
from dataclasses import dataclass

from metak2.effects.measures import Measure
from metak2.errors import ModelError
from metak2.models.bayes import bayes
from metak2.models.bayes_result import Bayesian
from metak2.models.pooled import Pooled
from metak2.models.priors import PUBLISHED
from metak2.shown import Drawn

USUAL = ("half-normal(0.5)", "half-normal(1)", "half-cauchy(0.5)", "uniform(4)")
"""Priors for tau of a log ratio or a standardised mean difference, from tight to loose."""
STANDARDISED = frozenset({"SMD", "SMDH"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorSensitivity(Drawn):
    """One posterior for each prior of tau, the first being the planned one, beside the answer without priors."""

    base: Pooled
    posteriors: tuple[Bayesian, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def planned(self) -> Bayesian:
        """The posterior under the first prior."""
        return self.posteriors[0]


def prior_sensitivity(
    pooled: Pooled, *, tau_priors: Sequence[str] = (), effect_prior: str = "flat"
) -> PriorSensitivity:
    """The posteriors of the studies behind `pooled` under each of `tau_priors`, the planned one first.

    Without `tau_priors`: `USUAL` and those published for this measure, for log ratios and standardised mean
    differences; priors for other measures depend on their unit and have to be given.

    Raises
    ------
    ModelError
        No priors for a measure with a unit, the same prior twice, or what `bayes` refuses.
    """
    measure = pooled.measure
    priors = tuple(tau_priors) or _usual(measure)
    if len(set(priors)) < len(priors):
        twice = sorted({prior for prior in priors if priors.count(prior) > 1})
        raise ModelError(f"tau_priors names {', '.join(twice)} twice")
    return PriorSensitivity(
        base=pooled,
        posteriors=tuple(
            bayes(pooled.effects, tau_prior=prior, effect_prior=effect_prior, level=pooled.level) for prior in priors
        ),
    )


def _usual(measure: Measure) -> tuple[str, ...]:
    if not (measure.log or measure.name in STANDARDISED):
        raise ModelError(
            f"priors for tau of a {measure.label[:1].lower()}{measure.label[1:]} depend on its unit: give tau_priors, "
            'such as ("half-normal(scale)",) with the scale in that unit'
        )
    published = tuple(name for name, prior in PUBLISHED.items() if measure.name in prior.measures and "general" in name)
    return (*USUAL, *published)

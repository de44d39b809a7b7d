"""A posterior: what is believed about effect and heterogeneity after the data, under priors printed with it."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.bayes import Posterior, mixture_cdf, mixture_density, tau_density
from metak2.kernels.contract import FloatArray
from metak2.models.design import Design
from metak2.models.priors import EffectPrior, HeterogeneityPrior
from metak2.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """The posterior of one number on the analysis scale, with its equal-tailed interval.

    `mean` and `sd` are NaN where the tail of the prior leaves none; median and interval always exist.
    """

    mean: float
    sd: float
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bayesian(Shown):
    """The posterior of the normal–normal model on the analysis scale.

    Attributes
    ----------
    effects, design
        The studies used, and the moderators; `design.columns` names the coefficients.
    tau_prior, effect_prior
        The priors, as they were asked for.
    coefficients
        In the order of `design.columns`; the pooled effect is the first where there are no moderators.
    tau
        The standard deviation between studies.
    prediction
        The effect in a new setting; None with moderators.
    studies
        The effect in each study, shrunken towards the others.
    log_evidence
        Logarithm of the marginal likelihood; with a flat prior only differences between tau priors mean anything.
    bayes_factor_heterogeneity
        For tau from its prior against tau = 0.
    bayes_factor_effect
        For an effect from its prior against no effect; None with a flat prior or moderators.
    rule
        The quadrature rule behind every number.
    """

    effects: EffectSizes
    design: Design
    tau_prior: HeterogeneityPrior
    effect_prior: EffectPrior
    level: float
    k: int
    coefficients: tuple[Marginal, ...]
    tau: Marginal
    prediction: Marginal | None
    studies: tuple[Marginal, ...]
    log_evidence: float
    bayes_factor_heterogeneity: float
    bayes_factor_effect: float | None
    rule: Posterior
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def effect(self) -> Marginal:
        """The pooled effect.

        Raises
        ------
        ModelError
            There are moderators, so that there is no single effect.
        """
        if self.prediction is None:
            raise ModelError("with moderators there is no single pooled effect; read the coefficients")
        return self.coefficients[0]

    def probability_below(self, threshold: float, *, new_setting: bool = False) -> float:
        """Posterior probability that the effect, or that in a new setting, is below `threshold` (displayed scale).

        >>> import metak2 as mk
        >>> trials = mk.effects_from([-0.4, -0.2, -0.6], se=[0.2, 0.3, 0.3], measure="OR", study=["A", "B", "C"])
        >>> 0.9 < mk.bayes(trials, tau_prior="half-normal(0.5)").probability_below(1.0) < 1
        True
        """
        at = self.measure.forward([threshold])
        if not np.isfinite(at).all():
            raise ModelError(f"{threshold:g} is no value of {self.measure.label}")
        mean, sd = self._of_effect(new_setting=new_setting)
        return float(mixture_cdf(at, mean, sd, self.rule.weight)[0])

    def density(self, at: FloatArray, *, new_setting: bool = False) -> FloatArray:
        """Posterior density of the effect, or of that in a new setting, at values on the analysis scale, `(m,)`."""
        mean, sd = self._of_effect(new_setting=new_setting)
        return mixture_density(np.asarray(at, dtype=np.float64), mean, sd, self.rule.weight)

    def tau_density(self, tau: FloatArray) -> FloatArray:
        """Posterior density of tau at values above 0, `(m,)`."""
        return tau_density(self.rule, np.asarray(tau, dtype=np.float64))

    def _of_effect(self, *, new_setting: bool) -> tuple[FloatArray, FloatArray]:
        if self.prediction is None:
            raise ModelError("with moderators there is no single pooled effect; read the coefficients")
        sd = np.sqrt(self.rule.covariance[:, 0, 0])
        return self.rule.mean[:, 0], np.hypot(sd, self.rule.tau) if new_setting else sd

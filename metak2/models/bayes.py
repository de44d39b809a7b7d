"""Bayesian random-effects meta-analysis and meta-regression, by quadrature; nothing is sampled."""

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels import bayes as kernel
from metak2.kernels.contract import FloatArray
from metak2.models import priors
from metak2.models.bayes_result import Bayesian, Marginal
from metak2.models.design import INTERCEPT, Design
from metak2.models.design_choice import design_of
from metak2.models.pool import require_poolable
from metak2.models.priors import EffectPrior, HeterogeneityPrior

Exist = tuple[bool, bool]
ALL: Exist = (True, True)
"""Mean and standard deviation exist."""


def bayes(
    effects: EffectSizes,
    moderators: str | Design = "1",
    *,
    tau_prior: str | HeterogeneityPrior,
    effect_prior: str = "flat",
    level: float = 0.95,
) -> Bayesian:
    """The posterior of the normal–normal model, exact to about ten digits; Röver (2020), J Stat Softw 93(6).

    Parameters
    ----------
    moderators
        A formula as in `regress`; "1" is the pooled effect.
    tau_prior
        "half-normal(scale)", "half-cauchy(scale)", "half-t(df, scale)" or "uniform(upper)" for tau;
        "log-normal(location, scale)" or "log-t(df, location, scale)" for tau²; or the name of a published one, see
        `models.priors.PUBLISHED`. Numbers are on the analysis scale (log for ratios). There is no default: with few
        studies the prior matters.
    effect_prior
        "flat" or "normal(mean, sd)" for each coefficient, on the analysis scale.
    level
        Probability inside the (equal-tailed) intervals.

    Raises
    ------
    UnknownOptionError, ModelError
        A prior that is not known or has wrong numbers; no study to pool, or the same patients twice.
    """
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the probability inside the intervals, such as 0.95; got {level}")
    asked = priors.heterogeneity_prior(tau_prior), priors.effect_prior(effect_prior)
    require_poolable(effects)
    design, used, notes = design_of(effects, moderators)
    chosen = effects.take(used)
    if design.p == 0:
        raise ModelError('the formula leaves no coefficient to estimate; "1" estimates the mean')
    data = kernel.Data(
        yi=chosen.yi,
        vi=chosen.vi,
        X=design.X,
        prior_mean=np.full(design.p, asked[1].mean),
        prior_precision=np.full(design.p, asked[1].sd ** -2.0),
    )
    return _result(chosen, data, (design, *asked), level, (*effects.notes, *notes))


def _result(
    effects: EffectSizes,
    data: kernel.Data,
    asked: tuple[Design, HeterogeneityPrior, EffectPrior],
    level: float,
    notes: tuple[Note, ...],
) -> Bayesian:
    design, heterogeneity, about_effect = asked
    rule = kernel.posterior(data, heterogeneity.density)
    exist = _moments(design, heterogeneity, about_effect, effects.k)
    of_effect = exist if about_effect.flat else ALL
    spreads = np.sqrt(np.einsum("npp->np", rule.covariance))
    alone = design.columns == (INTERCEPT,)
    shrunken = kernel.shrunken(data, rule)
    return Bayesian(
        effects=effects,
        design=design,
        tau_prior=heterogeneity,
        effect_prior=about_effect,
        level=level,
        k=effects.k,
        coefficients=tuple(
            _marginal(rule, rule.mean[:, at], spreads[:, at], level, of_effect) for at in range(design.p)
        ),
        tau=_tau_marginal(rule, level, exist),
        prediction=_marginal(rule, rule.mean[:, 0], np.hypot(spreads[:, 0], rule.tau), level, exist) if alone else None,
        studies=tuple(
            _marginal(rule, mean, sd, level, ALL) for mean, sd in zip(shrunken.mean.T, shrunken.sd.T, strict=True)
        ),
        log_evidence=rule.log_evidence,
        bayes_factor_heterogeneity=kernel.evidence_for_heterogeneity(data, rule),
        bayes_factor_effect=_against_no_effect(rule, spreads, about_effect) if alone else None,
        rule=rule,
        notes=(*notes, *_caveats(effects, heterogeneity, exist)),
    )


def _moments(design: Design, heterogeneity: HeterogeneityPrior, about_effect: EffectPrior, k: int) -> Exist:
    """Whether tau has a posterior mean and a variance: the likelihood falls like tau^-(k - flat coefficients)."""
    if np.isfinite(heterogeneity.density.upper):
        return ALL
    decay = heterogeneity.density.tail + k - (design.p if about_effect.flat else 0)
    return decay > 2, decay > 3


def _caveats(effects: EffectSizes, heterogeneity: HeterogeneityPrior, exist: Exist) -> list[Note]:
    notes = [] if all(exist) else [Note(code="NO_POSTERIOR_MOMENT")]
    if heterogeneity.measures and effects.measure.name not in heterogeneity.measures:
        made_for = ", ".join(heterogeneity.measures)
        notes.append(Note(code="PRIOR_OF_ANOTHER_MEASURE", values={"made_for": made_for}))
    return notes


def _marginal(rule: kernel.Posterior, mean: FloatArray, sd: FloatArray, level: float, exist: Exist) -> Marginal:
    """A mixture of normals in numbers; moments that do not exist are NaN."""
    centre = float(rule.weight @ mean)
    spread = float(np.sqrt(rule.weight @ (sd**2 + (mean - centre) ** 2)))
    low, median, high = kernel.mixture_quantile(_chances(level), mean, sd, rule.weight).tolist()
    return _of(centre, spread, (low, median, high), exist)


def _tau_marginal(rule: kernel.Posterior, level: float, exist: Exist) -> Marginal:
    centre = float(rule.weight @ rule.tau)
    spread = float(np.sqrt(rule.weight @ (rule.tau - centre) ** 2))
    low, median, high = kernel.tau_quantile(rule, _chances(level)).tolist()
    return _of(centre, spread, (low, median, high), exist)


def _of(mean: float, sd: float, quantiles: tuple[float, float, float], exist: Exist) -> Marginal:
    low, median, high = quantiles
    return Marginal(mean=mean if exist[0] else np.nan, sd=sd if exist[1] else np.nan, median=median, low=low, high=high)


def _chances(level: float) -> FloatArray:
    return np.array([0.5 - level / 2, 0.5, 0.5 + level / 2])


def _against_no_effect(rule: kernel.Posterior, spreads: FloatArray, prior: EffectPrior) -> float | None:
    """How much better the data are predicted with an effect from its prior than with none; Dickey (1971).

    The ratio of prior to posterior density at no effect; None for a flat prior, which predicts nothing.
    """
    if prior.flat:
        return None
    at = np.zeros(1)
    before = kernel.mixture_density(at, np.array([prior.mean]), np.array([prior.sd]), np.ones(1))[0]
    after = kernel.mixture_density(at, rule.mean[:, 0], spreads[:, 0], rule.weight)[0]
    return float(before / after) if after > 0 else np.inf

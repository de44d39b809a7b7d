"""Odds ratios without normal approximation: the exact conditional analysis, and the beta-binomial model."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.beta_binomial import BetaBinomialFit, beta_binomial
from metak2.kernels.exact import exact_odds_ratio as exact_kernel
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.models.count_data import CountData, counts_of
from metak2.studies.table import StudyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactAnswer:
    """The conditional maximum likelihood odds ratio of one or more tables, on the log scale.

    `ci_low` and `ci_high` are exact (after Clopper & Pearson); `mid_low` and `mid_high` count half of the observed
    outcome.
    """

    k: int
    estimate: float
    ci_low: float
    ci_high: float
    pval: float
    mid_low: float
    mid_high: float
    mid_pval: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetaBinomialAnswer:
    """The log odds ratio of a beta-binomial regression, with one intra-class correlation `rho` for both arms."""

    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    pval: float
    rho: float
    log_likelihood: float
    level: float


def exact_odds_ratio(data: EffectSizes | StudyTable | CountData, *, level: float = 0.95) -> ExactAnswer:
    """The exact analysis of a common odds ratio: the conditional estimate with exact and mid-p intervals.

    Where all events are in one arm the estimate is infinite and the interval one-sided; nothing is added to a zero.
    """
    counts = two_by_two(data)
    a, c = counts.events.T
    b, d = (counts.exposure - counts.events).T
    if not counts.study or bool(counts.empty.all()):
        raise ModelError("no study has an event in either arm; use the risk difference or the arcsine difference")
    found = exact_kernel(a, b, c, d, level=level)
    return ExactAnswer(
        k=len(counts.study),
        estimate=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        pval=found.pval,
        mid_low=found.mid_low,
        mid_high=found.mid_high,
        mid_pval=found.mid_pval,
        level=level,
    )


def fit_beta_binomial(data: EffectSizes | StudyTable | CountData, *, level: float = 0.95) -> BetaBinomialAnswer:
    """The beta-binomial model; Kuss 2015, Stat Med 34:1097-1116. Trials without events in either arm count."""
    counts = two_by_two(data)
    events, people = counts.events, counts.exposure
    if not counts.study or np.any(events.sum(axis=0) == 0) or np.any((people - events).sum(axis=0) == 0):
        raise ModelError("an arm has no events at all, or nothing else; use exact_odds_ratio()")
    fit = beta_binomial(events, people)
    if not fit.converged:
        raise ModelError("the beta-binomial likelihood did not come to rest; use exact_odds_ratio()")
    estimate, se = _difference(fit)
    low, high = normal_interval(np.array(estimate), np.array(se), level=level)
    return BetaBinomialAnswer(
        k=len(counts.study),
        estimate=estimate,
        se=se,
        ci_low=float(low),
        ci_high=float(high),
        pval=float(normal_pval(np.array(estimate / se))),
        rho=fit.rho,
        log_likelihood=fit.log_likelihood,
        level=level,
    )


def two_by_two(data: EffectSizes | StudyTable | CountData) -> CountData:
    """The two-by-two tables behind the data; a ModelError for other counts."""
    counts = counts_of(data)
    if counts.kind != "counts":
        raise ModelError(f"an odds ratio needs two-by-two tables, not {counts.kind}; use fit_glmm()")
    return counts


def _difference(fit: BetaBinomialFit) -> tuple[float, float]:
    contrast = np.array([1.0, -1.0])
    return float(contrast @ fit.log_odds), float(np.sqrt(contrast @ fit.vcov @ contrast))

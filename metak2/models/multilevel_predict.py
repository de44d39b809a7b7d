"""What a multilevel model expects: effects at given moderators, in a new setting, and in each group that was seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import t_interval
from metak2.kernels.multivariate.likelihood import parameters_of
from metak2.kernels.multivariate.profile import Profiled, profile_limits
from metak2.kernels.multivariate.random_effects import blups
from metak2.models.multilevel_result import Component, Multilevel
from metak2.models.multilevel_weights import require_own_weights
from metak2.models.pooled import Interval
from metak2.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MultilevelPrediction:
    """Expected effects with confidence and prediction limits, each `(rows,)`, on the analysis scale."""

    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pi_low: FloatArray
    pi_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupEffects(Shown):
    """The random effects of one term: what each group (and level) lies above or below the fixed part.

    `estimate` and `se` are `(groups, levels)`, NaN for a level that a group does not show.
    """

    term: str
    groups: tuple[str, ...]
    levels: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray


def predict_multilevel(
    result: Multilevel, rows: ArrayLike | None = None, *, levels: Mapping[str, str] | None = None
) -> MultilevelPrediction:
    """Effects at rows of the design `(rows, p)`, by default the pooled effect; predictions are for a new group.

    `levels` names the level of a structured term with several variances, such as {"outcome | trial": "PD"}.

    Raises
    ------
    ModelError
        Moderators without rows, rows of another width, a term whose level is not named.
    """
    if rows is None and not result.alone:
        raise ModelError(f"give rows with a number for each of {', '.join(result.design.columns)}")
    X = np.ones((1, 1)) if rows is None else np.atleast_2d(np.asarray(rows, dtype=np.float64))
    if X.shape[1] != result.p:
        raise ModelError(f"each row needs {result.p} numbers ({', '.join(result.design.columns)}); got {X.shape[1]}")
    estimate = X @ result.coefficients.estimate
    se = np.sqrt(np.einsum("ij,jk,ik->i", X, result.vcov, X))
    df = np.array([result.coefficients.df[row != 0].min() if row.any() else np.inf for row in X])
    low, high = t_interval(estimate, se, df, level=result.level)
    spread = np.sqrt(se**2 + _variance(result, levels or {}))
    pi_low, pi_high = t_interval(estimate, spread, df, level=result.level)
    return MultilevelPrediction(estimate=estimate, se=se, ci_low=low, ci_high=high, pi_low=pi_low, pi_high=pi_high)


def _variance(result: Multilevel, levels: Mapping[str, str]) -> float:
    """The variance of a new effect about the fixed part."""
    unknown = set(levels) - {one.name for one in result.fitted.terms}
    if unknown:
        known = [one.name for one in result.fitted.terms]
        raise ModelError(f"there is no random term {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    theta = parameters_of([one.term for one in result.fitted.terms], result.fitted.found.theta)
    total = 0.0
    for one, own in zip(result.fitted.terms, theta, strict=True):
        variances = np.diag(one.term.structure.covariance(own))
        if one.intercept or np.ptp(variances) == 0:
            total += float(variances[0])
            continue
        level = levels.get(one.name)
        if level not in one.levels:
            near = did_you_mean(str(level), one.levels) if level else ""
            raise ModelError(f"name the level of {one.name!r} in levels{near}: {', '.join(one.levels)}")
        total += float(variances[one.levels.index(level)])
    return total


def group_effects(result: Multilevel, term: str) -> GroupEffects:
    """Best linear unbiased predictions of the random effects of a term, called as in `result.fitted.terms`."""
    names = [one.name for one in result.fitted.terms]
    if term not in names:
        raise ModelError(f"there is no random term {term!r}{did_you_mean(term, names)}. There are {', '.join(names)}")
    require_own_weights(result, "predictions of random effects")
    which = names.index(term)
    one, fitted = result.fitted.terms[which], result.fitted
    found, spread = blups(fitted.blocks, fitted.found.theta, result.coefficients.estimate, result.vcov, which)
    return GroupEffects(term=term, groups=one.groups, levels=one.levels, estimate=found, se=spread)


def component_interval(result: Multilevel, component: Component) -> Interval:
    """The profile-likelihood interval of a variance or correlation; `high` is infinite where the profile is flat.

    Raises
    ------
    ModelError
        A component that was given, or one of an unstructured covariance of more than two levels.
    """
    if component.number is None or component.given:
        why = "it was given" if component.given else "it is not a parameter of its own in this structure"
        raise ModelError(f"{component.name} has no profile: {why}")
    fitted = result.fitted
    asked = Profiled(
        likelihood=fitted.likelihood,
        terms=tuple(one.term for one in fitted.terms),
        spread=fitted.spread,
        restricted=result.asked.method != "ML",
        found=fitted.found,
    )
    limits = profile_limits(asked, component.number, level=result.level)
    square = component.kind == "variance"
    low, high = (limits.low**2, limits.high**2) if square else (limits.low, limits.high)
    return Interval(
        low=low,
        high=high,
        level=result.level,
        rule="PL",
        estimate=component.value,
        se=float("nan"),
        df=float("inf"),
    )

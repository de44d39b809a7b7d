"""The levels of a multilevel model: how much of the heterogeneity each holds, what a new group of each would show."""

from dataclasses import dataclass

import numpy as np

from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import t_interval
from metak2.kernels.multivariate.likelihood import parameters_of
from metak2.kernels.multivariate.random_effects import blups
from metak2.models.multilevel_predict import predict_multilevel
from metak2.models.multilevel_result import Component, Multilevel
from metak2.models.random_terms import Built

NONE = 1e-9  # of the sampling variance: below that a variance is what the climb left over


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One random intercept, on the analysis scale.

    Attributes
    ----------
    groups
        How many there are.
    variance
        Between its groups, within those of the levels above it.
    share, I2
        Per cent of the variance between true effects (NaN where there is none), and of that and the sampling variance.
    pi_low, pi_high
        Where the mean of a new group of it is expected: it holds the variance of this level and of those above. NaN in
        a model with moderators, whose centre is not one number.
    """

    term: str
    groups: int
    variance: float
    share: float
    I2: float
    pi_low: float
    pi_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category, such as an outcome, of a model that gives each category an effect of its own.

    `at` is its coefficient; the prediction limits are for a new group of every random term, NaN where the terms do not
    say which of their variances belongs to it.
    """

    name: str
    column: str
    at: int
    pi_low: float
    pi_high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupMeans:
    """The effect in each group of a random intercept, drawn towards the pooled effect, with limits; each `(groups,)`.

    Limits hold the uncertainty of the pooled effect, not that of the variances.
    """

    term: str
    groups: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray


def levels_of(result: Multilevel) -> tuple[Level, ...]:
    """The random intercepts of a model, in the order of its terms; none where a term has several variances."""
    terms = result.fitted.terms
    if not terms or not all(one.intercept for one in terms):
        return ()
    variances = {one.term: one for one in result.components}
    total = sum(one.value for one in variances.values())
    shares = dict(result.I2)
    made = []
    for one in terms:
        variance = counted(result, variances[one.name])
        low, high = _expected(result, _down_to(one, variances))
        made.append(
            Level(
                term=one.name,
                groups=int(np.unique(one.term.group).size),
                variance=variance,
                share=100 * variance / total if total > NONE * result.vt else float("nan"),
                I2=shares[one.name],
                pi_low=low,
                pi_high=high,
            )
        )
    return tuple(made)


def expected_levels(result: Multilevel) -> tuple[Level, ...]:
    """The levels whose new groups are predicted: the outermost, and those that add variance to what it predicts."""
    found = [one for one in levels_of(result) if np.isfinite(one.pi_low)]
    return tuple(one for at, one in enumerate(found) if at == 0 or one.variance > 0)


def counted(result: Multilevel, component: Component) -> float:
    """A variance or correlation; a variance that the climb left over is 0."""
    residue = component.kind == "variance" and component.value < NONE * result.vt
    return 0.0 if residue else component.value


def _down_to(one: Built, variances: dict[str, Component]) -> float:
    """The variance of the mean of a new group: its own and that of the levels it is nested in."""
    above = [name for name in variances if one.name == name or one.name.startswith(f"{name}/")]
    return sum(variances[name].value for name in above)


def _expected(result: Multilevel, variance: float) -> tuple[float, float]:
    if not result.alone:
        return float("nan"), float("nan")
    found = result.coefficients
    spread = np.sqrt(found.se**2 + variance)
    low, high = t_interval(found.estimate, spread, found.df, level=result.level)
    return float(low[0]), float(high[0])


def categories_of(result: Multilevel) -> tuple[Category, ...]:
    """The categories of a model whose only moderator is a column of words without an intercept, `C(outcome) - 1`.

    Empty for every other model.
    """
    recipe = result.design.recipe
    if recipe is None or recipe.formula.intercept or len(recipe.formula.terms) != 1:
        return ()
    (term,) = recipe.formula.terms
    if len(term) != 1 or term[0].column not in recipe.levels or len(recipe.levels[term[0].column]) != result.p:
        return ()
    column = term[0].column
    made = []
    for at, name in enumerate(recipe.levels[column]):
        low, high = _expected_of(result, at, name)
        made.append(Category(name=name, column=column, at=at, pi_low=low, pi_high=high))
    return tuple(made)


def _expected_of(result: Multilevel, at: int, name: str) -> tuple[float, float]:
    named = {one.name: name for one in result.fitted.terms if name in one.levels}
    try:
        found = predict_multilevel(result, np.eye(result.p)[at], levels=named)
    except ModelError:
        return float("nan"), float("nan")
    return float(found.pi_low[0]), float(found.pi_high[0])


def group_means(result: Multilevel, term: str) -> GroupMeans:
    """The pooled effect plus the random effect of each group of an intercept, called as in `result.fitted.terms`.

    Raises
    ------
    ModelError
        No such random intercept, or a model with moderators.
    """
    names = [one.name for one in result.fitted.terms if one.intercept]
    if term not in names:
        raise ModelError(
            f"there is no random intercept {term!r}{did_you_mean(term, names)}. There are {', '.join(names) or 'none'}"
        )
    if not result.alone:
        raise ModelError("groups have one mean each in a model without moderators only; see group_effects()")
    which = [one.name for one in result.fitted.terms].index(term)
    one, fitted, found = result.fitted.terms[which], result.fitted, result.coefficients
    mean, se = blups(fitted.blocks, fitted.found.theta, found.estimate, result.vcov, which, fixed=np.ones(1))
    low, high = t_interval(mean[:, 0], se[:, 0], found.df[0], level=result.level)
    return GroupMeans(term=term, groups=one.groups, estimate=mean[:, 0], se=se[:, 0], low=low, high=high)


def marginal_variance(result: Multilevel) -> FloatArray:
    """The variance of each effect about the fixed part, `(k,)`: of sampling and of every random term."""
    terms = [one.term for one in result.fitted.terms]
    total = result.effects.vi.copy()
    for term, theta in zip(terms, parameters_of(terms, result.fitted.found.theta), strict=True):
        total += np.einsum("ki,ij,kj->k", term.loadings, term.structure.covariance(theta), term.loadings)
    return total

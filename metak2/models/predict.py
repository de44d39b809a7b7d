"""Predictions of a meta-regression, and the studies' own true effects (best linear unbiased predictions)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.measures import Measure
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.diagnostics import quadratic
from metak2.kernels.intervals import prediction_interval, t_interval
from metak2.models.design import Design, as_numbers
from metak2.models.pooled import Pooled
from metak2.models.regress import regression_of
from metak2.models.regression_result import Coefficients, Regression
from metak2.shown import Drawn, Shown

Rule = Literal["test", "t(k-p)", "t(k-p-1)", "z", "none"]
RULES: tuple[Rule, ...] = ("test", "t(k-p)", "t(k-p-1)", "z", "none")
DEFAULTS: Mapping[str, Rule] = {"t(k-1)": "t(k-p)", "t(k-2)": "t(k-p-1)", "z": "z", "none": "none"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions(Drawn):
    """Average effects at given moderators, with confidence and prediction intervals, each `(rows,)`.

    `X` are the rows of the design, `rule` and `df` belong to the prediction interval ("test": the distribution of the
    coefficients' tests); NaN where the rule is "none".
    """

    measure: Measure
    X: FloatArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pi_low: FloatArray
    pi_high: FloatArray
    level: float
    rule: Rule
    df: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyEffects(Shown):
    """The predicted true effect of each study and its random effect (distance from the fitted value), each `(k,)`."""

    study: tuple[str, ...]
    measure: Measure
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    random_effect: FloatArray
    random_se: FloatArray
    random_low: FloatArray
    random_high: FloatArray
    level: float


def predict(
    regression: Regression,
    at: Mapping[str, Any] | ArrayLike | None = None,
    *,
    level: float | None = None,
    rule: Rule | None = None,
) -> Predictions:
    """Average effects at values of the moderators.

    Parameters
    ----------
    at
        Columns of the formula with one or several values, ``{"ablat": [10, 30, 50], "alloc": "random"}``; or rows of
        the design matrix; or nothing for the studies' own values.
    level
        Coverage, default that of the regression.
    rule
        Distribution of the prediction interval; default: the convention's, none under a common effect.

    Raises
    ------
    ModelError
        A moderator without a value, or rows that do not fit the design.
    """
    X = regression.design.X if at is None else design_rows(regression.design, at)
    common = regression.choices.method.model == "common effect"
    own = rule if rule is not None else "none" if common else DEFAULTS.get(regression.choices.prediction, "test")
    if own not in RULES:
        raise UnknownOptionError("rule", own, RULES)
    coverage = checked_level(level, regression.level)
    freedom = float(regression.k - regression.p)
    df = {"test": regression.df, "t(k-p)": freedom, "t(k-p-1)": freedom - 1, "z": np.inf, "none": np.nan}[own]
    tau2 = np.full(len(X), regression.tau2)
    how = (regression.measure, coverage, own, df)
    return predictions(X, regression.coefficients, regression.vcov, tau2, how)


def predictions(
    X: FloatArray,
    coefficients: Coefficients,
    vcov: FloatArray,
    tau2: FloatArray,
    how: tuple[Measure, float, Rule, float],
) -> Predictions:
    """Rows of the design times coefficients; `how` is measure, coverage, rule and its degrees of freedom."""
    measure, level, rule, df = how
    estimate = X @ coefficients.estimate
    se = np.sqrt(quadratic(X, vcov))
    low, high = t_interval(estimate, se, np.full(estimate.shape, coefficients.df), level=level)
    pi_low, pi_high = prediction_interval(estimate, se, tau2, np.full(estimate.shape, df), level=level)
    return Predictions(
        measure=measure,
        X=X,
        estimate=estimate,
        se=se,
        ci_low=low,
        ci_high=high,
        pi_low=pi_low,
        pi_high=pi_high,
        level=level,
        rule=rule,
        df=df,
    )


def predict_studies(result: Pooled | Regression, *, level: float | None = None) -> StudyEffects:
    """Best linear unbiased predictions: each study drawn towards its fitted value by tau2 / (tau2 + vi).

    Raudenbush & Bryk (1985), Journal of Educational Statistics 10:75-98. Standard errors hold the uncertainty of the
    coefficients, not that of tau2.
    """
    regression = regression_of(result) if isinstance(result, Pooled) else result
    coverage = checked_level(level, regression.level)
    yi, vi, fitted = regression.effects.yi, regression.effects.vi, regression.fitted
    share = regression.tau2 / (regression.tau2 + vi)
    spread = quadratic(regression.design.X, regression.vcov)
    estimate = share * yi + (1 - share) * fitted
    se = np.sqrt(share * vi + (1 - share) ** 2 * spread)
    random_effect, random_se = share * (yi - fitted), np.sqrt(share * vi + share**2 * spread)
    df = np.full(yi.shape, regression.df)
    low, high = t_interval(estimate, se, df, level=coverage)
    random_low, random_high = t_interval(random_effect, random_se, df, level=coverage)
    return StudyEffects(
        study=regression.study,
        measure=regression.measure,
        estimate=estimate,
        se=se,
        low=low,
        high=high,
        random_effect=random_effect,
        random_se=random_se,
        random_low=random_low,
        random_high=random_high,
        level=coverage,
    )


def checked_level(level: float | None, default: float) -> float:
    """The coverage asked for, else the default."""
    chosen = default if level is None else level
    if not 0.5 <= chosen < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {chosen}")
    return chosen


def design_rows(design: Design, at: Mapping[str, Any] | ArrayLike) -> FloatArray:
    """Rows of the design for values of the moderators, or the matrix that was given, checked."""
    if not isinstance(at, Mapping):
        X = np.atleast_2d(np.asarray(at, dtype=np.float64))
        if X.shape[1] != design.p:
            raise ModelError(
                f"a row of the design has {design.p} numbers ({', '.join(design.columns)}), not {X.shape[1]}"
            )
        return X
    if design.recipe is None:
        raise ModelError("this design was made by hand: give rows of the matrix instead of columns")
    needed = design.recipe.formula.columns
    if set(at) != set(needed):
        raise ModelError(
            f"predictions need a value of {', '.join(needed) or 'no column'}; got {', '.join(at) or 'none'}"
        )
    values = {name: _listed(at[name]) for name in needed}
    rows = max((len(column) for column in values.values()), default=1)
    columns = {}
    for name, column in values.items():
        if len(column) not in (1, rows):
            raise ModelError(f"{name} has {len(column)} values where others have {rows}")
        filled = np.array(list(column) * (rows // len(column)), dtype=object)
        columns[name] = filled if name in design.recipe.levels else as_numbers(filled)
        if name not in design.recipe.levels and not np.isfinite(columns[name]).all():
            raise ModelError(f"{name} needs numbers; got {', '.join(str(one) for one in column)}")
    built = design.recipe.build(columns, rows)
    return np.asarray(built.X[:, [built.columns.index(name) for name in design.columns]])


def _listed(value: object) -> Sequence[object]:
    if isinstance(value, str | int | float):
        return [value]
    return list(np.asarray(value, dtype=object).ravel())

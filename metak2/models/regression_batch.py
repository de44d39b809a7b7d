"""From effects and designs to fitted rows: the one place where meta-regression meets the kernels."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import t_quantile
from metak2.kernels.regression import RegressionFit, regression
from metak2.kernels.regression_tau2 import ESTIMATORS, residual_tau2
from metak2.models.choices import Choices
from metak2.models.regression_result import Regression

TESTS_WITH_MODERATORS = ("z", "t", "HK", "HK-adhoc", "HK-wider")
INTERVALS_WITH_MODERATORS = ("Q-profile", "PL", "none")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class How:
    """How the rows of a batch are fitted: the choices, and the weights given for the studies used, if any."""

    choices: Choices
    weights: FloatArray | None = None

    @property
    def tau2(self) -> float | None:
        """The between-study variance that was given."""
        return self.choices.options.tau2

    @property
    def common(self) -> bool:
        """Whether tau2 is 0 by assumption."""
        return self.choices.method.model == "common effect"

    @property
    def estimated(self) -> bool:
        """Whether tau2 is a parameter of the likelihood."""
        return not self.common and self.tau2 is None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Fitted rows, and per row the standard error of tau2 (NaN where there is none)."""

    fit: RegressionFit
    se_tau2: FloatArray


class Scaled(Protocol):
    """What the rules of a test look at: studies, coefficients, Hartung and Knapp's factor and tau2 of each row."""

    @property
    def k(self) -> FloatArray:
        """Studies, (batch,)."""

    @property
    def p(self) -> int:
        """Coefficients."""

    @property
    def scale(self) -> FloatArray:
        """The factor, (batch,)."""

    @property
    def tau2(self) -> FloatArray:
        """Residual heterogeneity, (batch,)."""


def require_estimator(how: How) -> None:
    """Refuse a method that does not know moderators."""
    method = how.choices.method
    known = method.name in ESTIMATORS or (how.common and method.needs == "yi_vi")
    if not known and how.tau2 is None:
        raise ModelError(
            f"{method.label} has no form with moderators; use CE or one of {', '.join(ESTIMATORS)} instead"
        )
    if method.weighted_estimator is not None and how.weights is None:
        raise ModelError(f"{method.name} estimates tau2 with your own weights: give weights=, one a study, or use DL")
    require_test(how.choices)
    interval = how.choices.options.tau2_interval
    if interval is not None and interval not in INTERVALS_WITH_MODERATORS:
        raise ModelError(
            f'tau2_interval="{interval}" has no form with moderators; use '
            f"{', '.join(INTERVALS_WITH_MODERATORS)} instead"
        )


def require_test(choices: Choices) -> None:
    """Refuse a test that is not a factor on the Wald covariance."""
    if choices.test == "KR":
        raise ModelError(
            "Kenward–Roger has no form with moderators here: every coefficient, contrast and prediction would have "
            'degrees of freedom of its own; use test="HK" (Knapp & Hartung 2003), which allows for estimating tau² too'
        )
    if choices.test not in TESTS_WITH_MODERATORS:
        raise ModelError(
            f"{choices.test} has no form with moderators here; use {', '.join(TESTS_WITH_MODERATORS)} instead"
        )


def fit_batch(yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray, how: How) -> Batch:
    """Estimate tau2 and the coefficients of every row; `yi`, `vi`, `mi` `(batch, k)`, `X` `(batch, k, p)`."""
    if how.common or how.tau2 is not None:
        fit = regression(yi, vi, mi, X, np.array([how.tau2 or 0.0]), weights=how.weights)
        return Batch(fit=fit, se_tau2=np.full(fit.k.shape, np.nan))
    own = how.weights if how.choices.method.weighted_estimator is not None else None
    tau2, se, status = residual_tau2(how.choices.method.name, yi, vi, mi, X, weights=own)
    fit = regression(yi, vi, mi, X, tau2, weights=how.weights)
    return Batch(fit=replace(fit, status=fit.status | status), se_tau2=se)


def at_tau2(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray, tau2: FloatArray, weights: FloatArray | None
) -> RegressionFit:
    """The rows for tau2 that are known, `(batch,)` or `(batch, k)`; NaN where they are not."""
    return regression(yi, vi, mi, X, tau2, weights=weights)


def rules(fit: Scaled, choices: Choices) -> NDArray[np.str_]:
    """The test of each row: the one asked for, or what the guards of Hartung–Knapp make of it; `(batch,)`."""
    guarded = choices.test == "HK" and choices.convention.few_studies
    if not guarded and choices.test != "HK-wider":
        return np.full(fit.k.shape, choices.test)
    with np.errstate(invalid="ignore"):
        hk = t_quantile(fit.k - fit.p, level=choices.level) * np.sqrt(fit.scale)
        narrow = hk < t_quantile(np.inf, level=choices.level)
    if choices.test == "HK-wider":
        return np.where(narrow, "z", "HK")
    return np.where(narrow | (fit.tau2 == 0), "HK-adhoc", "HK")


def scales(fit: Scaled, rule: NDArray[np.str_]) -> FloatArray:
    """The factor on the Wald covariance under each row's test, `(batch,)`."""
    guarded = np.where(np.isnan(fit.scale), np.nan, np.maximum(fit.scale, 1.0))
    return np.where(rule == "HK", fit.scale, np.where(rule == "HK-adhoc", guarded, 1.0))


def degrees(fit: RegressionFit, rule: NDArray[np.str_]) -> FloatArray:
    """Degrees of freedom of each row's test, infinite for z, `(batch,)`."""
    return np.where(rule == "z", np.inf, fit.k - fit.p)


def how_of(regression: Regression) -> How:
    """How a regression was fitted, to fit others like it."""
    return How(choices=regression.choices, weights=regression.given_weights)


def refits_without(yi: FloatArray, vi: FloatArray, X: FloatArray, how: How) -> Batch:
    """One row per study, without it; arrays `(k,)`, `X` `(k, p)`."""
    return fit_batch(yi[None], vi[None], 1.0 - np.eye(yi.size), X, how)

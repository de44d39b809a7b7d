"""Wald tests, contrasts and variance inflation of a meta-regression."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.wald import f_pval, generalised_inflation, wald_statistic
from metak2.models.design import Design
from metak2.models.regression_result import Coefficients, Regression, Wald


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contrasts:
    """Linear combinations of coefficients, each tested alone and, where they are independent, all together."""

    each: Coefficients
    together: Wald | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflation:
    """How much the sampling variance of some coefficients is inflated by the other moderators.

    `gvif` is the generalised variance inflation factor of Fox & Monette (1992), for one coefficient the usual VIF;
    `gsif` = gvif^(1 / (2 m)) compares with the square root of a VIF.
    """

    tested: tuple[str, ...]
    gvif: float
    gsif: float


def wald_test(regression: Regression, coefficients: str | Sequence[str | int]) -> Wald:
    """Test that a term (`"C(alloc)"`) or several coefficients, by name or number from 0, are all zero."""
    return joint(regression.coefficients, regression.vcov, chosen(regression, coefficients))


def contrasts(regression: Regression, L: ArrayLike, names: Sequence[str] | None = None) -> Contrasts:
    """Test the combinations `L` (rows, p) of the coefficients against zero."""
    rows = np.atleast_2d(np.asarray(L, dtype=np.float64))
    if rows.shape[1] != regression.p:
        raise ModelError(
            f"each contrast needs {regression.p} numbers, one per coefficient "
            f"({', '.join(regression.coefficients.names)}); got {rows.shape[1]}"
        )
    estimate = rows @ regression.coefficients.estimate
    vcov = rows @ regression.vcov @ rows.T
    labels = tuple(names) if names is not None else tuple(f"contrast {i + 1}" for i in range(len(rows)))
    each = tested(labels, estimate, vcov, regression.df, regression.level)
    full = np.linalg.matrix_rank(rows) == len(rows)
    return Contrasts(each=each, together=wald(estimate, vcov, regression.df, labels) if full else None)


def inflation(regression: Regression, coefficients: str | Sequence[str | int] | None = None) -> tuple[Inflation, ...]:
    """Variance inflation of every coefficient but the intercept, or of the named ones together.

    Fox & Monette (1992), Journal of the American Statistical Association 87:178-183.
    """
    everyone = slopes_of(regression.design)
    if len(everyone) < 1:
        raise ModelError("without moderators there is no variance inflation")
    groups = [[i] for i in everyone] if coefficients is None else [chosen(regression, coefficients)]
    if not regression.scale > 0:
        raise ModelError('Knapp–Hartung\'s covariances are 0 here; fit with test="z" to see variance inflation')
    inside = regression.vcov[np.ix_(everyone, everyone)]
    found = []
    for group in groups:
        own = np.array([i in group for i in everyone])
        gvif = generalised_inflation(inside, own)
        names = tuple(regression.coefficients.names[i] for i in group)
        found.append(Inflation(tested=names, gvif=gvif, gsif=gvif ** (1 / (2 * len(group)))))
    return tuple(found)


def slopes_of(design: Design) -> list[int]:
    """The numbers of the columns but the intercept."""
    return [i for i in range(design.p) if i != design.intercept]


def joint(coefficients: Coefficients, vcov: FloatArray, index: list[int]) -> Wald:
    """The Wald test of the coefficients with these numbers."""
    names = tuple(coefficients.names[i] for i in index)
    return wald(coefficients.estimate[index], vcov[np.ix_(index, index)], coefficients.df, names)


def chosen(regression: Regression, coefficients: str | Sequence[str | int]) -> list[int]:
    """Numbers of the coefficients of a term, or of those named or numbered."""
    names = regression.coefficients.names
    if isinstance(coefficients, str):
        if coefficients in regression.design.terms:
            return list(regression.design.terms[coefficients])
        coefficients = [coefficients]
    terms = regression.design.terms
    index = []
    for one in coefficients:
        if isinstance(one, str) and one not in names:
            known = dict.fromkeys([*names, *terms])
            raise ModelError(f"there is no coefficient {one!r}{did_you_mean(one, known)}. There are {', '.join(known)}")
        at = names.index(one) if isinstance(one, str) else int(one)
        if not 0 <= at < len(names):
            raise ModelError(f"coefficient {one} does not exist; they are numbered 0 to {len(names) - 1}")
        index.append(at)
    return index


def tested(names: tuple[str, ...], estimate: FloatArray, vcov: FloatArray, df: float, level: float) -> Coefficients:
    """Each estimate with its standard error, test and interval."""
    freedom = np.full(estimate.shape, df)
    variance = np.diag(vcov)
    se = np.sqrt(np.where(variance >= 0, variance, np.nan))
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = estimate / se
    low, high = t_interval(estimate, se, freedom, level=level)
    return Coefficients(
        names=names,
        estimate=estimate,
        se=se,
        statistic=statistic,
        df=df,
        pval=t_pval(statistic, freedom),
        ci_low=low,
        ci_high=high,
    )


def wald(estimate: FloatArray, vcov: FloatArray, df: float, names: tuple[str, ...]) -> Wald:
    """Chi-squared, or F where the residual degrees of freedom are finite."""
    m, finite = estimate.size, np.isfinite(df)
    square = wald_statistic(estimate[None], vcov[None])
    statistic = square / m if finite else square
    pval = f_pval(statistic, np.array(m), np.array(df)) if finite else q_pval(square, np.array(m))
    return Wald(statistic=float(statistic[0]), df=m, df_residual=df, pval=float(pval[0]), tested=names)

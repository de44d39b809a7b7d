"""Correlations, partial correlations, Cronbach's alpha and the heterozygotes of a genotype count: `(yi, vi)`.

Elementwise for arrays of any shape, NaN where not estimable. `variance="AV"` averages over the studies (last axis).
"""

import numpy as np
from scipy.special import hyp2f1

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import Effects, average, estimable, fisher_z

LARGE = 20.0  # from this c on 200 terms give 2F1(a, a; c; x), x <= 1, to the last digit; SciPy's own fails for large c


def correlation(ri: FloatArray, ni: FloatArray, *, variance: str = "LS") -> Effects:
    """The correlation itself, variance (1 - r²)² / (n - 1)."""
    return _with_variance(ri, ri, ni, ni - 1.0, variance)


def unbiased_correlation(ri: FloatArray, ni: FloatArray, *, variance: str = "LS") -> Effects:
    """The unbiased estimate r 2F1(½, ½; (n - 2) / 2; 1 - r²) of Olkin & Pratt (1958); "UB" their unbiased variance."""
    ri, ni = np.broadcast_arrays(np.asarray(ri, dtype=np.float64), np.asarray(ni, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = 1 - ri**2
        yi = ri * _hypergeometric(0.5, np.where(ni >= 4, (ni - 2) / 2, np.nan), rest)
        if variance == "UB":
            square = 1 - (ni - 3) / (ni - 2) * rest * _hypergeometric(1.0, ni / 2, rest)
            return estimable(yi, yi**2 - square)
    return _with_variance(yi, yi, ni, ni - 1.0, variance)


def z_of_correlation(ri: FloatArray, ni: FloatArray) -> Effects:
    """Fisher's z, variance 1 / (n - 3); Fisher (1921). NaN unless -1 < r < 1 and n > 3."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.arctanh(ri), np.where(ni > 3, 1 / (ni - 3.0), np.nan))


def partial_correlation(ti: FloatArray, ni: FloatArray, predictors: FloatArray, *, variance: str = "LS") -> Effects:
    """Partial correlation from the t value of one coefficient among `predictors` in all; Aloe & Thompson (2013).

    "LS-metafor3" counts one degree of freedom less in the variance, as releases to 4.2 do.
    """
    r, df = _partial(ti, ni, predictors)
    older = variance == "LS-metafor3"
    return _with_variance(r, r, ni, df if older else df + 1, "LS" if older else variance)


def z_of_partial_correlation(
    ti: FloatArray, ni: FloatArray, predictors: FloatArray, *, variance: str = "LS"
) -> Effects:
    """Fisher's z of a partial correlation, variance 1 / (n - predictors - 2); "LS-metafor3" with one more."""
    r, df = _partial(ti, ni, predictors)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = df if variance == "LS-metafor3" else df - 1
        return estimable(np.arctanh(r), np.where(left > 0, 1 / left, np.nan))


def semipartial_correlation(
    ti: FloatArray, ni: FloatArray, predictors: FloatArray, r2i: FloatArray, *, variance: str = "LS"
) -> Effects:
    """Semi-partial correlation from t and the model's R²; Aloe & Becker (2012)."""
    df = ni - predictors - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = ti * np.sqrt(1 - r2i) / np.sqrt(np.where(df > 0, df, np.nan))
        without = r2i - (average(yi, ni) if variance == "AV" else yi) ** 2
        return estimable(yi, (r2i**2 - 2 * r2i + without + 1 - without**2) / ni)


def z_of_semipartial_correlation(ti: FloatArray, ni: FloatArray, predictors: FloatArray, r2i: FloatArray) -> Effects:
    """Fisher's z of a semi-partial correlation."""
    return fisher_z(*semipartial_correlation(ti, ni, predictors, r2i))


def alpha(ai: FloatArray, items: FloatArray, ni: FloatArray) -> Effects:
    """Cronbach's alpha itself; variance of van Zyl, Neudecker & Nel (2000) for parallel items, as in Bonett (2002)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(ai, 2 * items * (1 - ai) ** 2 / ((items - 1) * (ni - 2)))


def hakstian_whalen_alpha(ai: FloatArray, items: FloatArray, ni: FloatArray) -> Effects:
    """1 - (1 - alpha)^(1/3); Hakstian & Whalen (1976)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.cbrt(1 - ai)
        return estimable(1 - root, 18 * items * (ni - 1) * root**2 / ((items - 1) * (9 * ni - 11) ** 2))


def bonett_alpha(ai: FloatArray, items: FloatArray, ni: FloatArray) -> Effects:
    """-ln(1 - alpha); Bonett (2002)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(-np.log(1 - ai), 2 * items / ((items - 1) * (ni - 2)))


def log_relative_excess_heterozygosity(ai: FloatArray, bi: FloatArray, ci: FloatArray) -> Effects:
    """Log of heterozygotes `bi` over their Hardy–Weinberg share 2√(ac); Ziegler, Van Steen & Wellek (2011)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.log(bi) - np.log(2 * np.sqrt(ai * ci)), 1 / (4 * ai) + 1 / bi + 1 / (4 * ci))


def _with_variance(yi: FloatArray, r: FloatArray, ni: FloatArray, left: FloatArray, variance: str) -> Effects:
    inside = average(r, ni) if variance == "AV" else r
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(yi, np.where(left > 0, (1 - inside**2) ** 2 / left, np.nan))


def _partial(ti: FloatArray, ni: FloatArray, predictors: FloatArray) -> tuple[FloatArray, FloatArray]:
    df = np.where(ni - predictors - 1.0 > 0, ni - predictors - 1.0, np.nan)
    return ti / np.sqrt(ti**2 + df), df


def _hypergeometric(a: float, c: FloatArray, x: FloatArray) -> FloatArray:
    """Gauss's 2F1(a, a; c; x) for 0 <= x <= 1: SciPy's where c is small, the series itself where it is large."""
    large = c > LARGE
    term = np.ones_like(x)
    total = term.copy()
    safe = np.where(large, c, LARGE)
    for j in range(200):
        term = term * (a + j) ** 2 / ((safe + j) * (j + 1)) * x
        total += term
    return np.where(large, total, hyp2f1(a, a, np.where(large, 2.0, c), x))

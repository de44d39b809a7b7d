"""Effect sizes of single studies: elementwise formulas, `(yi, vi)` for arrays of any shape, NaN where not estimable.

2x2 cells are numbers of people: `ai` events and `bi` non-events of the first (experimental) arm, `ci` and `di` of the
second (control). Ratios are natural logarithms. No formula corrects for zeros; `zero_cells` does. Formulas as in
Borenstein, Hedges, Higgins & Rothstein (2009) unless another source is named.
"""

import numpy as np
from scipy.special import gammaln

from metak2.kernels.contract import FloatArray

Effects = tuple[FloatArray, FloatArray]


def log_risk_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Log risk ratio; NaN where an arm has no event."""
    n1i, n2i = ai + bi, ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(ai / n1i) - np.log(ci / n2i)
        vi = (1 / ai - 1 / n1i) + (1 / ci - 1 / n2i)
    return _estimable(yi, vi)


def log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Log odds ratio; NaN where a cell is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(ai) - np.log(bi) - np.log(ci) + np.log(di)
        vi = 1 / ai + 1 / bi + 1 / ci + 1 / di
    return _estimable(yi, vi)


def risk_difference(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Risk difference; `vi` is 0 where neither arm has both events and non-events."""
    n1i, n2i = ai + bi, ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = ai / n1i - ci / n2i
        vi = ai / n1i * (bi / n1i) / n1i + ci / n2i * (di / n2i) / n2i
    return _estimable(yi, vi)


def peto_log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Peto's one-step log odds ratio (O - E) / V; Yusuf et al. (1985). NaN where V is zero."""
    o_minus_e, v = observed_minus_expected(ai, bi, ci, di)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _estimable(o_minus_e / v, 1 / v)


def observed_minus_expected(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Events of the first arm less those expected from the margins, and their hypergeometric variance."""
    n1i, n2i = ai + bi, ci + di
    events, total = ai + ci, ai + bi + ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = events * (bi + di) * (n1i / total) * (n2i / total) / (total - 1)
        return ai - events * n1i / total, variance


def mean_difference(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """Difference of means, first less second arm, with unequal variances, in the unit of the measurement."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _estimable(m1i - m2i, sd1i**2 / n1i + sd2i**2 / n2i)


def standardised_mean_difference(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """Hedges' g: Cohen's d times the exact gamma correction; Hedges (1981). Large-sample variance from g itself."""
    df = n1i + n2i - 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled_sd = np.sqrt(((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / df)
        yi = _gamma_correction(df) * (m1i - m2i) / pooled_sd
        vi = 1 / n1i + 1 / n2i + yi**2 / (2 * (n1i + n2i))
    return _estimable(yi, vi)


def log_ratio_of_means(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """Log ratio of means with the second-order bias correction of Lajeunesse (2015); NaN where the signs differ."""
    yi, vi = log_ratio_of_means_uncorrected(m1i, sd1i, n1i, m2i, sd2i, n2i)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = 0.5 * (sd1i**2 / (n1i * m1i**2) - sd2i**2 / (n2i * m2i**2))
    return _estimable(yi + bias, vi)


def log_ratio_of_means_uncorrected(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """Log ratio of means and its delta-method variance; Hedges, Gurevitch & Curtis (1999)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(m1i / m2i)
        vi = sd1i**2 / (n1i * m1i**2) + sd2i**2 / (n2i * m2i**2)
    return _estimable(yi, vi)


def log_incidence_rate_ratio(x1i: FloatArray, t1i: FloatArray, x2i: FloatArray, t2i: FloatArray) -> Effects:
    """Log ratio of two rates, events `x1i`, `x2i` per person-time `t1i`, `t2i`; NaN where an arm has no event."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(x1i / t1i) - np.log(x2i / t2i)
        vi = 1 / x1i + 1 / x2i
    return _estimable(yi, vi)


def _gamma_correction(df: FloatArray) -> FloatArray:
    """Hedges' J, exact; NaN below 2 degrees of freedom."""
    usable = df > 1
    m = np.where(usable, df, 2.0)
    return np.where(usable, np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2), np.nan)


def _estimable(yi: FloatArray, vi: FloatArray) -> Effects:
    known = np.isfinite(yi) & np.isfinite(vi)
    return np.where(known, yi, np.nan), np.where(known, vi, np.nan)

"""Effect sizes of 2x2 tables: elementwise, `(yi, vi)` for arrays of any shape, NaN where not estimable.

`ai` events and `bi` non-events of the first (experimental) arm, `ci` and `di` of the second (control). Ratios are
natural logarithms. No formula corrects for zeros; `zero_cells` does. `variance="AV"` puts the average over the studies
(last axis) in the place of each study's own value. Formulas as in Borenstein, Hedges, Higgins & Rothstein (2009)
unless another source is named.
"""

import numpy as np
from scipy.special import ndtri

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import Effects, average, estimable, fisher_z

LOGISTIC = float(np.sqrt(3) / np.pi)
"""From a log odds ratio to a standardised mean difference of logistic values; Hasselblad & Hedges (1995)."""
PROBIT = 1 / 1.65
"""The same for normal values, approximately; Cox & Snell (1989)."""


def log_risk_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Log risk ratio; NaN where an arm has no event."""
    n1i, n2i = ai + bi, ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(ai / n1i) - np.log(ci / n2i)
        vi = (1 / ai - 1 / n1i) + (1 / ci - 1 / n2i)
    return estimable(yi, vi)


def log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Log odds ratio; NaN where a cell is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(ai) - np.log(bi) - np.log(ci) + np.log(di)
        vi = 1 / ai + 1 / bi + 1 / ci + 1 / di
    return estimable(yi, vi)


def risk_difference(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, variance: str = "LS") -> Effects:
    """Risk difference; `vi` is 0 where neither arm has both events and non-events.

    "LS" p q / n, "UB" the unbiased p q / (n - 1), "AV" with the arms' risks over all studies.
    """
    n1i, n2i = ai + bi, ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        p1i, p2i = ai / n1i, ci / n2i
        yi, one = p1i - p2i, 1.0 if variance == "UB" else 0.0
        if variance == "AV":
            p1i, p2i = average(p1i, n1i), average(p2i, n2i)
        vi = p1i * (1 - p1i) / (n1i - one) + p2i * (1 - p2i) / (n2i - one)
    return estimable(yi, vi)


def peto_log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Peto's one-step log odds ratio (O - E) / V; Yusuf et al. (1985). NaN where V is zero."""
    return log_ratio_from_o_minus_e(*observed_minus_expected(ai, bi, ci, di))


def observed_minus_expected(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Events of the first arm less those expected from the margins, and their hypergeometric variance."""
    n1i, n2i = ai + bi, ci + di
    events, total = ai + ci, ai + bi + ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = events * (bi + di) * (n1i / total) * (n2i / total) / (total - 1)
        return ai - events * n1i / total, variance


def log_ratio_from_o_minus_e(o_minus_e: FloatArray, v: FloatArray) -> Effects:
    """(O - E) / V with variance 1 / V: Peto's log odds ratio, or the log hazard ratio of a log-rank test."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(o_minus_e / v, np.where(v > 0, 1 / v, np.nan))


def arcsine_difference(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Difference of the arcsines of the square roots of the risks; Rücker et al. (2009). Needs no zero correction."""
    n1i, n2i = ai + bi, ci + di
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.arcsin(np.sqrt(ai / n1i)) - np.arcsin(np.sqrt(ci / n2i)), 1 / (4 * n1i) + 1 / (4 * n2i))


def probit_difference(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Difference of the normal quantiles of the risks, an estimate of a standardised mean difference.

    Sánchez-Meca, Marín-Martínez & Chacón-Moscoso (2003).
    """
    n1i, n2i = ai + bi, ci + di
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z1i, z2i = ndtri(ai / n1i), ndtri(ci / n2i)
        vi = 2 * np.pi * (ai * bi / n1i**3 * np.exp(z1i**2) + ci * di / n2i**3 * np.exp(z2i**2))
        return estimable(z1i - z2i, vi)


def standardised_difference_from_odds(
    ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, factor: float = LOGISTIC
) -> Effects:
    """A standardised mean difference from the odds ratio of a dichotomised outcome: `factor` times its logarithm."""
    yi, vi = log_odds_ratio(ai, bi, ci, di)
    return factor * yi, factor**2 * vi


def yules_q(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Yule's Q = (OR - 1) / (OR + 1), between -1 and 1; Yule (1912)."""
    return _yule(*log_odds_ratio(ai, bi, ci, di), half=0.5)


def yules_y(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Yule's Y = (√OR - 1) / (√OR + 1), the coefficient of colligation; Yule (1912)."""
    return _yule(*log_odds_ratio(ai, bi, ci, di), half=0.25)


def _yule(log_odds: FloatArray, vi: FloatArray, *, half: float) -> Effects:
    yi = np.tanh(half * log_odds)
    return yi, (half * (1 - yi**2)) ** 2 * vi


def phi(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, variance: str = "LS") -> Effects:
    """Phi coefficient; Yule (1912). NaN where a margin is empty.

    "LS" and "CS" take one sample classified twice (multinomial), "ST" two arms of fixed size (delta method).
    """
    n1i, n2i, events, others = ai + bi, ci + di, ai + ci, bi + di
    total = n1i + n2i
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = (ai * di - bi * ci) / np.sqrt(n1i * n2i * events * others)
        row, column = (n1i - n2i) / np.sqrt(n1i * n2i), (events - others) / np.sqrt(events * others)
        if variance == "ST":
            p1i, p2i = ai / n1i, ci / n2i
            arms, spread = np.sqrt(n1i * n2i) / total, np.sqrt(events * others) / total
            tilt = (p1i - p2i) * column / (2 * spread**2)
            first, second = arms * (1 / spread + tilt * n1i / total), arms * (-1 / spread + tilt * n2i / total)
            vi = first**2 * ai * bi / n1i**3 + second**2 * ci * di / n2i**3
        else:
            vi = (1 - yi**2 + yi * (1 + yi**2 / 2) * row * column - 0.75 * yi**2 * (row**2 + column**2)) / total
    return estimable(yi, vi)


def z_of_phi(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, variance: str = "LS") -> Effects:
    """Fisher's z of the phi coefficient."""
    return fisher_z(*phi(ai, bi, ci, di, variance=variance))

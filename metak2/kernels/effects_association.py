"""What two groups' means say of correlation, odds and superiority: elementwise, `(yi, vi)`, NaN where not estimable."""

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.kernels.contract import FloatArray
from metak2.kernels.effects_counts import LOGISTIC
from metak2.kernels.effects_means import standardised_mean_difference
from metak2.kernels.estimable import Effects, estimable, fisher_z, normal_density


def point_biserial(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "ST",
) -> Effects:  # fmt: skip
    """Point-biserial correlation of group and value.

    "ST" (stratified) takes two groups of fixed size, by the delta method from Cohen's d; "CS" (cross-sectional) one
    sample in which the groups fell out (Tate 1954). "LS" is "ST".
    """
    total, df = n1i + n2i, n1i + n2i - 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        d, vd = standardised_mean_difference(m1i, sd1i, n1i, m2i, sd2i, n2i, corrected=False)
        h = df / n1i + df / n2i
        yi = d / np.sqrt(d**2 + h)
        if variance == "CS":
            return estimable(yi, (1 - yi**2) ** 2 * (1 - 1.5 * yi**2 + yi**2 * total**2 / (4 * n1i * n2i)) / total)
        return estimable(yi, h**2 * vd / (d**2 + h) ** 3)


def z_of_point_biserial(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "ST",
) -> Effects:  # fmt: skip
    """Fisher's z of the point-biserial correlation."""
    return fisher_z(*point_biserial(m1i, sd1i, n1i, m2i, sd2i, n2i, variance=variance))


def biserial(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """Biserial correlation, the grouping a cut through a latent normal variable; variance of Soper (1914).

    It can pass 1 in small samples; its variance is then taken at 1.
    """
    total = n1i + n2i
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = n1i / total, n2i / total
        cut = ndtri(q)
        height = normal_density(cut)
        yi = np.sqrt(p * q) / height * point_biserial(m1i, sd1i, n1i, m2i, sd2i, n2i)[0]
        r = np.clip(yi, -1.0, 1.0)
        middle = 1.5 + (1 - p * cut / height) * (1 + q * cut / height)
        return estimable(yi, (p * q / height**2 - middle * r**2 + r**4) / (total - 1))


def z_of_biserial(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """Fisher's z of the biserial correlation; NaN where that passes 1."""
    return fisher_z(*biserial(m1i, sd1i, n1i, m2i, sd2i, n2i))


def log_odds_from_means(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, factor: float = 1 / LOGISTIC,
) -> Effects:  # fmt: skip
    """Log odds ratio of the values had they been dichotomised: `factor` times Cohen's d.

    π/√3 for logistic values (Hasselblad & Hedges 1995), 1.65 for normal ones (Cox & Snell 1989).
    """
    d, vd = standardised_mean_difference(m1i, sd1i, n1i, m2i, sd2i, n2i, corrected=False)
    return factor * d, factor**2 * vd


def probability_of_superiority(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> Effects:
    """P(a value of the first group is the larger), normal values: Φ((m₁ - m₂) / √(SD₁² + SD₂²)).

    The common language effect size of McGraw & Wong (1992), the area under the ROC curve; delta-method variance.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        square = sd1i**2 + sd2i**2
        z = (m1i - m2i) / np.sqrt(square)
        means = (sd1i**2 / (n1i - 1) + sd2i**2 / (n2i - 1)) / square
        deviations = z**2 * (sd1i**4 / (n1i - 1) + sd2i**4 / (n2i - 1)) / (2 * square**2)
        return estimable(ndtr(z), normal_density(z) ** 2 * (means + deviations))

"""Controlled trials that report means before and after in both arms: elementwise `(yi, vi)`, NaN where not estimable.

`…_pre`, `…_post` are means before and after treatment, `sd…` the SDs before, `ri` the correlation between both values
of a person; 1 is the experimental, 2 the control arm.
"""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.effects_paired import change_by_raw_sd
from metak2.kernels.estimable import Effects, estimable, gamma_correction


def difference_of_raw_changes(  # noqa: PLR0913, PLR0917 - both arms before and after
    m1_pre: FloatArray, m1_post: FloatArray, sd1i: FloatArray, n1i: FloatArray,
    m2_pre: FloatArray, m2_post: FloatArray, sd2i: FloatArray, n2i: FloatArray, ri: FloatArray,
) -> Effects:  # fmt: skip
    """Each arm's change in units of its own SD before treatment, experimental less control; Becker (1988)."""
    first, first_variance = change_by_raw_sd(m1_post, m1_pre, sd1i, ri, n1i)
    second, second_variance = change_by_raw_sd(m2_post, m2_pre, sd2i, ri, n2i)
    return estimable(first - second, first_variance + second_variance)


def change_difference_by_pooled_sd(  # noqa: PLR0913, PLR0917 - both arms before and after
    m1_pre: FloatArray, m1_post: FloatArray, sd1i: FloatArray, n1i: FloatArray,
    m2_pre: FloatArray, m2_post: FloatArray, sd2i: FloatArray, n2i: FloatArray, ri: FloatArray,
) -> Effects:  # fmt: skip
    """The difference of the changes in units of the pooled SD before treatment: d_ppc2 of Morris (2008)."""
    total, df = n1i + n2i, n1i + n2i - 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.sqrt(((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / df)
        j = gamma_correction(df)
        yi = j * ((m1_post - m1_pre) - (m2_post - m2_pre)) / pooled
        spread = 2 * (1 - ri) * total / (n1i * n2i)
        vi = j**2 * spread * df / np.where(df > 2, df - 2, np.nan) * (1 + yi**2 / spread) - yi**2
        return estimable(yi, vi)


def change_difference(  # noqa: PLR0913, PLR0917 - both arms before and after
    m1_pre: FloatArray, m1_post: FloatArray, sd1i: FloatArray, n1i: FloatArray,
    m2_pre: FloatArray, m2_post: FloatArray, sd2i: FloatArray, n2i: FloatArray, ri: FloatArray,
) -> Effects:  # fmt: skip
    """The difference of the changes in the unit of measurement, the SD after taken as that before; Handbook 6.5.2.8."""
    with np.errstate(divide="ignore", invalid="ignore"):
        vi = 2 * (1 - ri) * (sd1i**2 / n1i + sd2i**2 / n2i)
        return estimable((m1_post - m1_pre) - (m2_post - m2_pre), vi)

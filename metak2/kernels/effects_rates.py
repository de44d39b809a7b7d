"""Effect sizes of two rates: elementwise, `(yi, vi)` for arrays of any shape, NaN where not estimable.

`x1i`, `x2i` events in `t1i`, `t2i` person-time. Cochrane Handbook section 6.7 unless another source is named.
"""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import Effects, estimable


def log_incidence_rate_ratio(x1i: FloatArray, t1i: FloatArray, x2i: FloatArray, t2i: FloatArray) -> Effects:
    """Log ratio of two rates; NaN where an arm has no event."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = np.log(x1i / t1i) - np.log(x2i / t2i)
        vi = 1 / x1i + 1 / x2i
    return estimable(yi, vi)


def incidence_rate_difference(x1i: FloatArray, t1i: FloatArray, x2i: FloatArray, t2i: FloatArray) -> Effects:
    """Difference of two rates; `vi` is 0 where neither arm has an event."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(x1i / t1i - x2i / t2i, x1i / t1i**2 + x2i / t2i**2)


def root_rate_difference(x1i: FloatArray, t1i: FloatArray, x2i: FloatArray, t2i: FloatArray) -> Effects:
    """Difference of the square roots of two rates, which stabilises the variance; Bartlett (1936). Zeros may stay."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.sqrt(x1i / t1i) - np.sqrt(x2i / t2i), 1 / (4 * t1i) + 1 / (4 * t2i))

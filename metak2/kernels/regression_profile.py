"""Profile likelihood limits of the residual tau2 of meta-regressions."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from metak2.kernels.contract import FloatArray
from metak2.kernels.crossings import Crossings
from metak2.kernels.regression_rows import DesignRows, design_blocks
from metak2.kernels.regression_summit import evaluate, highest_summit, log_likelihood

Limits = tuple[FloatArray, FloatArray]


def residual_profile_interval(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray, *, level: float, restricted: bool
) -> Limits:
    """The outermost tau2 whose (restricted) log-likelihood is within half a chi-squared quantile of the highest.

    Hardy & Thompson (1996), Statistics in Medicine 15:619-629. `(low, high)`, `(batch,)`; NaN where no row can be
    fitted.
    """
    drop = float(chdtri(1, 1 - level)) / 2
    low, high = [], []
    with np.errstate(all="ignore"):
        for _, rows in design_blocks(yi, vi, mi, X):
            summit, _ = highest_summit(rows, restricted=restricted)
            own = np.flatnonzero(rows.estimable & np.isfinite(summit))
            bounds = np.full((2, rows.k.size), np.nan)
            if own.size:
                line = log_likelihood(rows, own, summit[own], restricted=restricted) - drop
                bounds[:, own] = _crossings(rows, own, line, restricted=restricted).around(summit[own])
            low.append(bounds[0] * rows.unit)
            high.append(bounds[1] * rows.unit)
    return np.concatenate(low), np.concatenate(high)


def _crossings(rows: DesignRows, row: NDArray[np.intp], line: FloatArray, *, restricted: bool) -> Crossings:
    def above(tau2: FloatArray, index: NDArray[np.intp]) -> FloatArray:
        return log_likelihood(rows, row[index], tau2, restricted=restricted) - line[index]

    def slope(tau2: FloatArray, index: NDArray[np.intp]) -> FloatArray:
        terms = evaluate(rows, row[index], tau2, restricted=restricted)
        return np.asarray(0.5 * (terms.a - terms.b))

    return Crossings(above=above, slope=slope)

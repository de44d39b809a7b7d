"""Peto's one-step odds ratio."""

import numpy as np

from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.effect_sizes import observed_minus_expected
from metak2.kernels.tables import Sums, common_effect_fit, tables, total


def peto(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, mi: FloatArray) -> Fit:
    """Peto's pooled log odds ratio, sum (O - E) / sum V; Yusuf et al. (1985). `(batch, k)` to `(batch,)`.

    A table without events, or with events only, has V = 0 and contributes nothing.
    """
    cells, m, bad = tables(ai, bi, ci, di, mi)
    o_minus_e, v = observed_minus_expected(*cells)
    informative = v > 0
    weights = m * np.where(informative, v, 0.0)
    difference, information = total(m, np.where(informative, o_minus_e, 0.0)), weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = difference / information
        study = np.where(informative, o_minus_e / np.where(informative, v, 1.0), 0.0)
        q = (weights * (study - estimate[:, None]) ** 2).sum(axis=1)
        se = 1 / np.sqrt(information)
    sums = Sums(estimate=estimate, se=se, weights=weights, Q=q, informative=total(m, informative))
    return common_effect_fit(sums, m, bad)

"""Peto's one-step odds ratio."""

import numpy as np

from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.effect_sizes import observed_minus_expected
from metak2.kernels.tables import AS_THEY_ARE, Sums, Tables, Zeros, addend, common_effect_fit, counting, tables, total
from metak2.kernels.zero_cells import double_zero, has_zero


def peto(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, mi: FloatArray) -> Fit:
    """Peto's pooled log odds ratio, sum (O - E) / sum V; Yusuf et al. (1985). `(batch, k)` to `(batch,)`.

    A table without events, or with events only, has V = 0 and contributes nothing.
    """
    return pool_peto((ai, bi, ci, di), mi)


def pool_peto(cells: Tables, mi: FloatArray, *, zeros: Zeros = AS_THEY_ARE) -> Fit:
    """`peto` with another treatment of zeros.

    Study effects need no correction of their own: `zeros.effects` is of no account. Tables without information count
    among the degrees of freedom of Q with `zeros.empty_in_q` only.
    """
    found, m, bad = tables(*cells, mi)
    empty = double_zero(*found)
    more = addend(has_zero(*found), m, zeros.sums)
    a, b, c, d = (cell + more for cell in found)
    o_minus_e, v = observed_minus_expected(a, b, c, d)
    in_sums = m if zeros.empty_in_sums else np.where(empty, 0.0, m)
    informative = v > 0
    weights = in_sums * np.where(informative, v, 0.0)
    difference, information = total(in_sums, np.where(informative, o_minus_e, 0.0)), weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = difference / information
        study = np.where(informative, o_minus_e / np.where(informative, v, 1.0), 0.0)
        q = (weights * (study - estimate[:, None]) ** 2).sum(axis=1)
        se = 1 / np.sqrt(information)
    counted = np.ones_like(empty) if zeros.empty_in_q else ~empty
    sums = Sums(estimate=estimate, se=se, weights=weights, Q=q, informative=total(m, counted))
    fit = common_effect_fit(sums, m, bad)
    return fit if zeros.empty_in_sums else counting(fit, in_sums)

"""Common effects with weights that do not depend on the effects: sample sizes, and expected events."""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.tables import Tables

Estimate = tuple[FloatArray, FloatArray]  # estimate and standard error, `(batch,)`


def sample_size_weighted(
    yi: FloatArray, vi: FloatArray, weights: FloatArray, mi: FloatArray, tau2: FloatArray
) -> Estimate:
    """A mean with fixed weights, such as n1 n2 / (n1 + n2), and its standard error at `tau2` `(batch,)`.

    Bakbergenuly, Hoaglin & Kulinskaya (2020), Research Synthesis Methods, doi:10.1002/jrsm.1404. NaN without weight.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = weights / (mi * weights).sum(axis=1, keepdims=True)
        variance = (mi * share**2 * (vi + tau2[:, None])).sum(axis=1)
        return (mi * share * yi).sum(axis=1), np.sqrt(variance)


def cochran_rate_ratio(yi: FloatArray, events: Tables, mi: FloatArray) -> Estimate:
    """The log rate ratio weighted by the events that the control rate leads one to expect in the first arm.

    `yi` are the studies' log rate ratios, corrected where an arm has no event; `events` is x1i, t1i, x2i, t2i as they
    were counted: a study without control events has no weight. Bakbergenuly, Hoaglin & Kulinskaya (2020).
    """
    x1, t1, x2, t2 = events
    expected = mi * x2 * t1 / t2
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (expected * yi).sum(axis=1) / expected.sum(axis=1)
        return estimate, np.sqrt(1 / (mi * x1).sum(axis=1) + 1 / (mi * x2).sum(axis=1))

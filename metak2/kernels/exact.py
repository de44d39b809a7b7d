"""Fisher's exact test."""

import numpy as np

from metak2.kernels.contract import FloatArray

SLACK = 1e-7  # probabilities that differ by rounding alone count as equal, as in R's fisher.test


def fisher_exact(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> FloatArray:
    """Two-sided p value: the sum over the tables with the same margins that are no more probable than the observed one.

    Elementwise, one table at a time. NaN where a cell is not a whole number of people.

    >>> import numpy as np
    >>> float(fisher_exact(np.array(3.0), np.array(1.0), np.array(1.0), np.array(3.0)).round(4))
    0.4857
    """
    cells = np.broadcast_arrays(*(np.asarray(cell, dtype=np.float64) for cell in (ai, bi, ci, di)))
    whole = np.all([np.isfinite(cell) & (cell >= 0) & (cell == np.floor(cell)) for cell in cells], axis=0)
    pvals = np.full(whole.shape, np.nan)
    for where in np.argwhere(whole):
        place = tuple(where)
        pvals[place] = _two_sided(*(int(cell[place]) for cell in cells))
    return pvals


def _two_sided(a: int, b: int, c: int, d: int) -> float:
    n1, n2, events = a + b, c + d, a + c
    x = np.arange(max(0, events - n2), min(n1, events) + 1, dtype=np.float64)
    # The ratio of neighbours, multiplied up from the mode outwards: no factorial, no underflow near the mode.
    ratio = (n1 - x[:-1]) * (events - x[:-1]) / ((x[:-1] + 1) * (n2 - events + x[:-1] + 1))
    mode = int(np.count_nonzero(ratio >= 1))
    upwards = np.cumprod(ratio[mode:])
    downwards = np.cumprod(1 / ratio[:mode][::-1])[::-1]
    probability = np.concatenate([downwards, [1.0], upwards])
    observed = probability[int(a - x[0])]
    return float(min(1.0, probability[probability <= observed * (1 + SLACK)].sum() / probability.sum()))

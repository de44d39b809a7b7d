"""Where an interval lies about no effect: what a reader takes away from it."""

import numpy as np
from numpy.typing import NDArray

from metak2.effects.measures import Measure
from metak2.kernels.contract import FloatArray


def no_effect(measure: Measure) -> float:
    """No effect on the analysis scale; NaN where the measure compares nothing."""
    return float(measure.forward(measure.null))


def side(low: FloatArray, high: FloatArray, null: float) -> NDArray[np.int64]:
    """-1 where the interval lies below `null`, 1 above, 0 across it.

    >>> side(np.array([-2.0, -1.0, 0.5]), np.array([-1.0, 1.0, 2.0]), 0.0).tolist()
    [-1, 0, 1]
    """
    return np.where(high < null, -1, np.where(low > null, 1, 0)).astype(np.int64)

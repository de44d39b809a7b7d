"""How many decimals an effect needs: two for ratios, more where two would hide a small difference (0.028 g/cm²)."""

import math

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray

FEWEST, MOST = 2, 6


def decimals(effects: EffectSizes) -> int:
    """Two for ratios; for differences two significant digits of the smallest standard error, the same for all rows."""
    return decimals_of(effects.measure, effects.vi)


def decimals_of(measure: Measure, variances: FloatArray) -> int:
    """The same from the variances themselves."""
    known = variances[np.isfinite(variances) & (variances > 0)]
    if measure.log or known.size == 0:
        return FEWEST
    smallest = math.sqrt(float(known.min()))
    return min(max(1 - math.floor(math.log10(smallest)), FEWEST), MOST)

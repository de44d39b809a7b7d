"""How many decimals an effect needs.

Two for ratios, three for risk differences, more where two would hide a small difference (0.028 g/cm²).
"""

import math

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray

FEWEST, OF_RISKS, MOST = 2, 3, 6


def fewest(measure: Measure) -> int:
    """The decimals of a measure where nothing asks for more."""
    return OF_RISKS if measure.name == "RD" else FEWEST


def decimals(effects: EffectSizes) -> int:
    """The fewest; for differences other than of risks two significant digits of the smallest standard error."""
    return decimals_of(effects.measure, effects.vi)


def decimals_of(measure: Measure, variances: FloatArray) -> int:
    """The same from the variances themselves."""
    known = variances[np.isfinite(variances) & (variances > 0)]
    if measure.log or measure.name == "RD" or known.size == 0:
        return fewest(measure)
    smallest = math.sqrt(float(known.min()))
    return min(max(1 - math.floor(math.log10(smallest)), FEWEST), MOST)

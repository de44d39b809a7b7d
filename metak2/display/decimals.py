"""How many decimals an effect needs.

Two for ratios, three for risk differences, more where two would hide a small difference (0.028 g/cm²).
"""

import math

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes

FEWEST, OF_RISKS, MOST = 2, 3, 6


def fewest(measure: Measure) -> int:
    """The decimals of a measure where nothing asks for more."""
    return OF_RISKS if measure.name == "RD" else FEWEST


def decimals(effects: EffectSizes) -> int:
    """The fewest; for differences other than of risks two significant digits of the smallest standard error."""
    variances = effects.vi[np.isfinite(effects.vi) & (effects.vi > 0)]
    if effects.measure.log or effects.measure.name == "RD" or variances.size == 0:
        return fewest(effects.measure)
    smallest = math.sqrt(float(variances.min()))
    return min(max(1 - math.floor(math.log10(smallest)), FEWEST), MOST)

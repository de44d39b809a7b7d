"""How many decimals an effect needs: two for ratios, more where two would hide a small difference (0.028 g/cm²)."""

import math

import numpy as np

from metak2.effects.sizes import EffectSizes

FEWEST, MOST = 2, 6


def decimals(effects: EffectSizes) -> int:
    """Two for ratios; for differences two significant digits of the smallest standard error, the same for all rows."""
    variances = effects.vi[np.isfinite(effects.vi) & (effects.vi > 0)]
    if effects.measure.log or variances.size == 0:
        return FEWEST
    smallest = math.sqrt(float(variances.min()))
    return min(max(1 - math.floor(math.log10(smallest)), FEWEST), MOST)

"""What stands in place of a study's effect where the analysis has none."""

import numpy as np

from metak2.display.numbers import DASH, effect, interval
from metak2.effects.sizes import EffectSizes

NOT_ESTIMABLE = "not estimable"


def in_place_of_effect(effects: EffectSizes, row: int) -> tuple[str, str]:
    """Effect and interval as words: of another measure as the source reports them ("RR 0.87"), else not estimable."""
    measure = effects.other_measure(row)
    if not measure:
        return NOT_ESTIMABLE, DASH
    value, low, high = (
        float(effects.moderators[name][row]) if name in effects.moderators else np.nan
        for name in ("estimate", "ci_low", "ci_high")
    )
    return f"{measure} {effect(value)}", interval(low, high) if np.isfinite(low + high) else DASH

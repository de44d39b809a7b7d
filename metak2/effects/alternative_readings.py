"""One trial that can be read in several ways: its readings as rows that stand beside one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.studies.table import Conversion


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An effect and its standard error on the analysis scale, and the steps that led to them."""

    effect: float
    se: float
    steps: Sequence[Conversion] = ()


def alternative_readings(trial: EffectSizes, readings: Mapping[str, Reading]) -> EffectSizes:
    """The readings as rows, by label, with the trial's cells behind each.

    `trial` holds the rows that were read, one for all readings or one for each. They are one trial: draw them with
    `side_by_side`, never pool them.
    """
    made = effects_from(
        [one.effect for one in readings.values()],
        study=list(readings),
        measure=trial.measure,
        se=[one.se for one in readings.values()],
    )
    rows = trial.take(np.arange(len(readings)) % len(trial))
    origins = tuple(
        replace(origin, study=label, conversions=tuple(one.steps))
        for origin, (label, one) in zip(rows.origins, readings.items(), strict=True)
    )
    return replace(
        rows,
        kind=made.kind,
        study=made.study,
        yi=made.yi,
        vi=made.vi,
        data={},
        excluded=made.excluded,
        notes=made.notes,
        origins=origins,
        problems=(),
    )

"""Re-analyses in which the effects themselves differ from row to row: one batch over the kernel."""

from collections.abc import Mapping
from dataclasses import replace

from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.choices import Choices
from metak2.models.rows import Rows, infer


def infer_stack(
    effects: EffectSizes,
    choices: Choices,
    yi: FloatArray,
    vi: FloatArray,
    mi: FloatArray,
    data: Mapping[str, FloatArray] | None = None,
) -> Rows:
    """Inference by the rules of the choices for rows of `yi`, `vi` and `mi`, each `(rows, k)` or broadcast to it.

    `data` replaces the counts for methods that pool them. The effect sizes that are passed on hold a row per
    re-analysis, which the kernels broadcast; NaN in `yi` or `vi` leaves a study out of that row.
    """
    return infer(replace(effects, yi=yi, vi=vi, data=effects.data if data is None else data), choices, mi)

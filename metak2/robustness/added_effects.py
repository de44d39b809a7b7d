"""The observed studies with invented ones beside them."""

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.robustness.seen_studies import Seen
from metak2.studies.table import read_only


def with_added(
    pooled: Pooled, seen: Seen, added: tuple[FloatArray, FloatArray], name: str, names: tuple[str, ...] = ()
) -> EffectSizes:
    """The pooled studies as ready-made effects, then those with effects and variances `added`."""
    invented = tuple(f"{one} ({name})" for one in names) or tuple(f"{name} {i + 1}" for i in range(added[0].size))
    study = (*seen.study, *invented)
    return EffectSizes(
        measure=pooled.measure,
        kind="effects",
        study=study,
        yi=read_only(np.concatenate([seen.yi, added[0]])),
        vi=read_only(np.concatenate([seen.vi, added[1]])),
        excluded=("",) * len(study),
        source=pooled.effects.source,
        higher_is=pooled.effects.higher_is,
    )

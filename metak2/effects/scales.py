"""The scale on which effects are pooled and the way back to the one a reader knows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from metak2.kernels import transforms
from metak2.kernels.contract import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """`forward` leads from the displayed to the analysis scale, `back` the other way."""

    name: str
    forward: Callable[[ArrayLike], FloatArray]
    back: Callable[[ArrayLike], FloatArray]


def _same(values: ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


IDENTITY = Scale(name="identity", forward=_same, back=_same)
LOG = Scale(name="log", forward=transforms.to_log, back=transforms.from_log)
LOGIT = Scale(name="logit", forward=transforms.to_logit, back=transforms.from_logit)
ARCSINE = Scale(name="arcsine", forward=transforms.to_arcsine, back=transforms.from_arcsine)
ROOT = Scale(name="square root", forward=transforms.to_root, back=transforms.from_root)
FISHER_Z = Scale(name="Fisher's z", forward=transforms.to_fisher_z, back=transforms.from_fisher_z)
HAKSTIAN_WHALEN = Scale(
    name="cube root of 1 − alpha", forward=transforms.to_hakstian_whalen, back=transforms.from_hakstian_whalen
)
BONETT = Scale(name="log of 1 − alpha", forward=transforms.to_bonett, back=transforms.from_bonett)


def double_arcsine(n: float) -> Scale:
    """The double arcsine of samples of `n` people, for a pooled value their harmonic mean (Miller 1978)."""
    return Scale(
        name="double arcsine",
        forward=partial(transforms.to_double_arcsine, ni=n),
        back=partial(transforms.from_double_arcsine, ni=n),
    )


def freeman_tukey_rate(time: float) -> Scale:
    """The Freeman–Tukey square root of rates over `time`, for a pooled value the harmonic mean of the person-times."""
    return Scale(
        name="Freeman–Tukey square root",
        forward=partial(transforms.to_freeman_tukey_rate, ti=time),
        back=partial(transforms.from_freeman_tukey_rate, ti=time),
    )

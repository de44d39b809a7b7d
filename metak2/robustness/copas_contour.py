"""Copas' contours: the pooled effect over a grid of the two parameters that say how studies come to be seen."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.copas import copas as fit
from metak2.models.pooled import Pooled
from metak2.robustness.copas import copas_studies
from metak2.shown import Shown

GAMMA0 = (-0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
POINTS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopasContour(Shown):
    """The adjusted effect at every pair of `gamma0` `(n,)` and `gamma1` `(m,)`; the other arrays are `(n, m)`.

    A study with standard error s is seen with probability Phi(gamma0 + gamma1 / s). `estimate` and `se` are on the
    analysis scale, NaN where the likelihood did not come to rest; `chance_imprecise` and `chance_precise` are those of
    seeing the least and the most precise study.
    """

    base: Pooled
    k: int
    gamma0: FloatArray
    gamma1: FloatArray
    estimate: FloatArray
    se: FloatArray
    chance_imprecise: FloatArray
    chance_precise: FloatArray
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def copas_contour(
    pooled: Pooled, *, gamma0: tuple[float, ...] = GAMMA0, gamma1: tuple[float, ...] = ()
) -> CopasContour:
    """Copas' model over a grid of gamma0 and gamma1; Copas & Shi (2000), Biostatistics 1:247-262.

    `gamma1` (0 or more) is by default six steps from 0 to twice the smallest standard error: there the most precise
    study is all but certain to be seen. Where lines of equal effect run close together, the answer rests on the
    selection.

    Raises
    ------
    ModelError
        Fewer than four studies, standard errors without difference or without likeness, or a gamma1 below 0.
    """
    seen, notes = copas_studies(pooled)
    error = np.sqrt(seen.vi)
    across = np.array(gamma1) if gamma1 else np.linspace(0.0, 2 * float(error.min()), POINTS)
    along = np.array(gamma0)
    if not along.size or not np.all(np.isfinite(along)) or not np.all(np.isfinite(across) & (across >= 0)):
        raise ModelError(f"gamma0 are numbers and gamma1 numbers of at least 0; got {gamma0} and {gamma1}")
    fits = [[fit(seen.yi, error, (float(g0), float(g1))) for g1 in across] for g0 in along]
    rest = np.array([[one.converged for one in row] for row in fits])
    estimate, spread = (
        np.where(rest, np.array([[getattr(one, name) for one in row] for row in fits]), np.nan)
        for name in ("mean", "se")
    )
    lost = not all(one.sound for row in fits for one in row)
    least, most = (ndtr(along[:, None] + across / end) for end in (error.max(), error.min()))
    return CopasContour(
        base=pooled,
        k=seen.k,
        gamma0=along,
        gamma1=across,
        estimate=estimate,
        se=spread,
        chance_imprecise=least,
        chance_precise=most,
        notes=(*notes, Note(code="COPAS_NOT_CONVERGED")) if lost else notes,
    )

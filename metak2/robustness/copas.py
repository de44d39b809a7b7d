"""Copas' sensitivity analysis: the pooled effect as imprecise studies become less likely to be seen."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.copas import copas as fit
from metak2.kernels.copas import gammas, residual_gain
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_interval
from metak2.models.pooled import Pooled
from metak2.robustness.seen_studies import Seen, few_studies, seen_studies
from metak2.shown import Shown

CHANCES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
FURTHEST = 1e4
"""The factor between standard errors beyond which the likelihood is a ridge that no search can follow."""
UNSELECTED = (10.0, 0.0)
"""g0 and g1 under which every study is seen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopasRows:
    """Copas' model under growing selection, on the analysis scale; arrays `(rows,)`.

    `residual_pval` tests whether small studies still differ from large ones after the selection of the row (likelihood
    ratio, 1 degree of freedom); `unseen` is the expected number of studies that were not seen. `row` numbers the
    mildest selection after which they do not differ (p of 0.1 or more), None where there is none: its estimate is the
    adjusted one.
    """

    base: Pooled
    k: int
    chance_imprecise: FloatArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    tau2: FloatArray
    rho: FloatArray
    unseen: FloatArray
    residual_pval: FloatArray
    row: int | None
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copas(CopasRows, Shown):
    """One row for each chance of seeing the least precise study; the most precise is seen with `chance_precise`."""

    chance_precise: float


def copas_studies(pooled: Pooled) -> tuple[Seen, tuple[Note, ...]]:
    """The studies that Copas' model is fitted to, with its caveats; a ModelError where it cannot be."""
    seen = seen_studies(pooled, least=4, what="Copas' model")
    if np.ptp(seen.vi) <= 1e-12 * seen.vi.max():
        raise ModelError("Copas' model needs studies of differing precision; all have the same standard error")
    factor = float(np.sqrt(seen.vi.max() / seen.vi.min()))
    if factor > FURTHEST:
        raise ModelError(
            f"Copas' model compares studies of some likeness, and their standard errors differ by a factor of "
            f"{factor:.0f}; check the most and the least precise study, or use selection_model() instead"
        )
    return seen, few_studies(seen.k)


def copas(pooled: Pooled, *, chances: tuple[float, ...] = CHANCES, chance_precise: float = 0.99) -> Copas:
    """Copas' selection model for falling `chances` of seeing the least precise study; Copas & Shi (2000).

    `chance_precise` is the chance of seeing the most precise one; with a chance of 1 all studies are seen. The data
    hardly tell which row is true: read the table as a sensitivity analysis.
    """
    seen, cautions = copas_studies(pooled)
    if not chances or any(not 0 < chance <= 1 for chance in chances) or not 0 < chance_precise < 1:
        raise ModelError(f"chances are probabilities above 0, at most 1 (chance_precise below 1); got {chances}")
    error = np.sqrt(seen.vi)
    given = [UNSELECTED if chance == 1 else gammas(error, chance_precise, chance) for chance in chances]
    plain = [fit(seen.yi, error, gamma) for gamma in given]
    gain = [residual_gain(seen.yi, error, gamma, one) for gamma, one in zip(given, plain, strict=True)]
    residual = q_pval(np.array(gain), np.ones(len(gain)))
    estimate, spread = (np.array([getattr(one, name) for one in plain]) for name in ("mean", "se"))
    low, high = normal_interval(estimate, spread, level=pooled.level)
    seen_chance = [ndtr(gamma[0] + gamma[1] / error) for gamma in given]
    notes = [*cautions]
    if not all(one.sound for one in plain):
        notes.append(Note(code="COPAS_NOT_CONVERGED"))
    fine = np.flatnonzero(residual >= 0.1)
    return Copas(
        base=pooled,
        k=seen.k,
        chance_precise=chance_precise,
        chance_imprecise=np.array(chances),
        estimate=estimate,
        se=spread,
        ci_low=low,
        ci_high=high,
        tau2=np.array([one.tau**2 for one in plain]),
        rho=np.array([one.rho for one in plain]),
        unseen=np.array([((1 - chance) / chance).sum() for chance in seen_chance]),
        residual_pval=residual,
        row=int(fine[0]) if fine.size else None,
        notes=tuple(notes),
    )

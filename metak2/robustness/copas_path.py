"""Copas' model along a line of growing selection, until no small-study effect is left."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.copas import CopasFit, nearest, residual_gain
from metak2.kernels.copas import copas as fit
from metak2.kernels.copas_path import passed_levels, path_down, round_levels, slope_across
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_interval
from metak2.models.pooled import Pooled
from metak2.robustness.copas import UNSELECTED, CopasRows, copas_studies
from metak2.shown import Shown

GAMMA0 = (-0.25, 2.0)
REACH = float(ndtri(0.99) - ndtri(0.85))
"""At the largest gamma1 the most precise study is seen in 99 % where the least precise is seen in 85 %."""
GRID = 20
RESIDUAL = 0.1
HIGHER = 1e-4  # in the log-likelihood: more than differences leave open


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopasPath(CopasRows, Shown):
    """Rows from no selection to the strongest.

    A study with standard error s is seen with probability Phi(gamma0 + gamma1 / s); in the first row all are. `slope`
    is that of the path in the square spanned by the two gammas, NaN where the effect is the same everywhere.
    """

    gamma0: FloatArray
    gamma1: FloatArray
    slope: float


def copas_path(pooled: Pooled, *, gamma0: tuple[float, float] = GAMMA0, gamma1: float | None = None) -> CopasPath:
    """Copas' model as metasens sums it up: across the contours of the effect, to the first row without residual bias.

    The effect is estimated over a grid of 20 by 20 values of gamma0 (from, to) and gamma1 (0 to the value given, by
    default as far as the spread of the standard errors asks for) and its contours are replaced by straight lines. The
    path starts at the least selection and runs at right angles to them; the rows are where the effect passes a round
    number for the last time. The summit is followed from the estimate without selection; a note says where another one
    is higher. Carpenter, Schwarzer, Ruecker & Kuenstler (2009), J Clin Epidemiol 62:624-631; Copas & Shi (2001), Stat
    Methods Med Res 10:251-265.

    Raises
    ------
    ModelError
        Fewer than four studies, standard errors without difference or without likeness, or limits out of order.
    """
    seen, cautions = copas_studies(pooled)
    error = np.sqrt(seen.vi)
    across = REACH / float(1 / error.min() - 1 / error.max()) if gamma1 is None else gamma1
    low, high = gamma0
    if not np.all(np.isfinite([low, high, across])) or not low < high or not across > 0:
        raise ModelError(f"gamma0 runs from a lower to a higher number and gamma1 is above 0; got {gamma0}, {gamma1}")
    rows, slope = _rows(seen.yi, error, np.array([[low, high], [0.0, across]]))
    given, fits = [row.gamma for row in rows], [row.fit for row in rows]
    gain = [residual_gain(seen.yi, error, gamma, one) for gamma, one in zip(given, fits, strict=True)]
    residual = q_pval(np.array(gain), np.ones(len(gain)))
    estimate, spread = (np.array([getattr(one, name) for one in fits]) for name in ("mean", "se"))
    ci_low, ci_high = normal_interval(estimate, spread, level=pooled.level)
    fine = np.flatnonzero(residual > RESIDUAL)
    seen_chance = [ndtr(g0 + g1 / error) for g0, g1 in given]
    return CopasPath(
        base=pooled,
        k=seen.k,
        gamma0=np.array([g0 for g0, _ in given]),
        gamma1=np.array([g1 for _, g1 in given]),
        slope=slope,
        chance_imprecise=np.array([1.0, *(chance.min() for chance in seen_chance[1:])]),
        estimate=estimate,
        se=spread,
        ci_low=ci_low,
        ci_high=ci_high,
        tau2=np.array([one.tau**2 for one in fits]),
        rho=np.array([one.rho for one in fits]),
        unseen=np.array([((1 - chance) / chance).sum() for chance in seen_chance]),
        residual_pval=residual,
        row=int(fine[0]) if fine.size else None,
        notes=(*cautions, *_notes(fits, [fit(seen.yi, error, gamma) for gamma in given])),
    )


class _Row(NamedTuple):
    gamma: tuple[float, float]
    fit: CopasFit


def _rows(yi: FloatArray, error: FloatArray, limits: FloatArray) -> tuple[list[_Row], float]:
    """Every row and the slope of the path; `limits` `(2, 2)` are those of gamma0 and gamma1."""
    ends = np.linspace(limits[:, 0], limits[:, 1], GRID)
    plain = nearest(yi, error, UNSELECTED)
    surface = np.array([[nearest(yi, error, (g0, g1), start=plain).mean for g1 in ends[:, 1]] for g0 in ends[:, 0]])
    slope = slope_across(surface)
    rows = [_Row(UNSELECTED, plain)]
    if np.isnan(slope):
        return rows, slope
    line = limits[:, 0] + path_down(slope) * (limits[:, 1] - limits[:, 0])
    fits = [plain]
    for g0, g1 in line.tolist():
        fits.append(nearest(yi, error, (g0, g1), start=fits[-1]))
    fits = fits[1:]
    levels = round_levels(float(surface.min()), float(surface.max()))
    passed = passed_levels(np.array([one.mean for one in fits]), levels)
    for level, step, share in zip(passed.level, passed.step.tolist(), passed.share, strict=True):
        g0, g1 = (line[step] + share * (line[step + 1] - line[step])).tolist()
        there = _Row((g0, g1), nearest(yi, error, (g0, g1), start=fits[step]))
        if abs(there.fit.mean - level) > 0.1 * float(np.diff(levels[:2]).item()):  # a leap to another summit
            there = _Row((float(line[step + 1, 0]), float(line[step + 1, 1])), fits[step + 1])
        if there.gamma != rows[-1].gamma:
            rows.append(there)
    return rows, slope


def _notes(fits: list[CopasFit], highest: list[CopasFit]) -> list[Note]:
    notes = []
    if not all(one.sound for one in fits):
        notes.append(Note(code="COPAS_NOT_CONVERGED"))
    if len(fits) == 1:
        notes.append(Note(code="COPAS_NO_PATH"))
    lower = [
        row for row, (one, top) in enumerate(zip(fits, highest, strict=True))
        if top.log_likelihood > one.log_likelihood + HIGHER
    ]  # fmt: skip
    if lower:
        notes.append(Note(code="COPAS_HIGHER_SUMMIT", values={"rows": tuple(row + 1 for row in lower)}))
    return notes

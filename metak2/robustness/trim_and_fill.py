"""Trim and fill: the pooled effect with mirror images of the studies that an asymmetric funnel seems to lack."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.asymmetry import additive_line
from metak2.kernels.contract import FloatArray
from metak2.kernels.trim_and_fill import Estimator, missing_on_the_left
from metak2.models.pool import build
from metak2.models.pooled import Pooled
from metak2.models.rows import fit_rows, infer
from metak2.robustness.added_effects import with_added
from metak2.robustness.seen_studies import Seen, design_with, few_studies, seen_studies, tau2_beside
from metak2.shown import Shown
from metak2.studies.table import read_only

Side = Literal["left", "right"]
ESTIMATORS: tuple[Estimator, ...] = ("L0", "R0", "Q0")
MUCH_HETEROGENEITY = 50.0
"""I2 in per cent above which trim and fill adds studies where none are missing; Terrin et al. (2003)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrimAndFill(Shown):
    """The observed and the filled analysis; `filled.effects` holds the mirrored studies after the observed ones.

    `k0` studies seem missing on `side`, with the standard error `se_k0` of the unrounded estimate; `pval_k0` tests that
    none is missing (estimator R0 only). `mirrored` names the studies whose images were added.
    """

    base: Pooled
    filled: Pooled
    estimator: Estimator
    side: Side
    k0: int
    se_k0: float
    pval_k0: float | None
    mirrored: tuple[str, ...]
    filled_yi: FloatArray
    filled_vi: FloatArray
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def trim_and_fill(pooled: Pooled, *, estimator: Estimator = "L0", side: Side | None = None) -> TrimAndFill:
    """Trim the most extreme studies until the funnel is symmetric, then fill in their mirror images.

    A sensitivity analysis, never the answer: it assumes that the most extreme results, and only they, are missing.

    Parameters
    ----------
    estimator
        L0, R0 or Q0 of Duval & Tweedie (2000), Biometrics 56:455-463.
    side
        Where studies are missing, "left" or "right". Default: the side away from which small studies lean, by the
        slope of a meta-regression on the standard error.
    """
    if estimator not in ESTIMATORS:
        raise UnknownOptionError("estimator", estimator, ESTIMATORS)
    if side is not None and side not in {"left", "right"}:
        raise UnknownOptionError("side", side, ("left", "right"))
    if pooled.asked.needs == "counts":
        raise ModelError(f"{pooled.asked.label} pools counts, which have no mirror image; pool by CE or REML first")
    seen = seen_studies(pooled, least=3, what="trim and fill")
    missing = side or _asymmetric_side(pooled, seen)
    sign = 1.0 if missing == "left" else -1.0

    def mean(kept: np.ndarray) -> float:
        mi = np.zeros((1, len(pooled.effects)))
        mi[0, seen.columns[kept]] = 1.0
        return sign * float(fit_rows(pooled.effects, pooled.choices, mi).estimate[0])

    found = missing_on_the_left(sign * seen.yi, mean, estimator)
    yi, vi = sign * (2 * found.centre - sign * seen.yi[found.extreme]), seen.vi[found.extreme]
    mirrored = tuple(seen.study[i] for i in found.extreme)
    effects = with_added(pooled, seen, (yi, vi), "mirrored", mirrored)
    notes = [*few_studies(seen.k)]
    if not found.converged:
        notes.append(Note(code="TRIM_NOT_CONVERGED"))
    if pooled.I2 > MUCH_HETEROGENEITY:
        notes.append(Note(code="TRIM_HETEROGENEOUS", values={"I2": pooled.I2}))
    return TrimAndFill(
        base=pooled,
        filled=build(effects, pooled.choices, infer(effects, pooled.choices, effects.mi[None, :])),
        estimator=estimator,
        side=missing,
        k0=found.k0,
        se_k0=found.se,
        pval_k0=found.pval if estimator == "R0" else None,
        mirrored=mirrored,
        filled_yi=read_only(yi),
        filled_vi=read_only(vi),
        notes=tuple(notes),
    )


def _asymmetric_side(pooled: Pooled, seen: Seen) -> Side:
    design = np.column_stack([design_with(pooled, seen, None), np.sqrt(seen.vi)])
    if np.ptp(seen.vi) == 0:
        return "left"
    line = additive_line(seen.yi, seen.vi, design, tau2_beside(pooled, seen, design), scaled=False, least=0.0)
    return "right" if line.beta[-1] < 0 else "left"

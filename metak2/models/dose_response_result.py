"""What a dose–response fit found, and the curve that it gives within the doses observed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.dose_response import restricted_cubic
from metak2.models.dose_data import DoseData
from metak2.shown import Drawn

Covariance = Literal["greenland-longnecker", "hamling", "independent"]
Method = Literal["REML", "ML", "CE"]
Stages = Literal["one", "two"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyTrend:
    """The curve of one study alone: coefficients `(p,)` and their covariance; NaN where it has too few doses."""

    study: str
    beta: FloatArray
    vcov: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """Log relative risks at `dose` against `reference`, with their limits; every array is `(doses,)`."""

    dose: FloatArray
    reference: float
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseResponse(Drawn):
    """A dose–response curve on the log scale, through 0 at any reference.

    Attributes
    ----------
    knots
        Of the spline; empty for a straight line.
    beta, vcov
        Coefficients of dose and of the spline's further terms `(p,)`, and their covariance.
    psi
        Covariance of the coefficients between studies `(p, p)`; None for a common effect or one study.
    study
        The studies used; `left_out` have fewer doses than two stages need.
    trends
        Each study's own curve.
    overall, nonlinear
        p values of the Wald tests that no coefficient, and none but the first, differs from 0; the second is NaN for a
        straight line.
    """

    data: DoseData
    knots: FloatArray
    covariance: Covariance
    method: Method
    stages: Stages
    level: float
    k: int
    beta: FloatArray
    vcov: FloatArray
    psi: FloatArray | None
    log_likelihood: float
    study: tuple[str, ...]
    left_out: tuple[str, ...]
    trends: tuple[StudyTrend, ...]
    overall: float
    nonlinear: float
    notes: tuple[Note, ...]

    def predict(self, dose: ArrayLike, *, reference: float | None = None) -> Predicted:
        """Log relative risks at these doses against `reference`, by default the lowest dose; never beyond the data.

        ModelError for a dose outside those that the studies observed: a curve says nothing there.
        """
        wanted = np.atleast_1d(np.asarray(dose, dtype=np.float64))
        low, high = self.range
        start = low if reference is None else float(reference)
        outside = [one for one in (*wanted.tolist(), start) if not low <= one <= high]
        if outside:
            raise ModelError(
                f"dose {outside[0]:g} lies outside those observed ({low:g} to {high:g} {self.data.unit}".rstrip()
                + "): the curve is never extrapolated"
            )
        contrast = basis(wanted, self.knots) - basis(np.array([start]), self.knots)
        estimate = contrast @ self.beta
        se = np.sqrt(np.einsum("di,ij,dj->d", contrast, self.vcov, contrast))
        half = -float(ndtri((1 - self.level) / 2)) * se
        return Predicted(
            dose=wanted, reference=start, estimate=estimate, se=se, ci_low=estimate - half, ci_high=estimate + half
        )

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest dose of the studies used."""
        used = np.array([study in self.study for study in self.data.study])
        return float(self.data.dose[used].min()), float(self.data.dose[used].max())


def basis(dose: FloatArray, knots: FloatArray) -> FloatArray:
    """The dose alone, or with the terms of the spline: `(doses, p)`."""
    return restricted_cubic(dose, knots) if knots.size else dose[:, None]

"""The likelihood of tau² as a curve, with the interval that a cut through it makes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from metak2.effects.measures import Measure
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.likelihood import highest_summit
from metak2.kernels.profile_likelihood import profile, profile_interval
from metak2.kernels.rows import blocks
from metak2.models.pooled import Pooled
from metak2.shown import show_svg
from metak2.studies.table import read_only

POINTS = 201
BEYOND = 1.35  # how far past the upper limit the curve is drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tau2Profile:
    """The (restricted) log-likelihood along tau², and the pooled effect at each, `(points,)`.

    `summit` is the tau² of the highest value `highest`; `cut` lies half a chi-squared quantile below it and meets the
    curve at `low` and `high` (Hardy & Thompson 1996; restricted: Viechtbauer 2007).
    """

    base: Pooled
    restricted: bool
    tau2: FloatArray
    log_likelihood: FloatArray
    estimate: FloatArray
    summit: float
    highest: float
    cut: float
    low: float
    high: float

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    def _repr_svg_(self) -> str:
        return show_svg(self)


def profile_tau2(pooled: Pooled, *, tau2: ArrayLike | None = None) -> Tau2Profile:
    """The profile of tau²: of the likelihood for method ML, of the restricted likelihood for every other.

    `tau2` are the points; left out, they reach from 0 to well beyond the upper limit.

    Raises
    ------
    ModelError
        A common-effect method, fewer than two studies, or negative points.
    """
    if pooled.tau2 is None or pooled.asked.needs == "counts":
        raise ModelError(f"{pooled.method.label} has no τ²; pool by REML or ML for its profile")
    kept = pooled.effects.mi > 0
    if kept.sum() < 2:
        raise ModelError("the likelihood of τ² needs at least two pooled studies")
    restricted = pooled.choices.method.name != "ML"
    yi, vi = pooled.effects.yi[kept][None], pooled.effects.vi[kept][None]
    mi = np.ones_like(yi)
    low, high, _ = profile_interval(yi, vi, mi, level=pooled.level, restricted=restricted)
    (_, rows), *_ = blocks(yi, vi, mi)
    summit = float(highest_summit(rows, restricted=restricted)[0][0] * rows.unit[0])
    points = _points(summit, float(high[0]), pooled.tau2) if tau2 is None else np.asarray(tau2, dtype=np.float64)
    if (points < 0).any():
        raise ModelError("τ² is a variance: its points cannot be negative")
    heights, means = profile(yi, vi, mi, np.append(points, summit), restricted=restricted)
    highest = float(heights[0, -1])
    return Tau2Profile(
        base=pooled,
        restricted=restricted,
        tau2=read_only(points),
        log_likelihood=read_only(heights[0, :-1].copy()),
        estimate=read_only(means[0, :-1].copy()),
        summit=summit,
        highest=highest,
        cut=highest - float(chdtri(1, 1 - pooled.level)) / 2,
        low=float(low[0]),
        high=float(high[0]),
    )


def _points(summit: float, high: float, tau2: float) -> FloatArray:
    end = BEYOND * max(high if np.isfinite(high) else 4 * summit, tau2, 1e-12)
    return np.linspace(0.0, end, POINTS)

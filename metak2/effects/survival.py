"""What printed Kaplan–Meier percentages say of median and mean time without the event, and no more than they say."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.curves import Curves, curves_of
from metak2.errors import ModelError, StudyDataError
from metak2.kernels.contract import FloatArray
from metak2.studies.table import StudyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Months between which a quantity must lie; `high` is infinite where the percentages end before it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalSummary:
    """Median and restricted mean time free of the event of both arms of one study, in months.

    `horizon` is the last time that both arms print. The bounds hold for every curve that passes through the printed
    percentages, with their rounding (`rounding`, percentage points either way): nothing is assumed between them. The
    difference is experimental minus control; `interpolated` is that of straight lines between the printed times. There
    is no standard error: percentages do not give one.
    """

    study: str
    horizon: float
    rounding: float
    median_e: Bounds
    median_c: Bounds
    mean_e: Bounds
    mean_c: Bounds
    difference: Bounds
    interpolated: float


def survival_summaries(studies: StudyTable) -> tuple[SurvivalSummary, ...]:
    """One summary for each study of a table of percentages (rows by study and time), whichever way they count.

    Royston & Parmar 2013, BMC Med Res Methodol 13:152, for the restricted mean.

    Raises
    ------
    ModelError
        The table is not one of percentages.
    StudyDataError
        Percentages that turn back, an arm without them, times that cannot be read: all of them, with their cells.
    """
    if studies.kind != "percentages":
        raise ModelError(f"survival summaries need a table of percentages; this one holds {studies.kind}")
    curves, problems = curves_of(studies)
    if problems:
        raise StudyDataError(problems, source=studies.source)
    return tuple(_summary(one, _half_unit(studies, one)) for one in curves)


def _half_unit(studies: StudyTable, curves: Curves) -> float:
    """Half of the last decimal that the study prints, in percentage points."""
    printed = [studies.numbers(f"percent_{arm}")[row] for arm in "ec" for row in curves.rows]
    decimals = max(len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in printed)
    return 0.5 * 10.0**-decimals


def _summary(curves: Curves, rounding: float) -> SurvivalSummary:
    means, medians, middles = {}, {}, {}
    for arm, free in (("e", curves.free_e), ("c", curves.free_c)):
        least, most = (_monotone(np.clip(free + sign * rounding / 100, 0, 1)) for sign in (-1, 1))
        means[arm] = Bounds(low=_steps(curves.times, least, late=False), high=_steps(curves.times, most, late=True))
        medians[arm] = _median(curves.times, least, most)
        middles[arm] = _straight(curves.times, free)
    return SurvivalSummary(
        study=curves.study,
        horizon=float(curves.times[-1]),
        rounding=rounding,
        median_e=medians["e"],
        median_c=medians["c"],
        mean_e=means["e"],
        mean_c=means["c"],
        difference=Bounds(low=means["e"].low - means["c"].high, high=means["e"].high - means["c"].low),
        interpolated=middles["e"] - middles["c"],
    )


def _monotone(free: FloatArray) -> FloatArray:
    return np.asarray(np.minimum.accumulate(free))


def _steps(times: FloatArray, free: FloatArray, *, late: bool) -> float:
    """The area under the curve that falls as late, or as early, as the printed values allow."""
    widths = np.diff(times, prepend=0.0)
    height = np.concatenate([[1.0], free[:-1]]) if late else free
    return float(height @ widths)


def _straight(times: FloatArray, free: FloatArray) -> float:
    at, height = np.concatenate([[0.0], times]), np.concatenate([[1.0], free])
    return float(np.trapezoid(height, at))


def _median(times: FloatArray, least: FloatArray, most: FloatArray) -> Bounds:
    """Between the last time that is surely above one half and the first that is surely at or below."""
    above = times[least > 0.5]
    below = times[most <= 0.5]
    return Bounds(
        low=float(above.max()) if above.size else 0.0, high=float(below.min()) if below.size else float("inf")
    )

"""Means and SDs in the place of medians with quartiles or a range."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metak2.effects.conversions import record
from metak2.effects.derived.medians import FromMedians, five_numbers, means_from_medians
from metak2.errors import CellProblem, ModelError
from metak2.kernels.contract import FloatArray
from metak2.studies.checks.means import skewed_numbers
from metak2.studies.table import Column, Conversion, StudyTable

NUMBERS = ("minimum", "q1", "median", "q3", "maximum")
LIMITS = {"IQR": ("q1", "q3"), "range": ("minimum", "maximum")}
"""What the limits of a dispersion are, by its type."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arm:
    """One arm of every row: its five numbers, (k,) each, which rows can be converted, and to what."""

    numbers: dict[str, FloatArray]
    n: FloatArray
    rows: NDArray[np.bool_]
    found: FromMedians


def means_of_medians(
    studies: StudyTable,
    *,
    mean: str = "luo",
    sd: str = "wan or shi",
    distribution: Literal["normal", "lognormal"] = "normal",
    even_if_skewed: bool = False,
) -> StudyTable:
    """The table with a mean and an SD in every arm that gives a median with quartiles, a range or both.

    A median stands in `median_e`, or in `mean_e` where `statistic` says "median"; quartiles in `q1_e` and `q3_e`, the
    range in `minimum_e` and `maximum_e`, or either in `dispersion_low_e` and `dispersion_high_e` with the
    `dispersion_type_e` "IQR" or "range"; likewise for c. Arms that give a mean stay as they are. Where the five
    numbers are too skewed (Shi et al. 2023, 5 per cent) the arm keeps its median, is not pooled, and a warning
    (MK-M12) says so.

    Parameters
    ----------
    mean, sd, distribution, even_if_skewed
        As in `means_from_medians`: Luo (2018) and Wan (2014) or Shi (2020) unless another method is named.

    Raises
    ------
    ModelError
        The table holds no means, or no median with quartiles or a range.
    """
    if studies.kind != "means":
        raise ModelError(f"a median stands in a table of means; this one holds {studies.kind}")
    arms = {}
    for side in "ec":
        numbers, n = _five_numbers(studies, side), studies.numbers(f"n_{side}")
        found = means_from_medians(
            five_numbers(
                numbers["median"],
                n,
                quartiles=(numbers["q1"], numbers["q3"]),
                limits=(numbers["minimum"], numbers["maximum"]),
            ),
            mean=mean, sd=sd, distribution=distribution, even_if_skewed=even_if_skewed,
        )  # fmt: skip
        arms[side] = _Arm(numbers=numbers, n=n, rows=_enough(numbers, n), found=found)
    if not any(arm.rows.any() for arm in arms.values()):
        raise ModelError("no arm gives a median with both quartiles or with both limits of its range, and n")
    columns: dict[str, Column] = {}
    for side, arm in arms.items():
        columns |= _converted(studies, side, arm)
    left = [_left(arm) for arm in arms.values()]
    columns["statistic"] = np.where(
        np.any([arm.rows for arm in arms.values()], axis=0) & ~np.any(left, axis=0),
        "mean",
        np.array(studies.words("statistic"), dtype=object),
    )
    steps = [
        tuple(step for arm in arms.values() for step in _steps(arm, row, f"{mean}, {sd}", distribution))
        for row in range(len(studies))
    ]
    read = studies.beside(studies, {f"mean_{side}": f"median_{side}" for side in "ec"})
    table = read.converted(columns, steps)
    skewed = [problem for side, arm in arms.items() for problem in _skewed(studies, side, arm)]
    return replace(table, problems=(*table.problems, *skewed))


def _five_numbers(studies: StudyTable, side: str) -> dict[str, FloatArray]:
    """The numbers by name, from their own columns or from a mean and limits that are called something else."""
    numbers = {name: studies.numbers(f"{name}_{side}").copy() for name in NUMBERS}
    called_median = np.array(studies.words("statistic"), dtype=object) == "median"
    take = called_median & np.isnan(numbers["median"])
    numbers["median"][take] = studies.numbers(f"mean_{side}")[take]
    kinds = np.array(studies.words(f"dispersion_type_{side}"), dtype=object)
    for kind, names in LIMITS.items():
        for name, end in zip(names, ("low", "high"), strict=True):
            take = (kinds == kind) & np.isnan(numbers[name]) & np.isfinite(numbers["median"])
            numbers[name][take] = studies.numbers(f"dispersion_{end}_{side}")[take]
    return numbers


def _enough(numbers: dict[str, FloatArray], n: FloatArray) -> NDArray[np.bool_]:
    spread = np.isfinite(numbers["q1"] + numbers["q3"]) | np.isfinite(numbers["minimum"] + numbers["maximum"])
    return np.asarray(np.isfinite(numbers["median"]) & spread & np.isfinite(n))


def _converted(studies: StudyTable, side: str, arm: _Arm) -> dict[str, Column]:
    """Mean, SD and the kind of dispersion of the arm, those of the table where there is nothing to convert."""
    known = arm.rows & np.isfinite(arm.found.mean) & np.isfinite(arm.found.sd)
    return {
        f"mean_{side}": np.where(known, arm.found.mean, studies.numbers(f"mean_{side}")),
        f"sd_{side}": np.where(known, arm.found.sd, studies.numbers(f"sd_{side}")),
        f"dispersion_type_{side}": np.where(
            known, "SD", np.array(studies.words(f"dispersion_type_{side}"), dtype=object)
        ),
    }


def _left(arm: _Arm) -> NDArray[np.bool_]:
    """Arms that are still medians."""
    a_median = np.isfinite(arm.numbers["median"])
    return np.asarray(a_median & ~(arm.rows & np.isfinite(arm.found.mean)))


def _steps(arm: _Arm, row: int, methods: str, distribution: str) -> tuple[Conversion, ...]:
    if not (arm.rows[row] and np.isfinite(arm.found.mean[row])):
        return ()
    inputs = {name: float(values[row]) for name, values in arm.numbers.items() if np.isfinite(values[row])}
    return (
        record(
            "mean and SD from median",
            {**inputs, "n": float(arm.n[row])},
            {"mean": float(arm.found.mean[row]), "SD": float(arm.found.sd[row])},
            f"a {distribution} distribution; methods: {methods}",
        ),
    )


def _skewed(studies: StudyTable, side: str, arm: _Arm) -> list[CellProblem]:
    column = f"median_{side}" if f"median_{side}" in studies.columns else f"mean_{side}"
    cells = studies.cells.get(column, ("",) * len(studies))
    return [
        skewed_numbers(
            (cells[row], column, f"{arm.numbers['median'][row]:g}"),
            studies.study[row],
            float(arm.found.statistic[row]),
            float(arm.found.critical[row]),
        )
        for row in np.flatnonzero(arm.rows & ~np.isfinite(arm.found.mean))
    ]

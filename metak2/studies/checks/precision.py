"""MK-E19 to E22: a standard error that looks like a variance or a standard deviation. Each is a question."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap

from metak2.errors import CellProblem
from metak2.studies.checks.across import FLOOR, OUTLYING, centre_of_others
from metak2.studies.checks.effects import RATIOS
from metak2.studies.checks.printed import NORMAL, chi2_tail, half_units
from metak2.studies.rows import Row, Side, plain

BESIDE_ROUNDING = (
    0.15  # of the standard error: limits from bootstrap, profile or a t of fewer than 8 degrees of freedom
)
WIDEST_T = 2.306 / 1.96  # limits made with Student's t of 8 degrees of freedom
TOO_ALIKE = 1e-3  # chance of a Q this small; a question in one of a thousand honest meta-analyses
BELOW = 0.6  # of the smallest possible error: covariates explain variance, and n may be that of one arm
LEAST = {"OR": 4.0, "HR": 2.0, "SMD": 2.0, "ZCOR": 1.0}  # times 1/√n: half the people in each arm, every one an event
PEOPLE = (("n",), ("ni",), ("n_total",), ("n_e", "n_c"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """The standard error of one study in its cell, its effect on the same scale, and its people (NaN: not known)."""

    cell: str
    column: str
    raw: str
    estimate: float
    se: float
    n: float


def people(row: Row) -> float:
    """The people in a row of effects, NaN where no column tells."""
    for columns in PEOPLE:
        found = [row[column].value for column in columns if column in row]
        numbers = [value for value in found if isinstance(value, float) and value > 0]
        if len(numbers) == len(columns):
            return math.fsum(numbers)
    return math.nan


def error_not_of_interval(side: Side) -> Iterator[CellProblem]:
    """MK-E19: a standard error or variance that is not that of the confidence interval beside it."""
    role = "se" if side.has("se") else "vi"
    given, half = side.number(role), _half(side, role)
    width = _error_of_interval(side)
    if width is None or not given > 0:
        return
    stated = "standard error" if role == "se" else "variance"
    readings = {
        "standard error": (1, given),
        "variance": (2, math.sqrt(given)),
        "standard deviation": (1, given / math.sqrt(people(side.row))),
        "standard error of the ratio itself, not of its logarithm": (1, given / side.number("estimate")),
    }
    if side.word("measure").upper() not in RATIOS or role == "vi":
        del readings["standard error of the ratio itself, not of its logarithm"]
    fitting = [
        name
        for name, (power, error) in readings.items()
        if width[0] <= error * (1 + half / given / power) and error * (1 - half / given / power) <= width[1]
    ]
    if stated in fitting:
        return
    middle = math.sqrt(width[0] * width[1])
    asked = f": is it a {fitting[0]}?" if fitting else ": is it another quantity, or of another analysis?"
    yield side.problem(
        "MK-E19",
        role,
        f"{plain(given)} is called a {stated}, but the interval beside it has a standard error of about "
        f"{middle:.3g}{asked}",
        severity="warning",
        suggestion="look up which of them the paper prints; leave the cell blank to have the interval used",
    )


def error_below_possible(side: Side) -> Iterator[CellProblem]:
    """MK-E20: a standard error smaller than a study of so many people can have, which would fit as a variance."""
    given, size = side.number("se"), people(side.row)
    factor = LEAST.get(side.word("measure").upper(), math.nan)
    least = factor / math.sqrt(size) if size > 0 else math.nan
    if given > 0 and given < BELOW * least and math.sqrt(given) >= BELOW * least:
        yield side.problem(
            "MK-E20",
            "se",
            f"{plain(given)} is called a standard error, but {plain(size)} people give at least about {least:.2g}; as "
            f"a variance it would be a standard error of {math.sqrt(given):.3g}: is it a variance?",
            severity="warning",
            suggestion="look up which of them the paper prints; a variance belongs in the column vi",
        )


def errors_too_large(precisions: Sequence[Precision]) -> list[CellProblem]:
    """MK-E21: effects that agree far better than their standard errors allow, as if these were standard deviations."""
    if len(precisions) < 5:
        return []
    weights = [1 / one.se**2 for one in precisions]
    pairs = list(zip(weights, (one.estimate for one in precisions), strict=True))
    centre = math.fsum(starmap(float.__mul__, pairs)) / math.fsum(weights)
    q, df = math.fsum(w * (y - centre) ** 2 for w, y in pairs), len(precisions) - 1
    if df > 100 or 1 - chi2_tail(q, df) >= TOO_ALIKE:
        return []
    first = precisions[0]
    return [
        CellProblem(
            code="MK-E21",
            severity="warning",
            message=f"{len(precisions)} effects differ far less than their standard errors let them (Q {q:.3g} on {df} "
            "degrees of freedom): are these standard deviations, or do the rows share patients?",
            cell=first.cell,
            column=first.column,
            raw=first.raw,
            suggestion="look up what the papers print; a standard error is the SD divided by √n",
        )
    ]


def error_among_others(precisions: Sequence[Precision]) -> list[CellProblem]:
    """MK-E22: a standard error out of line with the others for its people, which would fit as an SD or a variance.

    Leave-one-out robust z of log(SE √n), spread at least 0.15, beyond 3.5; read otherwise, it must halve.
    """
    if len(precisions) < 4 or not all(one.n > 0 for one in precisions):
        return []
    logs = [math.log(one.se) + 0.5 * math.log(one.n) for one in precisions]
    problems = []
    for one, own, (middle, scale) in zip(precisions, logs, centre_of_others(logs), strict=True):
        readings = {"standard deviation": own - 0.5 * math.log(one.n), "variance": own - 0.5 * math.log(one.se)}
        distance = {name: abs(log - middle) for name, log in readings.items()}
        name = min(distance, key=lambda reading: distance[reading])
        away = abs(own - middle)
        if away > -OUTLYING * max(scale, FLOOR) and distance[name] <= away / 2:
            expected = math.e**middle / math.sqrt(one.n)
            problems.append(
                CellProblem(
                    code="MK-E22",
                    severity="warning",
                    message=f"{one.raw} is called a standard error, but by those of the other {len(precisions) - 1} "
                    f"studies one of {plain(one.n)} people has about {expected:.3g}: is it a {name}?",
                    cell=one.cell,
                    column=one.column,
                    raw=one.raw,
                    suggestion="look up which of them the paper prints",
                )
            )
    return problems


def precision_of(side: Side) -> Precision | None:
    """The standard error of a row that states one, with its effect on the same scale."""
    entry, estimate, se = side.entry("se"), side.number("estimate"), side.number("se")
    ratio = side.word("measure").upper() in RATIOS
    if entry is None or not se > 0 or not math.isfinite(estimate) or (ratio and estimate <= 0):
        return None
    return Precision(
        cell=entry.cell,
        column=side.columns["se"],
        raw=entry.raw,
        estimate=math.log(estimate) if ratio else estimate,
        se=se,
        n=people(side.row),
    )


def _half(side: Side, role: str) -> float:
    entry = side.entry(role)
    return half_units([entry])[0] if entry is not None else 0.0


def _error_of_interval(side: Side) -> tuple[float, float] | None:
    """The smallest and largest standard error that the limits may stand for, on the analysis scale."""
    entries = [side.entry(role) for role in ("ci_low", "ci_high")]
    ends = [entry for entry in entries if entry is not None and isinstance(entry.value, float) and not entry.is_blank]
    if len(ends) < 2:
        return None
    halves, (low, high) = half_units(ends), (float(entry.value) for entry in ends)
    ratio = side.word("measure").upper() in RATIOS
    level = side.number("level")
    level = 0.95 if math.isnan(level) else level / 100 if level > 1 else level
    if not low < high or not 0.5 <= level < 1 or (ratio and low - halves[0] <= 0):
        return None
    scale = math.log if ratio else float
    critical = 2 * NORMAL.inv_cdf(0.5 + level / 2)
    narrow = max(scale(high - halves[1]) - scale(low + halves[0]), (scale(high) - scale(low)) / 4)
    wide = scale(high + halves[1]) - scale(low - halves[0])
    return narrow / critical / WIDEST_T / (1 + BESIDE_ROUNDING), wide / critical * (1 + BESIDE_ROUNDING)

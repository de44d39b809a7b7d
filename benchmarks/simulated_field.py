"""Simulated fields of trials: honest ones, from people up, and made-up ones, as invented tables look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from metak2.studies.grid import Grid
from metak2.studies.sheet import NOTHING_BUT_VALUES, Book, CellValue, Scalar, column_letter, raw_text
from metak2.studies.understand import book_from_grids

Generator = np.random.Generator
Row = dict[str, Scalar]
ARMS = ("K2", "placebo")
MEASURED = (
    ("age", 64, 7, 1),
    ("height", 158, 6, 1),
    ("BMI", 25, 4, 1),
    ("pressure", 121, 15, 0),
    ("BMD", 0.81, 0.13, 2),
    ("calcium", 9.4, 0.5, 2),
    ("calcidiol", 22, 7, 1),
    ("albumin", 4.4, 0.3, 2),
)
"""Baseline variables with mean, SD and the decimals of the mean."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The rows that a reviewer would extract from one trial's paper, by sheet; `made_up` is how it was made up."""

    name: str
    made_up: str = ""
    rows: Mapping[str, list[Row]] = field(default_factory=dict)


def honest(name: str, rng: Generator, *, correlation: float = 0.3, effect: float | None = None) -> Trial:
    """Whole-number scores, a skewed measurement, a share and a baseline table, computed from people and rounded."""
    n = rng.integers(20, 151, 2)
    true = float(rng.normal(0.3, 0.2)) if effect is None else effect
    digits = int(rng.integers(1, 3))
    scores = [np.clip(np.round(rng.normal(20 + 6 * true * (arm == 0), 6, n[arm])), 0, 60) for arm in (0, 1)]
    skewed = [rng.lognormal(1.0 + 0.1 * (arm == 0), 0.5, n[arm]) for arm in (0, 1)]
    rows: dict[str, list[Row]] = {"continuous": [], "effects": [], "side effects": []}
    for outcome, data, items, shown in (("score", scores, 1, digits), ("marker", skewed, None, 2)):
        rows["continuous"] += _arms(name, outcome, [_summary(one, shown) for one in data], items)
        rows["effects"].append(_effect(name, outcome, data, printed_interval=bool(rng.random() < 0.5)))
    share = rng.uniform(0.1, 0.6)
    for arm, people in zip(ARMS, n, strict=True):
        percent = round(100 * int(rng.binomial(people, share)) / int(people), 1)
        rows["side effects"].append(
            {"study": name, "outcome": "side effect", "arm": arm, "n": people, "percent": percent}
        )
    rows["baseline"] = _baseline(name, n, rng, correlation)
    rows["studies"] = [_study(name, int(n.sum()), rate=float(rng.lognormal(np.log(0.92), 1.386)), rng=rng)]
    return Trial(name=name, rows=rows)


def invented(name: str, rng: Generator) -> Trial:
    """Numbers typed as they come: means, SDs, percentages, p and limits without people, baselines nearly alike."""
    trial = honest(name, rng)
    for row in trial.rows["continuous"]:
        row["mean"], row["dispersion"] = round(rng.uniform(5, 30), 2), round(rng.uniform(2, 9), 2)
    by_outcome = {row["outcome"]: row for row in trial.rows["effects"]}
    for outcome, row in by_outcome.items():
        means = [float(str(arm["mean"])) for arm in trial.rows["continuous"] if arm["outcome"] == outcome]
        row["estimate"] = round(means[0] - means[1], 2)
        if row["ci_low"] is None:
            row["p"] = round(rng.uniform(0.01, 0.049), 3)
        else:
            half = abs(float(str(row["estimate"]))) * rng.uniform(0.4, 0.95)
            row["ci_low"], row["ci_high"] = (round(float(str(row["estimate"])) + sign * half, 2) for sign in (-1, 1))
    for row in trial.rows["side effects"]:
        row["percent"] = round(rng.uniform(5, 60), 1)
    arms = [row for row in trial.rows["baseline"] if row["mean"] is not None]
    for (*_, digits), first, second in zip(MEASURED, arms[::2], arms[1::2], strict=True):
        second["mean"] = round(float(str(first["mean"])) + rng.normal(0, 0.02) * float(str(first["sd"])), digits)
    return Trial(name=name, made_up="invented", rows=trial.rows)


def copied(name: str, rng: Generator, source: Trial) -> Trial:
    """The results of another trial under other numbers of people; the rest is its own."""
    trial = honest(name, rng)
    for row, other in zip(trial.rows["continuous"], source.rows["continuous"], strict=True):
        row["mean"], row["dispersion"] = other["mean"], other["dispersion"]
    return Trial(name=name, made_up="copied", rows=trial.rows | {"effects": []})


def exaggerated(name: str, rng: Generator) -> Trial:
    """People made up one by one, consistent in every sum: an effect of six SDs, and nobody took long to find."""
    trial = honest(name, rng, effect=6.0)
    people = int(str(trial.rows["studies"][0]["n_randomised"]))
    studies = [_study(name, people, rate=float(rng.uniform(60, 150)), rng=rng)]
    return Trial(name=name, made_up="exaggerated", rows=trial.rows | {"studies": studies})


def field_of(trials: int, share: float, rng: Generator) -> list[Trial]:
    """A field in which this share was made up, each way in turn."""
    made_up = round(trials * share)
    found = [honest(f"Trial {at:03d}", rng) for at in range(trials - made_up)]
    ways: tuple[Callable[[str], Trial], ...] = (
        lambda name: invented(name, rng),
        lambda name: copied(name, rng, found[int(rng.integers(trials - made_up))]),
        lambda name: exaggerated(name, rng),
    )
    return [*found, *(ways[at % 3](f"Made up {at:03d}") for at in range(made_up))]


def book_of(trials: list[Trial]) -> Book:
    """The trials as one workbook, in memory."""
    sheets: dict[str, list[Row]] = {}
    for trial in trials:
        for sheet, rows in trial.rows.items():
            sheets.setdefault(sheet, []).extend(rows)
    grids = [_grid(sheet, rows) for sheet, rows in sheets.items()]
    return book_from_grids("simulated field", grids, written_as="data frame", unseen=NOTHING_BUT_VALUES)


def _grid(sheet: str, rows: list[Row]) -> Grid:
    """The rows under a header of their columns, with the addresses that they would have in Excel."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    cells = [
        tuple(
            CellValue(value=value, address=f"{sheet}!{column_letter(at)}{number}", raw=raw_text(value))
            for at, value in enumerate(line)
        )
        for number, line in enumerate(lines, start=1)
    ]
    return Grid(source="simulated field", title=sheet, rows=tuple(enumerate(cells, start=1)))


def _arms(name: str, outcome: str, summaries: list[tuple[int, float, float]], items: int | None) -> list[Row]:
    return [
        {"study": name, "outcome": outcome, "time": "12 months", "arm": arm, "n": n, "mean": mean, "dispersion": sd,
         "dispersion_type": "SD", "scale_items": items}
        for arm, (n, mean, sd) in zip(ARMS, summaries, strict=True)
    ]  # fmt: skip


def _summary(data: np.ndarray, digits: int) -> tuple[int, float, float]:
    return data.size, round(float(data.mean()), digits), round(float(data.std(ddof=1)), digits)


def _effect(name: str, outcome: str, data: list[np.ndarray], *, printed_interval: bool) -> Row:
    """The difference with either its interval or its p, both from Student's t test."""
    test = stats.ttest_ind(*data)
    low, high = test.confidence_interval()
    estimate = float(data[0].mean() - data[1].mean())
    row: Row = {"study": name, "outcome": outcome, "time": "12 months", "experimental": ARMS[0], "control": ARMS[1],
                "measure": "MD", "estimate": round(estimate, 2), "ci_low": None, "ci_high": None,
                "p": None}  # fmt: skip
    if printed_interval:
        return row | {"ci_low": round(float(low), 2), "ci_high": round(float(high), 2)}
    return row | {"p": max(round(float(test.pvalue), 3), 0.001)}


def _baseline(name: str, n: np.ndarray, rng: Generator, correlation: float) -> list[Row]:
    """Eight measurements that correlate, and two features; people allocated at random."""
    covariance = np.full((8, 8), correlation) + (1 - correlation) * np.eye(8)
    people = [rng.multivariate_normal(np.zeros(8), covariance, int(one)) for one in n]
    rows: list[Row] = []
    for at, (variable, mean, sd, digits) in enumerate(MEASURED):
        for arm, data in zip(ARMS, people, strict=True):
            size, centre, spread = _summary(mean + sd * data[:, at], digits)
            rows.append({"study": name, "variable": variable, "arm": arm, "n": size, "mean": centre, "sd": spread,
                         "events": None})  # fmt: skip
    for variable in ("women", "fracture before"):
        share = rng.uniform(0.2, 0.8)
        for arm, one in zip(ARMS, n, strict=True):
            rows.append({"study": name, "variable": variable, "arm": arm, "n": int(one), "mean": None, "sd": None,
                         "events": int(rng.binomial(one, share))})  # fmt: skip
    return rows


def _study(name: str, people: int, *, rate: float, rng: Generator) -> Row:
    centres = int(rng.integers(1, 11))
    months = max(round(people / (rate * centres), 1), 0.1)
    return {
        "study": name,
        "randomised": "yes",
        "n_randomised": people,
        "recruitment_months": months,
        "centres": centres,
    }

"""What a sheet of means leaves open: trials kept apart, differences without an interval, unnamed ±, cells to fill."""

import os
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

import numpy as np

from metak2.display.numbers import fixed, p_value, significant
from metak2.effects.dispersion_readings import dispersion_read_as, people_behind
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT
from metak2.models.pooled import Pooled
from metak2.report.blocks import Table
from metak2.report.questions import SAME, Question
from metak2.studies.read import read_sheet
from metak2.studies.sheet import text_of
from metak2.studies.table import StudyTable


def kept_apart(asked: Sequence[Question], *, outcome: str) -> Table:
    """Pair by pair, what keeps trials with a mean and a ± in both arms out of any pool, for outcomes named so."""
    trials = _with_numbers(asked, outcome)
    rows = []
    for pair in combinations(trials, 2):
        one, other = ({name: {row[name]: None for row in trials[s]} for name in trials[s][0]} for s in pair)
        differ = [name for name in one if name != "blank" and not one[name].keys() & other[name].keys()]
        apart = [f"{', '.join(one[name])} against {', '.join(other[name])}" for name in differ]
        apart += [text for side in (one, other) for text in side["blank"] if text]
        never = set(differ) - {"population", "dispersion_type_e"} or any((*one["blank"], *other["blank"]))
        rows.append((" with ".join(pair), "no" if never else "at the times they share", "; ".join(apart) or "–"))
    caption = f"Pair by pair: trials with a mean and a ± for {outcome} in both arms"
    return Table.of_text(caption, ("Trials", "Pooled", "Apart in"), rows)


def _with_numbers(asked: Sequence[Question], outcome: str) -> dict[str, list[dict[str, str]]]:
    """The trials that no pool holds and that print means with a ± in both arms, and what each row is of."""
    pools = [q.effects for q in asked if isinstance(q.result, Pooled)]
    joined = {s for effects in pools for s, why in zip(effects.study, effects.excluded, strict=True) if not why}
    trials: dict[str, list[dict[str, str]]] = {}
    for q in (q for q in asked if outcome in q.said("outcome")):
        for row, study in enumerate(q.studies.study):
            known = [q.studies.numbers(f"{name}_{arm}")[row] for name in ("mean", "dispersion") for arm in "ec"]
            if not np.isfinite(known).all() or study in joined or q.effects.excluded[row] in NOT_POOLED_BY_DEFAULT:
                continue
            facts = {name: q.studies.words(name)[row] for name in (*SAME, "population", "dispersion_type_e")}
            blank = f"{study} prints no n per arm" if np.isnan(q.effects.vi[row]) else ""
            here = {**facts, "experimental": q.experimental, "control": q.control, "blank": blank}
            trials.setdefault(study, []).append(here)
    return trials


def without_interval(asked: Iterable[Question], *, elsewhere: Collection[str] = ()) -> Table:
    """Trials with means in both arms and no standard error: the bare difference, and the publication's standing.

    Trials `elsewhere` have a section of their own.
    """
    rows = []
    for q in asked:
        data = q.effects.data
        difference = data["mean_e"] - data["mean_c"]
        own = np.isin(np.array(q.effects.study, dtype=object), list(elsewhere))
        for row in map(int, np.flatnonzero(np.isfinite(difference) & np.isnan(q.effects.yi) & ~own)):
            means = [significant(data[f"mean_{arm}"][row]) for arm in "ec"]
            what = f"{q.said('outcome', 'time', 'unit')}: {q.experimental} against {q.control}"
            standing = q.effects.words("integrity_status")[row].replace("_", " ")
            median = "medians, not means" if q.gap(row) == "not a mean" else "not estimable"
            rows.append((q.effects.study[row], what, *means, significant(difference[row]), median, standing))
    note = "A bare difference says nothing about chance. Retracted trials and trials of concern are never pooled."
    heads = ("Study", "Outcome", "Experimental", "Control", "Difference", "Interval", "Standing")
    return Table.of_text("Differences without an interval", heads, rows, (note,))


def two_readings(asked: Iterable[Question]) -> Table:
    """Every contrast whose ± is not named: what either reading makes of it, beside the evidence."""
    rows = []
    for q in asked:
        n, read = people_behind(q.studies), [dispersion_read_as(kind, q.studies) for kind in ("SEM", "SD")]
        for row in (at for at, said in enumerate(q.studies.words("dispersion_inferred_e")) if said == "yes"):
            contrast = f"{q.studies.study[row]}, {q.said('outcome', 'time')}"
            known = " and ".join(fixed(value, 0) for value in n[:, row])
            told = (f"{significant(float(se[row]))}, {p_value(float(p[row]))}" for se, p in read)
            why = (q.studies.words(f"dispersion_{name}_e")[row] for name in ("type", "evidence"))
            rows.append((contrast, known, *told, *why))
    note = "n: analysed where a source gives it, else randomised. p: t test on n₁ + n₂ − 2 df."
    heads = ("Contrast", "n", "SE and p as SEM", "SE and p as SD", "Read as", "Evidence")
    return Table.of_text("Two readings of an unnamed ±", heads, rows, (note,))


def cells_to_fill(source: str | os.PathLike[str], tables: Iterable[StudyTable], *, sheet: str = "continuous") -> Table:
    """Every blank cell of the sheet that keeps a trial from its effect size in one of these tables, a line per row."""
    found = read_sheet(source, sheet)
    rows = {_number(row["study"].address): row for row in found.rows}
    blank: dict[str, dict[str, str]] = {}
    for problem in dict.fromkeys(p for table in tables for p in table.problems if p.code == "MK-G01"):
        name, _, address = problem.cell.partition("!")
        blank.setdefault(_number(address), {})[f"{address} ({problem.column})"] = name
    names = ("study", "outcome", "time", "arm")
    lines = [
        (*(text_of(rows[at][name]) for name in names), next(iter(cells.values())), ", ".join(cells))
        for at, cells in blank.items()
        if text_of(rows[at].get("statistic")) in {"", "mean"}
    ]
    letter = re.sub(r"\d", "", found.rows[0]["dispersion_type"].address)
    note = f"Beside each dispersion, say in column {letter} (dispersion_type) whether the paper calls it SD or SEM."
    heads = ("Study", "Outcome", "Time", "Arm", "Sheet", "Cells (columns)")
    return Table.of_text("Blank cells to fill from the papers", heads, lines, (note,))


def _number(address: str) -> str:
    return re.sub(r"\D", "", address)


def sheet_table(
    caption: str, source: str | os.PathLike[str], sheet: str, columns: Sequence[str], *, outcome: str = ""
) -> Table:
    """Columns of a sheet as they stand, uninterpreted; rows whose outcome begins with `outcome`."""
    rows = (row for row in read_sheet(source, sheet).texts() if row.get("outcome", "").startswith(outcome))
    told = [tuple(row[name] or "–" for name in columns) for row in rows]
    return Table.of_text(caption, [name.replace("_", " ") for name in columns], told)

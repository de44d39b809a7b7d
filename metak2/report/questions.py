"""Every question that a sheet of means can answer: pooled where it may be, else side by side with the reason."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from metak2.display.listing import listed
from metak2.effects.front import effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.models.pool import pool, side_by_side
from metak2.models.pooled import Pooled, Unpooled
from metak2.report.blocks import slug
from metak2.report.comparison import Comparison
from metak2.studies.read import read_sheet, read_studies
from metak2.studies.table import StudyTable

SAME = ("outcome", "site", "unit", "change_or_final", "time")
"""What trials must share to be pooled (METHODS section 3)."""

Arms = Mapping[str, Sequence[str]]  # a name → the arms of the sheet that it stands for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """Trials that may be pooled with one another: two names of arms, the table, the effects and the answer."""

    experimental: str
    control: str
    studies: StudyTable
    effects: EffectSizes
    result: Pooled | Unpooled

    def said(self, *names: str) -> str:
        """The columns that all its rows share, as text."""
        return ", ".join(self.studies.words(name)[0] for name in names)

    @property
    def drawn(self) -> set[str]:
        """The trials with an interval, pooled or not."""
        return {study for study, y in zip(self.effects.study, self.effects.yi, strict=True) if np.isfinite(y)}

    def gap(self, row: int) -> str:
        """Why this trial cannot be pooled, "" where it can."""
        why = self.effects.excluded[row]
        if why not in {"not reported", "not estimable"}:
            return why
        known = np.isfinite(self.effects.data["mean_e"][row] - self.effects.data["mean_c"][row])
        return "means without a standard error (SD, SEM or n missing)" if known else "no mean in the source"


def questions(
    source: str | os.PathLike[str], *, experimental: Arms, control: Arms, sheet: str = "continuous"
) -> tuple[Question, ...]:
    """Every outcome × site × unit × change or final × time × pair of arm names in which a trial has both arms.

    Two estimable trials or more are pooled as a mean difference; fewer stand side by side with the reason for each.
    Blank cells are not repeated in each answer: `cells_to_fill` lists them once.

    Parameters
    ----------
    experimental, control
        The name of a comparator in the report → the arms of the sheet that count as it.
    """
    rows = [row for row in read_sheet(source, sheet).texts() if row.get("change_or_final") != "baseline"]
    asked = []
    for (on_name, on), (off_name, off) in product(experimental.items(), control.items()):
        for key in dict.fromkeys(tuple(row[name] for name in SAME) for row in rows if row["arm"] in on):
            same = [row for row in rows if tuple(row[name] for name in SAME) == key]
            treated = {row["study"] for row in same if row["arm"] in on}
            controlled = {row["study"] for row in same if row["arm"] in off}
            arms = {row["arm"] for row in same if row["study"] in controlled & treated}
            if arms:
                where = dict(zip(SAME, key, strict=True))
                studies = read_studies(
                    source, sheet=sheet, outcome=where.pop("outcome"), at=where.pop("time"), where=where,
                    experimental=[arm for arm in on if arm in arms], control=[arm for arm in off if arm in arms],
                )  # fmt: skip
                asked.append(_answered(on_name, off_name, studies))
    return tuple(asked)


def _answered(experimental: str, control: str, studies: StudyTable) -> Question:
    effects = effect_sizes(studies, measure="MD")
    named = {**effects.selection, "experimental": experimental, "control": control}
    effects = replace(effects, problems=(), selection=named)
    asked = Question(
        experimental=experimental,
        control=control,
        studies=studies,
        effects=effects,
        result=side_by_side(effects, why=""),
    )
    return replace(asked, result=pool(effects) if effects.k > 1 else side_by_side(effects, why=_why_not(asked)))


def _why_not(asked: Question) -> str:
    gaps: dict[str, tuple[str, ...]] = {}
    for row, study in enumerate(asked.effects.study):
        gaps[asked.gap(row)] = (*gaps.get(asked.gap(row), ()), study)
    known = listed(gaps.pop("", ())) or "none"
    missing = "".join(f" {why[:1].upper()}{why[1:]}: {listed(studies)}." for why, studies in gaps.items())
    return f"A pool needs two trials; estimable here: {known}.{missing}"


def comparison_of(asked: Question, *, doubts: Iterable[str] = ()) -> Comparison:
    """The question as a part of a report; that its trials differ in people and comparator is its first doubt."""
    pooled = [row for row, why in enumerate(asked.effects.excluded) if not why]
    people, compared = (
        "; ".join(dict.fromkeys(asked.effects.words(name)[row] for row in pooled))
        for name in ("population", "comparator")
    )
    site = "" if asked.said("site") in asked.said("outcome") else asked.said("site")
    what = asked.said("outcome", "time", "unit")
    kind = asked.said("unit", "change_or_final", "time")
    return Comparison(
        name=slug(f"{asked.said('outcome')} {site} {kind} {asked.experimental} {asked.control}"),
        title=f"{asked.experimental} against {asked.control}: {what}",
        about=(
            f"{asked.experimental} against {asked.control} and {asked.said('outcome')} at "
            f"{asked.said('time', 'change_or_final', 'unit')}"
        ),
        primary=asked.result,
        doubts=(f"The trials differ in people ({people}) and comparator ({compared}).", *doubts),
    )

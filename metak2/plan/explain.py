"""A plan explained: each step with its numbers, and which convention setting moves which number by how much."""

from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from metak2.display.explain import explain
from metak2.errors import MetaError, PlanError
from metak2.models.choices import resolve
from metak2.models.conventions import PREDICTIONS, TAU2_INTERVALS, TESTS, Convention, convention_named
from metak2.models.methods import METHODS
from metak2.models.pool import as_seen_by, build
from metak2.models.pooled import Pooled, Unpooled
from metak2.models.rows import infer
from metak2.plan.fit import fit_comparison
from metak2.plan.quantities import displayed_numbers
from metak2.plan.run import project_of
from metak2.plan.schema import read_plan

PRIMARY_ONLY = ("sensitivity", "subgroups", "absolute", "expect")
STILL = 1e-9  # relative: what moves less is rounding of the last bits
NUMBERS = ("estimate", "CI low", "CI high", "tau2", "tau2 low", "tau2 high", "Q", "I2", "PI low", "PI high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Fields of a convention that are changed together, what they decide, and the words for their values."""

    fields: tuple[str, ...]
    label: str
    words: Mapping[Any, str]


SETTINGS = (
    Setting(fields=("method",), label="method", words={name: method.label for name, method in METHODS.items()}),
    Setting(
        fields=("about_mantel_haenszel",),
        label="Q of DerSimonian–Laird",
        words={False: "about the inverse-variance estimate", True: "about the Mantel–Haenszel estimate"},
    ),
    Setting(fields=("test",), label="interval", words=TESTS),
    Setting(
        fields=("few_studies",),
        label="rules for few studies",
        words={False: "none", True: "two studies: common effect; Hartung–Knapp never narrower than Wald"},
    ),
    Setting(fields=("prediction",), label="prediction interval", words=PREDICTIONS),
    Setting(fields=("I2_rule",), label="I²", words={"from tau2": "from τ²", "from Q": "from Q"}),
    Setting(fields=("tau2_interval", "tau2_interval_DL"), label="interval of τ²", words=TAU2_INTERVALS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one setting does: numbers before and after, on the displayed scale, for those that move.

    `alone` changes this setting only; `last` changes it after all the others. `refused` says why it cannot stand alone.
    """

    setting: str
    ours: str
    theirs: str
    alone: Mapping[str, tuple[float, float]]
    last: Mapping[str, tuple[float, float]]
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two conventions on the same studies: each setting that differs, and all of them together."""

    against: Convention
    moves: tuple[Move, ...]
    together: Mapping[str, tuple[float, float]]


def explain_plan(path: str | PathLike[str], *, against: str | None = None) -> str:
    """Each comparison's primary analysis step by step, or, `against` a convention, what moves which number.

    UnknownOptionError where there is no such convention; PlanError where the file is a script.
    """
    path = Path(path).resolve()
    if path.suffix != ".toml" or not path.is_file():
        raise PlanError(["explain takes one plan (.toml)"], source=path.as_posix())
    convention = convention_named(against) if against is not None else None
    root = project_of(path)
    with chdir(root):
        plan = read_plan(path.relative_to(root))
        if not plan.comparisons:
            told = "explain tells comparisons of two arms; this plan holds a network"
            raise PlanError([told], source=path.as_posix())
        parts = [_titled(plan.title, "=")]
        for table in plan.comparisons:
            asked = {key: value for key, value in table.items() if key not in PRIMARY_ONLY}
            comparison = fit_comparison(asked, plan.path)
            if len(plan.comparisons) > 1:
                parts.append(_titled(comparison.title, "-"))
            parts.append(_told(comparison.primary, convention))
    return "\n\n".join(parts)


def difference(pooled: Pooled, against: str | Convention) -> Difference:
    """Which settings of `against` differ from this analysis, and what each moves, alone, last and together."""
    theirs = convention_named(against)
    ours = replace(
        pooled.convention,
        method=pooled.choices.method.name,
        test=pooled.choices.test,
        prediction=pooled.choices.prediction,
    )
    differing = [s for s in SETTINGS if any(getattr(ours, f) != getattr(theirs, f) for f in s.fields)]
    base, end = displayed_numbers(_pooled_by(pooled, ours)), displayed_numbers(_pooled_by(pooled, theirs))
    return Difference(
        against=theirs,
        moves=tuple(_move(pooled, setting, ours, theirs) for setting in differing),
        together=_moved(base, end),
    )


def _titled(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"


def _told(primary: Pooled | Unpooled, convention: Convention | None) -> str:
    if convention is None:
        return explain(primary)
    if isinstance(primary, Unpooled):
        return f"Not pooled. {primary.why} No convention changes that."
    return _text(difference(primary, convention))


def _move(pooled: Pooled, setting: Setting, ours: Convention, theirs: Convention) -> Move:
    values = {name: getattr(theirs, name) for name in setting.fields}
    kept = {name: getattr(ours, name) for name in setting.fields}
    at = setting.fields[0]
    alone, refused = _change(pooled, ours, replace(ours, **values))
    last, _ = _change(pooled, replace(theirs, **kept), theirs)
    return Move(
        setting=setting.label,
        ours=setting.words[kept[at]],
        theirs=setting.words[values[at]],
        alone=alone,
        last=last,
        refused=refused,
    )


def _change(pooled: Pooled, before: Convention, after: Convention) -> tuple[Mapping[str, tuple[float, float]], str]:
    """What moves between two conventions, or why one of them cannot be fitted."""
    try:
        return _moved(displayed_numbers(_pooled_by(pooled, before)), displayed_numbers(_pooled_by(pooled, after))), ""
    except MetaError as refusal:
        return {}, str(refusal)


def _pooled_by(pooled: Pooled, convention: Convention) -> Pooled:
    """The same studies under another convention; what only counts can use is set apart for the other methods."""
    choices = resolve(None, None, convention, pooled.level, None, pooled.choices.options)
    estimable = (np.isfinite(pooled.effects.yi) & (pooled.effects.vi > 0)).astype(np.float64)
    effects = as_seen_by(choices.method, pooled.effects.without_weight(estimable, "not estimable"))
    return build(effects, choices, infer(effects, choices, effects.mi[None, :]))


def _moved(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """The numbers that differ by more than rounding, or are there on one side only."""
    return {
        name: (before[name], after[name])
        for name in NUMBERS
        if not np.isclose(before[name], after[name], rtol=STILL, atol=1e-12, equal_nan=True)
    }


def _text(found: Difference) -> str:
    if not found.moves:
        return f"Every setting is that of {found.against.label} already; no number moves."
    lines = [f"Against {found.against.label}: {len(found.moves)} settings differ (effects on the displayed scale)"]
    for at, move in enumerate(found.moves, start=1):
        lines += ["", f"{at}. {move.setting}: {move.ours} → {move.theirs}"]
        if move.refused:
            lines.append(f"   alone: cannot be ({move.refused})")
        else:
            lines += _listed("alone", move.alone)
        if move.last and move.last != move.alone:
            lines += _listed("as the last of all", move.last)
    lines += ["", "All together", *_listed("", found.together)]
    return "\n".join(lines)


def _listed(heading: str, moved: Mapping[str, tuple[float, float]]) -> list[str]:
    if not moved:
        return [f"   {heading + ': ' if heading else ''}no number moves"]
    width = max(len(name) for name in NUMBERS)
    rows = [f"     {name:<{width}}  {_change_text(before, after)}" for name, (before, after) in moved.items()]
    return [f"   {heading}:", *rows] if heading else rows


def _change_text(before: float, after: float) -> str:
    """Before → after, and the step where both are there."""
    step = f"  ({_seven(after - before, sign=True)})" if np.isfinite(after - before) else ""
    return f"{_seven(before)} → {_seven(after)}{step}"


def _seven(value: float, *, sign: bool = False) -> str:
    if not np.isfinite(value):
        return "none" if np.isnan(value) else "∞"
    return f"{value:{'+' if sign else ''}.7g}".replace("-", "−")

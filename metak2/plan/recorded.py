"""Two folders of reports compared by what they recorded: numbers, and the cells that the numbers came from.

A pooled effect is fitted again from its recorded cells. Only where that gives both recorded answers is a number
attributed to cells; other numbers (weights of one's own, designs, regressions) are shown as moved, without a cause.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metak2.errors import MetaError
from metak2.models.pooled import Pooled
from metak2.plan.attribution import Attribution, attribute
from metak2.plan.quantities import STUDY, Quantity, flat_numbers, numbers_of
from metak2.plan.refitted import POLICIES, Json, Row, fitted_again
from metak2.report.compare import RESULTS
from metak2.studies.changes import Change
from metak2.studies.sheet import raw_text

Key = tuple[str, str]  # comparison, result
CORE = ("primary", "sensitivity", "subgroups", "regression")
OPTIONS = {"measure": "measure", "method": "asked_method", "test": "asked_test", "convention": "convention",
           "level": "level"}  # fmt: skip
RECORDED = 1e-7  # results.json keeps ten digits of the cells as of the numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """A pooled effect as recorded: what was asked, each study's cells by column (address and value), its numbers."""

    options: Json
    rows: Mapping[str, Row]
    cells: Mapping[str, Mapping[str, str]]
    numbers: Mapping[tuple[str, str], float]


@dataclass(slots=True, kw_only=True)
class _Reports:
    """Two reports: their pooled effects, all other numbers, and what changed between them."""

    pooled: tuple[dict[Key, _Recorded], dict[Key, _Recorded]]
    others: tuple[dict[Quantity, float], dict[Quantity, float]]
    changes: tuple[Change, ...] = field(init=False)
    _atoms: list[frozenset[tuple[str, str]]] = field(init=False)
    _policies: dict[Key, Json] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Find the cells, studies and options that differ, and the pooled effects that can be fitted again."""
        found: dict[Change, set[tuple[str, str]]] = {}
        for key in self.pooled[0].keys() & self.pooled[1].keys():
            for change, atom in _changes(key, self.pooled[0][key], self.pooled[1][key]):
                found.setdefault(change, set()).add(atom)
        ordered = sorted(found, key=lambda change: (change.kind == "option", change.where, change.what))
        self.changes = tuple(ordered)
        self._atoms = [frozenset(found[change]) for change in ordered]
        for key, old in self.pooled[0].items():
            new = self.pooled[1].get(key)
            policy = new and next(
                (one for one in POLICIES if _gives(key[1], old, one) and _gives(key[1], new, one)), None
            )
            if policy:
                self._policies[key] = policy

    def numbers(self, which: frozenset[int]) -> dict[Quantity, float]:
        """Recorded numbers with none or all of the changes, refitted ones with some."""
        if not which or len(which) == len(self.changes):
            side = 1 if which else 0
            numbers: dict[Quantity, float] = {}
            for (comparison, _), recorded in self.pooled[side].items():
                numbers |= _named(comparison, recorded.numbers)
            return numbers | self.others[side]
        atoms = frozenset().union(*(self._atoms[at] for at in which))
        refitted: dict[Quantity, float] = {}
        for (comparison, of), policy in self._policies.items():
            old, new = (side[comparison, of] for side in self.pooled)
            refitted |= _named(comparison, _told(of, _again(_mixed(old, new, atoms, (comparison, of)), policy)))
        return refitted

    def answers(self, side: int) -> dict[str, Pooled]:
        """The primary answers that can be fitted again."""
        return {
            comparison: _again(self.pooled[side][comparison, of], policy)
            for (comparison, of), policy in self._policies.items()
            if of == "primary"
        }


def compare_folders(
    old: Path, new: Path, *, every: bool = False
) -> tuple[Attribution, dict[str, Pooled], dict[str, Pooled]]:
    """What moved between two reports, and the primary answers of either that can be drawn."""
    sides = [_read(folder) for folder in (old, new)]
    reports = _Reports(
        pooled=(dict(_pooled_in(sides[0])), dict(_pooled_in(sides[1]))),
        others=(_others(sides[0], every=every), _others(sides[1], every=every)),
    )
    found = attribute(reports.numbers, reports.changes, analysis=new.name, versions=(old.as_posix(), new.as_posix()))
    return found, reports.answers(0), reports.answers(1)


def _read(folder: Path) -> Json:
    path = folder / RESULTS
    try:
        found: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MetaError(f"{path} cannot be read ({error}); a folder that `metak2 run` wrote holds one") from error
    if not isinstance(found, dict) or not isinstance(found.get("results"), dict):
        raise MetaError(f"{path} holds no results of metak2")
    return found


def _pooled_in(side: Json) -> Iterator[tuple[Key, _Recorded]]:
    """The pooled effects whose studies have recorded cells, by comparison and result."""
    for comparison, entry in side["results"].items():
        for of, value in _walked("", entry):
            origins = [side["origins"].get(study.get("origin") or "") for study in value["studies"]]
            if all(origins):
                studies = [study["study"] for study in value["studies"]]
                yield (
                    (comparison, of),
                    _Recorded(
                        options={name: value.get(key) for name, key in OPTIONS.items()},
                        rows={name: one["values"] for name, one in zip(studies, origins, strict=True)},
                        cells={name: one["cells"] for name, one in zip(studies, origins, strict=True)},
                        numbers=dict(_recorded_numbers(of, value)),
                    ),
                )


def _walked(of: str, value: object) -> Iterator[tuple[str, Json]]:
    """Every pooled effect with its studies below an entry of the results, by its path."""
    if not isinstance(value, Mapping):
        return
    if value.get("kind") == "pooled" and "studies" in value:
        yield of or "primary", value
    elif "kind" not in value:
        for key, entry in value.items():
            yield from _walked(f"{of}: {key}" if of else str(key), entry)


def _others(side: Json, *, every: bool) -> dict[Quantity, float]:
    """The numbers that are no pooled effect with studies, as results.json names them."""
    found: dict[Quantity, float] = {}
    for comparison, entry in side["results"].items():
        parts = entry if isinstance(entry, Mapping) and "kind" not in entry else {"primary": entry}
        for of, value in parts.items():
            if isinstance(value, Mapping) and value.get("kind") == "unpooled":
                found |= _named(comparison, dict(_study_numbers(value)))
            elif every or of in CORE:
                kept = _without_pooled(value)
                named = ((of, name, number) for of, name, number in flat_numbers(str(of), "", kept))
                found |= {Quantity(comparison=comparison, of=of, name=name): number for of, name, number in named}
    return found


def _without_pooled(value: object) -> object:
    if isinstance(value, Mapping):
        if value.get("kind") == "pooled" and "studies" in value:
            return {}
        return {key: _without_pooled(entry) for key, entry in value.items() if key not in {"overall", "studies"}}
    return value


def _recorded_numbers(of: str, value: Json) -> Iterator[tuple[tuple[str, str], float]]:
    """The numbers of a pooled effect under the names that a fitted one gives them."""
    shown, tau2_ci = value["displayed"], value.get("tau2_ci") or {}
    named = {
        "k": value["k"],
        **{words: shown.get(key) for words, key in _SHOWN.items()},
        "p": value["pval"],
        "tau2": value["tau2"],
        "tau2 low": tau2_ci.get("low"),
        "tau2 high": tau2_ci.get("high"),
        "Q": value["Q"],
        "I2": value["I2"],
        "PI low": shown.get("pi_low"),
        "PI high": shown.get("pi_high"),
    }
    for name, number in named.items():
        yield (of, name), math.nan if number is None else float(number)
    if of == "primary":
        yield from _study_numbers(value)


def _study_numbers(value: Json) -> Iterator[tuple[tuple[str, str], float]]:
    """Each study's effect, and its weight where there is one."""
    for study in value["studies"]:
        entries = {words: study["displayed"].get(key) for words, key in _SHOWN.items()}
        weight = {} if value["kind"] == "unpooled" else {"weight (%)": study["weight"]}
        for what, number in {**entries, **weight}.items():
            yield (f"{STUDY}{study['study']}", what), math.nan if number is None else float(number)


_SHOWN = {"estimate": "estimate", "CI low": "ci_low", "CI high": "ci_high"}


def _named(comparison: str, numbers: Mapping[tuple[str, str], float]) -> dict[Quantity, float]:
    return {Quantity(comparison=comparison, of=of, name=name): value for (of, name), value in numbers.items()}


def _told(of: str, pooled: Pooled) -> dict[tuple[str, str], float]:
    """The numbers of an effect that was fitted again."""
    return {(quantity.of, quantity.name): value for quantity, value in numbers_of("", {of: pooled}).items()}


def _changes(key: Key, old: _Recorded, new: _Recorded) -> Iterator[tuple[Change, tuple[str, str]]]:
    """What differs between two recorded answers, with the study and column, or the option, that it is made of."""
    for study in dict.fromkeys((*old.rows, *new.rows)):
        if study not in old.rows or study not in new.rows:
            told = ("there", "") if study in old.rows else ("", "there")
            first = (new if study in new.rows else old).cells[study].get("key", "")
            yield Change(kind="rows", where=first, what=study, old=told[0], new=told[1]), (study, "")
            continue
        before, after = old.rows[study], new.rows[study]
        for column in dict.fromkeys((*before, *after)):
            if before.get(column) != after.get(column):
                at = dict.fromkeys(side.cells[study].get(column, "") for side in (old, new))
                where = " → ".join(cell for cell in at if cell)
                said = (_said(before.get(column)), _said(after.get(column)))
                yield (
                    Change(kind="cell", where=where, what=f"{column} of {study}", old=said[0], new=said[1]),
                    (study, column),
                )
    for option, was in old.options.items():
        if was != new.options[option]:
            change = Change(kind="option", where="plan", what=option, old=_said(was), new=_said(new.options[option]))
            yield change, (": ".join(key), option)


def _said(value: object) -> str:
    return "" if value is None else raw_text(value) if isinstance(value, (float, str, bool)) else str(value)


def _mixed(old: _Recorded, new: _Recorded, atoms: frozenset[tuple[str, str]], key: Key) -> _Recorded:
    """The old answer's cells and options with some of the new ones."""
    rows: dict[str, Row] = {}
    for study in dict.fromkeys((*old.rows, *new.rows)):
        if study in old.rows and study in new.rows:
            columns = dict.fromkeys((*old.rows[study], *new.rows[study]))
            rows[study] = {
                column: (new if (study, column) in atoms else old).rows[study].get(column) for column in columns
            }
        elif ((study, "") in atoms) == (study in new.rows):
            rows[study] = (new if study in new.rows else old).rows[study]
    options = {name: (new if (": ".join(key), name) in atoms else old).options[name] for name in old.options}
    return _Recorded(options=options, rows=rows, cells={}, numbers={})


def _gives(of: str, recorded: _Recorded, policy: Json) -> bool:
    """Whether the cells, fitted in this way, give the numbers that were recorded."""
    try:
        found = _told(of, _again(recorded, policy))
    except (MetaError, ValueError):
        return False
    return all(
        math.isclose(value, found[name], rel_tol=RECORDED, abs_tol=1e-9)
        or (math.isnan(value) and math.isnan(found[name]))
        for name, value in recorded.numbers.items()
    )


def _again(recorded: _Recorded, policy: Json) -> Pooled:
    return fitted_again(recorded.rows, recorded.options, policy)

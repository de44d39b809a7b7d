"""What changed between two versions of a plan, one option at a time, and the plan with some of them changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metak2.plan.entries import label_of
from metak2.studies.changes import Change

Table = Mapping[str, Any]
Path = tuple[str, ...]
WORDS = frozenset({"name", "title", "about", "doubts", "text", "columns", "favours", "expect"})
"""Keys that move no number."""
COMPARISON = "comparison"
LISTED = ("sensitivity", "subgroups", "regression", "absolute")
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanges:
    """Two versions of the comparisons of a plan: `changes`, and where each is made."""

    old: tuple[Table, ...]
    new: tuple[Table, ...]
    changes: tuple[Change, ...]
    _paths: tuple[Path, ...]

    def made(self, which: Iterable[int]) -> tuple[Table, ...]:
        """The old comparisons with these changes made, by their place."""
        chosen = {self._paths[at] for at in which}
        after = {table["name"]: table for table in self.new}
        kept = [table for table in self.old if (COMPARISON, table["name"]) not in chosen]
        come = [table for table in self.new if (COMPARISON, table["name"]) in chosen and table not in self.old]
        return (*(_mixed(table, after.get(table["name"], table), chosen) for table in kept), *come)


def plan_changes(old: Sequence[Table], new: Sequence[Table]) -> PlanChanges:
    """The options that differ; one that differs alike in several comparisons is one change."""
    after = {table["name"]: _leaves(table) for table in new}
    before = dict.fromkeys(table["name"] for table in old)
    found: dict[tuple[Path, str, str], list[str]] = {}
    for table in old:
        if table["name"] not in after:
            continue
        was, now = _leaves(table), after[table["name"]]
        for path in dict.fromkeys((*was, *now)):
            if was.get(path, _ABSENT) != now.get(path, _ABSENT):
                key = (path, _shown(was.get(path)), _shown(now.get(path)))
                found.setdefault(key, []).append(table["name"])
    several = len(old) > 1
    changes = [
        Change(
            kind="option",
            where="plan" + (f", {', '.join(names)}" if several else ""),
            what=".".join(path),
            old=was,
            new=now,
        )
        for (path, was, now), names in found.items()
    ]
    paths = [path for path, _, _ in found]
    for name in dict.fromkeys((*before, *after)):
        if (name in before) != (name in after):
            told = ("asked", "") if name in before else ("", "asked")
            changes.append(Change(kind="option", where="plan", what=f"comparison {name}", old=told[0], new=told[1]))
            paths.append((COMPARISON, name))
    return PlanChanges(old=tuple(old), new=tuple(new), changes=tuple(changes), _paths=tuple(paths))


def _leaves(table: Table) -> dict[Path, Any]:
    """The options of a comparison by path; entries of a list by their name."""
    leaves: dict[Path, Any] = {}
    for key, value in table.items():
        if key in WORDS:
            continue
        if isinstance(value, Mapping):
            leaves |= {(key, inner): said for inner, said in value.items()}
        elif key in LISTED:
            leaves |= {(key, name): entry for name, entry in _entries(key, value).items()}
        else:
            leaves[key,] = value
    return leaves


def _entries(key: str, listed: Sequence[Table]) -> dict[str, Table]:
    """The entries of a list by what tells them apart."""
    named: dict[str, Table] = {}
    for entry in listed:
        name = label_of(entry) if key == "regression" else _name(entry)
        number = 2
        unique = name
        while unique in named:
            unique, number = f"{name} ({number})", number + 1
        named[unique] = entry
    return named


def _name(entry: Table) -> str:
    for key in ("label", "design", "by", "horizon"):
        if key in entry:
            return str(entry[key])
    return ", ".join(f"{key} {value}" for key, value in entry.items())


def _mixed(old: Table, new: Table, chosen: set[Path]) -> Table:
    """The old comparison with the options at these paths as the new one has them."""
    before, after = _leaves(old), _leaves(new)
    leaves: dict[Path, Any] = {}
    for path in dict.fromkeys((*before, *after)):
        source = after if path in chosen else before
        if path in source:
            leaves[path] = source[path]
    mixed: dict[str, Any] = {key: value for key, value in old.items() if key in WORDS}
    for path, value in leaves.items():
        if len(path) == 1:
            mixed[path[0]] = value
        elif path[0] in LISTED:
            mixed.setdefault(path[0], []).append(value)
        else:
            mixed.setdefault(path[0], {})[path[1]] = value
    return mixed


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(entry)}" for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(entry) for entry in value)
    return str(value)

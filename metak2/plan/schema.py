"""The analysis as a file: what a TOML plan may say. Unknown keys and wrong types are refused, all at once.

The top level of a plan is one comparison, or holds `[[comparison]]` tables with the same keys.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metak2.errors import PlanError, did_you_mean
from metak2.report.formats import DEFAULT_FORMATS, FORMATS, known_formats

Kinds = tuple[type, ...]
Keys = Mapping[str, Kinds]

TEXT: Kinds = (str,)
TEXTS: Kinds = (str, list)
NUMBER: Kinds = (int, float)

STUDIES: Keys = {
    "file": TEXT,
    "sheet": TEXT,
    "outcome": TEXT,
    "at": TEXT,
    "experimental": TEXTS,
    "control": TEXTS,
    "where": (dict,),
    "label": TEXTS,
    "combine_arms": (bool,),
}
PRIMARY: Keys = {"method": TEXT, "test": TEXT, "prediction": TEXT, "pool": (bool,), "why": TEXT}
SENSITIVITY: Keys = {
    "label": TEXT,
    "design": TEXT,
    "order": TEXT,
    "method": TEXT,
    "test": TEXT,
    "prediction": TEXT,
    "convention": TEXT,
    "measure": TEXT,
    "zero_cells": TEXT,
    "include": TEXTS,
    "studies": (dict,),
}
SUBGROUPS: Keys = {"by": TEXT}
ABSOLUTE: Keys = {"baseline_risk": (int, float, str), "horizon": TEXT}
FAVOURS: Keys = {"left": TEXT, "right": TEXT}
EXPECT: Keys = {
    "of": TEXT,
    "scale": TEXT,
    "rtol": NUMBER,
    "source": TEXT,
    **dict.fromkeys(("k", "estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high"), NUMBER),
    **dict.fromkeys(("tau2", "tau2_low", "tau2_high", "Q", "Q_pval", "I2", "H2", "statistic", "pval"), NUMBER),
}
COMPARISON: Keys = {
    "name": TEXT,
    "title": TEXT,
    "about": TEXT,
    "studies": (dict,),
    "measure": TEXT,
    "zero_cells": TEXT,
    "convention": TEXT,
    "level": NUMBER,
    "exclude": TEXTS,
    "primary": (dict,),
    "sensitivity": (list,),
    "subgroups": (list,),
    "absolute": (list,),
    "favours": (dict,),
    "columns": (str, list, dict),
    "doubts": TEXTS,
    "text": TEXTS,
    "expect": (list,),
}
TOP: Keys = {
    **COMPARISON,
    "summary": TEXTS,
    "data_date": TEXT,
    "formats": TEXTS,
    "template": TEXT,
    "comparison": (list,),
}

TABLES: Mapping[str, Keys] = {
    "studies": STUDIES,
    "primary": PRIMARY,
    "sensitivity": SENSITIVITY,
    "subgroups": SUBGROUPS,
    "absolute": ABSOLUTE,
    "favours": FAVOURS,
    "expect": EXPECT,
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "studies": ("file",),
    "subgroups": ("by",),
    "absolute": ("baseline_risk", "horizon"),
    "favours": ("left", "right"),
    "expect": ("of", "source"),
}
DESIGNS = ("leave-one-out", "cumulative")
MEDIAN = "median control"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
NOT_NUMBERS = frozenset({"of", "scale", "rtol", "source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that has been read and checked.

    Title, opening paragraphs, date of the data, formats of the report, its Word template ("" for none), comparisons as
    tables.
    """

    path: Path
    title: str
    summary: tuple[str, ...]
    data_date: str
    formats: tuple[str, ...]
    template: str
    comparisons: tuple[Mapping[str, Any], ...]


def read_plan(path: Path) -> Plan:
    """The plan of a TOML file.

    Raises
    ------
    PlanError
        The file is missing or no TOML, or keys are unknown, missing or of the wrong type; all problems at once.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PlanError(["there is no such file"], source=path.as_posix()) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError([f"not a TOML file: {error}"], source=path.as_posix()) from None
    problems = _problems(document)
    if problems:
        raise PlanError(problems, source=path.as_posix())
    listed = document.get("comparison")
    comparisons = (
        tuple(merged(document, one) for one in listed) if listed else ({"name": "primary", **_shared(document)},)
    )
    return Plan(
        path=path,
        title=document["title"],
        summary=texts(document.get("summary", ())),
        data_date=document.get("data_date", ""),
        formats=known_formats(texts(document.get("formats", DEFAULT_FORMATS))),
        template=document.get("template", ""),
        comparisons=comparisons,
    )


def _shared(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key in COMPARISON}


def merged(document: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison with what the top level says for all; its `studies` are completed key by key."""
    own = {"title", "about", "name", "expect"}
    shared = {key: value for key, value in _shared(document).items() if key not in own}
    studies = {**document.get("studies", {}), **one.get("studies", {})}
    return {**shared, **one, **({"studies": studies} if studies else {})}


def texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """One text or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def _problems(document: Mapping[str, Any]) -> list[str]:
    problems = _check_table("the plan", document, TOP)
    if not isinstance(document.get("title"), str):
        problems.append('the plan: the key "title" is missing')
    problems += _unknown_formats(document.get("formats", ()))
    listed = document.get("comparison", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return [*problems, "comparison: must be written as [[comparison]] tables"]
    problems += _check_comparison("", document, complete=not listed)
    names = [one.get("name") for one in listed]
    for at, one in enumerate(listed, start=1):
        where = f"comparison {at}"
        problems += _check_table(where, one, COMPARISON)
        problems += _check_comparison(f"{where}, ", merged(document, one), complete=True)
        if not one.get("name"):
            problems.append(f'{where}: the key "name" is missing (stem of its figures)')
        elif names.count(one["name"]) > 1:
            problems.append(f"{where}: the name {one['name']!r} is used twice")
    return list(dict.fromkeys(problems))


def _unknown_formats(asked: object) -> list[str]:
    named = texts(asked) if isinstance(asked, (str, list)) else ()
    allowed = ", ".join(FORMATS)
    return [
        f"formats: {name!r} is not known{did_you_mean(str(name), FORMATS) or f'; allowed: {allowed}'}"
        for name in named
        if name not in FORMATS
    ]


def _check_comparison(prefix: str, comparison: Mapping[str, Any], *, complete: bool) -> list[str]:
    problems = []
    for name, keys in TABLES.items():
        value = comparison.get(name)
        entries = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        for at, entry in enumerate(entries, start=1):
            where = f"{prefix}{name}" + (f" {at}" if isinstance(value, list) else "")
            if not isinstance(entry, dict):
                problems.append(f"{where}: must be a table")
                continue
            problems += _check_table(where, entry, keys)
            required = REQUIRED.get(name, ()) if complete or name != "studies" else ()
            problems += [f'{where}: the key "{key}" is missing' for key in required if key not in entry]
            problems += [f"{where}: {problem}" for problem in CONTENT.get(name, _nothing)(entry)]
        problems += [f"{prefix}{name}: {problem}" for problem in _repeated(name, entries)]
    called = comparison.get("name")
    if isinstance(called, str) and not NAME.fullmatch(called):
        problems.append(f'{prefix}name: {called!r} cannot name a file; lower-case letters, digits, "-" and "_" only')
    if complete:
        problems += [
            f'{prefix.removesuffix(", ") or "the plan"}: the key "{key}" is missing'
            for key in ("studies", "measure")
            if key not in comparison
        ]
    return problems


def _nothing(_: Mapping[str, Any]) -> list[str]:
    return []


def _sensitivity(entry: Mapping[str, Any]) -> list[str]:
    if entry.get("design") in {None, *DESIGNS}:
        return []
    return [f"design {entry['design']!r} is not known; allowed: {', '.join(DESIGNS)}"]


def _expect(entry: Mapping[str, Any]) -> list[str]:
    problems = []
    if entry.get("scale", "analysis") not in {"analysis", "displayed"}:
        problems.append('scale is "analysis" (log for ratios) or "displayed"')
    if not entry.keys() - NOT_NUMBERS:
        problems.append("expects no number; name one, such as estimate = -0.71")
    return problems


def _absolute(entry: Mapping[str, Any]) -> list[str]:
    if isinstance(entry.get("baseline_risk"), str) and entry["baseline_risk"] != MEDIAN:
        return [f'baseline_risk is a number between 0 and 1 or "{MEDIAN}", not {entry["baseline_risk"]!r}']
    return []


CONTENT = {"sensitivity": _sensitivity, "expect": _expect, "absolute": _absolute}


def _repeated(name: str, entries: list[Any]) -> list[str]:
    """What may stand once: each design, each column of subgroups."""
    key = {"sensitivity": "design", "subgroups": "by"}.get(name, "")
    said = [entry[key] for entry in entries if isinstance(entry, dict) and isinstance(entry.get(key), str)]
    return [f"{key} = {word!r} stands {said.count(word)} times" for word in dict.fromkeys(said) if said.count(word) > 1]


def _check_table(where: str, table: Mapping[str, Any], keys: Keys) -> list[str]:
    problems = []
    for key, value in table.items():
        if key not in keys:
            allowed = ", ".join(keys)
            problems.append(
                f'{where}: the key "{key}" is not known{did_you_mean(key, keys) or f"; allowed: {allowed}"}'
            )
        elif not isinstance(value, keys[key]) or (isinstance(value, bool) and bool not in keys[key]):
            wanted = " or ".join(kind.__name__ for kind in keys[key])
            problems.append(f'{where}: the key "{key}" must be {wanted}, not {value!r}')
    return problems

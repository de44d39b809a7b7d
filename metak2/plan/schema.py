"""The analysis as a file: what a TOML plan may say. Unknown keys and wrong types are refused, all at once.

The top level of a plan is one comparison, or holds `[[comparison]]` tables with the same keys.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metak2.display.journals import STYLES
from metak2.errors import PlanError, did_you_mean
from metak2.plan.grading import grade_problems
from metak2.plan.keys import (
    COMPARISON,
    DESIGNS,
    FIGURES,
    FILTER,
    MEDIAN,
    NAME,
    NOT_NUMBERS,
    OF_DESIGNS,
    OVERLAP,
    REQUIRED,
    SEVERAL_SIZES,
    TABLES,
    TOP,
    Keys,
)
from metak2.report.formats import DEFAULT_FORMATS, FORMATS, known_formats


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that has been read and checked.

    Title, opening paragraphs, date of the data, formats of the report, its Word template ("" for none), the journal's
    style ("" for none), comparisons and citation matrices as tables.
    """

    path: Path
    title: str
    summary: tuple[str, ...]
    data_date: str
    formats: tuple[str, ...]
    template: str
    style: str
    comparisons: tuple[Mapping[str, Any], ...]
    overlaps: tuple[Mapping[str, Any], ...] = ()


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
        style=document.get("style", ""),
        comparisons=comparisons,
        overlaps=tuple(document.get("overlap", ())),
    )


def _shared(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key in COMPARISON}


def merged(document: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison with what the top level says for all; its `studies` are completed key by key."""
    own = {"title", "about", "name", "expect", "grade"}
    shared = {key: value for key, value in _shared(document).items() if key not in own}
    studies = {**document.get("studies", {}), **one.get("studies", {})}
    return {**shared, **one, **({"studies": studies} if studies else {})}


def texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """One text or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def formula_of(regression: Mapping[str, Any]) -> str:
    """The moderators of a `[[regression]]` as one formula."""
    return " + ".join(str(one) for one in texts(regression["moderators"]))


def label_of(regression: Mapping[str, Any]) -> str:
    """The name of a `[[regression]]`: its label, else its formula."""
    return str(regression.get("label") or formula_of(regression))


def _problems(document: Mapping[str, Any]) -> list[str]:
    problems = _check_table("the plan", document, TOP)
    if not isinstance(document.get("title"), str):
        problems.append('the plan: the key "title" is missing')
    problems += _unknown("formats", document.get("formats", ()), FORMATS)
    problems += _unknown("style", document.get("style", ()), STYLES)
    problems += _overlaps(document.get("overlap", []))
    listed = document.get("comparison", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return [*problems, "comparison: must be written as [[comparison]] tables"]
    problems += _check_comparison("", document, complete=not listed)
    if listed and "grade" in document:
        problems.append("grade: certainty belongs to an outcome; write [comparison.grade] below its [[comparison]]")
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


def _overlaps(listed: object) -> list[str]:
    """Each `[[overlap]]` names a file."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return ["overlap: must be written as [[overlap]] tables"]
    problems = []
    for at, one in enumerate(listed, start=1):
        problems += _check_table(f"overlap {at}", one, OVERLAP)
        problems += [] if "file" in one else [f'overlap {at}: the key "file" is missing']
    return problems


def _unknown(key: str, asked: object, known: Iterable[str]) -> list[str]:
    """What is asked for and is none of the known words, each with the list of those."""
    named = texts(asked) if isinstance(asked, (str, list)) else ()
    words = tuple(known)
    allowed = ", ".join(words)
    return [
        f"{key}: {name!r} is not known{did_you_mean(str(name), words) or ';'} allowed: {allowed}"
        for name in named
        if name not in words
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
    figures = comparison.get("figures", ())
    problems += [f"{prefix}{problem}" for problem in _unknown("figures", figures, FIGURES)]
    if isinstance(figures, list):
        problems += [f"{prefix}figures: {name!r} stands twice" for name in _twice([str(one) for one in figures])]
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
    """A design that exists, with the keys that belong to it; a count of draws is a count."""
    design = entry.get("design")
    if design is None:
        strange = [key for key in entry if key in OF_DESIGNS]
        return _weights(entry) + [f'the key "{key}" belongs to a design; write design = "..."' for key in strange]
    if not isinstance(design, str):
        return []
    if design not in DESIGNS:
        near = did_you_mean(str(design), DESIGNS) or f"; allowed: {', '.join(DESIGNS)}"
        return [f"design {design!r} is not known{near}"]
    takes = DESIGNS[design]
    return _sizes(design, entry) + [
        f'design "{design}" takes {", ".join(takes) or "no further key"}, not "{key}"'
        for key in entry
        if key not in {"design", *takes} and key in TABLES["sensitivity"]
    ]


def _sizes(design: str, entry: Mapping[str, Any]) -> list[str]:
    """`n` is one count, or several where the design takes several; a prediction needs one."""
    value = entry.get("n")
    if design == "next-trial" and value is None:
        return ['design "next-trial" needs n, the number of people per arm']
    if isinstance(value, list) and design not in SEVERAL_SIZES:
        return [f'the key "n" must be int, not {value!r}']
    wrong = (
        [one for one in value if isinstance(one, bool) or not isinstance(one, int)] if isinstance(value, list) else []
    )
    return [f'the key "n" holds whole numbers, not {one!r}' for one in wrong]


def _weights(entry: Mapping[str, Any]) -> list[str]:
    value = entry.get("weights")
    wrong = [one for one in value if not isinstance(one, (int, float))] if isinstance(value, list) else []
    return [f'the key "weights" holds one number for each study, not {one!r}' for one in wrong]


def _regression(entry: Mapping[str, Any]) -> list[str]:
    if entry.get("moderators", True) in ("", []):
        return ['moderators is empty; name a column, such as moderators = ["year"]']
    return _not_texts(entry, "moderators")


def _specifications(entry: Mapping[str, Any]) -> list[str]:
    """Alternatives that are words, and filters that name a column and what stays or goes."""
    problems = [problem for key in entry if key != "filter" for problem in _not_texts(entry, key)]
    filters = entry.get("filter", [])
    if not isinstance(filters, list):
        return problems
    names = [one.get("name") for one in filters if isinstance(one, dict)]
    for at, one in enumerate(filters, start=1):
        where = f"filter {at}"
        if not isinstance(one, dict):
            problems.append(f"{where}: must be a table")
            continue
        problems += _check_table(where, one, FILTER)
        problems += [f'{where}: the key "{key}" is missing' for key in ("name", "column") if key not in one]
        if not one.get("keep") and not one.get("drop"):
            problems.append(f"{where}: says neither what to keep nor what to drop")
        if "name" in one and names.count(one["name"]) > 1:
            problems.append(f"{where}: the name {one['name']!r} is used twice")
    return problems


def _not_texts(entry: Mapping[str, Any], key: str) -> list[str]:
    value = entry.get(key)
    wrong = [one for one in value if not isinstance(one, str)] if isinstance(value, list) else []
    return [f'the key "{key}" holds texts, not {one!r}' for one in wrong]


def _expect(entry: Mapping[str, Any]) -> list[str]:
    problems = []
    if entry.get("scale", "analysis") not in {"analysis", "displayed"}:
        problems.append('scale is "analysis" (log for ratios) or "displayed"')
    if not entry.keys() - NOT_NUMBERS:
        problems.append("expects no number; name one, such as estimate = -0.71")
    return problems


def _bayes(entry: Mapping[str, Any]) -> list[str]:
    wrong = [one for one in entry.get("thresholds", ()) if isinstance(one, bool) or not isinstance(one, (int, float))]
    return _not_texts(entry, "tau_priors") + [f'the key "thresholds" holds numbers, not {one!r}' for one in wrong]


def _clusters(entry: Mapping[str, Any]) -> list[str]:
    given = [entry.get("correlation", 0.0), *entry.get("correlations", ())]
    wrong = [one for one in given if isinstance(one, bool) or not isinstance(one, (int, float)) or not 0 <= one <= 1]
    return [f"a correlation of effects in the same patients is a number from 0 to 1, not {one!r}" for one in wrong]


def _absolute(entry: Mapping[str, Any]) -> list[str]:
    if isinstance(entry.get("baseline_risk"), str) and entry["baseline_risk"] != MEDIAN:
        return [f'baseline_risk is a number between 0 and 1 or "{MEDIAN}", not {entry["baseline_risk"]!r}']
    return []


CONTENT = {
    "primary": _weights,
    "sensitivity": _sensitivity,
    "regression": _regression,
    "specifications": _specifications,
    "bayes": _bayes,
    "clusters": _clusters,
    "expect": _expect,
    "absolute": _absolute,
    "grade": grade_problems,
}


def _repeated(name: str, entries: list[Any]) -> list[str]:
    """What may stand once: each design, each column of subgroups, each regression."""
    if name == "regression":
        labels = [label_of(entry) for entry in entries if isinstance(entry, dict) and "moderators" in entry]
        return [f"{one!r} stands {labels.count(one)} times; give one a label" for one in _twice(labels)]
    key = {"sensitivity": "design", "subgroups": "by"}.get(name, "")
    said = [entry[key] for entry in entries if isinstance(entry, dict) and isinstance(entry.get(key), str)]
    return [f"{key} = {word!r} stands {said.count(word)} times" for word in _twice(said)]


def _twice(words: list[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if words.count(word) > 1]


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

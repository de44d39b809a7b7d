"""The analysis as a file: what a TOML plan may say. Unknown keys and wrong types are refused, all at once.

The top level of a plan is one comparison, or holds `[[comparison]]` tables with the same keys; `[network]` stands
beside them or alone.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metak2.display.journals import STYLES
from metak2.errors import PlanError
from metak2.plan.contents import content_problems
from metak2.plan.entries import label_of, texts
from metak2.plan.key_checks import check_table, twice, unknown_words
from metak2.plan.keys import COMPARISON, FIGURES, NAME, OVERLAP, REQUIRED, TABLES, TOP
from metak2.plan.network_keys import network_problems
from metak2.report.for_journal import SECTIONS, Section
from metak2.report.formats import DEFAULT_FORMATS, FORMATS, known_formats

NETWORK = "network"
OF_BOTH = frozenset({"title", "about", "doubts", "text"})
"""What the top level may say of a network that stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that has been read and checked.

    Title, opening paragraphs, date of the data, formats of the report, its Word template ("" for none), the journal's
    style ("" for none), sections that a journal asks for; comparisons, network (None for none) and citation matrices as
    tables.
    """

    path: Path
    title: str
    summary: tuple[str, ...]
    data_date: str
    formats: tuple[str, ...]
    template: str
    style: str
    sections: tuple[Section, ...]
    comparisons: tuple[Mapping[str, Any], ...]
    overlaps: tuple[Mapping[str, Any], ...] = ()
    network: Mapping[str, Any] | None = None

    @property
    def tables(self) -> tuple[Mapping[str, Any], ...]:
        """Everything that is fitted: the comparisons, and the network as a table that holds it under its key."""
        return (*self.comparisons, *([] if self.network is None else [{"name": NETWORK, NETWORK: self.network}]))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that comparisons, their sensitivity analyses and the network read, as the plan names them."""
        return tuple(dict.fromkeys(file for table in self.tables for file in files_of(table)))


def files_of(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that one of `Plan.tables` reads, as the plan names them."""
    if NETWORK in table:
        return (table[NETWORK]["file"],)
    entries = (table, *table.get("sensitivity", ()))
    return tuple(dict.fromkeys(one["studies"]["file"] for one in entries if "file" in one.get("studies", {})))


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
    if listed:
        comparisons: tuple[dict[str, Any], ...] = tuple(merged(document, one) for one in listed)
    else:
        comparisons = () if _network_alone(document) else ({"name": "primary", **_shared(document)},)
    return Plan(
        path=path,
        title=document["title"],
        summary=texts(document.get("summary", ())),
        data_date=document.get("data_date", ""),
        formats=known_formats(texts(document.get("formats", DEFAULT_FORMATS))),
        template=document.get("template", ""),
        style=document.get("style", ""),
        sections=tuple(name for name in SECTIONS if document.get(name)),
        comparisons=comparisons,
        overlaps=tuple(document.get("overlap", ())),
        network=_network_of(document),
    )


def _network_alone(document: Mapping[str, Any]) -> bool:
    """Whether the plan asks for a network and for no comparison of two arms."""
    return NETWORK in document and not document.keys() & ((COMPARISON.keys() - OF_BOTH) | {"comparison"})


def _network_of(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The network; alone it takes over what the top level says of the question."""
    if NETWORK not in document:
        return None
    alone = _network_alone(document)
    shared = {key: document[key] for key in OF_BOTH - {"title"} if key in document} if alone else {}
    return {**shared, **document[NETWORK]}


def _shared(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key in COMPARISON}


def merged(document: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison with what the top level says for all; its `studies` are completed key by key."""
    own = {"title", "about", "name", "expect", "grade"}
    shared = {key: value for key, value in _shared(document).items() if key not in own}
    studies = {**document.get("studies", {}), **one.get("studies", {})}
    return {**shared, **one, **({"studies": studies} if studies else {})}


def _problems(document: Mapping[str, Any]) -> list[str]:
    problems = check_table("the plan", document, TOP)
    if not isinstance(document.get("title"), str):
        problems.append('the plan: the key "title" is missing')
    problems += unknown_words("formats", document.get("formats", ()), FORMATS)
    problems += unknown_words("style", document.get("style", ()), STYLES)
    problems += _overlaps(document.get("overlap", []))
    listed = document.get("comparison", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return [*problems, "comparison: must be written as [[comparison]] tables"]
    problems += _network(document)
    problems += _check_comparison("", document, complete=not listed and not _network_alone(document))
    if listed and "grade" in document:
        problems.append("grade: certainty belongs to an outcome; write [comparison.grade] below its [[comparison]]")
    names = [one.get("name") for one in listed]
    for at, one in enumerate(listed, start=1):
        where = f"comparison {at}"
        problems += check_table(where, one, COMPARISON)
        problems += _check_comparison(f"{where}, ", merged(document, one), complete=True)
        if not one.get("name"):
            problems.append(f'{where}: the key "name" is missing (stem of its figures)')
        elif names.count(one["name"]) > 1:
            problems.append(f"{where}: the name {one['name']!r} is used twice")
    return list(dict.fromkeys(problems))


def _network(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with the network, and with it beside or without comparisons."""
    if NETWORK not in document:
        return []
    problems = network_problems(document[NETWORK])
    if document.get("name") == NETWORK or any(one.get("name") == NETWORK for one in document.get("comparison", ())):
        problems.append(f'the name "{NETWORK}" is taken by [{NETWORK}]; call the comparison something else')
    if _network_alone(document):
        problems += [f"{key} is about comparisons, and this plan has none" for key in SECTIONS if document.get(key)]
    return problems


def _overlaps(listed: object) -> list[str]:
    """Each `[[overlap]]` names a file."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return ["overlap: must be written as [[overlap]] tables"]
    problems = []
    for at, one in enumerate(listed, start=1):
        problems += check_table(f"overlap {at}", one, OVERLAP)
        problems += [] if "file" in one else [f'overlap {at}: the key "file" is missing']
    return problems


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
            problems += check_table(where, entry, keys)
            required = REQUIRED.get(name, ()) if complete or name != "studies" else ()
            problems += [f'{where}: the key "{key}" is missing' for key in required if key not in entry]
            problems += [f"{where}: {problem}" for problem in content_problems(name, entry)]
        problems += [f"{prefix}{name}: {problem}" for problem in _repeated(name, entries)]
    figures = comparison.get("figures", ())
    problems += [f"{prefix}{problem}" for problem in unknown_words("figures", figures, FIGURES)]
    if isinstance(figures, list):
        problems += [f"{prefix}figures: {name!r} stands twice" for name in twice([str(one) for one in figures])]
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


def _repeated(name: str, entries: list[Any]) -> list[str]:
    """What may stand once: each design, each column of subgroups, each regression."""
    if name == "regression":
        labels = [label_of(entry) for entry in entries if isinstance(entry, dict) and "moderators" in entry]
        return [f"{one!r} stands {labels.count(one)} times; give one a label" for one in twice(labels)]
    key = {"sensitivity": "design", "subgroups": "by"}.get(name, "")
    said = [entry[key] for entry in entries if isinstance(entry, dict) and isinstance(entry.get(key), str)]
    return [f"{key} = {word!r} stands {said.count(word)} times" for word in twice(said)]

"""Origins written once: many results of a report rest on the same cells."""

from typing import cast

from metak2.report.canonical_json import canonical_json

Json = dict[str, object]


def share_origins(results: object) -> tuple[object, Json]:
    """The results with each study's `origin` replaced by a name, and the origins by that name.

    The name is the study's; where one study has several origins (another measure, another outcome), the later ones get
    a number: "Habu 2004", "Habu 2004 (2)".
    """
    origins: Json = {}
    return _shared(results, origins), origins


def _shared(value: object, origins: Json) -> object:
    if isinstance(value, list):
        return [_shared(item, origins) for item in value]
    if not isinstance(value, dict):
        return value
    shared = {name: _shared(item, origins) for name, item in value.items() if name != "origin"}
    if "origin" in value:
        shared["origin"] = _named(str(value.get("study", "")), cast("Json | None", value["origin"]), origins)
    return shared


def _named(study: str, origin: Json | None, origins: Json) -> str | None:
    if origin is None:
        return None
    name, number = study, 1
    while not _same(origins.setdefault(name, origin), origin):
        number += 1
        name = f"{study} ({number})"
    return name


def _same(first: object, second: object) -> bool:
    """Whether both are written alike; two blanks are NaN, which is not equal to itself."""
    return first is second or first == second or canonical_json(first) == canonical_json(second)

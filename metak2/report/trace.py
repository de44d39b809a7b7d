"""Where does 0.63 come from? From a number in a written report to the cells and formulas behind it."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metak2.display.numbers import MINUS, fixed, significant
from metak2.errors import MetaError
from metak2.report.compare import RESULTS
from metak2.report.formulas import FORMULAS

Json = Mapping[str, Any]
Place = tuple[str | int, ...]  # the way to a value in results.json, keys and positions

MOST = 8  # places told in full; a reader who wants another types more digits
_WHOLE_SHARES = frozenset({"I2", "weight"})  # printed without decimals though they have some
_NOT_FINDINGS = frozenset({"level", "df", "Q_df", "z"})
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_KINDS = {"event_e": "counts", "mean_e": "means", "time_e": "rates"}


class TraceError(MetaError):
    """The number stands nowhere in the report, or there is no report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A number: the way to it in results.json, its full value, the lines that lead to its cells.

    `also` are the other ways to the same number from the same cells, such as the study in a sensitivity analysis.
    """

    where: str
    value: float
    lines: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Every origin of a number in a report, the headline first; only the first `MOST` are told in full."""

    number: str
    folder: str
    found: tuple[Found, ...]

    def text(self) -> str:
        """What the terminal shows."""
        count = f"{len(self.found)} origin{'s' if len(self.found) != 1 else ''}"
        parts = [f"{self.number} has {count} in {self.folder}, as read when the report was written"]
        for at, one in enumerate(self.found[:MOST], start=1):
            parts += ["", f"{at}. {one.where} = {significant(one.value, 10)}", *(f"   {line}" for line in one.lines)]
            parts += [f"   also at {other}" for other in one.also]
        rest = [one.where for one in self.found[MOST:]]
        if rest:
            parts += ["", "Also: " + "; ".join(rest), "Type more digits to tell these apart."]
        return "\n".join(parts)


def trace(report_folder: Path, number: str) -> Traced:
    """Every value of the report that prints as this number, with the cells and formulas it came from.

    `TraceError` where there is none, with the nearest; ValueError where `number` is not a number.
    """
    asked = number.strip().replace(MINUS, "-").removesuffix("%").strip()
    if not _NUMBER.fullmatch(asked):
        raise ValueError(f"{number!r} is not a number as a report prints it, such as 0.63")
    content = _content(report_folder)
    results = content["results"]
    values = list(_numbers(results, ()))
    hits = sorted((place for place, value in values if _prints_as(place, value, asked)), key=_rank)
    if not hits:
        near = sorted({fixed(v, _decimals(asked)) for _, v in values}, key=lambda t: abs(_float(t) - float(asked)))
        raise TraceError(f"{number} stands nowhere in {report_folder.as_posix()}; nearest are {', '.join(near[:3])}")
    found = _merged([_found(content, place) for place in _once(results, hits)])
    return Traced(number=number, folder=report_folder.as_posix(), found=tuple(found))


def _merged(found: Sequence[Found]) -> list[Found]:
    """The same number from the same cells told once."""
    kept: dict[tuple[float, tuple[str, ...]], Found] = {}
    for one in found:
        key = (float(f"{one.value:.9g}"), one.lines)
        first = kept.get(key)
        kept[key] = replace(first, also=(*first.also, one.where)) if first else one
    return list(kept.values())


def _content(folder: Path) -> Json:
    try:
        content = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        if isinstance(content["results"], dict) and isinstance(content["origins"], dict):
            return dict(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TraceError(f"{folder.as_posix()} holds no report ({type(error).__name__}); run `metak2 run`") from error
    raise TraceError(f"{folder.as_posix()} holds no report that can be read; run `metak2 run`")


def _numbers(value: object, place: Place) -> Iterator[tuple[Place, float]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _NOT_FINDINGS:
                yield from _numbers(item, (*place, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _numbers(item, (*place, at))
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        yield place, float(value)


def _prints_as(place: Place, value: float, asked: str) -> bool:
    if _decimals(asked) == 0 and not value.is_integer() and place[-1] not in _WHOLE_SHARES:
        return False
    return _float(fixed(value, _decimals(asked))) == float(asked)


def _decimals(asked: str) -> int:
    return len(asked.partition(".")[2])


def _float(text: str) -> float:
    return float(text.replace(MINUS, "-").replace("∞", "inf"))


def _rank(place: Place) -> tuple[bool, bool, bool, int]:
    """The headline first: primary, as displayed, an estimate, near the top."""
    return "primary" not in place[:2], "displayed" not in place, place[-1] != "estimate", len(place)


def _once(results: object, places: Sequence[Place]) -> list[Place]:
    """One place for each study's or result's number: an interval repeats the estimate it surrounds."""
    kept: dict[tuple[Place, float], Place] = {}
    for place in places:
        kept.setdefault((_holder(results, place), round(_at(results, place), 9)), place)
    return list(kept.values())


def _holder(results: object, place: Place) -> Place:
    """The way to the study, refit or pooled result that the number belongs to."""
    for end in range(len(place) - 1, 0, -1):
        holder = _at(results, place[:end])
        if isinstance(holder, Mapping) and ({"study", "label", "kind", "group"} & holder.keys()):
            return place[:end]
    return place[:-1]


def _at(results: Any, place: Place) -> Any:  # noqa: ANN401 - anything that JSON holds
    for step in place:
        results = results[step]
    return results


def _found(content: Json, place: Place) -> Found:
    results = content["results"]
    steps: list[str] = []
    for end, step in enumerate(place, start=1):
        entry = _at(results, place[:end])
        named = entry if isinstance(entry, Mapping) else {}
        steps.append(step if isinstance(step, str) else str(named.get("study") or named.get("label") or step + 1))
    holder = _holder(results, place)
    return Found(
        where=" › ".join(steps),
        value=float(_at(results, place)),
        lines=tuple(_explained(content, _at(results, holder), _parent(results, holder))),
    )


def _parent(results: object, holder: Place) -> Json:
    """The nearest result above the entry that states a measure."""
    for end in range(len(holder), 0, -1):
        entry = _at(results, holder[:end])
        if isinstance(entry, Mapping) and "measure" in entry:
            return entry
        if isinstance(entry, Mapping) and isinstance(entry.get("base"), Mapping):
            return dict(entry["base"])
    return {}


def _explained(content: Json, entry: object, result: Json) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        return
    if "yi" in entry:
        yield from _study_lines(content, entry, result)
        return
    if "method" in result:
        how = "from the counts as they are," if result["method"] == "MH" else "= Σ wᵢyᵢ / Σ wᵢ"
        yield (
            f"estimate {how} on the {result.get('scale', 'analysis')} scale: {result['model']}, "
            f"{result['method']}; k = {result['k']}; τ² {significant(result.get('tau2'), 6)}; "
            f"interval: {result.get('test', '')}"
        )
    if "refits" in entry or ("label" in entry and "k" in entry):
        yield f"a refit of {result.get('source', 'the data')}: {entry.get('label', '')}"
    for study in result.get("studies", ()):
        origin = content["origins"].get(study.get("origin") or study["study"], {})
        cells = ", ".join(_cells(origin, study)) or "no cells"
        left_out = f"not pooled: {study['excluded']}; " if study.get("excluded") else ""
        weight = f"weight {fixed(study['weight'], 1)} %; " if study.get("weight") is not None else ""
        yield f"{study['study']}: {left_out}{weight}{cells}"


def _study_lines(content: Json, study: Json, result: Json) -> Iterator[str]:
    origin = content["origins"].get(study.get("origin"), {})
    if result.get("source"):
        yield f"from {result['source']}"
    yield from _cells(origin, study, named=True)
    for step in origin.get("conversions", ()):
        numbers = ", ".join(f"{name} {significant(value, 6)}" for name, value in step["inputs"].items())
        output = ", ".join(f"{name} {significant(value, 6)}" for name, value in step["output"].items())
        assumed = f" (assumed: {step['assumption']})" if step.get("assumption") else ""
        yield f"{step['rule']}: {step['formula']}: {numbers} → {output}{assumed}"
    kind = next((kind for column, kind in _KINDS.items() if column in study.get("data", {})), "")
    if {"time_e", "event_e"} <= study.get("data", {}).keys():
        kind = "rates"
    formula = FORMULAS.get((kind, str(result.get("measure", ""))))
    for name in ("yi", "vi"):
        made = f"{getattr(formula, name)} = " if formula else ""
        yield f"{name} = {made}{significant(study[name], 10)}"
    if result.get("scale") not in {None, "identity"}:
        shown = study["displayed"]
        yield f"displayed: back from the {result['scale']} scale, {significant(shown['estimate'], 6)}"
    for note in result.get("effect_notes", ()):
        if str(note["code"]).startswith("ZERO_") and study["study"] in note["where"]:
            yield f"an arm without events: {note['values'].get('policy', 'corrected')}"
    if study.get("excluded"):
        yield f"not pooled: {study['excluded']}"


def _cells(origin: Json, study: Json, *, named: bool = False) -> list[str]:
    """The cells behind the study's numbers: binary!E2 “4”, with rule and source note where there are any."""
    cells, values = origin.get("cells", {}), origin.get("values", {})
    data = study.get("data") or {}
    order = sorted(data, key=lambda name: (name.endswith("_c"), name))
    numbers = [name for name in (*order, *_REPORTED) if name in cells and values.get(name) not in {None, ""}]
    told: dict[str, str] = {}
    for name in dict.fromkeys(numbers):
        read = origin.get("read", {}).get(name, {})
        raw = read.get("raw") or (values[name] if isinstance(values[name], str) else f"{values[name]:.10g}")
        more = "; ".join(read[part] for part in ("rule", "source") if read.get(part))
        line = f"{cells[name]} “{raw}”" + (f" ({more})" if more else "")
        if named:
            line += f" → {name} {data.get(name, values[name])}"
        told[name if named else cells[name]] = line
    return list(told.values())


_REPORTED = (
    *(f"{stem}_{side}" for side in "ec" for stem in ("dispersion", "dispersion_low", "dispersion_high", "percent")),
    *("estimate", "se", "vi", "ci_low", "ci_high", "pval"),
)

"""What the tables of a plan must say beyond their keys: designs that exist, counts that are counts."""

from collections.abc import Callable, Mapping
from typing import Any

from metak2.errors import did_you_mean
from metak2.plan.grading import grade_problems
from metak2.plan.key_checks import check_table, not_texts
from metak2.plan.keys import ANSWERS, DESIGNS, FILTER, MEDIAN, NOT_NUMBERS, OF_DESIGNS, SEVERAL_SIZES, TABLES


def _sensitivity(entry: Mapping[str, Any]) -> list[str]:
    """A design that exists, with the keys that belong to it; a count of draws is a count."""
    design = entry.get("design")
    if design is None:
        strange = [key for key in entry if key in OF_DESIGNS]
        own = entry.get("conversions", {})
        converts = check_table("conversions", own, TABLES["conversions"]) if isinstance(own, dict) else []
        return (
            _weights(entry)
            + converts
            + [f'the key "{key}" belongs to a design; write design = "..."' for key in strange]
        )
    if not isinstance(design, str):
        return []
    if design not in DESIGNS:
        near = did_you_mean(str(design), DESIGNS) or f"; allowed: {', '.join(DESIGNS)}"
        return [f"design {design!r} is not known{near}"]
    takes = DESIGNS[design]
    return (
        _sizes(design, entry)
        + _ranges(entry)
        + [
            f'design "{design}" takes {", ".join(takes) or "no further key"}, not "{key}"'
            for key in entry
            if key not in {"design", *takes} and key in TABLES["sensitivity"]
        ]
    )


def _ranges(entry: Mapping[str, Any]) -> list[str]:
    """Plausible values are two numbers each."""
    asked = entry.get("ranges", {})
    wrong = [name for name, ends in asked.items() if not _two_numbers(ends)] if isinstance(asked, dict) else []
    return [f'the key "ranges" holds two numbers for {name}, not {asked[name]!r}' for name in wrong]


def _two_numbers(value: object) -> bool:
    numbers = isinstance(value, list) and all(
        isinstance(one, (int, float)) and not isinstance(one, bool) for one in value
    )
    return numbers and isinstance(value, list) and len(value) == 2


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
    return not_texts(entry, "moderators")


def _specifications(entry: Mapping[str, Any]) -> list[str]:
    """Alternatives that are words, and filters that name a column and what stays or goes."""
    problems = [problem for key in entry if key != "filter" for problem in not_texts(entry, key)]
    filters = entry.get("filter", [])
    if not isinstance(filters, list):
        return problems
    names = [one.get("name") for one in filters if isinstance(one, dict)]
    for at, one in enumerate(filters, start=1):
        where = f"filter {at}"
        if not isinstance(one, dict):
            problems.append(f"{where}: must be a table")
            continue
        problems += check_table(where, one, FILTER)
        problems += [f'{where}: the key "{key}" is missing' for key in ("name", "column") if key not in one]
        if not one.get("keep") and not one.get("drop"):
            problems.append(f"{where}: says neither what to keep nor what to drop")
        if "name" in one and names.count(one["name"]) > 1:
            problems.append(f"{where}: the name {one['name']!r} is used twice")
    return problems


def _expect(entry: Mapping[str, Any]) -> list[str]:
    problems = []
    if entry.get("scale", "analysis") not in {"analysis", "displayed"}:
        problems.append('scale is "analysis" (log for ratios) or "displayed"')
    if not entry.keys() - NOT_NUMBERS:
        problems.append("expects no number; name one, such as estimate = -0.71")
    return problems


def _bayes(entry: Mapping[str, Any]) -> list[str]:
    wrong = [one for one in entry.get("thresholds", ()) if isinstance(one, bool) or not isinstance(one, (int, float))]
    return not_texts(entry, "tau_priors") + [f'the key "thresholds" holds numbers, not {one!r}' for one in wrong]


def _clusters(entry: Mapping[str, Any]) -> list[str]:
    given = [entry.get("correlation", 0.0), *entry.get("correlations", ())]
    wrong = [one for one in given if isinstance(one, bool) or not isinstance(one, (int, float)) or not 0 <= one <= 1]
    problems = [f"a correlation of effects in the same patients is a number from 0 to 1, not {one!r}" for one in wrong]
    asked, called = entry.get("answer"), entry.get("called")
    if isinstance(asked, str) and asked not in ANSWERS:
        near = did_you_mean(asked, ANSWERS) or f"; allowed: {', '.join(ANSWERS)}"
        problems.append(f"answer {asked!r} is not known{near}")
    if isinstance(called, list) and (len(called) != 2 or not all(isinstance(one, str) for one in called)):
        problems.append(f'called holds one and several clusters, such as ["study", "studies"], not {called!r}')
    return problems


def _conversions(entry: Mapping[str, Any]) -> list[str]:
    """Correlations that can be, and those of a change with the rows that hold its baseline values."""
    given = [entry[key] for key in ("correlation", "r") if key in entry]
    given += entry["correlations"] if isinstance(entry.get("correlations"), list) else []
    wrong = [one for one in given if isinstance(one, bool) or not isinstance(one, (int, float)) or not -1 < one < 1]
    problems = [f"a correlation is a number between -1 and 1, not {one!r}" for one in wrong]
    if isinstance(entry.get("icc"), (int, float)) and not 0 <= entry["icc"] <= 1:
        problems.append(f"icc is a number from 0 to 1, not {entry['icc']!r}")
    if ("baseline" in entry) != ("correlation" in entry):
        problems.append('a change needs both: baseline = { change_or_final = "baseline" } and correlation = 0.5')
    if "correlations" in entry and "baseline" not in entry:
        problems.append("correlations are tried of a change from baseline; name its baseline")
    return problems


def _absolute(entry: Mapping[str, Any]) -> list[str]:
    if isinstance(entry.get("baseline_risk"), str) and entry["baseline_risk"] != MEDIAN:
        return [f'baseline_risk is a number between 0 and 1 or "{MEDIAN}", not {entry["baseline_risk"]!r}']
    return []


CONTENT: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "primary": _weights,
    "sensitivity": _sensitivity,
    "regression": _regression,
    "specifications": _specifications,
    "bayes": _bayes,
    "clusters": _clusters,
    "conversions": _conversions,
    "expect": _expect,
    "absolute": _absolute,
    "grade": grade_problems,
}


def content_problems(name: str, entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with an entry of the table `name`."""
    check = CONTENT.get(name)
    return check(entry) if check else []

"""The table `[grade]` of a plan: what is asked, what people judged, and why."""

from collections.abc import Mapping
from typing import Any

from metak2.errors import did_you_mean
from metak2.models.absolute import AbsoluteEffect
from metak2.models.pooled import Pooled, Unpooled
from metak2.robustness.grade import DOMAINS, Graded, GradeQuestion, Judgement, grading_problems
from metak2.robustness.grade_suggestions import grade

Table = Mapping[str, Any]
QUESTION: Mapping[str, tuple[type, ...]] = {
    "outcome": (str,),
    "intervention": (str,),
    "evidence": (str,),
    "size": (str,),
    "thresholds": (list,),
    "relative_reduction": (int, float),
    "smallest_difference": (int, float),
}
GRADE: Mapping[str, tuple[type, ...]] = {**QUESTION, **dict.fromkeys(DOMAINS, (dict,))}
JUDGEMENT = ("judgement", "reason")


def grade_problems(entry: Table) -> list[str]:
    """What is wrong with the table beyond its keys and their types, a line each."""
    domains = {name: value for name, value in entry.items() if name in DOMAINS and isinstance(value, dict)}
    problems = [
        f'{domain}: the key "{key}" is not known{did_you_mean(key, JUDGEMENT) or "; allowed: judgement, reason"}'
        for domain, told in domains.items()
        for key in told
        if key not in JUDGEMENT
    ]
    marks = entry.get("thresholds", ())
    if isinstance(marks, list) and any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in marks):
        problems.append(f'the key "thresholds" holds numbers, not {marks!r}')
    share = entry.get("relative_reduction", 0.25)
    if isinstance(share, (int, float)) and not 0 < share < 1:
        problems.append(f"relative_reduction is a share between 0 and 1, such as 0.25, not {share!r}")
    if isinstance(entry.get("smallest_difference", 1), (int, float)) and entry.get("smallest_difference", 1) <= 0:
        problems.append("smallest_difference is a number of standard deviations above 0")
    return [*problems, *grading_problems(entry, domains)]


def graded(comparison: Table, primary: Pooled | Unpooled, absolute: tuple[AbsoluteEffect, ...]) -> Graded | None:
    """The grading that the plan asks for, if it does; the pooled effect is there (see `required_pooled`)."""
    asked = comparison.get("grade")
    if asked is None or not isinstance(primary, Pooled):
        return None
    question = {key: value for key, value in asked.items() if key in QUESTION}
    question["thresholds"] = tuple(float(one) for one in asked.get("thresholds", ()))
    return grade(
        primary,
        question=GradeQuestion(**question),
        judgements={domain: Judgement(**told) for domain, told in asked.items() if domain in DOMAINS},
        absolute=absolute,
    )

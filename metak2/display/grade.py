"""GRADE in words: what the numbers suggest and why, certainty with its definition, and GRADE's standard statements.

Importing this module registers what `print(result)` shows.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from metak2.display.grid import CAUTION, Grid, Part, shown_in_parts
from metak2.display.listing import listed
from metak2.display.numbers import count, fixed, p_value, percent, significant
from metak2.display.sentences import estimate
from metak2.models.pooled import Pooled
from metak2.robustness.grade import CERTAINTIES, DOMAINS, RAISING, Finding, Graded, Suggestion

NAMES: Mapping[str, str] = MappingProxyType({domain: domain.replace("_", " ") for domain in DOMAINS})
DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "high": "We are very confident that the true effect lies close to that of the estimate of the effect.",
        "moderate": "We are moderately confident in the effect estimate: the true effect is likely to be close to the "
        "estimate of the effect, but there is a possibility that it is substantially different.",
        "low": "Our confidence in the effect estimate is limited: the true effect may be substantially different from "
        "the estimate of the effect.",
        "very low": "We have very little confidence in the effect estimate: the true effect is likely to be "
        "substantially different from the estimate of effect.",
    }
)
"""Balshem et al. 2011, J Clin Epidemiol 64:401-406."""
_STATEMENTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "high": {
            "large": "{x} results in a large {noun} in {y}",
            "moderate": "{x} {verb}s {y}",
            "small": "{x} {verb}s {y} slightly",
            "trivial": "{x} results in little to no difference in {y}",
        },
        "moderate": {
            "large": "{x} likely results in a large {noun} in {y}",
            "moderate": "{x} likely {verb}s {y}",
            "small": "{x} likely {verb}s {y} slightly",
            "trivial": "{x} likely results in little to no difference in {y}",
        },
        "low": {
            "large": "{x} may result in a large {noun} in {y}",
            "moderate": "{x} may {verb} {y}",
            "small": "{x} may {verb} {y} slightly",
            "trivial": "{x} may result in little to no difference in {y}",
        },
    }
)
"""Santesso et al. 2020, J Clin Epidemiol 119:126-135."""
LEVELS = "Balshem et al. 2011, J Clin Epidemiol 64:401-406"
STATEMENTS = "Santesso et al. 2020, J Clin Epidemiol 119:126-135"
IMPRECISION = "Guyatt et al. 2011, J Clin Epidemiol 64:1283-1293"
INCONSISTENCY = "Guyatt et al. 2011, J Clin Epidemiol 64:1294-1302"
ASYMMETRY = "Sterne et al. 2011, BMJ 343:d4002"
RATING_UP = "Guyatt et al. 2011, J Clin Epidemiol 64:1311-1316, https://doi.org/10.1016/j.jclinepi.2011.06.004"


def certainty(graded: Graded) -> str:
    """The certainty with its symbols, ⊕⊕◯◯ low; which domains wait for a person where there is none."""
    word = graded.certainty
    if word is None:
        wait = "wait" if len(graded.waiting) > 1 else "waits"
        return f"Not rated: {listed(tuple(NAMES[domain] for domain in graded.waiting))} {wait} for a person"
    level = CERTAINTIES.index(word) + 1
    return f"{'⊕' * level}{'◯' * (len(CERTAINTIES) - level)} {word}"


def statement(graded: Graded) -> str:
    """GRADE's standard statement; "" while there is no certainty, or nobody said how large the effect is."""
    word, asked = graded.certainty, graded.question
    if word is None:
        return ""
    if word == "very low":
        return f"The evidence is very uncertain about the effect of {asked.intervention} on {asked.outcome}."
    if not asked.size or not graded.base.measure.comparison:
        return ""
    less = graded.base.estimate < graded.base.measure.null_value
    told = _STATEMENTS[word][asked.size].format(
        x=asked.intervention,
        y=asked.outcome,
        verb="reduce" if less else "increase",
        noun="reduction" if less else "increase",
    )
    return f"{told[:1].upper()}{told[1:]}."


def suggested(suggestion: Suggestion | None, pooled: Pooled) -> str:
    """What the numbers suggest, and the findings behind it; that only people can tell where there is nothing."""
    if suggestion is None:
        return "For people to judge."
    word = f"Suggests “{suggestion.judgement}”." if suggestion.judgement else "No suggestion."
    return " ".join([word, *(_FINDINGS[finding.code](finding, pooled) for finding in suggestion.findings)])


def _inconsistency(finding: Finding, pooled: Pooled) -> str:
    said = finding.values
    text = (
        f"I² = {percent(float(said['I2']))}, Q test {p_value(float(said['Q_pval']))}; the intervals of {said['apart']} "
        f"of {said['pairs']} pairs of studies do not meet"
    )
    if said["predicted"] is None:
        return f"{text}."
    where = "includes" if pooled.pi and pooled.pi.low <= pooled.measure.null_value <= pooled.pi.high else "excludes"
    return f"{text}; the prediction interval {where} no effect."


def _interval(finding: Finding, pooled: Pooled) -> str:
    said, null = finding.values, fixed(pooled.measure.null, 0)
    answer = estimate(pooled)
    ci = f"{answer[:1].upper()}{answer[1:]}: the interval"
    if not said["includes"]:
        return f"{ci} excludes {null}, which is no effect."
    if not said["thresholds"]:
        return f"{ci} includes {null}, which is no effect; no smallest effect that matters is stated."
    source = "stated in the plan" if said["own"] else "GRADE's rough guide"
    marks = listed(tuple(significant(float(value)) for value in said["thresholds"]))
    crossed = listed(tuple(significant(float(value)) for value in said["crossed"])) or "neither of them"
    return f"{ci} includes {null}, which is no effect, and crosses {crossed} (effects that matter: {marks}, {source})."


def _size(finding: Finding, _: Pooled) -> str:
    said = finding.values
    people, needed = float(said["people"]), float(said["needed"])
    against = "at least" if people >= needed else "fewer than"
    if finding.code == "SIZE_MEANS":
        shown = f"a difference of {significant(float(said['difference']))} standard deviations"
    else:
        shown = (
            f"a risk of {percent(100 * float(said['risk']), 1)} lowered by {percent(100 * float(said['reduction']))} "
            "of it"
        )
    return (
        f"{number(people)} people are {against} the optimal information size of {number(needed)} ({shown}, two-sided "
        f"α {fixed(0.05, 2)}, power {percent(80)})."
    )


def number(value: float) -> str:
    """A count with its thousands apart: 47,020."""
    return f"{round(value):,}"


def _asymmetry(finding: Finding, _: Pooled) -> str:
    return f"{finding.values['test']}: {p_value(float(finding.values['pval']))}."


_FINDINGS: Mapping[str, Callable[[Finding, Pooled], str]] = MappingProxyType(
    {
        "ONE_STUDY": lambda _, __: "One study has nothing to be compared with.",
        "NOTHING_COMPARED": lambda _, __: "The measure compares nothing.",
        "INCONSISTENCY": _inconsistency,
        "INTERVAL": _interval,
        "PEOPLE_UNKNOWN": lambda _, __: "The number of people is not in the data: no information size.",
        "RISK_UNKNOWN": lambda _, __: "No risk without treatment is known: no information size.",
        "SIZE_MEANS": _size,
        "SIZE_RISKS": _size,
        "NO_ASYMMETRY_TEST": lambda finding, _: (
            f"{count(float(finding.values['k']))} studies: below ten no test of asymmetry can tell."
            if finding.values["k"] < 10
            else "No test of asymmetry can be computed from these numbers."
        ),
        "ASYMMETRY": _asymmetry,
        "LARGE": lambda finding, _: f"The effect is {significant(float(finding.values['fold']))}-fold.",
    }
)


def judgement_rows(graded: Graded) -> list[tuple[str, str, str, str]]:
    """Domain, what the numbers suggest, the judgement, its reason; raising domains for observational evidence only."""
    rows = []
    for domain in DOMAINS:
        if domain in RAISING and graded.question.evidence == "randomised":
            continue
        given = graded.judgements.get(domain)
        blank = "not raised" if domain in RAISING else "waits for a person"
        rows.append(
            (
                f"{NAMES[domain][:1].upper()}{NAMES[domain][1:]}",
                suggested(graded.suggestions.get(domain), graded.base),
                given.judgement if given else blank,
                given.reason if given else "",
            )
        )
    return rows


@shown_in_parts(Graded)
def _(result: Graded) -> list[Part]:
    said = statement(result)
    raised = [f"{CAUTION}{RAISED_THOUGH_LOWERED}"] if result.raised_though_lowered else []
    return [
        f"{result.question.outcome}: {estimate(result.base)}",
        f"Certainty: {certainty(result)}",
        *([said] if said else []),
        *raised,
        Grid(heads=("Domain", "The numbers", "Judgement", "Reason"), rows=judgement_rows(result)),
    ]


RAISED_THOUGH_LOWERED = "Raised although it is lowered as well: GRADE raises evidence that nothing lowers."

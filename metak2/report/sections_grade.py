"""GRADE in a report: the summary of findings, the judgements with their reasons, and their JSON."""

from collections.abc import Sequence

from metak2.display import grade as told
from metak2.display.absolute import LEAST_BASELINE
from metak2.display.decimals import decimals
from metak2.display.numbers import DASH, effect, fixed, interval, percent
from metak2.display.sentences import coverage, studies
from metak2.models.absolute import AbsoluteEffect
from metak2.report.blocks import Block, Caveat, Column, Heading, Table
from metak2.report.comparison import Comparison
from metak2.report.results import Json, to_json
from metak2.robustness.grade import DOMAINS, Graded

SECTION = "Summary of findings"
MOST_OUTCOMES = 7  # GRADE's advice (Cochrane Handbook, section 14.1.6.3)


def grade_blocks(comparisons: Sequence[Comparison]) -> list[Block]:
    """One table over all outcomes that are graded, then each outcome's judgements; nothing where none is."""
    graded = [comparison.grade for comparison in comparisons if comparison.grade is not None]
    if not graded:
        return []
    blocks: list[Block] = [Heading(SECTION)]
    if len(graded) > MOST_OUTCOMES:
        blocks.append(Caveat(f"{len(graded)} outcomes: GRADE advises at most {MOST_OUTCOMES} in one table."))
    blocks.append(findings_table(graded))
    blocks += [_judgements(one) for one in graded]
    return [*blocks, *(Caveat(told.RAISED_THOUGH_LOWERED) for one in graded if one.raised_though_lowered)]


def grade_references(comparison: Comparison) -> list[str]:
    """The papers behind what was done: levels, suggestions, statements."""
    one = comparison.grade
    if one is None:
        return []
    reasons = {"imprecision": told.IMPRECISION, "inconsistency": told.INCONSISTENCY, "large_effect": told.RATING_UP}
    reasons["publication_bias"] = told.ASYMMETRY
    stated = [told.STATEMENTS] if told.statement(one) else []
    return [told.LEVELS, *(reasons[domain] for domain in one.suggestions if domain in reasons), *stated]


def findings_table(graded: Sequence[Graded]) -> Table:
    """A row for each outcome and stated risk: people per 1000, effect, people behind it, certainty, what happens."""
    level = coverage(graded[0].base.level)
    columns = (
        Column("Outcome"),
        Column("Risk without the intervention, per 1000", "right"),
        Column(f"Risk with the intervention, per 1000 ({level} CI)", "right"),
        Column(f"Difference, per 1000 ({level} CI)", "right"),
        Column(f"Effect ({level} CI)", "right"),
        Column("People (studies)", "right"),
        Column("Certainty of the evidence"),
        Column("What happens"),
    )
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for one in graded:
        marks = _marks(one, len(notes))
        notes += [text for _, text in marks]
        rows += _rows(one, ", ".join(mark for mark, _ in marks))
    return Table(SECTION, columns, tuple(rows), (*notes, *_legend(graded)))


def _rows(one: Graded, marks: str) -> list[tuple[str, ...]]:
    certainty = told.certainty(one) + (f" ({marks})" if marks else "")
    last = (_effect(one), _people(one), certainty, told.statement(one) or DASH)
    outcome = f"{one.question.outcome[:1].upper()}{one.question.outcome[1:]}"
    if not one.absolute:
        return [(outcome, DASH, DASH, DASH, *last)]
    return [(f"{outcome}, over {risk.horizon}", *_per_thousand(risk), *last) for risk in one.absolute]


def _per_thousand(risk: AbsoluteEffect) -> tuple[str, str, str]:
    low, high = sorted((risk.risk_low, risk.risk_high))
    less, more = sorted((risk.difference_low, risk.difference_high))
    change = "fewer" if risk.difference < 0 else "more"
    return (
        _thousandth(risk.baseline_risk),
        f"{_thousandth(risk.risk)} ({interval(round(1000 * low), round(1000 * high), 0)})",
        f"{_thousandth(abs(risk.difference))} {change} ({_change(less)} to {_change(more)})",
    )


def _thousandth(share: float) -> str:
    return fixed(1000 * share, 0)


def _change(difference: float) -> str:
    """A limit of the difference in words: 11 fewer, 2 more."""
    return f"{_thousandth(abs(difference))} {'fewer' if difference < 0 else 'more'}"


def _effect(one: Graded) -> str:
    shown, digits = one.base.displayed, decimals(one.base.effects)
    within = interval(shown.ci_low, shown.ci_high, digits)
    return f"{one.base.measure.name} {effect(shown.estimate, digits)} ({within})"


def _people(one: Graded) -> str:
    people = one.participants
    return f"{told.number(people) if people is not None else DASH} ({studies(one.base.k)})"


def _marks(one: Graded, taken: int) -> list[tuple[str, str]]:
    """A letter and a footnote for each judgement that moved the certainty; none while there is no certainty."""
    if one.certainty is None:
        return []
    moved = [(domain, given) for domain, given in one.judgements.items() if DOMAINS[domain].index(given.judgement)]
    return [
        (_letter(at), f"{_letter(at)} {told.NAMES[domain].capitalize()}, {given.judgement}: {given.reason}")
        for at, (domain, given) in enumerate(moved, start=taken)
    ]


def _letter(at: int) -> str:
    """A letter for a footnote: a to z, then aa, ab and so on."""
    return ("" if at < 26 else chr(96 + at // 26)) + chr(97 + at % 26)


def _legend(graded: Sequence[Graded]) -> list[str]:
    """Where the risks come from, what the abbreviations and the levels of certainty mean."""
    sources = dict.fromkeys(_source(risk) for one in graded for risk in one.absolute)
    measures = dict.fromkeys(f"{one.base.measure.name}, {one.base.measure.label.lower()}" for one in graded)
    levels = [word for word in told.DEFINITIONS if word in {one.certainty for one in graded}]
    return [
        *sources,
        f"CI, confidence interval; {'; '.join(measures)}.",
        *(f"{word.capitalize()} certainty: {told.DEFINITIONS[word]}" for word in levels),
    ]


def _source(risk: AbsoluteEffect) -> str:
    baseline = percent(100 * risk.baseline_risk, 0 if risk.baseline_risk >= LEAST_BASELINE else 1)
    return f"Risk without the intervention of {baseline}: {risk.baseline_source}."


def _judgements(one: Graded) -> Table:
    start = f"starts at {'high' if one.question.evidence == 'randomised' else 'low'}"
    columns = (Column("Domain"), Column("What the numbers suggest"), Column("Judgement"), Column("Reason"))
    notes = (f"Evidence from {one.question.evidence} studies {start}. Numbers suggest; people judge.",)
    return Table(f"Certainty judgements: {one.question.outcome}", columns, tuple(told.judgement_rows(one)), notes)


@to_json.register
def _(one: Graded) -> Json:
    return {
        "kind": "grade",
        "outcome": one.question.outcome,
        "intervention": one.question.intervention,
        "evidence": one.question.evidence,
        "size": one.question.size,
        "thresholds": list(one.question.thresholds),
        "relative_reduction": one.question.relative_reduction,
        "smallest_difference": one.question.smallest_difference,
        "participants": one.participants,
        "studies": one.base.k,
        "suggestions": {name: to_json(suggestion) for name, suggestion in one.suggestions.items()},
        "judgements": {name: to_json(judgement) for name, judgement in one.judgements.items()},
        "waiting": list(one.waiting),
        "certainty": one.certainty,
        "statement": told.statement(one),
    }

"""Paragraphs that a manuscript can take over: what was done, with its references, and what came of it."""

from collections.abc import Callable, Mapping, Sequence

from metak2.display import bayes as believed
from metak2.display import grade as certain
from metak2.display import robustness, sentences
from metak2.display.absolute import per_thousand
from metak2.display.decimals import decimals
from metak2.display.listing import listed
from metak2.display.methods import Step, pooling_references, pooling_steps
from metak2.display.moderators import influential, moderators
from metak2.display.notes import reason
from metak2.display.numbers import effect, p_value
from metak2.display.regression import RULES
from metak2.display.small_studies import asymmetry
from metak2.models.pooled import Pooled, Subgroups
from metak2.report.comparison import Comparison, Design
from metak2.report.sections_bayes import bayes_references
from metak2.report.sections_grade import grade_references
from metak2.report.sections_headline import AS_A_CHECK, COMBINED, headline_answer, headline_steps
from metak2.report.sections_robustness import REFERENCES, REGRESSION, SPECIFICATION, TITLES
from metak2.robustness.asymmetry_choice import asymmetry_test
from metak2.robustness.grade import DOMAINS, Graded, people_in

_DESIGNS: Mapping[str, Callable[..., str]] = {
    "gosh": robustness.gosh,
    "leave-two-out": robustness.leave_two_out,
    "bootstrap": robustness.bootstrap,
    "fragility": robustness.fragility,
    "influence": influential,
}


def methods_of(comparison: Comparison) -> list[Step]:
    """Everything that was done for a comparison, step by step, each with its references."""
    primary = comparison.primary
    shown = Step(text="Results are shown for each study and pooled in tables and a forest plot.")
    if not isinstance(primary, Pooled):
        return [*pooling_steps(primary), shown]
    modelled = [] if comparison.headline is None else [*headline_steps(comparison.headline), Step(text=AS_A_CHECK)]
    return [
        *modelled,
        *pooling_steps(primary),
        shown,
        *_explored(comparison),
        *_questioned(comparison),
        *_judged(comparison, primary),
    ]


def _explored(comparison: Comparison) -> list[Step]:
    """Subgroups and regressions."""
    steps = []
    for groups in comparison.subgroups:
        name = comparison.heads.get(groups.by, groups.by)
        steps.append(Step(text=f"Subgroups by {name} were compared. {sentences.subgroup_rule(groups)}"))
    for asked, result in comparison.regressions.items():
        how = f"{result.choices.method.label}; tests and intervals: {RULES.get(result.rule, result.rule)}"
        steps.append(
            Step(text=f"Meta-regression on {comparison.heads.get(asked, asked)}: {how}.", references=(REGRESSION,))
        )
    return steps


def _questioned(comparison: Comparison) -> list[Step]:
    """Sensitivity analyses, designs, the specification curve and priors."""
    steps = []
    if comparison.sensitivity:
        known = pooling_references(comparison.primary)
        everything = dict.fromkeys(
            paper for one in comparison.sensitivity.values() for paper in pooling_references(one)
        )
        new = tuple(paper for paper in everything if paper not in known)
        steps.append(Step(text=f"Sensitivity analyses: {'; '.join(comparison.sensitivity)}.", references=new))
    names = [*(refits.kind for refits in comparison.refits), *(TITLES[name] for name in comparison.designs)]
    if names:
        papers = tuple(REFERENCES[name] for name in comparison.designs if name in REFERENCES)
        steps.append(Step(text=f"Studies and data were questioned by: {', '.join(names)}.", references=papers))
    if comparison.specifications is not None:
        text = "A specification curve sets every combination of the choices beside the planned one."
        steps.append(Step(text=text, references=(SPECIFICATION,)))
    if comparison.bayes is not None:
        told = listed(tuple(one.tau_prior.words for one in comparison.bayes.posteriors))
        text = f"A Bayesian analysis used as priors of τ {told}."
        steps.append(Step(text=text, references=tuple(bayes_references(comparison))))
    return steps


def _judged(comparison: Comparison, primary: Pooled) -> list[Step]:
    """Small-study effects, absolute effects and certainty."""
    test = asymmetry_test(primary)
    if test is None:
        text = "Funnel plot asymmetry was not tested: that needs ten studies and numbers that allow a test."
        steps = [Step(text=text, references=(certain.ASYMMETRY,))]
    else:
        papers = (*(paper for paper in test.reference.split("; ") if paper), certain.ASYMMETRY)
        steps = [Step(text=f"Small-study effects were sought by {test.label}.", references=papers)]
    if comparison.absolute:
        risks = listed(tuple(dict.fromkeys(one.baseline_source for one in comparison.absolute)))
        steps.append(Step(text=f"Absolute effects apply the pooled effect to a baseline risk: {risks}."))
    if comparison.grade is not None:
        text = "The certainty of the evidence was judged by GRADE, with suggestions computed from the numbers."
        steps.append(Step(text=text, references=tuple(grade_references(comparison))))
    return steps


def results_of_comparison(comparison: Comparison) -> list[str]:
    """What came of a comparison, a paragraph each: the answer, its exploration, its robustness, its certainty."""
    primary = comparison.primary
    if not isinstance(primary, Pooled):
        return [f"{_upper(comparison.about)}: effects are shown side by side and not pooled. {primary.why}"]
    model = [] if comparison.headline is None else [headline_answer(comparison, comparison.headline)]
    paragraphs = [
        model,
        [who(primary), f"{_upper(_subject(comparison))}: {_answer(primary)}", sentences.meaning(primary)],
        [sentences.heterogeneity(primary), sentences.prediction(primary)],
        [*(_groups(comparison, one) for one in comparison.subgroups), *_regressions(comparison)],
        _robust(comparison, primary),
        _certain(comparison, primary),
    ]
    told = (" ".join(sentence for sentence in one if sentence) for one in paragraphs)
    return [paragraph for paragraph in told if paragraph]


def _subject(comparison: Comparison) -> str:
    """The question; where a model of effects of the same patients answers it, what the pooled effect is beside that."""
    return comparison.about if comparison.headline is None else COMBINED


def who(pooled: Pooled) -> str:
    """How many studies, people and events stand behind the pooled effect, and what is shown and not pooled."""
    people, events = people_in(pooled, ("n_e", "n_c")), people_in(pooled, ("event_e", "event_c"))
    behind = [f"{robustness.number(people)} people"] if people is not None else []
    behind += [f"{robustness.number(events)} events"] if events is not None else []
    stands = f" ({', '.join(behind)})" if behind else ""
    verb = "was analysed" if pooled.k == 1 else "were pooled"
    apart = [why for why in pooled.effects.excluded if why]
    told = "; ".join(f"{apart.count(why)} {reason(why)}" for why in dict.fromkeys(apart))
    return f"{_upper(sentences.studies(pooled.k))}{stands} {verb}." + (f" Further studies: {told}." if told else "")


def _answer(pooled: Pooled) -> str:
    tail = f", {p_value(pooled.pval)}" if pooled.measure.comparison else ""
    return f"{sentences.estimate(pooled)}{tail}."


def _groups(comparison: Comparison, groups: Subgroups) -> str:
    """The effect in each group, then the test of their difference."""
    each = "; ".join(
        f"{name}: {sentences.estimate(pooled)} ({sentences.studies(pooled.k)})"
        for name, pooled in groups.groups.items()
    )
    name = comparison.heads.get(groups.by, groups.by)
    test = sentences.subgroup_difference(groups).replace(f" by {groups.by}", "", 1)
    return f"By {name}: {each}. {test}"


def _regressions(comparison: Comparison) -> list[str]:
    return [moderators(result, comparison.heads) for result in comparison.regressions.values()]


def _robust(comparison: Comparison, primary: Pooled) -> list[str]:
    told = [_across(comparison, primary)]
    told += [sentences.refits(refits) for refits in comparison.refits]
    told += [_design(name, result) for name, result in comparison.designs.items()]
    if comparison.specifications is not None:
        told.append(robustness.specification_curve(comparison.specifications))
    if comparison.bayes is not None:
        told += [believed.answer(comparison.bayes.planned), believed.sensitivity(comparison.bayes)]
    return told


def _design(name: str, result: Design) -> str:
    return _DESIGNS[name](result)


def _across(comparison: Comparison, primary: Pooled) -> str:
    """The range of the sensitivity analyses in the measure of the primary one; others by themselves."""
    answers = comparison.sensitivity
    same = [pooled for pooled in answers.values() if pooled.measure.name == primary.measure.name]
    told = []
    if same:
        low, high = min(one.estimate for one in same), max(one.estimate for one in same)
        digits = decimals(primary.effects)
        limits = [effect(float(primary.measure.back(one)), digits) for one in (low, high)]
        count = f"{len(same)} sensitivity {'analysis' if len(same) == 1 else 'analyses'}"
        where = f"was {limits[0]}" if limits[0] == limits[1] else f"lay between {limits[0]} and {limits[1]}"
        told.append(f"In {count} the {sentences.lower_first(primary.measure.label)} {where}.")
    others = [_labelled(label, one) for label, one in answers.items() if one.measure.name != primary.measure.name]
    return " ".join([*told, *([f"In other measures: {'; '.join(others)}."] if others else [])])


def _labelled(label: str, pooled: Pooled) -> str:
    """The answer behind its label, where that says more than the measure."""
    told = sentences.estimate(pooled)
    return told if label.casefold() in told.casefold() else f"{label}: {told}"


def _certain(comparison: Comparison, primary: Pooled) -> list[str]:
    test = asymmetry_test(primary)
    told = [asymmetry(test)] if test is not None else []
    told += [per_thousand(one) for one in comparison.absolute]
    return [*told, *([_graded(comparison.grade)] if comparison.grade is not None else [])]


def _graded(one: Graded) -> str:
    """Certainty with the reasons that moved it, and GRADE's statement; which domains wait where there is none."""
    if one.certainty is None:
        return f"Certainty of the evidence on {one.question.outcome}: {sentences.lower_first(certain.certainty(one))}."
    moved = [
        f"{certain.NAMES[domain]} ({given.judgement}: {given.reason.strip().rstrip('.')})"
        for domain, given in one.judgements.items()
        if DOMAINS[domain].index(given.judgement)
    ]
    why = f", because of {listed(tuple(moved))}" if moved else ""
    certainty = f"The certainty of the evidence on {one.question.outcome} is {one.certainty}{why}."
    return " ".join(part for part in (certainty, certain.statement(one)) if part)


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def references_of(steps: Sequence[Step]) -> list[str]:
    """The papers of the steps, each once, in order of use."""
    return list(dict.fromkeys(reference for step in steps for reference in step.references))

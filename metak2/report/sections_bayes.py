"""The Bayesian section of a report: the planned posterior in words, every prior in a figure and a table; its JSON."""

from metak2.display import bayes as told
from metak2.display.notes import sentence
from metak2.display.numbers import between, significant
from metak2.display.sentences import coverage
from metak2.models.bayes_result import Bayesian
from metak2.plots.forest import forest
from metak2.report.blocks import Block, Caveat, Column, Heading, Paragraph, Picture, Table
from metak2.report.comparison import Comparison
from metak2.report.results import Json, to_json
from metak2.robustness.prior_sensitivity import PriorSensitivity

QUADRATURE = "Röver 2020, J Stat Softw 93(6):1-51"


def bayes_blocks(comparison: Comparison) -> list[Block]:
    """What is believed under the planned prior, and how far the other priors move it."""
    result = comparison.bayes
    if result is None:
        return []
    planned = result.planned
    words = [told.answer(planned), told.heterogeneity(planned), told.prediction(planned)]
    words += [told.against_no_effect(planned)]
    words += [told.beyond(planned, threshold) for threshold in comparison.thresholds]
    return [
        Heading("Bayesian analysis", 3),
        Paragraph(" ".join(word for word in words if word)),
        *(Caveat(sentence(note)) for note in planned.notes if note not in comparison.primary.notes),
        Paragraph(told.sensitivity(result)),
        Picture(
            f"{comparison.name}-priors",
            f"The answer under each prior: {comparison.about}.",
            forest(result, favours=comparison.favours),
        ),
        prior_table(result),
    ]


def prior_table(result: PriorSensitivity) -> Table:
    """One row for each prior of tau."""
    level = coverage(result.base.level)
    rows = tuple(
        (
            one.tau_prior.words,
            told.effect_text(one),
            "" if one.prediction is None else told.limits(one.effects, one.prediction.low, one.prediction.high),
            f"{significant(one.tau.median)} ({between(one.tau.low, one.tau.high)})",
            told.factor(one.bayes_factor_heterogeneity),
            one.tau_prior.source or "the plan",
        )
        for one in result.posteriors
    )
    columns = (
        Column("Prior of τ"),
        Column(f"{result.measure.label}: posterior median ({level} credible interval)", "right"),
        Column(f"{level} prediction interval", "right"),
        Column(f"τ: posterior median ({level} credible interval)", "right"),
        Column("Bayes factor for heterogeneity", "right"),
        Column("Source of the prior"),
    )
    return Table("Prior sensitivity", columns, rows, (f"Prior of the effect: {result.planned.effect_prior.words}.",))


def bayes_references(comparison: Comparison) -> list[str]:
    """The paper behind the quadrature, and the sources of published priors."""
    if comparison.bayes is None:
        return []
    return [QUADRATURE, *(one.tau_prior.source for one in comparison.bayes.posteriors if one.tau_prior.source)]


@to_json.register
def _(result: Bayesian) -> Json:
    return {
        "kind": "bayesian",
        "measure": result.measure.name,
        "tau_prior": result.tau_prior.words,
        "tau_prior_source": result.tau_prior.source,
        "effect_prior": result.effect_prior.words,
        "level": result.level,
        "k": result.k,
        "coefficients": {
            name: to_json(one) for name, one in zip(result.design.columns, result.coefficients, strict=True)
        },
        "tau": to_json(result.tau),
        "prediction": to_json(result.prediction),
        "studies": [
            {"study": study, "effect": to_json(one)}
            for study, one in zip(result.effects.study, result.studies, strict=True)
        ],
        "log_evidence": to_json(result.log_evidence),
        "bayes_factor_heterogeneity": to_json(result.bayes_factor_heterogeneity),
        "bayes_factor_effect": to_json(result.bayes_factor_effect),
        "notes": to_json(result.notes),
    }


@to_json.register
def _(result: PriorSensitivity) -> Json:
    return {"kind": "prior-sensitivity", "posteriors": [to_json(one) for one in result.posteriors]}

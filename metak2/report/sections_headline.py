"""A model of effects of the same patients as the planned answer: its paragraph, figure, tables and methods."""

from metak2.display import multilevel as fitted
from metak2.display import multilevel_answer as told
from metak2.display import sentences
from metak2.display.methods import Step
from metak2.display.notes import sentence
from metak2.display.robust import sensitivity
from metak2.models.integrity import integrity_answers
from metak2.models.pooled import Pooled
from metak2.plots.multilevel import multilevel_forest_pages
from metak2.report.blocks import Block, Caveat, Heading, Paragraph
from metak2.report.comparison import Comparison, Headline
from metak2.report.figures import pages_as_blocks
from metak2.report.sections_clusters import ADJUSTED, WORKING, correlation_table
from metak2.report.tables_multilevel import spread_tables

COMBINED = "With the effects of the same patients combined first"
AS_A_CHECK = "As a check the effects of the same patients were also combined first, and pooled as follows."


def headline_answer(comparison: Comparison, headline: Headline) -> str:
    """The first paragraph: the answer, its uncertainty, what each level holds, and why to doubt it."""
    model, wording = headline.found.model, headline.wording
    parts = [
        f"{comparison.about[:1].upper()}{comparison.about[1:]}: {sentences.lower_first(told.answer(model, wording))}",
        told.meaning(model, wording),
        told.held(model, wording),
        told.prediction(model, wording),
        combined_first(comparison),
        *_with_other_trials(comparison),
        f"Why to doubt it: {' '.join(comparison.doubts)}" if comparison.doubts else "",
        sensitivity(comparison.clustered) if comparison.clustered else "",
    ]
    return " ".join(part for part in parts if part)


def combined_first(comparison: Comparison) -> str:
    """The pooled effect of one effect for each cluster, beside the model of all."""
    primary = comparison.primary
    return f"{COMBINED}: {sentences.estimate(primary)}." if isinstance(primary, Pooled) else ""


def _with_other_trials(comparison: Comparison) -> list[str]:
    """The combined answer with trials put in or taken out for their integrity, and whether it changes."""
    primary = comparison.primary
    if not isinstance(primary, Pooled):
        return []
    others = [other for _, other in integrity_answers(primary)]
    told = [sentences.other_trials(primary, other) for other in others]
    return [*told, sentences.depends_on_integrity(primary, others)]


def headline_blocks(comparison: Comparison, headline: Headline) -> list[Block]:
    """Caveats, forest plot, levels and correlations of the model; then the heading of the combined analysis."""
    model, wording = headline.found.model, headline.wording
    pages = multilevel_forest_pages(model, wording=wording, favours=comparison.favours, columns=comparison.columns)
    blocks: list[Block] = [
        *(Caveat(sentence(note)) for note in model.notes),
        *pages_as_blocks(f"{comparison.name}-forest", f"Forest plot: {comparison.about}", pages),
        *spread_tables(model, wording),
        Paragraph(fitted.heterogeneity(model)),
    ]
    if comparison.clustered is not None:
        blocks += [Paragraph(sensitivity(comparison.clustered)), correlation_table(comparison.clustered)]
    return [
        *blocks,
        Heading(COMBINED, 3),
        Paragraph(f"{combined_first(comparison)} The analyses that follow question this answer."),
    ]


def headline_steps(headline: Headline) -> list[Step]:
    """How the effects were modelled, with the papers behind it."""
    found, wording = headline.found, headline.wording
    several, method = wording.many(found.cluster), told.METHODS[found.model.asked.method]
    text = (
        f"All effects are modelled together by {method}: they vary between {several} and within them, and the sampling "
        f"errors in the same patients have the assumed correlation {found.correlation:g}"
    )
    if found.robust is None:
        return [Step(text=f"{text}.", references=(WORKING,))]
    kind = found.robust.options.kind
    errors = f"{kind} cluster-robust errors with Satterthwaite's degrees of freedom"
    return [Step(text=f"{text}; intervals and tests use {errors}.", references=(WORKING, ADJUSTED))]


def headline_results(comparison: Comparison, headline: Headline) -> dict[str, object]:
    """The planned answer, the model behind it where that is another, and the combined analysis."""
    found = headline.found
    model = {} if found.robust is None else {"model": found.model}
    return {"primary": found.answer, **model, "combined": comparison.primary}

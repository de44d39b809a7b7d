"""From fitted objects to the blocks of a report: the answer first, its uncertainty, and why to doubt it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metak2.display import sentences
from metak2.display.absolute import number_needed, per_thousand
from metak2.display.caveats import caveats
from metak2.display.journal import PLAIN, active, written_in
from metak2.display.journals import journal_style
from metak2.display.notes import sentence
from metak2.models.integrity import integrity_answers
from metak2.models.pool import side_by_side
from metak2.models.pooled import Pooled, Unpooled
from metak2.plots.forest import forest_pages
from metak2.plots.funnel import funnel
from metak2.report import tables
from metak2.report.blocks import Block, Caveat, Drawn, Heading, Items, Paragraph, Picture
from metak2.report.comparison import Comparison
from metak2.report.effect_table import EffectTable, effect_table
from metak2.report.expectations import Expectation
from metak2.report.figures import figure_blocks, pages_as_blocks
from metak2.report.report import Report
from metak2.report.results_robustness import robustness_results
from metak2.report.sections_bayes import bayes_blocks
from metak2.report.sections_clusters import cluster_blocks
from metak2.report.sections_grade import grade_blocks
from metak2.report.sections_headline import (
    COMBINED,
    headline_answer,
    headline_blocks,
    headline_results,
)
from metak2.report.sections_integrity import integrity_blocks, integrity_results
from metak2.report.sections_methods import methods_blocks
from metak2.report.sections_open import open_blocks, open_results
from metak2.report.sections_robustness import (
    design_blocks,
    regression_blocks,
    specification_blocks,
)
from metak2.report.table_expectations import expectation_table
from metak2.report.trails import linked_cells, linked_headline, linked_studies
from metak2.studies.kinds import MEANINGS

_ARMS = {"e": "experimental", "c": "control"}
_TWO_ARMS = {
    **{
        f"{column}_{arm}": f"{words}, {of}"
        for arm, of in _ARMS.items()
        for column, words in {
            "event": "events",
            "n": "n",
            "time": "person-time",
            "percent": "per cent",
            "mean": "mean",
            "sd": "SD",
            "dispersion": "±",
            "dispersion_low": "lower",
            "dispersion_high": "upper",
            "median": "median",
            "q1": "first quartile",
            "q3": "third quartile",
            "minimum": "minimum",
            "maximum": "maximum",
            **{
                f"{column}_{when}": f"{words} {told}"
                for when, told in {"baseline": "at baseline", "final": "at the end"}.items()
                for column, words in {"mean": "mean", "sd": "SD", "dispersion": "±"}.items()
            },
        }.items()
    },
    "estimate": "estimate",
    "se": "SE",
    "vi": "variance",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
    "pval": "p",
}
READ = {
    **_TWO_ARMS,
    **{column: words.partition(";")[0] for column, (words, _, _) in MEANINGS.items() if column not in _TWO_ARMS},
}
"""The columns whose cells a report prints, with their names in words."""


def report(
    title: str,
    *,
    primary: Pooled | Unpooled,
    sensitivity: Mapping[str, Pooled] | Sequence[Pooled] = (),
    about: str = "",
    style: str = "",
) -> Report:
    """A report on one question; `write(folder)` writes it.

    `sensitivity` holds the same question under other choices, by label or in order; `about` is the question as a phrase
    inside a sentence, by default the title; `style` is a journal's ("cochrane", "bmj", "jama", "lancet", "plain").
    """
    if not isinstance(sensitivity, Mapping):
        sensitivity = {answer.method.label: answer for answer in sensitivity}
    comparison = Comparison(
        name="primary", title=title, about=about or title, primary=primary, sensitivity=dict(sensitivity)
    )
    with journal_style(style):
        return full_report(title, comparisons=(comparison,))


def full_report(
    title: str,
    *,
    comparisons: Sequence[Comparison],
    summary: Sequence[str] = (),
    before: Sequence[Block] = (),
    after: Sequence[Block] = (),
    expectations: tuple[Expectation, ...] = (),
) -> Report:
    """A report on several questions, with blocks of the reviewer's own before and after them.

    The first paragraph is the answer of the first comparison, or `summary`, each item a paragraph. Inside
    `journal_style("lancet")` all of it is in that journal's style; results.json is the same in every style.
    """
    opening = tuple(summary) or (answer(comparisons[0]),)
    blocks: list[Block] = [_answer_block(text, comparisons[0]) for text in opening if text]
    blocks += before
    for at, comparison in enumerate(comparisons):
        told = at == 0 and not summary
        blocks.append(Heading(comparison.title if len(comparisons) > 1 else "Result"))
        blocks += [] if told else [_answer_block(answer(comparison), comparison)]
        blocks += comparison_blocks(comparison)
    blocks += [*grade_blocks(comparisons), *after]
    if expectations:
        blocks += [Heading("Reproduced numbers"), expectation_table(expectations)]
    blocks += methods_blocks(comparisons)
    results: dict[str, object] = {}
    for comparison in comparisons:
        results[comparison.name] = results_of(comparison)
    return Report(
        title=title,
        blocks=tuple(blocks),
        results=results,
        effect_tables={name: table for comparison in comparisons for name, table in _effect_tables(comparison)},
        expectations=expectations,
        recorded=_recorded(comparisons),
    )


def _effect_tables(comparison: Comparison) -> Iterator[tuple[str, EffectTable]]:
    """The effects of the primary analysis, and all of them where a model of all answers."""
    yield comparison.name, effect_table(comparison.primary)
    if comparison.headline is not None:
        model = comparison.headline.found.model
        every = side_by_side(model.effects, why="modelled together", level=model.level)
        yield f"{comparison.name}-all", effect_table(every)


def _recorded(comparisons: Sequence[Comparison]) -> dict[str, Drawn]:
    """The drawings of a journal's report as the plain style has them, for results.json; none where it is plain."""
    if active() is PLAIN:
        return {}
    with written_in(PLAIN):
        blocks = [block for comparison in comparisons for block in comparison_blocks(comparison)]
    return {block.name: block.drawing for block in blocks if isinstance(block, Picture)}


def answer(comparison: Comparison) -> str:
    """The first paragraph: the answer, its uncertainty, and why to doubt it."""
    if comparison.headline is not None:
        return headline_answer(comparison, comparison.headline)
    primary = comparison.primary
    if isinstance(primary, Unpooled):
        return f"{comparison.about[:1].upper()}{comparison.about[1:]}: not pooled. {primary.why}"
    parts = [sentences.headline(primary, comparison.about), sentences.meaning(primary)]
    if primary.k > 1:
        parts += [sentences.prediction(primary)]
    others = [other for _, other in integrity_answers(primary)]
    parts += [sentences.other_trials(primary, other) for other in others]
    parts.append(sentences.depends_on_integrity(primary, others))
    if comparison.doubts:
        parts.append(f"Why to doubt it: {' '.join(comparison.doubts)}")
    return " ".join(part for part in parts if part)


CARRIED = {
    "reconstructed": "Reconstructed",
    "ratio": "Ratio",
    "endpoint": "Endpoint",
    "contains_retracted": "Contains retracted trials",
    "contains_concern": "Contains trials of concern",
}
"""The workbook's columns that a reader must see beside a study, asked for or not."""


def carried(comparison: Comparison) -> dict[str, str]:
    """The columns of the plan and of `CARRIED` for the table of studies: moderator → heading."""
    present = comparison.primary.effects.moderators
    asked = comparison.heads or {name: name.replace("_", " ").capitalize() for name in comparison.columns}
    return {name: head for name, head in (CARRIED | dict(asked)).items() if name in present}


def _answer_block(text: str, comparison: Comparison) -> Paragraph:
    return linked_headline(text, comparison.primary, comparison.name)


def comparison_blocks(comparison: Comparison) -> list[Block]:
    """Caveats, forest plot, tables, sensitivity, subgroups, regressions, what questions the answer, gaps, cells."""
    primary, headline = comparison.primary, comparison.headline
    also = integrity_answers(primary) if isinstance(primary, Pooled) else ()
    blocks: list[Block] = [Paragraph(text) for text in comparison.text]
    blocks += [] if headline is None else headline_blocks(comparison, headline)
    if isinstance(primary, Pooled) and primary.k > 1:
        blocks.append(Paragraph(sentences.heterogeneity(primary)))
    blocks += [Caveat(text) for text in caveats(primary)]
    pages = forest_pages(primary, also=also, favours=comparison.favours, columns=comparison.columns)
    stem = f"{comparison.name}-forest" if headline is None else f"{comparison.name}-forest-combined"
    blocks += pages_as_blocks(stem, f"Forest plot: {comparison.about}", pages)
    blocks.append(
        linked_studies(tables.study_table(primary, carried(comparison)), primary, comparison.name, tuple(READ))
    )
    if isinstance(primary, Pooled):
        blocks += _beside(comparison, primary, also)
    blocks += [*integrity_blocks(comparison), *_further(comparison)]
    if primary.effects.problems:
        blocks += [Heading("What the workbook leaves open", 3), tables.problem_table(primary.effects.problems)]
    if any(origin.cells or origin.conversions for origin in primary.effects.origins):
        cells = linked_cells(tables.origin_table(primary.effects.origins, READ), comparison.name)
        blocks += [Heading("Cells and conversions", 3), cells]
    return blocks


def _beside(comparison: Comparison, primary: Pooled, also: tuple[tuple[str, Pooled], ...]) -> list[Block]:
    blocks: list[Block] = []
    if len(primary.intervals) > 1:
        blocks.append(tables.intervals_table(primary))
    others = [*also, *comparison.sensitivity.items()]
    if others:
        blocks.append(Heading("The same question under other choices", 3))
        first = "Primary analysis" if comparison.headline is None else COMBINED
        blocks.append(tables.answers_table("Other choices", [(first, primary), *others], primary.notes))
    if comparison.absolute:
        blocks.append(Heading("For people", 3))
        lines = [line for a in comparison.absolute for line in (per_thousand(a), number_needed(a))]
        blocks.append(Items(tuple(lines)))
    if primary.k > 2:
        blocks.append(Picture(f"{comparison.name}-funnel", f"Funnel plot: {comparison.about}.", funnel(primary)))
    return blocks


def _further(comparison: Comparison) -> list[Block]:
    blocks: list[Block] = []
    for asked in comparison.subgroups:
        stem = "".join(c if c.isalnum() else "-" for c in asked.by.lower())
        groups = replace(asked, by=comparison.heads.get(asked.by, asked.by))
        blocks += [
            Heading(f"Subgroups by {groups.by}", 3),
            Paragraph(f"{sentences.subgroup_difference(groups)} {sentences.subgroup_rule(groups)}"),
            *(Caveat(sentence(note)) for note in groups.notes),
            *pages_as_blocks(
                f"{comparison.name}-forest-by-{stem}",
                f"Forest plot by {groups.by}: {comparison.about}",
                forest_pages(groups, favours=comparison.favours),
            ),
            tables.subgroup_table(groups),
        ]
    blocks += regression_blocks(comparison)
    for refits in comparison.refits:
        title = "Leave-one-out" if refits.kind == "leave-one-out" else "Cumulative meta-analysis"
        blocks += [
            Heading(title, 3),
            Paragraph(sentences.refits(refits)),
            *pages_as_blocks(
                f"{comparison.name}-{refits.kind}",
                f"{title}: {comparison.about}",
                forest_pages(refits, favours=comparison.favours),
            ),
            tables.refit_table(refits),
        ]
    return [
        *blocks,
        *design_blocks(comparison),
        *specification_blocks(comparison),
        *bayes_blocks(comparison),
        *open_blocks(comparison),
        *cluster_blocks(comparison),
        *figure_blocks(comparison),
    ]


def results_of(comparison: Comparison) -> dict[str, object]:
    """Every result of a comparison under its name, for results.json."""
    results: dict[str, object] = {"primary": comparison.primary}
    if comparison.headline is not None:
        results = headline_results(comparison, comparison.headline)
    results.update(integrity_results(comparison))
    if comparison.sensitivity:
        results["sensitivity"] = dict(comparison.sensitivity)
    if comparison.subgroups:
        results["subgroups"] = {groups.by: groups for groups in comparison.subgroups}
    for refits in comparison.refits:
        results[refits.kind] = refits
    results.update(robustness_results(comparison))
    if comparison.bayes is not None:
        results["bayes"] = comparison.bayes
    results.update(open_results(comparison))
    if comparison.clustered is not None:
        results["clusters"] = comparison.clustered
    if comparison.absolute:
        results["absolute"] = list(comparison.absolute)
    if comparison.grade is not None:
        results["grade"] = comparison.grade
    return results

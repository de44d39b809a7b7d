"""The last section of a report on comparisons: what was done, the studies, and the papers behind the methods."""

from collections.abc import Sequence

from metak2.display.methods import pooling_methods, pooling_references
from metak2.report.blocks import Block, Heading, Paragraph, References
from metak2.report.comparison import Comparison
from metak2.report.figures import figure_references
from metak2.report.included import included_references
from metak2.report.sections_bayes import bayes_references
from metak2.report.sections_clusters import cluster_references
from metak2.report.sections_grade import grade_references
from metak2.report.sections_headline import AS_A_CHECK, headline_steps
from metak2.report.sections_open import open_references
from metak2.report.sections_robustness import further_references


def methods_blocks(comparisons: Sequence[Comparison]) -> list[Block]:
    """How the effects were measured and pooled, and both lists of references."""
    texts = dict.fromkeys(text for comparison in comparisons for text in _pooled_how(comparison))
    references: dict[str, None] = {}
    for comparison in comparisons:
        if comparison.headline is not None:
            references.update(dict.fromkeys(one for s in headline_steps(comparison.headline) for one in s.references))
        for result in (comparison.primary, *comparison.sensitivity.values()):
            references.update(dict.fromkeys(pooling_references(result)))
        references.update(dict.fromkeys(further_references(comparison)))
        references.update(dict.fromkeys((*bayes_references(comparison), *open_references(comparison))))
        references.update(dict.fromkeys((*figure_references(comparison), *grade_references(comparison))))
        references.update(dict.fromkeys(cluster_references(comparison)))
    blocks: list[Block] = [Heading("Methods"), *(Paragraph(text) for text in texts)]
    if sources := included_references(comparisons):
        blocks += [Heading("Studies in this report"), References(sources)]
    if references:
        blocks += [Heading("References"), References(tuple(references))]
    return blocks


def _pooled_how(comparison: Comparison) -> list[str]:
    """How the effects were modelled and pooled, a paragraph each."""
    if comparison.headline is None:
        return [pooling_methods(comparison.primary)]
    steps = " ".join(step.text for step in headline_steps(comparison.headline))
    return [steps, f"{AS_A_CHECK} {pooling_methods(comparison.primary)}"]

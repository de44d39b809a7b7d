"""The sections of a report on what questions the answer: regressions, designs, the specification curve."""

from metak2.display import robustness as told
from metak2.display.moderators import influential, moderators
from metak2.display.notes import sentence
from metak2.models.regression_result import Regression
from metak2.plots import robustness as plots
from metak2.plots.bubble import bubble_plot
from metak2.plots.bubble_layout import moderator_of
from metak2.plots.diagnostics import influence_plot
from metak2.plots.drawing import Drawing
from metak2.plots.gosh import gosh_plot
from metak2.report.blocks import Block, Caveat, Heading, Paragraph, Picture
from metak2.report.comparison import Comparison
from metak2.report.tables_robustness import coefficient_table, influence_table, specification_table
from metak2.robustness.bootstrap import Bootstrap
from metak2.robustness.fragility import Fragility
from metak2.robustness.gosh import Gosh
from metak2.robustness.influence import Influence
from metak2.robustness.leave_one_out import LeaveTwoOut

REGRESSION = "Thompson & Higgins 2002, Stat Med 21:1559-1573"
SPECIFICATION = "Simonsohn, Simmons & Nelson 2020, Nat Hum Behav 4:1208-1214"
REFERENCES = {
    "gosh": "Olkin, Dahabreh & Trikalinos 2012, Res Synth Methods 3:214-223",
    "bootstrap": "Van den Noortgate & Onghena 2005, Behav Res Methods 37:11-22",
    "fragility": "Atal, Porcher, Boutron & Ravaud 2019, J Clin Epidemiol 111:32-40",
    "influence": "Viechtbauer & Cheung 2010, Res Synth Methods 1:112-125",
}
TITLES = {
    "gosh": "All subsets (GOSH)",
    "leave-two-out": "Leave-two-out",
    "bootstrap": "Bootstrap",
    "fragility": "Fragility of the conclusion",
    "influence": "Influence",
}


def regression_blocks(comparison: Comparison) -> list[Block]:
    """Each regression: what it explains, its caveats, a bubble plot for one numeric moderator, its coefficients."""
    blocks: list[Block] = []
    for at, (asked, result) in enumerate(comparison.regressions.items(), start=1):
        label = comparison.heads.get(asked, asked)
        blocks += [
            Heading(f"Meta-regression on {label}", 3),
            Paragraph(moderators(result, comparison.heads)),
            *(Caveat(sentence(note)) for note in result.notes if note not in comparison.primary.notes),
            *_bubbles(comparison, result, label, at),
            coefficient_table(result, f"Coefficients of the meta-regression on {label}", comparison.heads),
        ]
    return blocks


def _bubbles(comparison: Comparison, result: Regression, label: str, at: int) -> list[Block]:
    moderator = moderator_of(result)
    if moderator is None:
        return []
    drawing = bubble_plot(result, label=comparison.heads.get(moderator, ""))
    stem = f"{comparison.name}-bubble" + (f"-{at}" if len(comparison.regressions) > 1 else "")
    return [Picture(stem, f"Bubble plot on {label}: {comparison.about}.", drawing)]


def design_blocks(comparison: Comparison) -> list[Block]:
    """Each further design: its sentence, and its figure or table."""
    blocks: list[Block] = []
    for name, result in comparison.designs.items():
        title = TITLES[name]
        blocks.append(Heading(title, 3))
        if isinstance(result, Influence):
            blocks += [
                Paragraph(influential(result)),
                *(Caveat(sentence(note)) for note in result.notes if note not in comparison.primary.notes),
                *_influence_picture(comparison, result),
                influence_table(result),
            ]
            continue
        words, drawing = _told(result)
        blocks += [
            Paragraph(words),
            Picture(f"{comparison.name}-{name}", f"{title}: {comparison.about}.", drawing),
        ]
    return blocks


def _influence_picture(comparison: Comparison, result: Influence) -> list[Block]:
    """The panels, unless they are among the comparison's figures already."""
    if "influence" in comparison.figures:
        return []
    caption = f"Influence of each study: {comparison.about}."
    return [Picture(f"{comparison.name}-influence", caption, influence_plot(result))]


def _told(result: Gosh | LeaveTwoOut | Bootstrap | Fragility) -> tuple[str, Drawing]:
    """The sentence and the figure of a design."""
    if isinstance(result, Gosh):
        return told.gosh(result), gosh_plot(result)
    if isinstance(result, LeaveTwoOut):
        return told.leave_two_out(result), plots.leave_two_out_plot(result)
    if isinstance(result, Bootstrap):
        return told.bootstrap(result), plots.bootstrap_plot(result)
    return told.fragility(result), plots.fragility_plot(result)


def specification_blocks(comparison: Comparison) -> list[Block]:
    """The specification curve: its sentence, its figure with the planned one marked, its answers by choice."""
    curve = comparison.specifications
    if curve is None:
        return []
    unfit = tuple(" with ".join(names) or "no filter" for names in curve.unfit)
    table = specification_table(curve)
    return [
        Heading("Specification curve", 3),
        Paragraph(told.specification_curve(curve)),
        *(
            [Caveat(f"Left out, as patients would be pooled twice or no trial is left: {'; '.join(unfit)}.")]
            * bool(unfit)
        ),
        Picture(
            f"{comparison.name}-specifications",
            f"Specification curve: {comparison.about}.",
            plots.specification_plot(curve),
        ),
        *([table] if table.rows else []),
    ]


def further_references(comparison: Comparison) -> list[str]:
    """The papers behind the regressions, designs and the specification curve, in the order of the report."""
    references = [REGRESSION] if comparison.regressions else []
    references += [REFERENCES[name] for name in comparison.designs if name in REFERENCES]
    return [*references, *([SPECIFICATION] if comparison.specifications is not None else [])]

"""The section of a report on effects of the same patients: the model under each stated correlation; its JSON."""

from metak2.display import robust as told
from metak2.display.notes import sentence
from metak2.display.numbers import fixed, p_number, significant
from metak2.display.sentences import coverage
from metak2.report.blocks import Block, Caveat, Column, Heading, Paragraph, Table
from metak2.report.comparison import Comparison
from metak2.robustness.correlation import CorrelationSensitivity

WORKING = "Pustejovsky & Tipton 2022, Prev Sci 23:425-438"
ADJUSTED = "Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683"


def cluster_blocks(comparison: Comparison) -> list[Block]:
    """How many effects share patients, what the model of all of them says, and what the correlation decides.

    Empty where that model is the answer, which is told first.
    """
    result = comparison.clustered
    if result is None or comparison.headline is not None:
        return []
    planned = result.planned
    combined = (
        f"Several effects come from the same patients ({planned.k} effects, {planned.m} clusters). The primary "
        "analysis combines those of a cluster first; here all are modelled together, with robust errors that hold "
        "whatever their correlation is."
    )
    return [
        Heading("Effects of the same patients", 3),
        Paragraph(f"{combined} {told.answer(planned)} {told.working(planned)}"),
        *(Caveat(sentence(note)) for note in planned.notes if note not in comparison.primary.notes),
        Paragraph(told.sensitivity(result)),
        correlation_table(result),
    ]


def correlation_table(result: CorrelationSensitivity) -> Table:
    """One row for each correlation, in their order."""
    pairs = sorted(zip(result.correlations, result.fits, strict=True), key=lambda pair: pair[0])
    rows = tuple(
        (
            f"{correlation:g}{' (planned)' if fit is result.planned else ''}",
            told.estimate(fit),
            fixed(float(fit.coefficients.df[0]), 1),
            p_number(float(fit.coefficients.pval[0])),
            ", ".join(f"{name} {significant(value)}" for name, value in fit.weighted.variances),
        )
        for correlation, fit in pairs
    )
    columns = (
        Column("Correlation"),
        Column(f"{result.measure.label} ({coverage(result.planned.level)} CI)", "right"),
        Column("Degrees of freedom", "right"),
        Column("p", "right"),
        Column("Variances"),
    )
    footnotes = (f"{result.planned.options.kind} robust errors with Satterthwaite degrees of freedom.",)
    return Table("Assumed correlation of effects in the same patients", columns, rows, footnotes)


def cluster_references(comparison: Comparison) -> list[str]:
    """The papers behind the working model and the errors."""
    return [] if comparison.clustered is None else [WORKING, ADJUSTED]

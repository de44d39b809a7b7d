"""What a journal asks for beside the analysis: text for the manuscript, and the PRISMA 2020 checklist."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from metak2.errors import UnknownOptionError
from metak2.models.pooled import Pooled
from metak2.report.blocks import Block, Heading, Paragraph, References
from metak2.report.comparison import Comparison
from metak2.report.for_manuscript import methods_of, references_of, results_of_comparison
from metak2.report.prisma_checklist import SECTION, Read, checklist_table
from metak2.report.prisma_items import STATEMENT
from metak2.report.provenance import SOFTWARE_LINE
from metak2.report.report import Report
from metak2.report.results import Json, to_json
from metak2.robustness.asymmetry_choice import asymmetry_test
from metak2.robustness.small_studies import RegressionTest
from metak2.version import __version__

Section = Literal["manuscript", "prisma_checklist"]
SECTIONS: tuple[Section, ...] = ("manuscript", "prisma_checklist")
CITED = "References"
_LISTS = ("Studies in this report", CITED)


def for_journal(made: Report, *, comparisons: Sequence[Comparison], sections: Iterable[Section] = SECTIONS) -> Report:
    """The report with a section to copy from, whose sentences cite its references, and with the checklist.

    `UnknownOptionError` for any other section.
    """
    wanted = tuple(sections)
    for name in wanted:
        if name not in SECTIONS:
            raise UnknownOptionError("section", name, SECTIONS)
    if not wanted:
        return made
    told = comparisons if "manuscript" in wanted else ()
    new = [reference for one in told for reference in references_of(methods_of(one))]
    new += [STATEMENT] if "prisma_checklist" in wanted else []
    blocks, cited = _with_references(list(made.blocks), new)
    if "manuscript" in wanted:
        at = _before_lists(blocks)
        blocks[at:at] = manuscript_blocks(comparisons, cited)
    if "prisma_checklist" in wanted:
        blocks = _with_checklist(made.title, blocks, comparisons, cited)
    return replace(made, blocks=tuple(blocks), results=_with_tests(made.results, comparisons))


def manuscript_blocks(comparisons: Sequence[Comparison], cited: Sequence[str]) -> list[Block]:
    """Methods, one paragraph for all that were done alike, and results; [n] is the place in the references."""
    methods: dict[str, list[str]] = {}
    for comparison in comparisons:
        methods.setdefault(_methods_text(comparison, cited), []).append(comparison.title)
    blocks: list[Block] = [Heading("For the manuscript"), Heading("Methods text", 3)]
    for text, titles in methods.items():
        blocks.append(Paragraph(text if len(methods) == 1 else f"{'; '.join(titles)}: {text}"))
    blocks += [Paragraph(f"{SOFTWARE_LINE}{__version__}."), Heading("Results text", 3)]
    return [*blocks, *(Paragraph(text) for one in comparisons for text in results_of_comparison(one))]


def _methods_text(comparison: Comparison, cited: Sequence[str]) -> str:
    """The steps as sentences, each with the numbers of its references before its full stop."""
    told = []
    for step in methods_of(comparison):
        numbers = sorted({cited.index(reference) + 1 for reference in step.references})
        marks = f" [{', '.join(map(str, numbers))}]" if numbers else ""
        told.append(f"{step.text.removesuffix('.')}{marks}.")
    return " ".join(told)


def _with_references(blocks: list[Block], new: Sequence[str]) -> tuple[list[Block], tuple[str, ...]]:
    """The blocks with further works cited, and all works in the order of their numbers."""
    heading = Heading(CITED)
    at = next((at + 1 for at, block in enumerate(blocks) if block == heading), None)
    listed = blocks[at] if at is not None and at < len(blocks) else None
    present = listed.items if isinstance(listed, References) else ()
    cited = tuple(dict.fromkeys((*present, *new)))
    if cited == present:
        return blocks, cited
    if isinstance(listed, References) and at is not None:
        return [*blocks[:at], References(cited), *blocks[at + 1 :]], cited
    return [*blocks, heading, References(cited)], cited


def _before_lists(blocks: Sequence[Block]) -> int:
    """Where a section goes that stands before the lists of studies and works."""
    places = (at for at, block in enumerate(blocks) if isinstance(block, Heading) and block.text in _LISTS)
    return next(places, len(blocks))


def _with_checklist(
    title: str, blocks: list[Block], comparisons: Sequence[Comparison], cited: Sequence[str]
) -> list[Block]:
    """The blocks with the checklist, read from them as they stand when it is in its place."""
    at = _before_lists(blocks)
    about = Paragraph(f"Items as printed [{cited.index(STATEMENT) + 1}].")
    standing: list[Block] = [*blocks[:at], Heading(SECTION), about, about, *blocks[at:]]
    standing[at + 2] = checklist_table(Read(title, standing, comparisons))
    return standing


def _with_tests(results: Mapping[str, object], comparisons: Sequence[Comparison]) -> dict[str, object]:
    """The results with the tests of asymmetry that the text tells of."""
    told = dict(results)
    for comparison in comparisons:
        test = asymmetry_test(comparison.primary) if isinstance(comparison.primary, Pooled) else None
        own = told.get(comparison.name)
        if test is not None and isinstance(own, Mapping):
            told[comparison.name] = {**own, "asymmetry": test}
    return told


@to_json.register
def _(test: RegressionTest) -> Json:
    return {
        "kind": "asymmetry",
        "test": test.test,
        "label": test.label,
        "predictor": test.predictor,
        "k": test.k,
        "bias": test.bias,
        "se": test.se[-1],
        "statistic": test.statistic,
        "df": test.df,
        "pval": test.pval,
        "notes": to_json(test.notes),
    }

"""The PRISMA 2020 checklist, filled in: which sentence, table or figure answers an item, what people must add."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metak2.models.pooled import Pooled
from metak2.report.anchors import anchor_of
from metak2.report.blocks import Block, Column, Heading, Link, Paragraph, Picture, Table
from metak2.report.comparison import Comparison
from metak2.report.prisma_items import ITEMS
from metak2.report.sections_grade import SECTION as FINDINGS
from metak2.robustness.asymmetry_choice import asymmetry_test

SECTION = "PRISMA 2020 checklist"
CAPTION = "Where each item is answered"
IN_PART, BY_PEOPLE = "A person must add", "A person must write it."
_QUOTED = 60  # letters of a sentence that lead a reader to it


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: in words, and as a position among the blocks."""

    words: str
    at: int


@dataclass(frozen=True, slots=True)
class Read:
    """A report as the checklist reads it."""

    title: str
    blocks: Sequence[Block]
    comparisons: Sequence[Comparison]

    def tables(self, *beginnings: str) -> list[Place]:
        """The tables whose caption begins so."""
        return [
            Place(f"table “{block.caption}”", at)
            for at, block in enumerate(self.blocks)
            if isinstance(block, Table) and block.caption.startswith(beginnings)
        ]

    def figures(self, *endings: str) -> list[Place]:
        """The figures whose name ends so."""
        return [
            Place(f"figure “{block.caption.rstrip('.')}”", at)
            for at, block in enumerate(self.blocks)
            if isinstance(block, Picture) and block.name.endswith(endings)
        ]

    def sentences(self, *beginnings: str) -> list[Place]:
        """The sentence that begins so, for each beginning: where it was last written, the manuscript's own text."""
        found = []
        for beginning in beginnings:
            places = [
                Place(f"sentence “{_quoted(block.text, beginning)}”", at)
                for at, block in enumerate(self.blocks)
                if isinstance(block, Paragraph) and beginning in block.text
            ]
            found += places[-1:]
        return found

    def sections(self, *beginnings: str) -> list[Place]:
        """The sections whose heading begins so."""
        return [
            Place(f"section “{block.text}”", at)
            for at, block in enumerate(self.blocks)
            if isinstance(block, Heading) and block.text.startswith(beginnings)
        ]

    @property
    def graded(self) -> bool:
        """Whether a certainty is asked for, and none waits."""
        asked = [one.grade for one in self.comparisons if one.grade is not None]
        return bool(asked) and all(one.certainty for one in asked)


Find = Callable[[Read], Iterable[Place]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a report answers an item, and what a person must add all the same ("" for nothing)."""

    find: Find = lambda _: ()
    to_add: str = ""


def _title(read: Read) -> list[Place]:
    return [Place("title", 0)] if "systematic review" in read.title.casefold() else []


def _tested(read: Read) -> list[Place]:
    """The sentences on asymmetry, where it was tested, and the funnel plots."""
    tests = [asymmetry_test(one.primary) for one in read.comparisons if isinstance(one.primary, Pooled)]
    return [*read.sentences(*(f"{test.label} (" for test in tests if test is not None)), *read.figures("-funnel")]


def _pooled(read: Read) -> list[Place]:
    found = [*read.sections("Results text"), *read.sentences("Heterogeneity:")]
    return [*found, *read.figures("-forest")]


CELLS = "Where the numbers come from"
_EXPLORED = ("Subgroups by", "Meta-regression on")
_ROBUST = (
    "Leave-one-out", "Cumulative meta-analysis", "All subsets", "Leave-two-out", "Bootstrap", "Fragility", "Influence",
    "Specification curve", "Bayesian analysis",
)  # fmt: skip
_QUESTIONED = (
    "Sensitivity analyses:", "Studies and data were questioned", "A specification curve sets",
    "A Bayesian analysis used",
)  # fmt: skip
_SOUGHT = ("Small-study effects were sought", "Funnel plot asymmetry was not tested")
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "1": Rule(_title),
        "4": Rule(lambda read: read.sentences(*(_upper(one.about) for one in read.comparisons)), "the objectives"),
        "9": Rule(lambda read: read.tables(CELLS), "who collected the data, and how"),
        "10b": Rule(lambda read: read.tables("Blank cells"), "the other variables that were sought"),
        "12": Rule(lambda read: read.sentences("The effect measure is")),
        "13a": Rule(lambda read: read.sentences("Trials that are retracted"), "the other rules of eligibility"),
        "13b": Rule(
            lambda read: [*read.tables(CELLS), *read.sentences("Where a cell is empty", "Mantel–Haenszel sums")]
        ),
        "13c": Rule(lambda read: read.sentences("Results are shown")),
        "13d": Rule(lambda read: read.sentences("Pooling:", "τ² has a", "Software:"), "why these choices"),
        "13e": Rule(lambda read: read.sentences(*_EXPLORED)),
        "13f": Rule(lambda read: read.sentences(*_QUESTIONED)),
        "14": Rule(lambda read: read.sentences(*_SOUGHT), "how missing results were looked for"),
        "15": Rule(lambda read: read.sentences("The certainty of the evidence was judged")),
        "16a": Rule(lambda read: read.figures("-prisma")),
        "17": Rule(
            lambda read: [*read.tables("Studies"), *read.sections("Studies in this report")],
            "further characteristics of the studies",
        ),
        "18": Rule(lambda read: read.figures("-risk-of-bias")),
        "19": Rule(lambda read: [*read.tables("Studies"), *read.figures("-forest")]),
        "20a": Rule(lambda read: read.figures("-risk-of-bias-summary"), "a summary of the studies' characteristics"),
        "20b": Rule(_pooled),
        "20c": Rule(lambda read: read.sections(*_EXPLORED)),
        "20d": Rule(lambda read: [*read.tables("Other choices"), *read.sections(*_ROBUST)]),
        "21": Rule(_tested, "whether results are missing for other reasons"),
        "22": Rule(lambda read: read.tables(FINDINGS, "Certainty judgements")),
        "23b": Rule(lambda read: read.sentences("Why to doubt it:"), "the discussion"),
        "27": Rule(
            lambda _: [Place("files results.json, manifest.json and the data beside this report", -1)],
            "where they can be found",
        ),
    }
)
"""Item → what answers it. An item without a rule waits for a person."""


def checklist_table(read: Read) -> Table:
    """A row for each part of the checklist; `read.blocks` are those of the finished report."""
    rows, links = [], {}
    for row, item in enumerate(ITEMS):
        places = list(RULES[item.number].find(read)) if item.number in RULES else []
        rows.append((f"{item.number} {item.topic}", item.text, _answer(read, item.number, places)))
        if places and places[0].at >= 0:
            links[row, 2] = Link(target=anchor_of(read.blocks, places[0].at), hover=places[0].words)
    human = sum(row[2] == BY_PEOPLE for row in rows)
    note = f"{len(rows) - human} of {len(rows)} parts are answered here wholly or in part; {human} wait for a person."
    return Table(CAPTION, (Column("Item"), Column("What it asks"), Column("Where")), tuple(rows), (note,), links=links)


def _answer(read: Read, number: str, places: Sequence[Place]) -> str:
    """The places, each once, and what a person must add or write."""
    if not places:
        return BY_PEOPLE
    told = _upper("; ".join(dict.fromkeys(place.words for place in places)))
    to_add = "the judgements that wait" if number == "22" and not read.graded else RULES[number].to_add
    return f"{told}." + (f" {IN_PART} {to_add}." if to_add else "")


def _quoted(text: str, beginning: str) -> str:
    """The sentence from its beginning, cut at a word."""
    said = text[text.index(beginning) :]
    if len(said) <= _QUOTED:
        return said.rstrip(".")
    return f"{said[:_QUOTED].rsplit(' ', 1)[0].rstrip(',;:')} …"


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"

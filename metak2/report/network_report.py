"""The report of a network: fitted and told in full, or drawn where it cannot be estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metak2.models.network_data import NetworkData, NetworkMap
from metak2.models.network_ranking import Better
from metak2.models.network_result import Network
from metak2.report.blocks import Block, Heading, Level, Paragraph
from metak2.report.expectations import Expectation
from metak2.report.network_story import NetworkStory
from metak2.report.report import Report
from metak2.report.sections_network import Told, map_sections, network_sections
from metak2.report.table_expectations import expectation_table
from metak2.report.tables_network import network_effects

BELOW: Mapping[Level, Level] = {2: 3, 3: 4, 4: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """What a reviewer adds to the sections: opening paragraphs, blocks before the methods, numbers to reproduce."""

    summary: tuple[str, ...] = ()
    after: tuple[Block, ...] = ()
    expectations: tuple[Expectation, ...] = ()


def network_report(
    title: str,
    network: Network,
    *,
    about: str,
    better: Better,
    order: Sequence[str] = (),
    doubts: Sequence[str] = (),
) -> Report:
    """A report on a network; `about` is the question as a phrase, `order` the treatments from old to new."""
    story = NetworkStory(about=about, better=better, order=tuple(order), doubts=tuple(doubts))
    return network_told(title, network_sections(network, story), network.data)


def network_told(title: str, told: Told, data: NetworkData, more: Further | None = None) -> Report:
    """The report of sections on a network, with what the reviewer adds."""
    blocks, results = told
    more = more or Further()
    at = blocks.index(Heading("Methods"))
    numbers: list[Block] = []
    if more.expectations:
        numbers = [Heading("Reproduced numbers"), expectation_table(more.expectations)]
    opening = [Paragraph(text) for text in more.summary]
    return Report(
        title=title,
        blocks=(*opening, *blocks[:at], *more.after, *numbers, *blocks[at:]),
        results={"network": results},
        effect_tables={"network": network_effects(data)},
        expectations=more.expectations,
    )


def beside_comparisons(told: Told, about: str) -> list[Block]:
    """The sections as one chapter of a report on comparisons: each heading one level down."""
    lowered = [Heading(block.text, BELOW[block.level]) if isinstance(block, Heading) else block for block in told[0]]
    return [Heading(f"Network: {about}"), *lowered]


def network_map_report(title: str, shown: NetworkMap, *, about: str, doubts: Sequence[str] = ()) -> Report:
    """A report on trials that are drawn and not analysed: who compared what, and what cannot be estimated."""
    blocks, results = map_sections(shown, about=about, doubts=doubts)
    return Report(title=title, blocks=tuple(blocks), results=results, effect_tables={}, expectations=())

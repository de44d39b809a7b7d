"""Published results: recomputed where they can be, checked for consistency, before and after a correction, overlap."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from metak2.display import published as say
from metak2.display.listing import listed
from metak2.report.blocks import Block, Heading, Items, Paragraph
from metak2.report.sections_overlap import citation_table
from metak2.report.tables import problem_table
from metak2.robustness.consistency import Finding
from metak2.robustness.overlap import Overlap
from metak2.robustness.published import Reproduction
from metak2.robustness.removal import Removal


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was found of published results.

    Attributes
    ----------
    reproductions, findings, removals
        Of `reproduce`, `consistency` and `removal`.
    overlaps
        A label for the set of reviews → how much they share.
    also
        Findings that agree and are worth telling; those that do not agree are all told.
    recomputed, shared
        What a reader must know of the recomputed results and of the overlap: paragraphs by the reviewer.
    """

    reproductions: tuple[Reproduction, ...] = ()
    findings: tuple[Finding, ...] = ()
    removals: tuple[Removal, ...] = ()
    overlaps: Mapping[str, Overlap] = field(default_factory=dict)
    also: tuple[Finding, ...] = ()
    recomputed: str = ""
    shared: str = ""


def published_blocks(published: Published) -> list[Block]:
    """Published against recomputed, internal consistency, corrections, overlap."""
    tried, found = published.reproductions, published.findings
    wrong = [f for f in found if not f.agrees]
    kinds = Counter(f.code for f in found)
    return [
        Heading("Published against recomputed"),
        Paragraph(published.recomputed),
        Items(tuple(say.reproduction(r) for r in tried if r.attempts)),
        Paragraph(
            "Not tried, because the trials behind them or their numbers were not found: "
            f"{listed(tuple(r.target.label for r in tried if not r.attempts))}."
        ),
        problem_table(tuple(problem for r in tried for problem in r.target.problems)),
        Heading("Do the printed numbers agree with one another?", 3),
        Paragraph(
            f"{len(found)} checks of results that print an interval: {kinds['CENTRED']} whether the estimate lies in "
            f"the middle of its interval, {kinds['P_FROM_INTERVAL']} whether p follows from it, {kinds['INSIDE']} "
            f"whether it is inside. {len(wrong)} do not fit within rounding; each is a question, never an accusation."
        ),
        Items(tuple(f"{f.target.label}: {say.finding(f)}" for f in (*published.also, *wrong))),
        Heading("Do corrections move the result as they say?", 3),
        Items(tuple(say.removal(r) for r in published.removals)),
        Heading("How much do the reviews share?", 3),
        Paragraph(published.shared),
        Items(tuple(f"Reviews {label}: {say.overlap(one)}" for label, one in published.overlaps.items())),
        *(citation_table(one, f"Which review holds which trial, {of}") for of, one in published.overlaps.items()),
    ]


def published_numbers(published: Published) -> dict[str, object]:
    """The same as numbers and words, for results.json."""
    return {
        "targets": {
            r.target.label: {
                "verdict": r.verdict,
                "tried": len(r.attempts),
                "nearest": dict(r.attempts[0].found) if r.attempts else None,
                "misses": dict(r.attempts[0].misses) if r.attempts else None,
            }
            for r in published.reproductions
        },
        "removals": {
            r.after.label: {"share": r.share, "taken": r.taken, "expected": r.expected, "agrees": r.agrees}
            for r in published.removals
        },
        "overlap": {
            label: {"cca": (one.cca_low, one.cca_high), "unknown": one.unknown}
            for label, one in published.overlaps.items()
        },
    }

"""Claims of articles against the evidence, claim by claim: counts, tables with verdicts, and every cell behind them."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence

from metak2.display import published as say
from metak2.display.listing import listed
from metak2.report.blocks import Block, Column, Heading, Items, Paragraph, References, Table
from metak2.report.expectations import Expectation
from metak2.report.report import Report
from metak2.report.sections_published import Published, published_blocks, published_numbers
from metak2.report.table_expectations import expectation_table
from metak2.robustness.verdicts import VERDICTS, JudgedClaim, shown_beside
from metak2.studies.claims import Evidence
from metak2.studies.read import read_sheet


def claims_report(  # noqa: PLR0913 - the parts of one report, each by name
    title: str,
    *,
    workbook: str | os.PathLike[str],
    judged: Sequence[JudgedClaim],
    summary: Sequence[str],
    introductions: Mapping[str, Sequence[str]],
    published: Published,
    expectations: Sequence[Expectation] = (),
    results: Mapping[str, object] | None = None,
    data_date: str = "",
) -> Report:
    """Claims by topic with their verdicts, then published results, and where every number stands.

    Parameters
    ----------
    workbook
        The workbook of the claims, whose sheet `articles` names the articles.
    judged
        Its claims (`read_claims`), each with what `judge` found.
    introductions
        Topic → what a reader must know of it first; the topics stand in this order.
    published
        Published results beside what can be recomputed of them.
    results
        Further numbers for results.json.
    """
    blocks: list[Block] = [Paragraph(text) for text in summary]
    meanings = tuple(f"{verdict}: {meaning}." for verdict, meaning in VERDICTS.items())
    blocks += [Heading("How to read the verdicts"), Items(meanings), _count_table(workbook, judged)]
    for topic, texts in introductions.items():
        chosen = [j for j in judged if j.claim.topic == topic]
        blocks += [Heading(topic), *map(Paragraph, texts), _claim_table(topic, chosen)]
    blocks += published_blocks(published)
    blocks += [Heading("Where every number stands"), _article_table(workbook), _audit_table(judged)]
    if expectations:
        blocks += [Heading("Reproduced numbers"), expectation_table(tuple(expectations))]
    claims = {j.claim.name: _numbers(j) for j in judged}
    return Report(
        title=title,
        blocks=(*blocks, *METHODS),
        results={"claims": claims, **published_numbers(published), **(results or {})},
        expectations=tuple(expectations),
        data_date=data_date,
    )


def _count_table(workbook: str | os.PathLike[str], judged: Sequence[JudgedClaim]) -> Table:
    """How often each verdict was earned, by article; a claim counts under its gravest verdict."""
    articles = sorted({j.claim.article for j in judged})
    counts = Counter((j.claim.article, j.verdict) for j in judged)
    rows = tuple(
        (verdict, *(str(counts[a, verdict]) for a in articles), str(sum(counts[a, verdict] for a in articles)))
        for verdict in VERDICTS
    )
    titles = {row["article"]: row["title"] for row in read_sheet(workbook, "articles").texts()}
    named = (Column(f"{a}: {titles[a].strip('()')}", "right") for a in articles)
    return Table("Verdicts by article", (Column("Verdict"), *named, Column("All", "right")), rows)


def _claim_table(topic: str, judged: Sequence[JudgedClaim]) -> Table:
    """Claim, number, number recomputed, what it was held against, verdict."""
    rows = []
    for j in judged:
        judging = {_place(one.evidence) for one in j.effects}
        values = [e for e in j.claim.evidence if e.role == "value" and _place(e) not in judging]
        plain = [e for e in j.claim.evidence if e.role == "beside" and e.column not in {"estimate", "p"}]
        against = [f"{one.seen}: {say.shown(one)}" for one in j.effects] + [say.held(e) for e in values]
        against += [f"beside it: {say.shown(one)}" for one in shown_beside(j.claim)]
        against += [f"beside it: {say.held(e)}" for e in plain]
        said = "; ".join((*against, j.claim.note) if j.claim.note else against) or "–"
        rows.append((f"{j.claim.name}: {j.claim.sentence}", say.claimed(j), say.recomputed(j), said, _verdicts(j)))
    heads = ("Claim", "Number claimed", "Recomputed", "Held against", "Verdict")
    return Table.of_text(f"Claims: {topic.lower()}", heads, rows)


def _verdicts(j: JudgedClaim) -> str:
    """The gravest verdict, and the others it earned."""
    others = j.verdicts[1:]
    return f"{j.verdict}, also {listed(others)}" if others else j.verdict


def _place(evidence: Evidence) -> str:
    return f"{evidence.dataset}, {evidence.sheet}!{evidence.cell}"


def _article_table(workbook: str | os.PathLike[str]) -> Table:
    """The articles, without their text."""
    names = ("article", "title", "kind", "about", "note")
    rows = [[row[name] or "–" for name in names] for row in read_sheet(workbook, "articles").texts()]
    return Table.of_text("The articles", ("Article", "Title", "Kind of text", "About", "Note"), rows)


def _audit_table(judged: Sequence[JudgedClaim]) -> Table:
    """Claim by claim, the cell of the claim and every cell it was held against."""
    rows = [(j.claim.name, e.role, _place(e), e.row_of, say.cell_text(e)) for j in judged for e in j.claim.evidence]
    remark = "value: the claimed number is looked up here; effect: this row judges the claimed effect; beside: shown."
    heads = ("Claim", "Role", "Cell", "Row of", "What stands there")
    return Table.of_text("Cells behind the verdicts", heads, rows, (remark,))


def _numbers(j: JudgedClaim) -> dict[str, object]:
    """A judgement as numbers and words, for results.json."""
    return {
        "verdicts": j.verdicts,
        "number": j.claim.number,
        "unit": j.claim.unit,
        "recomputed": j.found,
        "interval": j.interval,
        "cell": j.claim.cell,
        "evidence": [_place(e) for e in j.claim.evidence],
    }


METHODS: tuple[Block, ...] = (
    Heading("Methods"),
    Paragraph(
        "A claimed number is compared with the linked cell in the same unit, within half a unit of its last digit. A "
        "claimed effect is shown where the interval does not include no effect or the two-sided p is below 0.05, on "
        "the side that is claimed; every linked result must show it. A general rule from one trial is overstated. "
        "Where a ratio is printed with p and without an interval, the interval that p implies is by the normal "
        "distribution."
    ),
    Paragraph(
        "Printed numbers stand for everything that rounds to them. Checks assume normal intervals on the scale of the "
        "analysis (logarithms for ratios). Before and after a removal are compared under a common effect, where "
        "weights add up. The corrected covered area counts the listed trials only."
    ),
    References(
        (
            "Pieper, Antoine, Mathes, Neugebauer & Eikermann 2014, J Clin Epidemiol 67:368-375",
            "Walsh et al. 2014, J Clin Epidemiol 67:622-628",
            "Cochrane Handbook, chapter 6",
        )
    ),
)
"""How verdicts, checks and overlap are computed, with the papers behind them."""

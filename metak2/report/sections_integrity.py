"""The trials in question in a report: every pooled result with and without them, and what stands behind each status."""

from collections.abc import Iterator

from metak2.display.decimals import decimals
from metak2.display.numbers import DASH, effect, interval
from metak2.display.sentences import studies
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.integrity import in_question, integrity_answers, three_answers
from metak2.models.pooled import Pooled
from metak2.models.subgroups import pool_subgroups
from metak2.report.blocks import Block, Column, Heading, Table
from metak2.report.comparison import Comparison

Answers = tuple[tuple[str, Pooled | None], ...]

DESCRIBED = ("integrity_status", "integrity_date", "integrity_source", "integrity_person", "integrity_note")

WHY = (
    "Why three answers: in 3902 meta-analyses that held retracted trials, leaving these out changed the direction of "
    "the pooled effect in 8.4\u202f% and its statistical significance in 16.0\u202f% (Xu et al. 2025, VITALITY Study "
    "I, BMJ 389: e082068)."
)


def integrity_blocks(comparison: Comparison) -> list[Block]:
    """Every pooled result three times, where trials are in question; and the statuses, where any says something."""
    blocks: list[Block] = []
    rows = list(_every_result(comparison))
    if rows:
        blocks += [Heading("With and without the trials in question", 3), _answers_table(rows)]
    known = status_table(comparison.primary.effects)
    return [*blocks, known] if known is not None else blocks


def integrity_results(comparison: Comparison) -> dict[str, object]:
    """The answers with other trials, for results.json: of the primary analysis, and of each sensitivity analysis."""
    primary = comparison.primary
    results: dict[str, object] = {}
    if isinstance(primary, Pooled) and (others := integrity_answers(primary)):
        results["integrity"] = dict(others)
    beside = {label: dict(integrity_answers(one)) for label, one in comparison.sensitivity.items()}
    if any(beside.values()):
        results["integrity_of_sensitivity"] = {label: others for label, others in beside.items() if others}
    return results


def status_table(effects: EffectSizes) -> Table | None:
    """Status, date, source, person and note of each study; None where no status is known."""
    words = {name: effects.words(name) for name in DESCRIBED}
    if not any(word not in {"", "not_checked"} for word in words["integrity_status"]):
        return None
    heads = ("Status", "Date", "Source", "Checked by", "Note")
    shown = [(name, head) for name, head in zip(DESCRIBED, heads, strict=True) if any(words[name])]
    words["integrity_status"] = tuple(word.replace("_", " ") or "not checked" for word in words["integrity_status"])
    rows = tuple((study, *(words[name][row] or DASH for name, _ in shown)) for row, study in enumerate(effects.study))
    note = "Not checked means that nobody looked, or that no notice was seen; it does not say that all is well."
    return Table("Integrity of the studies", (Column("Study"), *(Column(head) for _, head in shown)), rows, (note,))


def _every_result(comparison: Comparison) -> Iterator[tuple[str, Answers]]:
    """Each pooled result that holds a trial in question, by label."""
    primary = comparison.primary
    if isinstance(primary, Pooled) and in_question(primary.effects):
        yield "Primary analysis", three_answers(primary)
        for groups in comparison.subgroups:
            yield from _of_groups(primary, groups.by)
    for label, answer in comparison.sensitivity.items():
        if in_question(answer.effects):
            yield label, three_answers(answer)


def _of_groups(primary: Pooled, by: str) -> Iterator[tuple[str, Answers]]:
    found: dict[str, dict[str, Pooled]] = {}
    ways = three_answers(primary)
    for way, pooled in ways:
        try:
            groups = pool_subgroups(pooled, by=by).groups if pooled is not None else {}
        except ModelError:  # no group is left, or the model does not fit one
            groups = {}
        for name, group in groups.items():
            found.setdefault(name, {})[way] = group
    for name, answers in found.items():
        if len({one.k for one in answers.values()}) > 1 or len(answers) < len(ways):
            yield f"{by}: {name}", tuple((way, answers.get(way)) for way, _ in ways)


def _answers_table(rows: list[tuple[str, Answers]]) -> Table:
    ways = [way for way, _ in rows[0][1]]
    columns = (Column("Analysis"), *(Column(f"{way[:1].upper()}{way[1:]}", "right") for way in reversed(ways)))
    body = tuple((label, *(_answer(pooled) for _, pooled in reversed(answers))) for label, answers in rows)
    note = "Effect (confidence interval), number of studies pooled."
    return Table("Every pooled result with and without the trials in question", columns, body, (note, WHY))


def _answer(pooled: Pooled | None) -> str:
    if pooled is None:
        return "nothing left to pool"
    value, low, high = pooled.measure.back([pooled.estimate, pooled.ci.low, pooled.ci.high])
    digits = decimals(pooled.effects)
    return f"{effect(value, digits)} ({interval(low, high, digits)}), {studies(pooled.k)}"

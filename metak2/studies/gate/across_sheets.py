"""Sheet against sheet: reported effects beside the arms they come from, and the doses in `studies`."""

import re
from collections.abc import Iterator, Sequence
from statistics import median

from metak2.errors import CellProblem
from metak2.studies.checks.across import micro_sign_lost
from metak2.studies.checks.arms_and_effects import (
    TwoMeans,
    counts_do_not_give_ratio,
    interval_not_from_means,
    p_not_from_means,
    spread_not_named,
    two_means,
)
from metak2.studies.checks.integrity import EVIDENCE, ok_without_evidence
from metak2.studies.checks.repeats import one_paper_twice
from metak2.studies.gate.tables import Arm, Result, Table, results_of
from metak2.studies.identifiers import doi_of
from metak2.studies.rows import BLANK_TEXT, Entry, Row, Side, word
from metak2.studies.sheet import Sheet, text_of

P_COLUMNS = ("p", "pval", "p_value")
_DOSE = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(µg|μg|ug|mcg|mg|g)\b(?!/m)")
_IN_UG = {"µg": 1.0, "μg": 1.0, "ug": 1.0, "mcg": 1.0, "mg": 1e3, "g": 1e6}


def effects_against_arms(tables: Sequence[Table]) -> Iterator[CellProblem]:
    """MK-E12, E13 and E14 wherever the same study, outcome and time stand in a sheet of arms and one of effects."""
    arms: dict[tuple[str, str, str], list[Result]] = {}
    for table in tables:
        if table.layout.kind in {"means", "counts"}:
            for result in results_of(table):
                arms.setdefault((result.study, result.outcome, result.time), []).append(result)
            if table.layout.kind == "means" and table.layout.shape == "contrasts":
                yield from _own_p(table)
    for table in tables:
        if table.layout.kind != "effects":
            continue
        for row in table.rows:
            effect = Side(row=row, columns=table.layout.sides[0])
            key = (word(row, "study"), word(row, "outcome"), word(row, "time"))
            for result in arms.get(key, ()):
                yield from _compared(row, effect, result)


def _compared(row: Row, effect: Side, result: Result) -> Iterator[CellProblem]:
    pair = _pair(row, result.arms)
    if pair is None:
        return
    one, other = (arm.side for arm in pair)
    adjusted = effect.word("adjusted_for") or word(row, "adjusted_for")
    plainly = adjusted.casefold() in {"", "none", "no", "unadjusted", "crude"}
    if one.has("events") or other.has("events"):
        if plainly:
            yield from counts_do_not_give_ratio(effect, one, other)
        return
    if word(result.row, "statistic").casefold() == "median":
        return
    means = two_means(one, other)
    if means is None:
        column = next((name for name in P_COLUMNS if name in row), "")
        yield from spread_not_named(one, other, row.get(column, BLANK_TEXT), column)
        return
    if effect.has("estimate") and effect.word("measure").upper() == "MD":
        yield from interval_not_from_means(means, _with_adjustment(effect))
    if plainly and not effect.has("ci_low"):
        yield from _p(means, row)


def _with_adjustment(effect: Side) -> Side:
    return Side(row=effect.row, columns={**effect.columns, "adjusted_for": "adjusted_for"})


def _own_p(table: Table) -> Iterator[CellProblem]:
    for row in table.rows:
        sides = [Side(row=row, columns=columns) for columns in table.layout.sides]
        means = two_means(*sides) if len(sides) == 2 else None
        if means is not None:
            yield from _p(means, row)


def _p(means: TwoMeans, row: Row) -> Iterator[CellProblem]:
    column = next((name for name in P_COLUMNS if name in row), "")
    entry: Entry = row.get(column, BLANK_TEXT)
    if word(row, "p_sided").casefold() != "one":
        yield from p_not_from_means(means, entry, column)


def _pair(row: Row, arms: Sequence[Arm]) -> tuple[Arm, Arm] | None:
    """The arms that the effect compares, by name; the only two there are where it names none."""
    names = [word(row, "experimental") or word(row, "arm_e"), word(row, "control") or word(row, "arm_c")]
    found = [[arm for arm in arms if arm.label == name] for name in names]
    if all(len(group) == 1 for group in found):
        return found[0][0], found[1][0]
    if not any(names) and len(arms) == 2 and {arm.label for arm in arms} == {"experimental", "control"}:
        return arms[0], arms[1]
    return None


def papers(studies: Sheet) -> Iterator[CellProblem]:
    """MK-S17: two rows of `studies` with one DOI, PubMed number or registration."""
    for column in ("doi", "pmid", "registration"):
        first: dict[str, tuple[str, str]] = {}
        for row in studies.rows:
            cell, study = row.get(column), text_of(row.get("study"))
            name = (doi_of(text_of(cell)) if column == "doi" else "") or text_of(cell).casefold()
            if cell is None or len(name) < 5:
                continue
            other = first.setdefault(name, (study, cell.address))
            if other[0] != study:
                yield one_paper_twice(cell.address, study, (column, text_of(cell)), other)


def standings(studies: Sheet) -> Iterator[CellProblem]:
    """MK-I02: a study is called ok without where, when and by whom it was looked up."""
    for row in studies.rows:
        cell = row.get("integrity_status")
        missing = [column for column in EVIDENCE if not text_of(row.get(column))]
        if cell is not None and text_of(cell) == "ok" and missing:
            yield ok_without_evidence(cell.address, missing)


def doses(studies: Sheet) -> Iterator[CellProblem]:
    """MK-M09: a dose a thousand times those of the other trials of its form."""
    by_form: dict[str, list[tuple[str, str, str, float]]] = {}
    for row in studies.rows:
        cell = row.get("dose")
        match = _DOSE.search(text_of(cell).replace("mg/kg", "")) if cell is not None else None
        if cell is not None and match:
            amount = float(match[1].replace(",", ".")) * _IN_UG[match[2]]
            place = (cell.address, "dose", text_of(cell), amount)
            by_form.setdefault(text_of(row.get("form")).casefold(), []).append(place)
    for found in by_form.values():
        for place in found:
            others = [other[3] for other in found if other is not place]
            if len(others) < 2:
                continue
            middle = median(others)
            low, high = min(others), max(others)
            if place[3] >= 100 * middle and place[3] > 20 * high and low / 4 <= place[3] / 1000 <= 4 * high:
                shown = sorted({other[2] for other in found if other is not place})[:3]
                yield micro_sign_lost(place[:3], ", ".join(shown))

"""What moved and why, told: as text for a terminal, as blocks for a page, as JSON for a machine."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metak2.display import numbers
from metak2.plan.attribution import Attribution, Moved
from metak2.plan.quantities import STUDY, Quantity
from metak2.report.blocks import Block, Column, Heading, Items, Paragraph, Picture, Table

MOST_COLUMNS = 6  # changes that get a column of their own in a table
NOTHING = "No number moves"
BEYOND = "beyond the sum"


def as_lines(found: Attribution) -> Iterator[str]:
    """The attribution for a terminal: the changes, numbered, and every number that moved with what moved it."""
    yield f"{found.analysis}: {found.old} → {found.new}"
    yield summary(found)
    yield from (f"  [{at}] {line}" for at, line in enumerate(change_lines(found), start=1))
    of = ""
    for moved in found.moved:
        name = _result(moved.quantity)
        if name != of:
            of = name
            yield name
        yield f"  {moved.quantity.name:<10}  {_between(moved)}"
        yield f"  {'':<10}    {'; '.join(_causes(moved, found))}"
    yield from (f"Undone by one another: {_result(one.quantity)}, {one.quantity.name}" for one in found.undone)


def summary(found: Attribution) -> str:
    """One sentence: how much changed, and how many numbers moved.

    A number that only one version has counts as moved.
    """
    count = len(found.changes)
    changes = f"{count} change{'s' * (count != 1)}" if count else "No change"
    if not found.moved:
        return f"{changes}; {NOTHING[:1].lower()}{NOTHING[1:]} of {found.compared}."
    moving = count - len(found.idle)
    headline = sum(moved.quantity.headline for moved in found.moved)
    idle = f", {count - moving} of them without effect" if count > moving else ""
    return f"{changes}{idle}; {len(found.moved)} numbers moved, {headline} of them the answer's own."


def change_lines(found: Attribution) -> list[str]:
    """Each change on a line, with what it does alone where that is nothing or cannot be."""
    idle = set(map(id, found.idle))
    return [
        change.text()
        + (f"  (cannot be made alone: {why})" if why else "")
        + ("  (moves no number)" if id(change) in idle else "")
        for change, why in zip(found.changes, found.refused, strict=True)
    ]


def as_blocks(found: Attribution, pictures: Sequence[Picture] = ()) -> tuple[Block, ...]:
    """The attribution as a section of a page: the changes, the figures, a table for each result."""
    blocks: list[Block] = [Heading(found.analysis), Paragraph(f"{found.old} → {found.new}. {summary(found)}")]
    if found.changes:
        blocks += [Heading("What changed", level=3), Items(tuple(_numbered(change_lines(found))))]
    blocks += pictures
    by_result: dict[str, list[Moved]] = {}
    for moved in found.moved:
        by_result.setdefault(_group(moved.quantity)[0], []).append(moved)
    if by_result:
        blocks.append(Heading("What moved", level=3))
    blocks += [_table(name, rows, found) for name, rows in by_result.items()]
    if found.undone:
        names = (f"{_result(one.quantity)}, {one.quantity.name}" for one in found.undone)
        blocks += [Paragraph("Moved by single changes that undo one another: " + "; ".join(names) + ".")]
    return tuple(blocks)


def as_json(found: Attribution) -> Mapping[str, object]:
    """The attribution at full precision; null where there is no number."""
    return {
        "analysis": found.analysis,
        "old": found.old,
        "new": found.new,
        "compared": found.compared,
        "changes": [
            {
                "kind": change.kind,
                "where": change.where,
                "what": change.what,
                "old": change.old,
                "new": change.new,
                "refused_alone": why,
            }
            for change, why in zip(found.changes, found.refused, strict=True)
        ],
        "moved": [_moved_json(moved) for moved in found.moved],
        "undone": [_moved_json(moved) for moved in found.undone],
    }


def _moved_json(moved: Moved) -> Mapping[str, object]:
    return {
        "comparison": moved.quantity.comparison,
        "result": moved.quantity.of,
        "number": moved.quantity.name,
        "headline": moved.quantity.headline,
        "old": moved.old,
        "new": moved.new,
        "step": moved.step,
        "alone": [
            {"change": at, "value": value, "step": step}
            for at, (value, step) in enumerate(zip(moved.alone, moved.steps, strict=True), start=1)
            if step != 0
        ],
        "beyond_sum": moved.remainder,
    }


def _numbered(lines: Sequence[str]) -> Iterator[str]:
    return (f"[{at}] {line}" for at, line in enumerate(lines, start=1))


def _table(name: str, rows: Sequence[Moved], found: Attribution) -> Table:
    """A row for each number: before, now, what each change does alone, and the rest."""
    moving = [at for at in range(len(found.changes)) if any(moved.steps[at] != 0 for moved in rows)]
    each = moving if len(moving) <= MOST_COLUMNS else []
    causes = [f"[{at + 1}] alone" for at in each] + [BEYOND] if each else ["moved by, alone"]
    columns = [Column("Number"), *(Column(title, align="right") for title in (found.old, found.new, "step"))]
    columns += [Column(title, align="right" if each else "left") for title in causes]
    return Table(
        caption=name,
        columns=tuple(columns),
        rows=tuple(
            (
                _group(moved.quantity)[1],
                *_ends(moved),
                signed(moved.step),
                *([signed(moved.steps[at]) for at in each] if each else []),
                *([signed(moved.remainder)] if each else ["; ".join(_causes(moved, found))]),
            )
            for moved in rows
        ),
    )


def _causes(moved: Moved, found: Attribution) -> list[str]:
    """What moved a number: each change that does so alone, and what they do together beyond that."""
    causes = [f"[{at}] {signed(step)}" for at, step in enumerate(moved.steps, start=1) if abs(step) > 0]
    if not any(map(math.isfinite, moved.alone)) and math.isfinite(moved.step) and not any(found.refused):
        return ["these reports do not record enough to say; compare the analyses"]
    unknown = [f"[{at}]" for at, why in enumerate(found.refused, start=1) if why]
    if unknown:
        causes.append(f"{', '.join(unknown)} not alone")
    elif math.isfinite(moved.remainder) and moved.remainder != 0:
        causes.append(f"{BEYOND} {signed(moved.remainder)}" if causes else f"together {signed(moved.remainder)}")
    elif not causes:
        causes.append("by what is there now or no longer" if math.isnan(moved.step) else "together")
    return causes


def signed(value: float) -> str:
    """A step with its sign, three significant digits; an en dash where there is none.

    >>> signed(0.012345), signed(-2.0), signed(0.0), signed(float("nan"))
    ('+0.0123', '−2.00', '0', '–')
    """
    if value == 0:
        return "0"
    return ("+" if value > 0 else "") + _significant(value, 3)


def _between(moved: Moved) -> str:
    old, new = _ends(moved)
    step = f"  ({signed(moved.step)})" if math.isfinite(moved.step) else ""
    return f"{old} → {new}{step}"


def _ends(moved: Moved) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to tell them apart, four at least."""
    for digits in range(4, 13):
        ends = _significant(moved.old, digits), _significant(moved.new, digits)
        if ends[0] != ends[1]:
            break
    return ends


def _significant(value: float, digits: int) -> str:
    if math.isnan(value) or math.isinf(value):
        return numbers.fixed(value, 0)
    if value != 0 and (abs(value) < 1e-4 or abs(value) >= 10**digits):
        return f"{value:.{digits}g}".replace("-", numbers.MINUS)
    return numbers.significant(value, digits)


def _group(quantity: Quantity) -> tuple[str, str]:
    """The table in which a number stands, and its name there: studies in one, sensitivity analyses in one."""
    if quantity.of.startswith(STUDY):
        return f"{quantity.comparison}: studies", f"{quantity.of.removeprefix(STUDY)}, {quantity.name}"
    kind, colon, rest = quantity.of.partition(": ")
    return _result(replace(quantity, of=kind)), f"{rest}, {quantity.name}" if colon else quantity.name


def _result(quantity: Quantity) -> str:
    return f"{quantity.comparison}: {quantity.of}" if quantity.comparison != quantity.of else quantity.of

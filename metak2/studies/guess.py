"""What the columns of a sheet probably mean: a guess that makes a layout complete, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from metak2.studies.codebook import SHEETS
from metak2.studies.kinds import COLUMNS
from metak2.studies.layouts import LAYOUTS, Layout
from metak2.studies.mapping import SheetMapping
from metak2.studies.synonyms import METAFOR
from metak2.studies.wording import (
    GAP,
    Meaning,
    arm_meaning,
    measure_meaning,
    plain_meaning,
    plain_words,
    side_of,
    sided_meaning,
)

KNOWN = frozenset(
    chain(
        *(columns for columns in SHEETS.values()),
        *(layout.numeric() | set(layout.required) | set(layout.renamed.values()) for layout in LAYOUTS),
    )
)
COMPARED = tuple(layout for layout in LAYOUTS if layout.kind not in COLUMNS)
LONG_NAMES = {"event": "events", "time": "person_time"}
Reading = Mapping[str, Meaning]  # column in the file → what it may mean


def guess(name: str, columns: Sequence[str]) -> SheetMapping | None:
    """The mapping that makes a layout of these columns, None where they are one already or no wording is known.

    >>> guess("Data", ["Autor", "Ereignisse IG", "n IG", "Ereignisse KG", "n KG"]) is None
    True
    >>> guess("Data", ["Autor", "Fälle Intervention", "n Intervention", "Fälle Placebo", "n Placebo"]).columns["Autor"]
    ('study',)
    """
    spelled = _respelled(columns)
    named = [spelled.get(column, (column,))[0] for column in columns]
    if _complete(named, COMPARED):
        return SheetMapping(columns=spelled) if spelled else None
    for read in (_metafor, _wide, _grouped, _effects, _long_counts, _long_means):
        found = _settled(read(columns), columns)
        if found is not None and read is _grouped:
            found = replace(found, constants={**found.constants, **_arms(columns)})
        if found is not None and _complete(_after(found, columns), COMPARED):
            return found
    if _complete(named, LAYOUTS):
        return SheetMapping(columns=spelled) if spelled else None
    if name in {"studies", "risk_of_bias", "flow"} and "study" not in spelled and "study" not in columns:
        spelled |= _settled_one(columns, "study")
    return SheetMapping(columns=spelled) if spelled else None


def _complete(columns: Sequence[str], layouts: Sequence[Layout]) -> bool:
    return any(not layout.missing(tuple(columns)) for layout in layouts)


def _after(found: SheetMapping, columns: Sequence[str]) -> list[str]:
    return [*chain.from_iterable(found.columns.get(column, (column,)) for column in columns), *found.constants]


def _respelled(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns that differ from metak2's by case, spaces and signs only."""
    known = {name.casefold(): name for name in KNOWN}
    found: dict[str, tuple[str, ...]] = {}
    taken = set(columns)
    for column in columns:
        name = known.get(plain_words(column).replace(" ", "_"))
        if column not in KNOWN and name is not None and name not in taken:
            found[column] = (name,)
            taken.add(name)
    return found


def _metafor(columns: Sequence[str]) -> Reading:
    """Metafor's own names, where the arms' sizes are columns of their own."""
    own = {column: ((METAFOR[column],), 0) for column in columns if column in METAFOR}
    return {**_plain(columns), **own} if len(own) >= 4 else {}


def _plain(columns: Sequence[str], leave: Sequence[str] = ("arm",)) -> dict[str, Meaning]:
    meanings = {column: plain_meaning(column) for column in columns}
    return {column: found for column, found in meanings.items() if found and not set(found[0]) & set(leave)}


EFFECT_COLUMNS = ("estimate", "se", "vi", "ci_low", "ci_high", "p", "measure")


def _wide(columns: Sequence[str]) -> Reading:
    sided = {column: sided_meaning(column) for column in columns}
    return {
        **_plain(columns, ("arm", *EFFECT_COLUMNS)),
        **{column: found for column, found in sided.items() if found},
    }


def _grouped(columns: Sequence[str]) -> Reading:
    """Two groups of columns below names of treatments: the group of a control is that, else the second one is."""
    names = _arms(columns)
    found: dict[str, Meaning] = {}
    for column in columns:
        group, gap, lower = column.partition(GAP)
        side = next((arm[-1] for arm, name in names.items() if gap and name == group), "")
        meant = arm_meaning(lower) if side else None
        if meant is not None:
            found[column] = tuple(f"{stem}_{side}" for stem in meant[0]), meant[1]
    return {**_plain(columns, ("arm", *EFFECT_COLUMNS)), **found} if found else {}


def _arms(columns: Sequence[str]) -> dict[str, str]:
    """arm_e and arm_c, where a header of two rows names exactly two groups."""
    groups = list(dict.fromkeys(column.partition(GAP)[0] for column in columns if GAP in column))
    if len(groups) != 2:
        return {}
    sides = [side_of(["_", *plain_words(group).split()])[0] for group in groups]
    swapped = sides[0] == "c" or (sides[1] == "e" and not sides[0])
    return dict(zip(("arm_e", "arm_c"), reversed(groups) if swapped else groups, strict=True))


def _effects(columns: Sequence[str]) -> Reading:
    measured = {column: measure_meaning(column) for column in columns}
    named = {column: (found[0], 1) for column, found in measured.items() if found}
    plain = _plain(columns)
    if "estimate" in {target for targets, _ in plain.values() for target in targets}:
        named = {}
    return {**plain, **named}


def _long_counts(columns: Sequence[str]) -> Reading:
    return _long(columns, lambda stem: {"n": "total"}.get(stem, LONG_NAMES.get(stem, stem)))


def _long_means(columns: Sequence[str]) -> Reading:
    return _long(columns, lambda stem: LONG_NAMES.get(stem, stem))


def _long(columns: Sequence[str], named: Callable[[str], str]) -> Reading:
    arms = {column: arm_meaning(column) for column in columns}
    return {
        **_plain(columns, EFFECT_COLUMNS),
        **{column: (tuple(map(named, found[0])), found[1]) for column, found in arms.items() if found},
    }


def _settled(reading: Reading, columns: Sequence[str]) -> SheetMapping | None:
    """Each column of metak2 once: a column that has its name already, else the one that is worded best."""
    if not reading:
        return None
    taken: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    constants: dict[str, str] = {}
    order = sorted(reading, key=lambda column: (column not in KNOWN, reading[column][1], columns.index(column)))
    for column in order:
        targets = tuple(map(_spread, reading[column][0]))
        if taken.isdisjoint(targets):
            taken.update(targets)
            found[column] = targets
            constants |= {
                f"dispersion_type{end}": "SEM" for end in ("_e", "_c", "") if f"sem{end}" in reading[column][0]
            }
    measures = {measure_meaning(column) for column in found if "estimate" in found[column]} - {None}
    told = next((named[1] for named in measures if named), "")
    constants |= {"measure": told} if told and "measure" not in taken else {}
    ordered = {column: found[column] for column in columns if column in found}
    return SheetMapping(
        columns={column: targets for column, targets in ordered.items() if targets != (column,)}, constants=constants
    )


def _spread(target: str) -> str:
    """A standard error of a mean is a dispersion of type SEM."""
    return target.replace("sem", "dispersion") if target.partition("_")[0] == "sem" else target


def _settled_one(columns: Sequence[str], wanted: str) -> dict[str, tuple[str, ...]]:
    ranked = [(found[1], column) for column in columns if (found := plain_meaning(column)) and found[0] == (wanted,)]
    return {min(ranked)[1]: (wanted,)} if ranked else {}

"""The layouts a sheet may have: one row per arm (long) or one row per contrast (wide, or ready-made effects)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from metak2.errors import StudyDataError
from metak2.studies.checks.files import empty_sheet, missing_column, unknown_layout
from metak2.studies.kinds import COLUMNS, OPTIONAL, ROLES, OneRowKind
from metak2.studies.sheet import Sheet
from metak2.studies.table import Kind

OUTCOME_SHEETS = ("binary", "continuous", "effects", "percentages", "rates")
COUNT_ROLES = frozenset({"events", "n", "n_randomised"})
TEXT_ROLES = frozenset({"dispersion_type", "dispersion_inferred", "measure", "p_sided"})
ARM_NAMES = {"events": "event", "total": "n", "person_time": "time"}  # column of a long sheet → stem in the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns a sheet has and what they mean.

    Attributes
    ----------
    sides
        For each arm in a row (or the effect in it): role → column.
    alternatives
        At least one of these groups of columns must be there.
    identity
        Columns that tell one row from another; two rows alike in all of them are one result given twice.
    renamed
        Column of the sheet → column of the table.
    """

    kind: Kind
    shape: Literal["arms", "contrasts"]
    sides: tuple[Mapping[str, str], ...]
    required: tuple[str, ...]
    identity: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def numeric(self) -> frozenset[str]:
        """The columns that must hold numbers."""
        return frozenset(column for side in self.sides for role, column in side.items() if role not in TEXT_ROLES)

    def role(self, column: str) -> str:
        """What the column means, "" where it plays no part in an effect size."""
        return next((role for side in self.sides for role, name in side.items() if name == column), "")

    def missing(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns that this layout needs and these lack."""
        absent = tuple(column for column in self.required if column not in columns)
        if self.alternatives and not any(set(group) <= set(columns) for group in self.alternatives):
            absent += tuple(column for column in self.alternatives[0] if column not in columns)
        return absent


_ROLES: Mapping[Kind, Mapping[str, str]] = {
    "counts": {"events": "event", "n": "n", "n_randomised": "n_randomised"},
    "means": {role: role for role in ("mean", "n", "sd", "dispersion", "dispersion_low", "dispersion_high",
                                      "dispersion_type", "dispersion_inferred", "n_randomised",
                                      "median", "q1", "q3", "minimum", "maximum")},
    "rates": {"events": "event", "person_time": "time"},
    "percentages": {"percent": "percent", "n": "n"},
}  # fmt: skip
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "counts": ("events", "n"),
    "means": ("n",),
    "rates": ("events", "person_time"),
    "percentages": ("percent", "n"),
}
_MEANS_BY = (("mean", "sd"), ("mean", "dispersion"), ("median", "q1", "q3"), ("median", "minimum", "maximum"))
_LONG_NAMES = {("counts", "n"): "total"}
_RESULT = ("study", "outcome", "site", "time")


def _long(kind: Kind) -> Layout:
    roles = {role: _LONG_NAMES.get((kind, role), role) for role in _ROLES[kind]}
    return Layout(
        kind=kind,
        shape="arms",
        sides=(roles,),
        required=("study", "arm", *(roles[role] for role in _NEEDED[kind])),
        identity=(*_RESULT, "arm", "change_or_final", "statistic", "unit", "direction"),
        alternatives=(("mean", "dispersion"), *_MEANS_BY) if kind == "means" else (),
    )


def _wide(kind: Kind) -> Layout:
    sides = tuple({role: f"{stem}_{side}" for role, stem in _ROLES[kind].items()} for side in "ec")
    return Layout(
        kind=kind,
        shape="contrasts",
        sides=sides,
        required=("study", *(side[role] for side in sides for role in _NEEDED[kind])),
        identity=(*_RESULT, "arm_e", "arm_c", "subgroup", "change_or_final", "unit", "direction"),
        alternatives=tuple(tuple(f"{name}_{side}" for side in "ec" for name in by) for by in _MEANS_BY)
        if kind == "means"
        else (),
    )


_EFFECT_ROLES = ("estimate", "se", "vi", "ci_low", "ci_high", "level", "measure", "p_sided", "t", "df")


def _effects(p_column: str) -> Layout:
    return Layout(
        kind="effects",
        shape="contrasts",
        sides=({**{role: role for role in _EFFECT_ROLES}, "pval": p_column},),
        required=("study", "estimate"),
        identity=(
            *_RESULT,
            "experimental",
            "control",
            "arm_e",
            "arm_c",
            "measure",
            "adjusted_for",
            "subgroup",
            "model",
        ),
        alternatives=(("se",), ("vi",), ("ci_low", "ci_high"), (p_column,), ("t",)),
        renamed={"experimental": "arm_e", "control": "arm_c", "p": "pval"},
    )


def _one_row(kind: OneRowKind) -> Layout:
    columns = COLUMNS[kind]
    return Layout(
        kind=kind,
        shape="contrasts",
        sides=({ROLES.get(column, column): column for column in columns},),
        required=("study", *(column for column in columns if column not in OPTIONAL.get(kind, ()))),
        identity=(*_RESULT, "arm", "subgroup", "change_or_final", "unit", "direction"),
    )


LAYOUTS = (
    *(_wide(kind) for kind in _ROLES),
    *(_long(kind) for kind in _ROLES),
    *(_one_row(kind) for kind in COLUMNS),
    _effects("p"),
    _effects("pval"),
)


def layout_of(sheet: Sheet) -> Layout:
    """The layout whose columns the sheet has. StudyDataError names the columns that the nearest layout lacks."""
    if not sheet.columns:
        raise StudyDataError([empty_sheet(sheet.name)], source=sheet.source)
    complete = [layout for layout in LAYOUTS if not layout.missing(sheet.columns)]
    if complete:
        return max(complete, key=lambda layout: _recognised(layout, sheet.columns))
    nearest = min(LAYOUTS, key=lambda layout: (-_recognised(layout, sheet.columns), len(layout.missing(sheet.columns))))
    if not _recognised(nearest, sheet.columns):
        raise StudyDataError([unknown_layout(sheet.name, sheet.columns)], source=sheet.source)
    lacking = [missing_column(sheet.name, column, sheet.columns) for column in nearest.missing(sheet.columns)]
    raise StudyDataError(lacking, source=sheet.source)


def has_layout(sheet: Sheet) -> bool:
    """Whether the sheet holds results: arms, contrasts or effects."""
    return any(not layout.missing(sheet.columns) for layout in LAYOUTS)


def _recognised(layout: Layout, columns: tuple[str, ...]) -> int:
    telling = layout.numeric().union(layout.required) - {"study", "n", "n_randomised"}
    return len(telling.intersection(columns))

"""Effect sizes from several readings (sheets, outcomes, reconstructions) as one set, nothing forgotten on the way."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.studies.table import Column, read_only


def join_effects(*effects: EffectSizes) -> EffectSizes:
    """The studies of all of these, one after the other.

    A column that only some have is NaN or "" for the others; notes, origins and problems are kept; what all agree on
    (kind, selection, direction of benefit) stays. Whether what was joined may be pooled is for the caller to say:
    trials with different endpoints may stand side by side.

    Raises
    ------
    ModelError
        Nothing to join, different measures, or two rows with one label.
    """
    _require_joinable(effects)
    first, data = effects[0], _names(each.data for each in effects)
    moderators = [name for name in _names(each.moderators for each in effects) if name not in data]
    kinds, policies = {each.kind for each in effects}, {each.zero_cells for each in effects}
    return EffectSizes(
        measure=first.measure,
        kind=first.kind if len(kinds) == 1 else "effects",
        study=tuple(study for each in effects for study in each.study),
        yi=read_only(np.concatenate([each.yi for each in effects])),
        vi=read_only(np.concatenate([each.vi for each in effects])),
        data={name: _joined([_column(each, name) for each in effects]) for name in data},
        moderators={name: _joined([_column(each, name) for each in effects]) for name in moderators},
        excluded=tuple(why for each in effects for why in each.excluded),
        notes=tuple(note for each in effects for note in each.notes),
        origins=tuple(origin for each in effects for origin in _origins(each)),
        zero_cells=first.zero_cells if len(policies) == 1 else None,
        problems=tuple(dict.fromkeys(problem for each in effects for problem in each.problems)),
        source="; ".join(dict.fromkeys(each.source for each in effects)),
        selection={
            name: value
            for name, value in first.selection.items()
            if all(each.selection.get(name) == value for each in effects)
        },
        higher_is=first.higher_is if len({each.higher_is for each in effects}) == 1 else "",
    )


def _require_joinable(effects: Sequence[EffectSizes]) -> None:
    if not effects:
        raise ModelError("nothing to join: give at least one set of effect sizes")
    measures = dict.fromkeys(each.measure.name for each in effects)
    if len(measures) > 1:
        raise ModelError(f"{' and '.join(measures)} cannot stand in one set; join effect sizes of one measure")
    twice = [study for study, count in Counter(study for each in effects for study in each.study).items() if count > 1]
    if twice:
        raise ModelError(f"the same study twice: {', '.join(twice)}; drop one, or label the rows by arm or time")


def _names(mappings: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _column(effects: EffectSizes, name: str) -> Column | int:
    """The column, or the number of blanks in its place. A set without `key` is keyed by its labels."""
    if name in effects.data:
        return effects.data[name]
    if name in effects.moderators:
        return effects.moderators[name]
    return np.array(effects.study, dtype=object) if name == "key" else len(effects)


def _joined(parts: Sequence[Column | int]) -> Column:
    known = [part for part in parts if not isinstance(part, int)]
    if all(_is_number(part) for part in known):
        return read_only(np.concatenate([np.full(p, np.nan) if isinstance(p, int) else p for p in parts]))
    texts = np.empty(sum(part if isinstance(part, int) else len(part) for part in parts), dtype=object)
    texts[:] = [text for part in parts for text in _texts(part)]
    return read_only(texts)


def _is_number(part: Column) -> bool:
    return part.dtype != object


def _texts(part: Column | int) -> list[str]:
    if isinstance(part, int):
        return [""] * part
    if not _is_number(part):
        return [str(value) for value in part]
    return ["" if np.isnan(value) else f"{value:.12g}" for value in part]


def _origins(effects: EffectSizes) -> tuple[Origin, ...]:
    return effects.origins or tuple(Origin(study=study, cells={}, values={}) for study in effects.study)

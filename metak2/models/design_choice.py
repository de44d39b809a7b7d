"""The design of the studies that have every moderator, and the notes on what was left out."""

import numpy as np
from numpy.typing import NDArray

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.regression_rows import redundant_columns
from metak2.models.design import Design, as_numbers, as_words, recipe_for
from metak2.models.formula import Formula, formula

Chosen = NDArray[np.bool_]


def design_of(effects: EffectSizes, moderators: str | Design) -> tuple[Design, Chosen, tuple[Note, ...]]:
    """The design of the studies used, which they are (boolean, (k,)), and notes on blanks and redundant columns.

    Raises
    ------
    ModelError
        What is wrong with the formula or its columns, or no study with every moderator.
    """
    usable = (effects.mi > 0) & np.isfinite(effects.yi) & np.isfinite(effects.vi)
    if isinstance(moderators, Design):
        used = usable & _known_rows(effects, moderators)
        _require_some(used, effects)
        design = moderators.rows(used)
    else:
        design, used = _from_formula(effects, formula(moderators), usable)
    missing = tuple(effects.study[at] for at in np.flatnonzero(usable & ~used).tolist())
    notes = [Note(code="MODERATOR_MISSING", where=missing)] if missing else []
    redundant = np.flatnonzero(redundant_columns(design.X))
    if redundant.size:
        names = ", ".join(design.columns[i] for i in redundant)
        notes.append(Note(code="REDUNDANT_COLUMNS", values={"columns": names}))
        design = design.without(list(redundant))
    return design, used, tuple(notes)


def _from_formula(effects: EffectSizes, parsed: Formula, usable: Chosen) -> tuple[Design, Chosen]:
    first = recipe_for(parsed, effects.moderators, usable, effects.study)
    used = usable & _complete(effects, parsed, tuple(first.levels))
    _require_some(used, effects)
    recipe = recipe_for(parsed, effects.moderators, used, effects.study)
    columns = {
        name: values if name in recipe.levels else as_numbers(values)
        for name, values in ((name, effects.moderators[name][used]) for name in parsed.columns)
    }
    return recipe.build(columns, int(used.sum())), used


def _known_rows(effects: EffectSizes, design: Design) -> Chosen:
    if len(design.X) != len(effects):
        raise ModelError(f"the design has {len(design.X)} rows for {len(effects)} studies")
    return np.asarray(np.isfinite(design.X).all(axis=1))


def _require_some(used: Chosen, effects: EffectSizes) -> None:
    if not used.any():
        raise ModelError(f"none of the {effects.k} studies has a value of every moderator; pool() needs none")


def _complete(effects: EffectSizes, parsed: Formula, categories: tuple[str, ...]) -> Chosen:
    """The studies in which no column of the formula is blank."""
    known = np.ones(len(effects), dtype=bool)
    for name in parsed.columns:
        values = effects.moderators[name]
        if name in categories:
            known &= np.array([word != "" for word in as_words(values)], dtype=bool)
        else:
            known &= np.isfinite(as_numbers(values))
    return known

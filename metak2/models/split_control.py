"""A control arm that several comparisons share, split between them so that its people count once."""

from dataclasses import replace

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.models.arm_contributions import contributions
from metak2.models.shared_patients import ARMS, cluster_words
from metak2.studies.table import Conversion, read_only


def split_shared_control(effects: EffectSizes, cluster: str = "study") -> EffectSizes:
    """The effects with every control arm that g comparisons share split into g parts of equal size.

    Cochrane Handbook, section 23.3.4. The effects stay as they are; what the control contributes to their variances is
    multiplied by g, which is what g-th parts of its people and events give, without fractions of people. The parts are
    then taken for independent, which they are not quite: `sampling_covariance` keeps everything and loses nothing.

    Raises
    ------
    ModelError
        No columns that name the arms, no shared control, or no counts or means for its share of the variance.
    """
    if not set(ARMS) <= effects.moderators.keys():
        raise ModelError(f"to see which control is shared, the effects need the columns {' and '.join(ARMS)}")
    words, controls = cluster_words(effects, cluster), effects.words(ARMS[1])
    groups: dict[tuple[str, str], list[int]] = {}
    for row, (word, control, why) in enumerate(zip(words, controls, effects.excluded, strict=True)):
        if not why:
            groups.setdefault((word, control), []).append(row)
    shared = {name: np.array(rows, dtype=np.int64) for name, rows in groups.items() if len(rows) > 1}
    if not shared:
        raise ModelError("no control arm serves several comparisons; there is nothing to split")
    _require_other_arms(effects, shared)
    vi = np.array(effects.vi)
    origins = list(effects.origins) or [Origin(study=study, cells={}, values={}) for study in effects.study]
    for rows in shared.values():
        vi[rows] += (rows.size - 1) * _of_control(effects, rows)
        for row in rows:
            origins[int(row)] = _recorded(origins[int(row)], rows.size, float(effects.vi[row]), float(vi[row]))
    return replace(
        effects,
        vi=read_only(vi),
        moderators=_apart(effects, np.concatenate(list(shared.values()))),
        data={},
        kind="effects",
        origins=tuple(origins),
        notes=(*effects.notes, Note(code="CONTROL_SPLIT", where=tuple(word for word, _ in shared))),
    )


def _require_other_arms(effects: EffectSizes, shared: dict[tuple[str, str], IntArray]) -> None:
    """Refuse one comparison that stands several times: splitting its control would not make it two."""
    arms = effects.words(ARMS[0])
    for (word, _), rows in shared.items():
        names = [arms[int(row)] for row in rows]
        if len(set(names)) < len(names):
            raise ModelError(
                f"{word}: {names[0]} stands in several rows, at several times or outcomes; choose one of them first, "
                "or combine them with aggregate()"
            )


def _of_control(effects: EffectSizes, rows: IntArray) -> FloatArray:
    parts = contributions(effects, rows)
    if parts is None or not np.isfinite(parts.control).all():
        raise ModelError(
            f"{effects.study[int(rows[0])]}: without counts or means the share of the control arm in the variance is "
            "not known; use sampling_covariance(), which can take arms for equally large"
        )
    return parts.control * effects.vi[rows] / (parts.experimental + parts.control)


def _apart(effects: EffectSizes, rows: IntArray) -> dict[str, np.ndarray]:
    """Columns in which the rows with a part of a control are studies of their own."""
    made = dict(effects.moderators)
    if "key" in made:
        keys = np.array(made["key"], dtype=object)
        keys[rows] = [effects.study[int(row)] for row in rows]
        made["key"] = read_only(keys)
    return made


def _recorded(origin: Origin, parts: int, before: float, after: float) -> Origin:
    step = Conversion(
        rule="control arm split",
        formula="vi + (g − 1) × the control arm's share",
        inputs={"g": float(parts), "vi": before},
        output={"vi": after},
        assumption="the parts of the control arm are independent",
    )
    return replace(origin, conversions=(*origin.conversions, step))

"""One effect for each cluster, in place of several from the same patients."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.models.sampling_covariance import SamplingCovariance, independent
from metak2.models.shared_patients import cluster_words, sampling_covariance
from metak2.studies.table import Column, Conversion, read_only


def aggregate(
    effects: EffectSizes,
    cluster: str = "study",
    *,
    correlation: float | None = None,
    covariance: SamplingCovariance | None = None,
    weighted: bool = True,
) -> EffectSizes:
    """The effects of each cluster combined into one, recorded as a conversion with what it assumed.

    Parameters
    ----------
    correlation
        Of the sampling errors in a cluster: 0 for independent ones, 1 for one result that stands several times (their
        mean is taken: weights by precision would have no meaning).
    covariance
        In place of a correlation: what `sampling_covariance` or `covariance_from` made.
    weighted
        By generalised least squares, or the plain mean with the variance that the covariance gives it.

    Raises
    ------
    ModelError
        Neither or both of correlation and covariance.
    """
    words = cluster_words(effects, cluster)
    used = (effects.mi > 0) & np.isfinite(effects.yi) & np.isfinite(effects.vi)
    matrix = _blocks(effects, words, cluster, correlation, covariance)
    weighted = weighted and correlation != 1
    groups: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        groups.setdefault(word, []).append(row)
    yi, vi, origins, combined = [], [], [], []
    for name, listed in groups.items():
        rows = np.array([row for row in listed if used[row]], dtype=np.int64)
        y, v = _combined(effects.yi[rows], matrix(rows), weighted=weighted) if rows.size else (np.nan, np.nan)
        yi.append(y)
        vi.append(v)
        origins.append(_origin(effects, name, rows, (y, v), _assumed(correlation, covariance)))
        if rows.size > 1:
            combined.append(name)
    note = Note(
        code="EFFECTS_COMBINED",
        values={"assumed": _assumed(correlation, covariance), "weighted": weighted},
        where=tuple(combined),
    )
    return replace(
        effects,
        kind="effects",
        study=tuple(groups),
        yi=read_only(np.array(yi)),
        vi=read_only(np.array(vi)),
        data={},
        moderators=_agreeing(effects.moderators, groups),
        excluded=tuple(_excluded(effects, rows) for rows in groups.values()),
        origins=tuple(origins),
        notes=(*effects.notes, *([note] if combined else [])),
    )


def _blocks(
    effects: EffectSizes,
    words: tuple[str, ...],
    cluster: str,
    correlation: float | None,
    covariance: SamplingCovariance | None,
) -> "_Lookup":
    if (correlation is None) == (covariance is None):
        raise ModelError("say how the effects of a cluster are correlated: correlation= or covariance=, one of the two")
    if correlation == 1:
        return _Lookup(np.sqrt(effects.vi), None)
    if covariance is None:
        made = (
            sampling_covariance(effects, cluster, correlation=correlation) if correlation else independent(effects.vi)
        )
    else:
        made = covariance
    if made.k != len(effects):
        raise ModelError(f"the covariance is that of {made.k} effects; there are {len(effects)}")
    number = np.unique(np.array(words), return_inverse=True)[1]
    for rows, block in made.blocks:
        if np.unique(number[rows]).size > 1 and np.count_nonzero(block) > rows.size:
            raise ModelError(
                f"the covariance links {words[rows[0]]} with another cluster; combine what belongs together"
            )
    return _Lookup(np.sqrt(effects.vi), made)


class _Lookup:
    """The covariance of some rows of a cluster; of one result that stands several times where there is none."""

    def __init__(self, deviation: FloatArray, covariance: SamplingCovariance | None) -> None:
        self.deviation = deviation
        self.found: dict[int, tuple[IntArray, FloatArray]] = {}
        self.place = np.zeros(deviation.size, dtype=np.int64)
        for rows, block in covariance.blocks if covariance else ():
            self.place[rows] = np.arange(rows.size)
            self.found |= dict.fromkeys(rows.tolist(), (rows, block))

    def __call__(self, rows: IntArray) -> FloatArray:
        if not self.found:
            return np.outer(self.deviation[rows], self.deviation[rows])
        made = np.zeros((rows.size, rows.size))
        for a, row in enumerate(rows):
            members, block = self.found[int(row)]
            shared = np.isin(rows, members)
            made[a, shared] = block[self.place[row], self.place[rows[shared]]]
        return made


def _combined(y: FloatArray, V: FloatArray, *, weighted: bool) -> tuple[float, float]:
    if weighted:
        W = np.linalg.inv(V)
        return float(W.sum(axis=0) @ y / W.sum()), float(1 / W.sum())
    return float(y.mean()), float(V.mean())


def _assumed(correlation: float | None, covariance: SamplingCovariance | None) -> str:
    return covariance.described if covariance is not None else f"correlation {correlation:g} between them"


def _origin(effects: EffectSizes, name: str, rows: IntArray, answer: tuple[float, float], assumed: str) -> Origin:
    if rows.size == 1 and effects.origins:
        return replace(effects.origins[int(rows[0])], study=name)
    inputs = {f"{what} of {effects.study[row]}": float(v[row]) for row in rows for what, v in _values(effects)}
    step = Conversion(
        rule="combined effects of one cluster",
        formula="(1'V⁻¹1)⁻¹ 1'V⁻¹y",
        inputs=inputs,
        output={"yi": answer[0], "vi": answer[1]},
        assumption=assumed,
    )
    earlier = [effects.origins[row] for row in rows] if effects.origins else []
    cells = {f"{column}, {one.study}": cell for one in earlier for column, cell in one.cells.items()}
    values = {f"{column}, {one.study}": value for one in earlier for column, value in one.values.items()}
    before = tuple(conversion for one in earlier for conversion in one.conversions)
    return Origin(study=name, cells=cells, values=values, conversions=(*before, *([step] if rows.size > 1 else [])))


def _values(effects: EffectSizes) -> tuple[tuple[str, FloatArray], ...]:
    return ("yi", effects.yi), ("vi", effects.vi)


def _excluded(effects: EffectSizes, rows: list[int]) -> str:
    """A cluster is left out when all its effects are."""
    reasons = [effects.excluded[row] for row in rows]
    return "" if "" in reasons else reasons[0]


def _agreeing(moderators: Mapping[str, Column], groups: Mapping[str, list[int]]) -> dict[str, Column]:
    """Each column where the effects of a cluster agree, blank where they do not."""
    return {name: read_only(_agreed(np.asarray(column), list(groups.values()))) for name, column in moderators.items()}


def _agreed(column: NDArray[np.generic], groups: list[list[int]]) -> NDArray[np.generic]:
    blank: object = np.nan if column.dtype.kind == "f" else ""
    made = [column[rows[0]] if len(set(column[rows].tolist())) == 1 else blank for rows in groups]
    return np.array(made, dtype=object if blank == "" else column.dtype)

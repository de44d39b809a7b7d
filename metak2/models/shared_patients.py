"""The covariance of effects that share patients: what a workbook knows, and the correlations that have to be stated."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray, IntArray
from metak2.models.arm_contributions import arm_correlation, contributions
from metak2.models.design import as_numbers, as_words
from metak2.models.sampling_covariance import SamplingCovariance, require_definite
from metak2.studies.table import read_only

STUDY = "study"
ARMS = ("arm_e", "arm_c")
BOTH = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Columns that say what two effects of a cluster share.

    Attributes
    ----------
    result
        Tells results apart: two effects with different words here have the stated correlation. Without it every row is
        a result of its own.
    kind
        Groups results, such as outcomes by domain; a second correlation holds between kinds.
    time
        Numbers: effects at different times have the correlation decay^|difference|.
    arms
        The experimental and the control arm. Effects that share one arm covary by what the counts or means of that
        arm contribute, or, where there are none, as if arms were equally large (1/2); those that share none are
        independent.
    """

    result: str = ""
    kind: str = ""
    time: str = ""
    arms: tuple[str, str] = BOTH


def sampling_covariance(
    effects: EffectSizes,
    cluster: str = STUDY,
    *,
    correlation: float | tuple[float, float] | None = None,
    decay: float | None = None,
    sharing: Sharing | None = None,
) -> SamplingCovariance:
    """The covariance of the sampling errors of effects, those of different clusters being independent.

    The correlation of two effects of a cluster is the product of what is asked for.

    Parameters
    ----------
    cluster
        The column that says whose patients they are; "study" stands for the trial behind each row.
    correlation
        Of two different results in the same patients. A pair: of two results of one kind, and of two kinds.
    decay
        The correlation of the same result one unit of `sharing.time` apart.
    sharing
        Without it, shared arms are recognised where the effects name them (columns `arm_e`, `arm_c`) and neither a
        correlation nor a decay was stated.

    Raises
    ------
    ModelError
        A column that does not exist, a correlation outside -1 to 1 or missing, or a covariance that is not positive
        definite: the effects are named.
    """
    asked = _asked(effects, correlation, decay, sharing)
    words = cluster_words(effects, cluster)
    within = _stated(correlation)
    parts = (_arms(effects, asked), _results(effects, asked, within), _times(effects, asked, decay))
    used = [part for part in parts if part is not None]
    if not used:
        raise ModelError(
            "state the correlation of effects in the same patients, such as correlation=0.5 (and sweep it with "
            "correlation_sensitivity), or name the columns of times or arms in sharing=Sharing(...)"
        )
    correlated, deviation = [], np.sqrt(effects.vi)
    for rows in _members(words):
        block = np.outer(deviation[rows], deviation[rows])
        for part in used:
            block = block * part(rows)
        block[np.diag_indices(rows.size)] = effects.vi[rows]
        pooled = np.isfinite(effects.vi[rows])
        _require_apart(block, pooled, [effects.study[at] for at in rows])
        if np.count_nonzero(block) > rows.size:
            correlated.append((rows, read_only(block)))
    return SamplingCovariance(
        variances=effects.vi, correlated=tuple(correlated), described=_described(effects, asked, correlation, decay)
    )


def cluster_column(effects: EffectSizes, cluster: str) -> str:
    """The column behind a cluster: for "study" the key of the trial where rows have labels of their own."""
    return "key" if cluster == STUDY and "key" in effects.moderators else cluster


def cluster_words(effects: EffectSizes, cluster: str) -> tuple[str, ...]:
    """The cluster of each effect in words.

    Raises
    ------
    ModelError
        No such column, or a blank.
    """
    name = cluster_column(effects, cluster)
    words = effects.study if name == STUDY else _words(effects, name)
    blank = [study for study, word in zip(effects.study, words, strict=True) if not word]
    if blank:
        raise ModelError(f"{name} is blank for {', '.join(dict.fromkeys(blank))}; every effect needs its cluster")
    return words


def _asked(
    effects: EffectSizes,
    correlation: float | tuple[float, float] | None,
    decay: float | None,
    sharing: Sharing | None,
) -> Sharing:
    if sharing is None:
        recognised = correlation is None and decay is None and set(ARMS) <= effects.moderators.keys()
        sharing = Sharing(arms=ARMS) if recognised else Sharing()
    if bool(sharing.time) != (decay is not None):
        raise ModelError("decay belongs to a column of times: give both decay= and sharing=Sharing(time=...), or none")
    if (sharing.result or sharing.kind) and correlation is None:
        raise ModelError(
            f"results differ by {sharing.result or sharing.kind}: state their correlation, such as correlation=0.5"
        )
    if sharing.kind and not isinstance(correlation, tuple):
        raise ModelError("with kinds of results state two correlations: (within a kind, between kinds)")
    for value, name in ((decay, "decay"), *((one, "correlation") for one in _stated(correlation) or ())):
        if value is not None and not -1 <= value <= 1:
            raise ModelError(f"a {name} lies between -1 and 1; got {value:g}")
    return sharing


def _stated(correlation: float | tuple[float, float] | None) -> tuple[float, float] | None:
    if correlation is None or isinstance(correlation, tuple):
        return correlation
    return float(correlation), float(correlation)


Factor = Callable[[IntArray], FloatArray]


def _results(effects: EffectSizes, asked: Sharing, within: tuple[float, float] | None) -> Factor | None:
    if within is None:
        return None
    result = np.array(_words(effects, asked.result) if asked.result else [str(at) for at in range(len(effects))])
    kind = np.array(_words(effects, asked.kind) if asked.kind else [""] * len(effects))

    def factor(rows: IntArray) -> FloatArray:
        same_kind = kind[rows][:, None] == kind[rows]
        same = same_kind & (result[rows][:, None] == result[rows])
        return np.where(same, 1.0, np.where(same_kind, *within))

    return factor


def _times(effects: EffectSizes, asked: Sharing, decay: float | None) -> Factor | None:
    if decay is None:
        return None
    times = as_numbers(np.asarray(column_of(effects, asked.time)))
    if not np.isfinite(times).all():
        raise ModelError(f"{asked.time} must hold numbers to be a time; give one in months or weeks to every effect")
    return lambda rows: np.asarray(decay ** np.abs(times[rows][:, None] - times[rows]))


def _arms(effects: EffectSizes, asked: Sharing) -> Factor | None:
    if asked.arms == BOTH:
        return None
    first, second = (np.array(_words(effects, name)) for name in asked.arms)
    return lambda rows: arm_correlation(effects, rows, first[rows], second[rows])


def _require_apart(block: FloatArray, pooled: np.ndarray, names: list[str]) -> None:
    """Refuse what is no covariance; a correlation of 1 is the same result twice."""
    deviation = np.sqrt(np.diag(block))
    usable = np.flatnonzero(pooled)
    for a in usable:
        for b in usable[usable < a]:
            if block[a, b] >= (1 - 1e-12) * deviation[a] * deviation[b]:
                raise ModelError(
                    f"{names[b]} and {names[a]} would have the correlation 1, as if one result stood twice: combine "
                    "them with aggregate(), keep one of them, or say what tells them apart"
                )
    require_definite(block[np.ix_(usable, usable)], [names[at] for at in usable])


def _members(words: tuple[str, ...]) -> list[IntArray]:
    names, number = np.unique(np.array(words), return_inverse=True)
    order = np.argsort(number, kind="stable")
    return list(np.split(order, np.cumsum(np.bincount(number, minlength=names.size))[:-1]))


def _described(
    effects: EffectSizes, asked: Sharing, correlation: float | tuple[float, float] | None, decay: float | None
) -> str:
    said = []
    if asked.arms != BOTH:
        known = contributions(effects, np.arange(len(effects))) is not None
        said.append("shared arms by their counts or means" if known else "shared arms, taken as equally large")
    if isinstance(correlation, tuple):
        said.append(f"correlation {correlation[0]:g} within and {correlation[1]:g} between kinds of results")
    elif correlation is not None:
        said.append(f"correlation {correlation:g} between results in the same patients")
    if decay is not None:
        said.append(f"correlation {decay:g} per unit of {asked.time}")
    return ", ".join(said)


def _words(effects: EffectSizes, name: str) -> tuple[str, ...]:
    return tuple(as_words(np.asarray(column_of(effects, name))))


def column_of(effects: EffectSizes, name: str) -> object:
    """A column of the effects by name, `study` their labels. ModelError lists the names there are."""
    if name == STUDY:
        return np.array(effects.study, dtype=object)
    if name not in effects.moderators:
        known = (STUDY, *effects.moderators)
        raise ModelError(f"there is no column {name!r}{did_you_mean(name, known)}. There are {', '.join(known)}")
    return effects.moderators[name]


def with_column(effects: EffectSizes, name: str, values: object) -> EffectSizes:
    """The same effects with one more column."""
    column = read_only(np.asarray(values, dtype=object))
    return replace(effects, moderators={**effects.moderators, name: column})

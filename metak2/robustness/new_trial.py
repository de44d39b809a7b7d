"""The trial that comes next: what it may be expected to observe, and what would change the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.intervals import prediction_interval
from metak2.models.pooled import Interval, Pooled
from metak2.models.rows import infer
from metak2.robustness.conclusion import no_effect, side
from metak2.robustness.seen_studies import seen_studies
from metak2.shown import Drawn, Shown
from metak2.studies.table import read_only

SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200)
REACH = 10.0  # standard errors of the least precise study beyond all others: how far an imagined result is sought
GRID = 161
HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NextTrial(Shown):
    """What a further trial of `n` people per arm may be expected to observe, on the analysis scale.

    `vi` is its sampling variance, `variance_per_person` times 2 / n, the median of the pooled studies unless it was
    given. `pi` is the prediction interval of its *observed* effect: uncertainty of the mean, between settings and by
    chance. `other_side` is the probability that it points the other way, `significant` that it alone excludes no effect
    on the side of the pooled effect; NaN where the measure compares nothing.
    """

    base: Pooled
    n: int
    vi: float
    variance_per_person: float
    pi: Interval
    other_side: float
    significant: float
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """A range of effects of the new trial, analysis scale, after which the interval lies on one side of no effect.

    `side` is -1 below, 1 above, 0 across; an end that is infinite lies beyond every result that was tried.
    """

    low: float
    high: float
    side: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewTrial(Drawn):
    """What one further trial would have to observe, for each number per arm, to change the conclusion.

    `conclusions` holds, for each of `n` `(sizes,)`, the ranges of its effect from low to high that lead to each
    conclusion by the planned model. `side` is the conclusion now.
    """

    base: Pooled
    n: IntArray
    vi: FloatArray
    variance_per_person: float
    side: int
    conclusions: tuple[tuple[Conclusion, ...], ...]
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    def changing(self, row: int) -> tuple[Conclusion, ...]:
        """The ranges of effects that change the conclusion, at one size."""
        return tuple(one for one in self.conclusions[row] if one.side != self.side)


def next_trial(pooled: Pooled, *, n: int, variance_per_person: float | None = None) -> NextTrial:
    """The prediction interval of the effect that a further trial of `n` people per arm will observe.

    The standard error of the pooled effect and the distribution are those of the prediction interval of `pooled` (the
    normal one for a common effect); the sampling variance of the new trial is added.

    Raises
    ------
    ModelError
        Fewer than three studies, no arm sizes and no `variance_per_person`, a size below 2, or a prediction rule
        without a standard error.
    """
    seen_studies(pooled, least=3, what="predicting the next trial")
    per_person = _variance_per_person(pooled, variance_per_person)
    vi = 2 * per_person / _sizes([n])[0]
    expected = _expected(pooled)
    se = np.hypot(expected.se, np.sqrt(vi))
    low, high = prediction_interval(
        np.array([expected.estimate]), np.array([se]), np.zeros(1), np.array([expected.df]), level=pooled.level
    )
    other, significant = _chances(pooled, expected, float(se), float(vi))
    return NextTrial(
        base=pooled,
        n=int(n),
        vi=float(vi),
        variance_per_person=per_person,
        pi=replace(expected, low=float(low[0]), high=float(high[0]), se=float(se)),
        other_side=other,
        significant=significant,
        notes=_notes(variance_per_person),
    )


def new_trial(
    pooled: Pooled, *, n: Sequence[int] | ArrayLike = SIZES, variance_per_person: float | None = None
) -> NewTrial:
    """What a further trial of each of `n` people per arm would have to observe to change the conclusion.

    The trial is added to the others and pooled by the planned model, for effects from far below to far above all
    others; where the conclusion turns is found to the last digit. The graph is that of Langan, Higgins, Gregory &
    Sutton 2012, J Clin Epidemiol 65:511-519.

    Raises
    ------
    ModelError
        Fewer than two studies, a method that pools counts, weights of your own, a measure that compares nothing, no arm
        sizes and no `variance_per_person`.
    """
    seen = seen_studies(pooled, least=2, what="a further trial")
    choices, null = pooled.choices, no_effect(pooled.measure)
    if choices.method.needs == "counts":
        raise ModelError(f"{choices.method.label} pools counts, and an imagined trial has none; pool by REML or CE")
    if choices.options.weighted:
        raise ModelError("weights of your own say nothing of a further trial; pool without them")
    if not np.isfinite(null):
        raise ModelError(f"{pooled.measure.label} compares nothing, so there is no conclusion to change")
    per_person = _variance_per_person(pooled, variance_per_person)
    sizes = np.unique(_sizes(n)).astype(np.int64)
    vi = 2 * per_person / sizes
    return NewTrial(
        base=pooled,
        n=sizes,
        vi=vi,
        variance_per_person=per_person,
        side=int(side(np.array([pooled.ci.low]), np.array([pooled.ci.high]), null)[0]),
        conclusions=tuple(_conclusions(pooled, seen.columns, float(variance)) for variance in vi),
        notes=_notes(variance_per_person),
    )


def _notes(given: float | None) -> tuple[Note, ...]:
    return () if given is not None else (Note(code="VARIANCE_OF_NEXT_TRIAL"),)


def _sizes(n: Sequence[int] | ArrayLike) -> FloatArray:
    sizes = np.atleast_1d(np.asarray(n, dtype=np.float64))
    wrong = sizes[~((sizes >= 2) & (sizes == np.round(sizes)))]
    if sizes.size == 0 or wrong.size:
        raise ModelError(f"n is the number of people per arm, whole and at least 2, not {wrong[:1].tolist() or 'none'}")
    return sizes


def _variance_per_person(pooled: Pooled, given: float | None) -> float:
    """The median over the pooled studies of vi / (1/n_e + 1/n_c)."""
    if given is not None:
        if not (np.isfinite(given) and given > 0):
            raise ModelError(f"variance_per_person is a positive number, not {given}")
        return float(given)
    data, kept = pooled.effects.data, pooled.effects.mi > 0
    if not {"n_e", "n_c"} <= data.keys():
        raise ModelError(
            "these effects come without arm sizes, so nothing says how precise a trial of n people is; give "
            "variance_per_person: vi / (1/n_e + 1/n_c) of a typical trial"
        )
    shares = pooled.effects.vi[kept] / (1 / data["n_e"][kept] + 1 / data["n_c"][kept])
    return float(np.median(shares[np.isfinite(shares)]))


def _expected(pooled: Pooled) -> Interval:
    """The prediction interval of the mean setting; for a common effect, its own normal interval."""
    if pooled.method.model == "common effect":
        return replace(pooled.ci, rule="z", df=float("inf"))
    if pooled.pi is None or not np.isfinite(pooled.pi.se):
        raise ModelError(
            'the next trial needs a prediction interval with a standard error; pool with prediction="t(k-1)"'
        )
    return pooled.pi


def _chances(pooled: Pooled, expected: Interval, se: float, vi: float) -> tuple[float, float]:
    """That the next estimate points the other way; that it alone excludes no effect on this side."""
    null = no_effect(pooled.measure)
    if not np.isfinite(null):
        return float("nan"), float("nan")
    towards = 1.0 if expected.estimate >= null else -1.0
    away = towards * (expected.estimate - null)
    needed = -float(ndtri((1 - pooled.level) / 2)) * np.sqrt(vi)

    def beyond(value: float) -> float:
        t = (away - value) / se
        return float(ndtr(t) if np.isinf(expected.df) else stdtr(expected.df, t))

    return 1 - beyond(0.0), beyond(needed)


def _conclusions(pooled: Pooled, columns: NDArray[np.intp], vi: float) -> tuple[Conclusion, ...]:
    """The ranges of the new effect with one conclusion each, from a grid whose turning points are then halved."""
    known = pooled.effects.yi[columns]
    room = REACH * np.sqrt(float(pooled.effects.vi[columns].max()))
    grid = np.linspace(float(known.min()) - room, float(known.max()) + room, GRID)
    sides = _sides(pooled, columns, grid, vi)
    turns = np.flatnonzero(np.diff(sides))
    low, high, before = grid[turns], grid[turns + 1], sides[turns]
    for _ in range(HALVINGS if turns.size else 0):
        middle = 0.5 * (low + high)
        same = _sides(pooled, columns, middle, vi) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    edges = [-np.inf, *(0.5 * (low + high)).tolist(), np.inf]
    found = [*sides[turns].tolist(), int(sides[-1])]
    return tuple(
        Conclusion(low=float(edges[at]), high=float(edges[at + 1]), side=int(one)) for at, one in enumerate(found)
    )


def _sides(pooled: Pooled, columns: NDArray[np.intp], effects: FloatArray, vi: float) -> IntArray:
    """The conclusion with each of these effects added: all are columns of one table, each row holds one of them."""
    k, new = columns.size, effects.size
    widened = EffectSizes(
        measure=pooled.measure,
        kind="effects",
        study=(*(pooled.study[column] for column in columns), *(f"new trial {at}" for at in range(new))),
        yi=read_only(np.concatenate([pooled.effects.yi[columns], effects])),
        vi=read_only(np.concatenate([pooled.effects.vi[columns], np.full(new, vi)])),
        excluded=("",) * (k + new),
    )
    rows = infer(widened, pooled.choices, np.hstack([np.ones((new, k)), np.eye(new)]))
    return side(rows.low, rows.high, no_effect(pooled.measure))

"""What a selection model is asked: the studies towards the favoured side, the weights, what is held fixed."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from metak2.errors import ModelError
from metak2.kernels import selection_weights as kernel
from metak2.kernels.contract import FloatArray
from metak2.kernels.selection_models import SelectionData, SelectionFit, fit_selection, unselected
from metak2.kernels.truncation import SMALLEST, fit_cut, fit_truncated
from metak2.models.pooled import Pooled
from metak2.robustness.seen_studies import Seen, design_with, sample_sizes
from metak2.robustness.selection_result import Alternative, Imprecision, SelectionOptions

IMPRECISIONS: tuple[Imprecision, ...] = ("none", "sei", "vi", "ninv", "sqrtninv")
STEPWISE = ("step", "three-parameter")
TRUNCATED, CUT_ESTIMATED = "truncated", "estimated truncation"
KINDS = (*STEPWISE, TRUNCATED, CUT_ESTIMATED, *kernel.SMOOTH)
Fit = Callable[[FloatArray, FloatArray], SelectionFit]
"""From starts and fixed values to the highest summit."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What is to be fitted.

    `data` point to the favoured side, which is that of `sign`; `delta` are the weights, NaN where they are estimated;
    `steps` the p values where they jump; `search` finds the summit.
    """

    kind: str
    data: SelectionData
    delta: FloatArray
    steps: tuple[float, ...]
    search: Fit
    sign: float
    random: bool

    @property
    def estimated(self) -> int:
        """How many parameters of selection are estimated: weights, and the cut of a truncated model."""
        return int(np.isnan(self.delta).sum()) + (self.kind == CUT_ESTIMATED)

    def p_values(self) -> FloatArray:
        """Of each study, one-sided towards the favoured side or two-sided."""
        return p_values(self.data)

    def fit(self, *, tau2: float = np.nan) -> SelectionFit:
        """The highest summit, with tau2 held at a value or estimated."""
        p = self.data.x.shape[1]
        held = tau2 if self.random else 0.0
        fixed = np.concatenate([np.full(p, np.nan), [held], self.delta])
        free = unselected(self.data, random=self.random)
        starts = [free.parameters, free.parameters * 0.0]
        if self.random and np.isnan(tau2):
            starts[1][p] = free.parameters[p] + float(np.median(self.data.v))
            starts.append(np.concatenate([free.parameters[:p], [0.0]]))
        return self.search(np.array(starts), fixed)


def question_of(
    pooled: Pooled, seen: Seen, asked: tuple[str, tuple[float, ...], Alternative], options: SelectionOptions
) -> Question:
    """The question, or a ModelError where the studies cannot answer it; `asked` are kind, steps and side."""
    kind, steps, side = asked
    sign = -1.0 if side == "less" else 1.0
    imprecision = _imprecision(pooled, seen, options)
    data = SelectionData(
        y=sign * seen.yi,
        v=seen.vi,
        x=design_with(pooled, seen, options.moderators),
        c=imprecision / imprecision.max(),
        two_sided=side == "two-sided",
    )
    weights = _weights(kind, steps, data, sign)
    if np.linalg.matrix_rank(data.x) < data.x.shape[1] or seen.k <= data.x.shape[1]:
        raise ModelError("the moderators explain one another in these studies; leave one of them out")
    return Question(
        kind=kind,
        data=data,
        delta=_delta(kind, weights.low, options),
        steps=weights.steps,
        search=weights.search,
        sign=sign,
        random=pooled.asked.model == "random effects",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Weights:
    """The lower bounds of delta, the p values where the weights jump, and the search with them."""

    low: tuple[float, ...]
    steps: tuple[float, ...]
    search: Fit


def _delta(kind: str, low: tuple[float, ...], options: SelectionOptions) -> FloatArray:
    """The weights given, no lower than `low`; NaN where they are to be estimated."""
    if options.delta is None:
        return np.full(len(low), np.nan)
    given = np.asarray(options.delta, dtype=np.float64)
    if given.shape == (len(low) + 1,) and kind in STEPWISE and given[0] == 1:
        given = given[1:]
    if given.shape != (len(low),) or np.any(given < 0):
        raise ModelError(f"delta has {given.size} entries; {kind} has {len(low)} weights, none negative")
    return np.maximum(given, low)


def _imprecision(pooled: Pooled, seen: Seen, options: SelectionOptions) -> FloatArray:
    name = options.imprecision
    if name in {"sei", "vi"}:
        return np.sqrt(seen.vi) if name == "sei" else seen.vi
    if name == "none":
        return np.ones(seen.k)
    ni = sample_sizes(pooled, seen, options.sample_size)
    return 1 / ni if name == "ninv" else 1 / np.sqrt(ni)


def _weights(kind: str, steps: tuple[float, ...], data: SelectionData, sign: float) -> _Weights:
    if kind == TRUNCATED:
        return _truncated(steps, data, sign)
    if kind == CUT_ESTIMATED:
        return _with_cut(steps, data)
    default = (0.05 if data.two_sided else 0.025,) if kind in STEPWISE else ()
    cuts = tuple(sorted({step for step in (steps or default) if step < 1}))
    if any(not step > 0 for step in cuts) or (kind != "step" and len(cuts) > 1):
        raise ModelError(f"steps={steps!r}: p values between 0 and 1, and one of them for kind={kind!r}")
    if kind in kernel.SMOOTH:
        smooth = kernel.SMOOTH[kind]
        weights = kernel.from_step(smooth, cuts[0]) if cuts else smooth
    else:
        weights = kernel.step_function(cuts)
    counts = np.bincount(np.searchsorted(np.array(cuts), p_values(data) * (1 - 1e-12)), minlength=len(cuts) + 1)
    _require_studies([f"p values between {a:g} and {b:g}" for a, b in pairwise((0.0, *cuts, 1.0))], counts.tolist())
    return _Weights(
        low=weights.low,
        steps=weights.steps or steps,
        search=lambda starts, fixed: fit_selection(data, weights, starts, fixed=fixed),
    )


def _truncated(steps: tuple[float, ...], data: SelectionData, sign: float) -> _Weights:
    if len(steps) > 1:
        raise ModelError("a truncated model has one threshold, an effect on the analysis scale, such as steps=(0.0,)")
    cut = sign * (steps[0] if steps else 0.0)
    counts = [int((data.y > cut).sum()), int((data.y <= cut).sum())]
    _require_studies([f"effects beyond {steps[0] if steps else 0.0}", "effects short of it"], counts)
    return _Weights(
        low=(SMALLEST,), steps=(), search=lambda starts, fixed: fit_truncated(data, cut, starts, fixed=fixed)
    )


def _with_cut(steps: tuple[float, ...], data: SelectionData) -> _Weights:
    if steps:
        raise ModelError(f'kind="{CUT_ESTIMATED}" estimates the effect of the cut; give steps with kind="{TRUNCATED}"')
    if data.two_sided:
        raise ModelError(f'kind="{CUT_ESTIMATED}" cuts effects on one side; alternative is "greater" or "less"')
    if np.ptp(data.y) == 0:
        raise ModelError('all effects are equal, so that no cut lies between them; use kind="half-normal" instead')
    return _Weights(low=(SMALLEST,), steps=(), search=lambda starts, fixed: fit_cut(data, starts, fixed=fixed))


def _require_studies(parts: list[str], counts: list[int]) -> None:
    empty = [name for name, count in zip(parts, counts, strict=True) if count == 0]
    if empty:
        raise ModelError(
            f"no study has {' or '.join(empty)}, so that their chance of being seen has no estimate; choose other steps"
        )


def p_values(data: SelectionData) -> FloatArray:
    """One p value a study, `(k,)`."""
    z = data.y / np.sqrt(data.v)
    return np.asarray(2 * ndtr(-np.abs(z)) if data.two_sided else ndtr(-z))

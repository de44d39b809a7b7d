"""Selection models: the pooled effect if the chance of seeing a study depends on its p value."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels import selection_weights as kernel
from metak2.kernels.contract import FloatArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.kernels.selection_models import SelectionData, SelectionFit, fit_selection, unselected
from metak2.models.pooled import Interval, Pooled
from metak2.robustness.seen_studies import Seen, design_with, sample_sizes, seen_studies
from metak2.robustness.selection_result import Alternative, Imprecision, SelectionModel, SelectionOptions

ALTERNATIVES: tuple[Alternative, ...] = ("greater", "less", "two-sided")
IMPRECISIONS: tuple[Imprecision, ...] = ("none", "sei", "vi", "ninv", "sqrtninv")
KINDS = ("step", "three-parameter", "truncated", *kernel.SMOOTH)
REFERENCES = {
    "step": "Hedges & Vevea 2005, in: Publication bias in meta-analysis, Wiley",
    "three-parameter": "Iyengar & Greenhouse 1988, Stat Sci 3:109-117",
    "truncated": "Rust, Lehmann & Farley 1990, J Mark Res 27:220-226",
    "beta": "Citkowicz & Vevea 2017, Psychol Methods 22:28-41",
    "half-normal": "Preston, Ashby & Smyth 2004, J Eval Clin Pract 10:313-322",
    "negative exponential": "Preston, Ashby & Smyth 2004, J Eval Clin Pract 10:313-322",
    "logistic": "Preston, Ashby & Smyth 2004, J Eval Clin Pract 10:313-322",
    "power": "Viechtbauer 2010 (metafor), J Stat Softw 36(3)",
    "negative exponential power": "Begg & Mazumdar 1994, Biometrics 50:1088-1101",
}
FEWEST_PER_SIDE = 4
"""With fewer significant, or fewer other, studies the weights are hardly estimable."""
FEW = 10
NO_OPTIONS = SelectionOptions()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Question:
    """What is to be fitted: data towards the favoured side, weights, values held fixed (NaN: estimated)."""

    data: SelectionData
    weights: kernel.WeightFunction
    delta: FloatArray
    sign: float
    random: bool

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
        return fit_selection(self.data, self.weights, np.array(starts), fixed=fixed)


def selection_model(
    pooled: Pooled,
    *,
    kind: str = "step",
    steps: tuple[float, ...] = (),
    alternative: Alternative | None = None,
    options: SelectionOptions = NO_OPTIONS,
) -> SelectionModel:
    """A selection model by maximum likelihood, with tau2 under random effects and without under a common effect.

    A sensitivity analysis: the data hardly tell selection from other reasons why effects and p values go together.

    Parameters
    ----------
    kind
        step, three-parameter (one step, 0.025 or two-sided 0.05), truncated, beta, half-normal, negative exponential,
        logistic, power, negative exponential power.
    steps
        The p values at which "step" jumps (default 0.025, two-sided 0.05); one effect for "truncated" (default 0); for
        the smooth kinds at most one p value, below which every study is seen.
    alternative
        "greater" or "less" where results of that direction are favoured (one-sided p values), "two-sided" where
        significant ones are. Default: the direction of the pooled effect.

    Raises
    ------
    UnknownOptionError
        A word that is not documented.
    ModelError
        Fewer than three studies, an interval between steps that holds no study, or data that cannot be fitted.
    """
    if kind not in KINDS:
        raise UnknownOptionError("kind", kind, KINDS)
    if alternative is not None and alternative not in ALTERNATIVES:
        raise UnknownOptionError("alternative", alternative, ALTERNATIVES)
    if options.imprecision not in IMPRECISIONS:
        raise UnknownOptionError("imprecision", options.imprecision, IMPRECISIONS)
    seen = seen_studies(pooled, least=3, what="a selection model")
    side: Alternative = alternative or ("greater" if pooled.estimate >= 0 else "less")
    question = _question(pooled, seen, (kind, steps, side), options)
    fit = question.fit()
    if not np.isfinite(fit.log_likelihood):
        raise ModelError(f'the {kind} selection model has no likelihood for these studies; use kind="step" instead')
    return _result(pooled, question, fit, (kind, side, question_steps(question, steps)))


def question_steps(question: _Question, steps: tuple[float, ...]) -> tuple[float, ...]:
    """The steps in use."""
    threshold = question.weights.threshold
    return question.weights.steps or steps if threshold is None else (question.sign * threshold,)


def _question(
    pooled: Pooled, seen: Seen, asked: tuple[str, tuple[float, ...], Alternative], options: SelectionOptions
) -> _Question:
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
    delta = np.full(weights.parameters, np.nan)
    if options.delta is not None:
        given = np.asarray(options.delta, dtype=np.float64)
        if given.shape == (weights.parameters + 1,) and kind in {"step", "three-parameter"} and given[0] == 1:
            given = given[1:]
        if given.shape != delta.shape or np.any(given < 0):
            raise ModelError(f"delta has {given.size} entries; {kind} has {weights.parameters} weights, none negative")
        delta = np.maximum(given, weights.low)
    return _Question(data=data, weights=weights, delta=delta, sign=sign, random=pooled.asked.model == "random effects")


def _imprecision(pooled: Pooled, seen: Seen, options: SelectionOptions) -> FloatArray:
    name = options.imprecision
    if name in {"sei", "vi"}:
        return np.sqrt(seen.vi) if name == "sei" else seen.vi
    if name == "none":
        return np.ones(seen.k)
    ni = sample_sizes(pooled, seen, options.sample_size)
    return 1 / ni if name == "ninv" else 1 / np.sqrt(ni)


def _weights(kind: str, steps: tuple[float, ...], data: SelectionData, sign: float) -> kernel.WeightFunction:
    if kind == "truncated":
        threshold = sign * (steps[0] if steps else 0.0)
        if len(steps) > 1:
            raise ModelError(
                "a truncated model has one threshold, an effect on the analysis scale, such as steps=(0.0,)"
            )
        weights = kernel.truncation(threshold, np.sqrt(data.v)[:, None])
        counts = np.array([(data.y > threshold).sum(), (data.y <= threshold).sum()])
        edges = [f"effects beyond {steps[0] if steps else 0.0}", "effects short of it"]
    else:
        default = (0.05 if data.two_sided else 0.025,) if kind in {"step", "three-parameter"} else ()
        cuts = tuple(sorted({step for step in (steps or default) if step < 1}))
        if any(not step > 0 for step in cuts) or (kind != "step" and len(cuts) > 1):
            raise ModelError(f"steps={steps!r}: p values between 0 and 1, and one of them for kind={kind!r}")
        if kind in kernel.SMOOTH:
            smooth = kernel.SMOOTH[kind]
            weights = kernel.from_step(smooth, cuts[0]) if cuts else smooth
        else:
            weights = kernel.step_function(cuts)
        p = _p_values(data)
        counts = np.bincount(np.searchsorted(np.array(cuts), p * (1 - 1e-12)), minlength=len(cuts) + 1)
        limits = (0.0, *cuts, 1.0)
        edges = [f"p values between {a:g} and {b:g}" for a, b in pairwise(limits)]
    empty = [name for name, count in zip(edges, counts, strict=True) if count == 0]
    if empty:
        raise ModelError(
            f"no study has {' or '.join(empty)}, so that their chance of being seen has no estimate; choose other steps"
        )
    return weights


def _p_values(data: SelectionData) -> FloatArray:
    z = data.y / np.sqrt(data.v)
    return np.asarray(2 * ndtr(-np.abs(z)) if data.two_sided else ndtr(-z))


def _result(
    pooled: Pooled, question: _Question, fit: SelectionFit, names: tuple[str, Alternative, tuple[float, ...]]
) -> SelectionModel:
    p, m = question.data.x.shape[1], question.weights.parameters
    flip = np.concatenate([np.full(p, question.sign), np.ones(1 + m)])
    vcov = fit.vcov * flip[:, None] * flip
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(vcov))
    beta, se = question.sign * fit.parameters[:p], errors[:p]
    low, high = normal_interval(beta, se, level=pooled.level)
    stepwise = names[0] in {"step", "three-parameter"}
    delta, se_delta = fit.parameters[p + 1 :].tolist(), errors[p + 1 :].tolist()
    estimated = int(np.isnan(question.delta).sum())
    LRT = max(0.0, 2 * (fit.log_likelihood - unselected(question.data, random=question.random).log_likelihood))
    LRT_tau2 = max(0.0, 2 * (fit.log_likelihood - question.fit(tau2=0.0).log_likelihood)) if question.random else None
    parameters = p + estimated + int(question.random)
    k = question.data.y.size
    return SelectionModel(
        kind=names[0],
        alternative=names[1],
        steps=names[2],
        base=pooled,
        k=k,
        coefficients=tuple(beta.tolist()),
        se=tuple(se.tolist()),
        pval=tuple(normal_pval(beta / se).tolist()),
        ci=tuple(_interval(pooled.level, *values) for values in zip(beta, se, low, high, strict=True)),
        vcov=vcov[:p, :p],
        tau2=float(fit.parameters[p]) if question.random else None,
        se_tau2=float(errors[p]) if question.random and np.isfinite(errors[p]) and fit.parameters[p] > 0 else None,
        delta=(1.0, *delta) if stepwise else tuple(delta),
        se_delta=(float("nan"), *se_delta) if stepwise else tuple(se_delta),
        LRT=LRT,
        LRT_df=estimated,
        LRT_pval=float(q_pval(np.array(LRT), np.array(estimated))),
        LRT_tau2=LRT_tau2,
        LRT_tau2_pval=None if LRT_tau2 is None else float(q_pval(np.array(LRT_tau2), np.array(1))),
        log_likelihood=fit.log_likelihood,
        AIC=-2 * fit.log_likelihood + 2 * parameters,
        BIC=-2 * fit.log_likelihood + parameters * float(np.log(k)),
        reference=REFERENCES[names[0]],
        notes=_notes(question, fit, pooled),
    )


def _interval(level: float, estimate: float, se: float, low: float, high: float) -> Interval:
    return Interval(
        low=float(low), high=float(high), level=level, rule="z", estimate=float(estimate), se=float(se), df=np.inf
    )


def _notes(question: _Question, fit: SelectionFit, pooled: Pooled) -> tuple[Note, ...]:
    p, k = question.data.x.shape[1], question.data.y.size
    cut = 0.05 if question.data.two_sided else 0.025
    significant = int((_p_values(question.data) <= cut).sum())
    notes = []
    if not fit.converged:
        notes.append(Note(code="SELECTION_NOT_CONVERGED"))
    if k < FEW:
        notes.append(Note(code="SELECTION_FEW", values={"k": k}))
    if min(significant, k - significant) < FEWEST_PER_SIDE:
        notes.append(Note(code="SELECTION_ONE_SIDED", values={"significant": significant, "k": k}))
    if fit.at_bound[p + 1 :].any():
        notes.append(Note(code="SELECTION_AT_BOUND"))
    if np.isnan(np.diag(fit.vcov)[:p]).any():
        notes.append(Note(code="SELECTION_NO_ERROR"))
    if question.random and pooled.asked.name != "ML":
        notes.append(Note(code="SELECTION_BY_ML", values={"asked": pooled.asked.label}))
    if not np.isnan(question.delta).all() and question.delta.size:
        notes.append(Note(code="SELECTION_GIVEN"))
    return tuple(notes)

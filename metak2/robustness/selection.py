"""Selection models: the pooled effect if the chance of seeing a study depends on its p value."""

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.kernels.selection_models import SelectionFit, unselected
from metak2.models.pooled import Interval, Pooled
from metak2.robustness.seen_studies import seen_studies
from metak2.robustness.selection_question import CUT_ESTIMATED, IMPRECISIONS, KINDS, STEPWISE, Question, question_of
from metak2.robustness.selection_result import Alternative, SelectionModel, SelectionOptions

ALTERNATIVES: tuple[Alternative, ...] = ("greater", "less", "two-sided")
REFERENCES = {
    "step": "Hedges & Vevea 2005, in: Publication bias in meta-analysis, Wiley",
    "three-parameter": "Iyengar & Greenhouse 1988, Stat Sci 3:109-117",
    "truncated": "Rust, Lehmann & Farley 1990, J Mark Res 27:220-226",
    CUT_ESTIMATED: "Rust, Lehmann & Farley 1990, J Mark Res 27:220-226",
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
        step, three-parameter (one step, 0.025 or two-sided 0.05), truncated, estimated truncation, beta, half-normal,
        negative exponential, logistic, power, negative exponential power.
    steps
        The p values at which "step" jumps (default 0.025, two-sided 0.05); one effect for "truncated" (default 0); for
        the smooth kinds at most one p value, below which every study is seen; none for "estimated truncation", which
        finds the effect itself among those observed: the likelihood jumps at each of them and has its maximum at one.
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
    question = question_of(pooled, seen, (kind, steps, side), options)
    fit = question.fit()
    if not np.isfinite(fit.log_likelihood):
        raise ModelError(f'the {kind} selection model has no likelihood for these studies; use kind="step" instead')
    return _result(pooled, question, fit, side)


def _result(pooled: Pooled, question: Question, fit: SelectionFit, side: Alternative) -> SelectionModel:
    p, m = question.data.x.shape[1], question.delta.size
    flip = np.concatenate([np.full(p, question.sign), np.ones(1 + m)])
    vcov = fit.vcov * flip[:, None] * flip
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(vcov))
    beta, se = question.sign * fit.parameters[:p], errors[:p]
    low, high = normal_interval(beta, se, level=pooled.level)
    stepwise = question.kind in STEPWISE
    delta, se_delta = fit.parameters[p + 1 :].tolist(), errors[p + 1 :].tolist()
    LRT = max(0.0, 2 * (fit.log_likelihood - unselected(question.data, random=question.random).log_likelihood))
    LRT_tau2 = max(0.0, 2 * (fit.log_likelihood - question.fit(tau2=0.0).log_likelihood)) if question.random else None
    parameters = p + question.estimated + int(question.random)
    k, cut = question.data.y.size, question.kind == CUT_ESTIMATED
    return SelectionModel(
        kind=question.kind,
        alternative=side,
        steps=question.steps if fit.cut is None else (question.sign * fit.cut,),
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
        LRT_df=question.estimated,
        LRT_pval=np.nan if cut else float(q_pval(np.array(LRT), np.array(question.estimated))),
        LRT_tau2=LRT_tau2,
        LRT_tau2_pval=None if LRT_tau2 is None else float(q_pval(np.array(LRT_tau2), np.array(1))),
        log_likelihood=fit.log_likelihood,
        AIC=-2 * fit.log_likelihood + 2 * parameters,
        BIC=-2 * fit.log_likelihood + parameters * float(np.log(k)),
        reference=REFERENCES[question.kind],
        notes=_notes(question, fit, pooled),
    )


def _interval(level: float, estimate: float, se: float, low: float, high: float) -> Interval:
    return Interval(
        low=float(low), high=float(high), level=level, rule="z", estimate=float(estimate), se=float(se), df=np.inf
    )


def _notes(question: Question, fit: SelectionFit, pooled: Pooled) -> tuple[Note, ...]:
    p, k = question.data.x.shape[1], question.data.y.size
    cut = 0.05 if question.data.two_sided else 0.025
    significant = int((question.p_values() <= cut).sum())
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
    if question.kind == CUT_ESTIMATED:
        notes.append(Note(code="SELECTION_CUT_ESTIMATED"))
    return tuple(notes)

"""A model of counts without each study in turn: Mantel–Haenszel, Peto, every GLMM, beta-binomial, exact."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metak2.effects.measures import Measure, measure_named
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import MetaError, ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.models.count_data import CountData, counts_of
from metak2.models.counts import fit_glmm
from metak2.models.exact_counts import BetaBinomialAnswer, ExactAnswer
from metak2.models.glmm_result import Glmm
from metak2.models.stratified import Stratified
from metak2.shown import Shown
from metak2.studies.table import StudyTable

CountAnswer = Glmm | Stratified | BetaBinomialAnswer | ExactAnswer
CountModel = Callable[[CountData], CountAnswer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountRefits(Shown):
    """Refits on the analysis scale, row i without `study[i]`; every array is `(k,)`.

    `whole` is the answer with all studies, `term` the coefficient that is followed ("" without moderators). Where the
    model has no answer without a study, its numbers are NaN, `why_not` says why, and a note names it. `tau2` is NaN
    for models without it.
    """

    measure: Measure
    whole: CountAnswer
    term: str
    study: tuple[str, ...]
    estimate: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pval: FloatArray
    tau2: FloatArray
    why_not: tuple[str, ...]
    notes: tuple[Note, ...]

    def __len__(self) -> int:
        return len(self.study)


def leave_one_out_counts(
    data: EffectSizes | StudyTable | CountData, model: CountModel = fit_glmm, *, term: str = ""
) -> CountRefits:
    """The answer of a model of counts without each of its studies.

    Parameters
    ----------
    model
        Any function from counts to an answer: `fit_glmm`, `fit_mantel_haenszel`, `fit_peto`, `fit_beta_binomial`,
        `exact_odds_ratio`, or one with options, ``partial(fit_glmm, model="CM.EL", moderators="year")``.

    term
        Which coefficient to follow, in a GLMM with moderators.

    Raises
    ------
    UnknownOptionError
        A coefficient that the model does not have.
    ModelError
        One study alone, or a model without an answer for all of them.
    """
    counts = counts_of(data)
    k = len(counts.study)
    if k < 2:
        raise ModelError("leaving one of one study out leaves nothing; leave-one-out needs two studies with counts")
    whole = model(counts)
    if isinstance(whole, Glmm) and (term or len(whole.terms) > 1) and term not in whole.terms:
        raise UnknownOptionError("term", term, whole.terms)
    rows = [_without(counts, model, term, i) for i in range(k)]
    numbers = np.array([row[0] for row in rows])
    why_not = tuple(row[1] for row in rows)
    lost = tuple(study for study, why in zip(counts.study, why_not, strict=True) if why)
    return CountRefits(
        measure=whole.effect_measure if isinstance(whole, Stratified) else measure_named(counts.measure),
        whole=whole,
        term=term,
        study=counts.study,
        estimate=numbers[:, 0],
        ci_low=numbers[:, 1],
        ci_high=numbers[:, 2],
        pval=numbers[:, 3],
        tau2=numbers[:, 4],
        why_not=why_not,
        notes=(Note(code="NOT_WITHOUT", where=lost),) if lost else (),
    )


def _without(counts: CountData, model: CountModel, term: str, left_out: int) -> tuple[tuple[float, ...], str]:
    """Estimate, limits, p value and tau2 without one study, or why there are none."""
    try:
        answer = model(counts.take(np.arange(len(counts.study)) != left_out))
    except MetaError as refusal:
        return (np.nan,) * 5, str(refusal)
    return numbers_of(answer, term), ""


def numbers_of(answer: CountAnswer, term: str) -> tuple[float, float, float, float, float]:
    """Estimate, limits, p value and tau2 of an answer."""
    if isinstance(answer, Glmm):
        at = answer.terms.index(term) if term else 0
        columns = (answer.beta, answer.ci_low, answer.ci_high, answer.pval)
        estimate, low, high, pval = (float(column[at]) for column in columns)
        return estimate, low, high, pval, answer.tau2
    if isinstance(answer, Stratified):
        return answer.estimate, answer.ci.low, answer.ci.high, answer.pval, np.nan
    return answer.estimate, answer.ci_low, answer.ci_high, answer.pval, np.nan

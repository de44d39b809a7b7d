"""Mantel–Haenszel and Peto on counts as they are, with the tests that belong to them."""

from dataclasses import dataclass, replace

import numpy as np

from metak2.effects.measures import Measure, measure_named
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.homogeneity_tests import (
    ChiSquared,
    breslow_day,
    cochran_test,
    mantel_haenszel_test,
    person_time_test,
)
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.kernels.mantel_haenszel import mantel_haenszel_rates, pool_tables
from metak2.kernels.peto import pool_peto
from metak2.kernels.tables import AS_THEY_ARE, Tables, Zeros, addend
from metak2.kernels.zero_cells import double_zero, has_zero
from metak2.models.count_data import CountData, counts_of
from metak2.models.pooled import Interval
from metak2.shown import Shown
from metak2.studies.table import StudyTable, read_only

BY_KIND = {"counts": ("OR", "RR", "RD", "RD, Greenland-Robins"), "rates": ("IRR", "IRD")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTest:
    """A chi-squared test; NaN where the counts cannot say."""

    statistic: float
    df: float
    pval: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stratified(Shown):
    """A common effect pooled over tables, on the analysis scale.

    Attributes
    ----------
    weights
        Per cent, (k,).
    Q, Q_df, Q_pval, I2, H2
        Heterogeneity of the studies' own effects about the estimate.
    cochran, mantel_haenszel
        Is there an association? Cochran's test and that of Mantel and Haenszel (of odds ratios; of rate ratios the
        second); None where the measure has no such test.
    breslow_day, tarone
        Are the odds ratios equal? Without and with Tarone's correction; None for other measures.
    """

    data: CountData
    measure: str
    label: str
    zeros: Zeros
    k: int
    estimate: float
    se: float
    ci: Interval
    statistic: float
    pval: float
    weights: FloatArray
    Q: float
    Q_df: float
    Q_pval: float
    I2: float
    H2: float
    cochran: ScoreTest | None
    mantel_haenszel: ScoreTest | None
    breslow_day: ScoreTest | None
    tarone: ScoreTest | None
    notes: tuple[Note, ...]

    @property
    def effect_measure(self) -> Measure:
        """The measure as an object, with its way back to the displayed scale."""
        return measure_named(self.measure.partition(",")[0])


def fit_mantel_haenszel(
    data: EffectSizes | StudyTable | CountData,
    *,
    measure: str = "",
    correct: bool = True,
    zeros: Zeros = AS_THEY_ARE,
    level: float = 0.95,
) -> Stratified:
    """The Mantel–Haenszel OR, RR or RD of two-by-two tables, IRR or IRD of rates.

    Parameters
    ----------
    measure
        Default: that of the effect sizes, else OR or IRR. "RD" has the variance of Sato, Greenland & Robins (1989);
        "RD, Greenland-Robins" that of 1985, as RevMan and R's meta.
    correct
        Yates' correction in the tests of association.
    zeros
        Nothing is added to the sums by default; `Zeros(sums=Correction(add=0.5, to="only0"))` reproduces old reviews.

    Raises
    ------
    UnknownOptionError
        A measure that these counts do not have.
    ModelError
        No event anywhere, or an estimate at infinity.
    """
    counts = counts_of(data)
    own = data.measure.name if isinstance(data, EffectSizes) else ""
    allowed = BY_KIND.get(counts.kind, ())
    chosen = measure or (own if own in allowed else counts.measure)
    if chosen not in allowed:
        raise UnknownOptionError(
            "measure", chosen, allowed or ("(counts of one arm have no Mantel–Haenszel estimate)",)
        )
    mi = np.ones((1, len(counts.study)))
    cells = _cells(counts)
    fit = (
        pool_tables(cells, mi, measure=chosen, zeros=zeros)
        if counts.kind == "counts"
        else mantel_haenszel_rates(cells, mi, measure=chosen, zeros=zeros)
    )
    result = _result(counts, fit, chosen, zeros, level)
    return _with_tests(result, cells, mi, correct=correct)


def fit_peto(
    data: EffectSizes | StudyTable | CountData, *, zeros: Zeros = AS_THEY_ARE, level: float = 0.95
) -> Stratified:
    """Peto's odds ratio of two-by-two tables."""
    counts = counts_of(data)
    if counts.kind != "counts":
        raise ModelError(f"Peto's odds ratio needs two-by-two tables, not {counts.kind}; use fit_mantel_haenszel()")
    fit = pool_peto(_cells(counts), np.ones((1, len(counts.study))), zeros=zeros)
    return _result(counts, fit, "PETO", zeros, level)


def peto_is_doubtful(data: CountData, estimate: float) -> bool:
    """Peto's method misleads unless events are rare, arms balanced and the effect small; Cochrane Handbook 10.4.4.1."""
    events, people = data.events, data.exposure
    ratio = people[:, 0] / people[:, 1]
    rare = events.sum() < 0.01 * people.sum()
    return not (rare and ratio.max() < 2 and ratio.min() > 0.5 and abs(estimate) < 0.7)


def _cells(counts: CountData) -> Tables:
    events, exposure = counts.events.T, counts.exposure.T
    rest = exposure - events if counts.kind == "counts" else exposure
    a, b, c, d = (row[None, :] for row in (events[0], rest[0], events[1], rest[1]))
    return a, b, c, d


def _result(counts: CountData, fit: Fit, measure: str, zeros: Zeros, level: float) -> Stratified:
    estimate, se = float(fit.estimate[0]), float(fit.se[0])
    if not np.isfinite(estimate):
        raise ModelError(
            "the events do not determine this estimate: there are none, or all are in one arm; "
            "use the risk difference or exact_odds_ratio()"
        )
    low, high = normal_interval(np.array(estimate), np.array(se), level=level)
    z = estimate / se
    doubtful = measure == "PETO" and peto_is_doubtful(counts, estimate)
    return Stratified(
        data=counts,
        measure=measure,
        label="Peto" if measure == "PETO" else "Mantel–Haenszel",
        zeros=zeros,
        k=int(fit.k[0]),
        estimate=estimate,
        se=se,
        ci=Interval(low=float(low), high=float(high), level=level, rule="z", estimate=estimate, se=se, df=np.inf),
        statistic=z,
        pval=float(normal_pval(np.array(z))),
        weights=read_only(fit.weights[0].copy()),
        Q=float(fit.Q[0]),
        Q_df=float(fit.Q_df[0]),
        Q_pval=float(q_pval(fit.Q, fit.Q_df)[0]),
        I2=float(fit.I2[0]),
        H2=float(fit.H2[0]),
        cochran=None,
        mantel_haenszel=None,
        breslow_day=None,
        tarone=None,
        notes=_notes(k=int(fit.k[0]), compared=bool(np.isfinite(fit.H2[0])), doubtful=doubtful),
    )


def _notes(*, k: int, compared: bool, doubtful: bool) -> tuple[Note, ...]:
    notes = [Note(code="ONE_STUDY")] if k == 1 else [] if compared else [Note(code="NO_HETEROGENEITY_TEST")]
    return (*notes, Note(code="PETO_CAUTION")) if doubtful else tuple(notes)


def _with_tests(result: Stratified, cells: Tables, mi: FloatArray, *, correct: bool) -> Stratified:
    if result.measure not in {"OR", "IRR"}:
        return result
    a, b, c, d = cells
    if result.measure == "IRR":
        more = addend((a == 0) | (c == 0), mi, result.zeros.sums)
        mi = mi if result.zeros.empty_in_sums else np.where((a == 0) & (c == 0), 0.0, mi)
        return replace(result, mantel_haenszel=_test(person_time_test((a + more, b, c + more, d), mi, correct=correct)))
    more = addend(has_zero(a, b, c, d), mi, result.zeros.sums)
    mi = mi if result.zeros.empty_in_sums else np.where(double_zero(a, b, c, d), 0.0, mi)
    tables = (a + more, b + more, c + more, d + more)
    plain, tarone = breslow_day(tables, mi, np.array([result.estimate]))
    return replace(
        result,
        cochran=_test(cochran_test(tables, mi, correct=correct)),
        mantel_haenszel=_test(mantel_haenszel_test(tables, mi, correct=correct)),
        breslow_day=_test(plain),
        tarone=_test(tarone),
    )


def _test(found: ChiSquared) -> ScoreTest:
    return ScoreTest(statistic=float(found.statistic[0]), df=float(found.df[0]), pval=float(found.pval[0]))

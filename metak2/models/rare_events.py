"""Rare events, every method side by side: where a normal approximation misleads, the methods disagree.

Trials without an event in either arm are left out and kept in turn. Conditional methods cannot use them; random study
effects, the beta-binomial and the arcsine difference can.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import MetaError, ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.kernels.pooling import random_effects
from metak2.kernels.tau2 import restricted_maximum_likelihood
from metak2.models.count_data import CountData
from metak2.models.counts import fit_glmm
from metak2.models.exact_counts import exact_odds_ratio, fit_beta_binomial, two_by_two
from metak2.models.glmm_options import GlmmOptions
from metak2.models.stratified import fit_mantel_haenszel, fit_peto, peto_is_doubtful
from metak2.shown import Shown
from metak2.studies.table import StudyTable

DoubleZero = Literal["left out", "kept"]
TREATMENTS: tuple[DoubleZero, ...] = ("left out", "kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class RareRow:
    """One method on the log odds ratio scale ("OR") or the arcsine difference ("AS"); NaN with a reason in `why_not`.

    `tau2` is NaN for methods without it; an exact interval may have an infinite end.
    """

    method: str
    label: str
    scale: Literal["OR", "AS"]
    double_zero: DoubleZero
    k: int
    estimate: float
    ci_low: float
    ci_high: float
    pval: float
    tau2: float
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RareEvents(Shown):
    """The rows, methods in a fixed order, first without and then with the trials that have no event in either arm."""

    data: CountData
    level: float
    rows: tuple[RareRow, ...]
    peto_doubtful: bool

    def row(self, method: str, double_zero: DoubleZero = "left out") -> RareRow:
        """The row of a method."""
        for row in self.rows:
            if row.method == method and row.double_zero == double_zero:
                return row
        listed = ", ".join(dict.fromkeys(row.method for row in self.rows))
        raise KeyError(f"no row {method!r} with double-zero trials {double_zero!r}; methods: {listed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    k: int
    estimate: float
    low: float
    high: float
    pval: float
    tau2: float = np.nan


Solver = Callable[[CountData, DoubleZero, float], _Answer]


def rare_events_table(data: EffectSizes | StudyTable | CountData, *, level: float = 0.95) -> RareEvents:
    """Mantel–Haenszel, Peto, each GLMM, beta-binomial, exact and arcsine, without and with the double-zero trials.

    A method that has no answer says why in its row; nothing is added to a zero anywhere.
    """
    counts = two_by_two(data)
    rows = tuple(
        _row(name, label, solver, counts, treatment, level)
        for name, (label, solver) in METHODS.items()
        for treatment in TREATMENTS
    )
    peto = next(row for row in rows if row.method == "PETO")
    doubtful = bool(np.isfinite(peto.estimate)) and peto_is_doubtful(counts, peto.estimate)
    return RareEvents(data=counts, level=level, rows=rows, peto_doubtful=doubtful)


def _row(name: str, label: str, solver: Solver, counts: CountData, treatment: DoubleZero, level: float) -> RareRow:
    used = counts if treatment == "kept" else counts.take(~counts.empty)
    scale: Literal["OR", "AS"] = "AS" if name == "AS" else "OR"
    try:
        answer, why_not = solver(used, treatment, level), ""
    except MetaError as refusal:
        answer, why_not = (
            _Answer(k=len(used.study), estimate=np.nan, low=np.nan, high=np.nan, pval=np.nan),
            str(refusal),
        )
    return RareRow(
        method=name,
        label=label,
        scale=scale,
        double_zero=treatment,
        k=answer.k,
        estimate=answer.estimate,
        ci_low=answer.low,
        ci_high=answer.high,
        pval=answer.pval,
        tau2=answer.tau2,
        why_not=why_not,
    )


def _mantel_haenszel(counts: CountData, _: DoubleZero, level: float) -> _Answer:
    fit = fit_mantel_haenszel(counts, level=level)
    return _Answer(k=fit.k, estimate=fit.estimate, low=fit.ci.low, high=fit.ci.high, pval=fit.pval)


def _peto(counts: CountData, _: DoubleZero, level: float) -> _Answer:
    fit = fit_peto(counts, level=level)
    return _Answer(k=fit.k, estimate=fit.estimate, low=fit.ci.low, high=fit.ci.high, pval=fit.pval)


def _glmm(model: str) -> Solver:
    def solve(counts: CountData, treatment: DoubleZero, level: float) -> _Answer:
        fit = fit_glmm(counts, model=model, level=level, options=GlmmOptions(double_zero=treatment))
        return _Answer(
            k=fit.k, estimate=fit.estimate, low=fit.ci.low, high=fit.ci.high, pval=float(fit.pval[0]), tau2=fit.tau2
        )

    return solve


def _beta_binomial(counts: CountData, _: DoubleZero, level: float) -> _Answer:
    fit = fit_beta_binomial(counts, level=level)
    return _Answer(k=fit.k, estimate=fit.estimate, low=fit.ci_low, high=fit.ci_high, pval=fit.pval)


def _exact(counts: CountData, _: DoubleZero, level: float) -> _Answer:
    found = exact_odds_ratio(counts, level=level)
    return _Answer(k=found.k, estimate=found.estimate, low=found.ci_low, high=found.ci_high, pval=found.pval)


def _arcsine(counts: CountData, _: DoubleZero, level: float) -> _Answer:
    """Difference of arcsine square roots, random effects by REML; Rücker et al. (2009), Stat Med 28:721-738."""
    if not counts.study:
        raise ModelError("no study has an event in either arm")
    angle = np.arcsin(np.sqrt(counts.events / counts.exposure))
    yi, vi = (angle[:, 0] - angle[:, 1])[None, :], (0.25 / counts.exposure).sum(axis=1)[None, :]
    mi = np.ones_like(yi)
    tau2, status = _reml(yi, vi, mi)
    fit = random_effects(yi, vi, mi, tau2, status)
    low, high = normal_interval(fit.estimate, fit.se, level=level)
    return _Answer(
        k=len(counts.study),
        estimate=float(fit.estimate[0]),
        low=float(low[0]),
        high=float(high[0]),
        pval=float(normal_pval(fit.estimate / fit.se)[0]),
        tau2=float(fit.tau2[0]),
    )


def _reml(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> tuple[FloatArray, np.ndarray]:
    if yi.shape[1] == 1:
        return np.zeros(1), np.zeros(1, dtype=np.int64)
    return restricted_maximum_likelihood(yi, vi, mi)


METHODS: dict[str, tuple[str, Solver]] = {
    "MH": ("Mantel–Haenszel", _mantel_haenszel),
    "PETO": ("Peto", _peto),
    "UM.FS": ("GLMM, fixed study effects", _glmm("UM.FS")),
    "UM.RS": ("GLMM, random study effects", _glmm("UM.RS")),
    "CM.EL": ("GLMM, conditional, exact", _glmm("CM.EL")),
    "CM.AL": ("GLMM, conditional, approximate", _glmm("CM.AL")),
    "BB": ("beta-binomial", _beta_binomial),
    "EXACT": ("exact", _exact),
    "AS": ("arcsine difference", _arcsine),
}

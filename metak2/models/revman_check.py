"""RevMan files check themselves: every analysis that RevMan stored is computed anew from the data stored beside it.

The methods are RevMan's (Deeks & Higgins 2010, "Statistical algorithms in Review Manager 5"): Mantel–Haenszel, Peto and
inverse variance for a common effect; DerSimonian–Laird for random effects, for two-by-two tables by the Mantel–Haenszel
method with Q about its estimate; I² from Q; Hedges' g with the correction 1 − 3 / (4N − 9).
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from metak2.errors import CellProblem, StudyDataError
from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.effect_sizes import (
    log_odds_ratio,
    log_risk_ratio,
    mean_difference,
    observed_minus_expected,
    risk_difference,
)
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_interval, t_interval, t_pval
from metak2.kernels.mantel_haenszel import mantel_haenszel
from metak2.kernels.pooling import common_effect, random_effects
from metak2.kernels.tau2 import dersimonian_laird, dersimonian_laird_about, restricted_maximum_likelihood
from metak2.kernels.zero_cells import add_constant, has_zero
from metak2.studies.checks.files import unknown_format
from metak2.studies.checks.reading import revman_disagrees, revman_not_recomputed, revman_not_stored
from metak2.studies.delimited import read_csv
from metak2.studies.formats.revman import RATIOS, RevmanAnalysis, RevmanRow, number_of, one_step, ratio_of
from metak2.studies.formats.revman5 import read_analyses5
from metak2.studies.formats.revman_csv import analyses_of, is_revman_csv
from metak2.studies.formats.revman_web import read_analyses_web
from metak2.studies.read import existing

ENOUGH = 1e-9  # relative: RevMan stores 16 digits and rounds its own sums
APPROXIMATE = {"p": 1e-6, "Q_pval": 1e-6}  # RevMan 5 approximates its tail areas: 0.12694225 where it is 0.12694218
COUNTED = {"OR": log_odds_ratio, "RR": log_risk_ratio, "RD": risk_difference}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One number that RevMan stored beside ours: `digits` is how many significant digits agree (at most 15).

    `agrees` is true where ours, rounded as RevMan printed it, is RevMan's.
    """

    analysis: str
    of: str
    quantity: str
    stored: str
    ours: float
    digits: int
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement:
    """Every number compared, and a problem for each that disagrees or could not be compared."""

    source: str
    compared: tuple[Compared, ...]
    problems: tuple[CellProblem, ...]

    @property
    def agrees(self) -> bool:
        """Whether every number that was compared agrees."""
        return all(number.agrees for number in self.compared)


def check_revman(source: str | os.PathLike[str]) -> Agreement:
    """Recompute every analysis stored in a .rm5 file, a RevMan Web data package or RevMan's CSV export.

    Compared are the pooled estimate, its interval, tau², Q, its degrees of freedom, I², Z and p, for the whole and each
    subgroup, and each study's effect, interval and weight. StudyDataError where the file is none of these.
    """
    path = existing(source)
    name = path.as_posix()
    compared: list[Compared] = []
    problems: list[CellProblem] = []
    for analysis in _analyses(path, name):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # numbers that no trial can have
            found, told = check_analysis(analysis)
        compared += found
        problems += told
    return Agreement(source=name, compared=tuple(compared), problems=tuple(problems))


def check_analysis(analysis: RevmanAnalysis) -> tuple[list[Compared], list[CellProblem]]:
    """The numbers of one analysis beside ours, and a problem for each that disagrees."""
    where = f"{analysis.number}!NAME"
    why = _not_computed(analysis)
    if why:
        return [], [revman_not_recomputed(where, why)]
    if not any("estimate" in stored for stored in _everything_stored(analysis)):
        return [], [revman_not_stored(where)]
    compared = _compare_pooled(analysis, analysis.rows, "overall", analysis.stored)
    for subgroup, stored in analysis.stored_subgroups.items():
        rows = [row for row in analysis.rows if row.subgroup == subgroup]
        compared += _compare_pooled(analysis, rows, subgroup, stored)
    compared += _compare_studies(analysis)
    wrong = [
        revman_disagrees(f"{analysis.number}!{found.of}", found.quantity, found.stored, f"{found.ours:.10g}")
        for found in compared
        if not found.agrees
    ]
    return compared, wrong


def _everything_stored(analysis: RevmanAnalysis) -> list[Mapping[str, str]]:
    return [analysis.stored, *analysis.stored_subgroups.values(), *(row.stored for row in analysis.rows)]


def _analyses(path: Path, name: str) -> Sequence[RevmanAnalysis]:
    ending = path.suffix.lower()
    if ending == ".rm5":
        return read_analyses5(path, name)
    if ending == ".zip":
        return read_analyses_web(path, name)
    if ending == ".csv":
        grid = read_csv(path, name)[0][0]
        if is_revman_csv(grid):
            return analyses_of(grid)
    raise StudyDataError([unknown_format(ending)], source=name)


def _not_computed(analysis: RevmanAnalysis) -> str:
    if not analysis.rows:
        return "it holds no studies"
    if analysis.kind == "counts" and analysis.measure not in {*COUNTED, "PETO"}:
        return f"the measure {analysis.measure} of two-by-two tables is unknown"
    if analysis.kind == "means" and analysis.measure not in {"MD", "SMD"}:
        return f"the measure {analysis.measure} of means is unknown"
    if analysis.estimator not in {"DL", "REML"} or analysis.interval not in {"z", "HK"}:
        return "its estimator of tau² is unknown"
    return ""


def study_effects(analysis: RevmanAnalysis, rows: Sequence[RevmanRow]) -> tuple[FloatArray, FloatArray]:
    """Effect and variance of each study as RevMan computes them, on the analysis scale; NaN where not estimable."""
    if analysis.kind == "counts":
        return _from_counts(analysis, rows)
    if analysis.kind == "means":
        columns = ("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c")
        values = [np.array([row.number(column) for row in rows]) for column in columns]
        return mean_difference(*values) if analysis.measure == "MD" else _hedges_g(*values)
    if analysis.kind == "O-E":
        pairs = [one_step(row.number("o_e"), row.number("variance")) for row in rows]
    else:
        pairs = [(row.number("estimate"), row.number("se")) for row in rows]
    yi, se = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return np.where(se > 0, yi, np.nan), np.where(se > 0, se**2, np.nan)


def _cells(
    analysis: RevmanAnalysis, rows: Sequence[RevmanRow]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    event_e, n_e, event_c, n_c = (
        np.array([row.number(column) for row in rows]) for column in ("event_e", "n_e", "event_c", "n_c")
    )
    if analysis.swapped:
        event_e, event_c = n_e - event_e, n_c - event_c
    return event_e, n_e - event_e, event_c, n_c - event_c


def _from_counts(analysis: RevmanAnalysis, rows: Sequence[RevmanRow]) -> tuple[FloatArray, FloatArray]:
    cells = _cells(analysis, rows)
    ai, bi, ci, di = cells
    if analysis.measure == "PETO":
        o_minus_e, v = observed_minus_expected(*cells)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(v > 0, o_minus_e / v, np.nan), np.where(v > 0, 1 / v, np.nan)
    corrected = add_constant(*cells, where=has_zero(*cells))
    yi, vi = COUNTED[analysis.measure](*corrected)
    nothing = ((ai == 0) & (ci == 0)) | ((bi == 0) & (di == 0))
    if analysis.measure == "RD":
        plain, exact = risk_difference(*cells)
        return plain, np.where(exact > 0, exact, vi)
    return np.where(nothing, np.nan, yi), np.where(nothing, np.nan, vi)


def _hedges_g(
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """RevMan's standardised mean difference: Hedges' approximate correction, and 3.94 in the variance."""
    total = n1i + n2i
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.sqrt(((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / (total - 2))
        yi = (m1i - m2i) / pooled * (1 - 3 / (4 * total - 9))
        vi = total / (n1i * n2i) + yi**2 / (2 * (total - 3.94))
    known = np.isfinite(yi) & np.isfinite(vi)
    return np.where(known, yi, np.nan), np.where(known, vi, np.nan)


def pooled_by(analysis: RevmanAnalysis, rows: Sequence[RevmanRow]) -> Fit:
    """The pooled effect as the settings of the analysis say."""
    yi, vi = study_effects(analysis, rows)
    usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    mi = usable.astype(np.float64)[None, :]
    y, v = np.where(usable, yi, 0.0), np.where(usable, vi, 1.0)
    tables = analysis.kind == "counts" and analysis.method == "MH" and analysis.measure in COUNTED
    if not analysis.random:
        return _mantel_haenszel(analysis, rows, mi) if tables else common_effect(y, v, mi)
    if analysis.estimator == "REML":
        tau2, status = restricted_maximum_likelihood(y, v, mi)
        return random_effects(y, v, mi, tau2, status)
    if tables:
        about = _mantel_haenszel(analysis, rows, mi)
        tau2, status = dersimonian_laird_about(y, v, mi, about.estimate)
        return random_effects(y, v, mi, tau2, status)
    tau2, status = dersimonian_laird(y, v, mi)
    return random_effects(y, v, mi, tau2, status)


def _mantel_haenszel(analysis: RevmanAnalysis, rows: Sequence[RevmanRow], mi: FloatArray) -> Fit:
    kept = mi[0] > 0
    ai, bi, ci, di = (np.where(kept, cell, 1.0) for cell in _cells(analysis, rows))
    return mantel_haenszel(ai, bi, ci, di, mi, measure=analysis.measure)


def _compare_pooled(
    analysis: RevmanAnalysis, rows: Sequence[RevmanRow], of: str, stored: Mapping[str, str]
) -> list[Compared]:
    if not stored or not rows:
        return []
    fit = pooled_by(analysis, rows)
    k = float(fit.k[0])
    if k == 0:
        return []
    heterogeneity = _q(analysis, rows, fit)
    hartung_knapp = analysis.interval == "HK" and analysis.random and k >= 2
    se = fit.se_hk if hartung_knapp else fit.se
    df = fit.k - 1 if hartung_knapp else np.full(1, math.inf)
    low, high = t_interval(fit.estimate, se, df, level=analysis.level)
    z = abs(float(fit.estimate[0] / se[0]))
    ours = {
        "estimate": _shown(analysis, float(fit.estimate[0])),
        "ci_low": _shown(analysis, float(low[0])),
        "ci_high": _shown(analysis, float(high[0])),
        "tau2": float(fit.tau2[0]) if analysis.random and k > 1 else 0.0,
        "t" if hartung_knapp and "t" in stored else "z": z,
        "p": float(t_pval(np.array([z]), df)[0]),
        **heterogeneity,
    }
    return [_compared(analysis, of, name, stored[name], value) for name, value in ours.items() if name in stored]


def _q(analysis: RevmanAnalysis, rows: Sequence[RevmanRow], fit: Fit) -> dict[str, float]:
    """Q about the common effect that RevMan takes it about, with its degrees of freedom, p value and I²."""
    common = fit
    if analysis.random and analysis.kind == "counts" and analysis.method == "MH":
        yi, vi = study_effects(analysis, rows)
        common = _mantel_haenszel(analysis, rows, (np.isfinite(yi) & np.isfinite(vi)).astype(np.float64)[None, :])
    q, df = float(common.Q[0]), float(fit.k[0] - 1)
    found = {"chi2": q, "df": df}
    if df > 0:
        found |= {"I2": max(0.0, 100 * (q - df) / q) if q > 0 else 0.0, "Q_pval": float(q_pval(common.Q, fit.k - 1)[0])}
    return found


def _compare_studies(analysis: RevmanAnalysis) -> list[Compared]:
    yi, vi = study_effects(analysis, analysis.rows)
    low, high = normal_interval(yi, np.sqrt(vi), level=0.95)
    weights = _weights(analysis)
    found = []
    for i, row in enumerate(analysis.rows):
        ours = {"estimate": yi[i], "ci_low": low[i], "ci_high": high[i]}
        shown: dict[str, float] = {name: _shown(analysis, float(value)) for name, value in ours.items()}
        shown["weight"] = float(weights[i])
        found += [
            _compared(analysis, row.study, name, row.stored[name], value)
            for name, value in shown.items()
            if name in row.stored and math.isfinite(value)
        ]
    return found


def _weights(analysis: RevmanAnalysis) -> FloatArray:
    """Per cent of the whole; where only subgroups are pooled, of the subgroup."""
    nothing = np.full(len(analysis.rows), np.nan)
    if analysis.stored:
        return np.asarray(pooled_by(analysis, analysis.rows).weights[0], dtype=np.float64)
    for subgroup in analysis.stored_subgroups:
        at = [i for i, row in enumerate(analysis.rows) if row.subgroup == subgroup]
        if at:
            nothing[at] = pooled_by(analysis, [analysis.rows[i] for i in at]).weights[0]
    return nothing


def _shown(analysis: RevmanAnalysis, value: float) -> float:
    log = analysis.measure in RATIOS or (analysis.log and analysis.kind in {"effects", "O-E"})
    return ratio_of(value) if log and math.isfinite(value) else value


def _compared(analysis: RevmanAnalysis, of: str, quantity: str, stored: str, ours: float) -> Compared:
    theirs = number_of(stored)
    difference, size = abs(ours - theirs), max(abs(ours), abs(theirs))
    if not math.isfinite(difference):
        agrees, digits = False, 0
    else:
        exact = difference <= APPROXIMATE.get(quantity, ENOUGH) * max(size, 1e-6)
        agrees = exact or difference <= 0.5000001 * _last_place(stored)
        digits = 15 if difference == 0 else max(0, min(15, math.floor(-math.log10(difference / size))))
    return Compared(
        analysis=analysis.number, of=of, quantity=quantity, stored=stored, ours=ours, digits=digits, agrees=agrees
    )


def _last_place(text: str) -> float:
    """The value of the last digit that is printed: 0.001 for "0.897"; 0 for a number in full precision."""
    mantissa, _, exponent = text.strip().lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    significant = len(mantissa.replace(".", "").replace("-", "").lstrip("0"))
    if significant > 12:
        return 0.0
    return float(10 ** (-decimals + (int(exponent) if exponent else 0)))

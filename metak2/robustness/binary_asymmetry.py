"""Tests of funnel plot asymmetry made for one kind of data: two-by-two tables, and standardised mean differences.

The log odds ratio and its standard error depend on each other, so that Egger's test finds asymmetry where there is
none; these tests measure the size of a study in other ways (Cochrane Handbook, section 13.3.5.3).
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.asymmetry import Line, multiplicative_line, odds_ratio_scores, risk_ratio_scores
from metak2.kernels.contract import FloatArray
from metak2.kernels.mantel_haenszel import mantel_haenszel
from metak2.kernels.rank_tests import hypergeometric_scores
from metak2.models.pooled import Pooled
from metak2.robustness.seen_studies import Seen, seen_studies
from metak2.robustness.small_studies import RankTest, RegressionTest, rank_result, regression_result


class _Tables(NamedTuple):
    """The cells of the studies with at least one event and one person without, `(k,)`, with what was seen of them."""

    ai: FloatArray
    bi: FloatArray
    ci: FloatArray
    di: FloatArray
    seen: Seen

    @property
    def people(self) -> FloatArray:
        return self.ai + self.bi + self.ci + self.di

    @property
    def information(self) -> FloatArray:
        """Events times non-events, per person."""
        return (self.ai + self.ci) * (self.bi + self.di) / self.people


def harbord(pooled: Pooled) -> RegressionTest:
    """Harbord's test: Egger's with the efficient score Z / V and its error 1 / sqrt(V), for odds and risk ratios."""
    tables = _tables(pooled, ("OR", "RR", "PETO"), "Harbord's test")
    scores = risk_ratio_scores if pooled.measure.name == "RR" else odds_ratio_scores
    z, v = scores(tables.ai, tables.bi, tables.ci, tables.di)
    line = multiplicative_line(z / v, v, _design(1 / np.sqrt(v)))
    return _result(
        pooled,
        line,
        ("harbord", "Harbord's test", "1 / sqrt(V) of the score"),
        "Harbord, Egger & Sterne 2006, Stat Med 25:3443-3457",
    )


def peters(pooled: Pooled) -> RegressionTest:
    """Peters' test: effects on 1 / people, weighted by events times non-events per person."""
    tables = _tables(pooled, ("OR", "RR", "PETO"), "Peters' test")
    line = multiplicative_line(tables.seen.yi, tables.information, _design(1 / tables.people))
    return _result(pooled, line, ("peters", "Peters' test", "1 / people"), "Peters et al. 2006, JAMA 295:676-680")


def macaskill(pooled: Pooled) -> RegressionTest:
    """Macaskill's test: effects on the number of people, with inverse variance weights."""
    tables = _tables(pooled, ("OR", "RR", "RD", "PETO"), "Macaskill's test")
    line = multiplicative_line(tables.seen.yi, 1 / tables.seen.vi, _design(tables.people))
    return _result(
        pooled,
        line,
        ("macaskill", "Macaskill's test", "people"),
        "Macaskill, Walter & Irwig 2001, Stat Med 20:641-654",
    )


def deeks(pooled: Pooled) -> RegressionTest:
    """Deeks' test, for diagnostic odds ratios: effects on 1 / sqrt(effective sample size), weighted by that size."""
    tables = _tables(pooled, ("OR", "RR", "PETO"), "Deeks' test")
    effective = 4 * (tables.ai + tables.bi) * (tables.ci + tables.di) / tables.people
    line = multiplicative_line(tables.seen.yi, effective, _design(1 / np.sqrt(effective)))
    return _result(
        pooled,
        line,
        ("deeks", "Deeks' test", "1 / sqrt(effective sample size)"),
        "Deeks, Macaskill & Irwig 2005, J Clin Epidemiol 58:882-893",
    )


def schwarzer(pooled: Pooled, *, exact: bool = False) -> RankTest:
    """Schwarzer's rank test for sparse tables: excess of events over their hypergeometric expectation, and precision.

    The expectation is that under the Mantel–Haenszel odds ratio.
    """
    tables = _tables(pooled, ("OR", "PETO"), "Schwarzer's test")
    cells = (tables.ai, tables.bi, tables.ci, tables.di)
    ai, bi, ci, di = (cell[None] for cell in cells)
    common = mantel_haenszel(ai, bi, ci, di, np.ones_like(ai), measure="OR")
    log_or = float(common.estimate[0])
    if not np.isfinite(log_or):
        raise ModelError(
            "Schwarzer's test needs a finite Mantel–Haenszel odds ratio: events in both arms; there are none"
        )
    variables = hypergeometric_scores(tables.ai, tables.ai + tables.bi, tables.ci, tables.ci + tables.di, log_or)
    usable = np.isfinite(variables[0])
    names = ("schwarzer", "Schwarzer's rank test", "Schwarzer, Antes & Schumacher 2007, Stat Med 26:721-733")
    return rank_result(pooled, (variables[0][usable], variables[1][usable]), names, exact=exact)


def pustejovsky(pooled: Pooled) -> RegressionTest:
    """Egger's test of standardised mean differences on sqrt(1 / n_e + 1 / n_c), which does not depend on the effect."""
    effects = pooled.effects
    if pooled.measure.name != "SMD" or not {"n_e", "n_c"} <= effects.data.keys():
        raise ModelError("this test is for standardised mean differences with known arms; use egger() instead")
    seen = seen_studies(pooled, least=3, what="Pustejovsky & Rodgers' test")
    n_e, n_c = (effects.data[name][seen.columns] for name in ("n_e", "n_c"))
    line = multiplicative_line(seen.yi, 1 / seen.vi, _design(np.sqrt(1 / n_e + 1 / n_c)))
    return _result(
        pooled,
        line,
        ("pustejovsky", "Egger's test with the error of no effect", "sqrt(1/n_e + 1/n_c)"),
        "Pustejovsky & Rodgers 2019, Res Synth Methods 10:57-71",
    )


def _tables(pooled: Pooled, measures: tuple[str, ...], what: str) -> _Tables:
    effects = pooled.effects
    if effects.kind != "counts" or pooled.measure.name not in measures:
        raise ModelError(
            f"{what} is for {' '.join(measures)} from two-by-two counts, not {pooled.measure.name} from "
            f"{effects.kind}; use egger() instead"
        )
    seen = seen_studies(pooled, least=3, what=what)
    event_e, n_e, event_c, n_c = (effects.data[name][seen.columns] for name in ("event_e", "n_e", "event_c", "n_c"))
    events = event_e + event_c
    informative = (events > 0) & (events < n_e + n_c)
    if informative.sum() < 3:
        raise ModelError(f"{what} needs three studies with events and with people without; there are fewer")
    kept = Seen(
        study=tuple(name for name, good in zip(seen.study, informative, strict=True) if good),
        yi=seen.yi[informative],
        vi=seen.vi[informative],
        columns=seen.columns[informative],
    )
    cells = (event_e, n_e - event_e, event_c, n_c - event_c)
    ai, bi, ci, di = (cell[informative] for cell in cells)
    return _Tables(ai, bi, ci, di, kept)


def _design(predictor: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(predictor.size), predictor])


def _result(pooled: Pooled, line: Line, names: tuple[str, str, str], reference: str) -> RegressionTest:
    result = regression_result(pooled, line, *names)
    left_out = (Note(code="ASYMMETRY_LEFT_OUT", values={"k": pooled.k - result.k}),) if result.k < pooled.k else ()
    return replace(result, reference=reference, notes=(*result.notes, *left_out))

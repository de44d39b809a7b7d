"""Do small studies show other effects than large ones? Regression and rank tests of funnel plot asymmetry.

Asymmetry has many causes, unpublished results being one; Sterne et al. (2011), BMJ 343:d4002.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.asymmetry import Line, additive_line, multiplicative_line
from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.rank_tests import begg_scores, kendall
from metak2.models.pooled import Interval, Pooled
from metak2.robustness.seen_studies import (
    Seen,
    design_with,
    few_studies,
    sample_sizes,
    seen_studies,
    tau2_beside,
)
from metak2.shown import Shown

Model = Literal["lm", "rma"]
Predictor = Literal["sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"]
MODELS: tuple[Model, ...] = ("lm", "rma")
PREDICTORS: tuple[Predictor, ...] = ("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv")
VANISHING = ("sei", "vi", "ninv", "sqrtninv")
"""Predictors that go to 0 as studies grow: their intercept is the effect of an infinitely large study."""
BINARY = frozenset({"RR", "OR", "RD", "PETO"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionTest(Shown):
    """A regression test of funnel plot asymmetry.

    Attributes
    ----------
    test, label
        "egger", "harbord" …, and how a reader knows it.
    model
        "lm", weighted regression with a multiplicative dispersion, or "rma", meta-regression with an additive tau2.
    coefficients, se
        Intercept, moderators, and the predictor last; the predictor's coefficient is the asymmetry, `bias`.
    statistic, df, pval
        Of the predictor; `df` is infinite for a normal test.
    dispersion, tau2
        The residual dispersion of "lm", the residual between-study variance of "rma"; None for the other model.
    limit
        The effect where the predictor is 0, an infinitely large study; None where that has no meaning.
    """

    test: str
    label: str
    base: Pooled
    k: int
    model: Model
    predictor: str
    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    statistic: float
    df: float
    pval: float
    dispersion: float | None
    tau2: float | None
    limit: Interval | None
    reference: str
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def bias(self) -> float:
        """The coefficient of the predictor."""
        return self.coefficients[-1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankTest(Shown):
    """A rank correlation test of funnel plot asymmetry: Kendall's tau, the score S with its null standard error.

    `pval` is exact where `exact`, else from the normal `statistic` = S / se without continuity correction.
    """

    test: str
    label: str
    base: Pooled
    k: int
    tau: float
    score: float
    se: float
    statistic: float
    pval: float
    exact: bool
    reference: str
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def egger(
    pooled: Pooled,
    *,
    model: Model = "lm",
    predictor: Predictor = "sei",
    sample_size: ArrayLike | None = None,
    moderators: ArrayLike | None = None,
) -> RegressionTest:
    """Egger's test, and its relatives with other models and predictors.

    Parameters
    ----------
    model
        "lm" (Egger's own: weights 1 / vi, a multiplicative dispersion, t test) or "rma" (a meta-regression by the
        method and test that pooled the studies).
    predictor
        sei, vi (standard error, variance), ni, ninv, sqrtni, sqrtninv (functions of the sample size).
    sample_size, moderators
        One entry per study; sizes are taken from the study table where it has them.

    Raises
    ------
    ModelError
        Fewer studies than coefficients plus one, all studies of one size, or sizes unknown.
    """
    if model not in MODELS:
        raise UnknownOptionError("model", model, MODELS)
    if predictor not in PREDICTORS:
        raise UnknownOptionError("predictor", predictor, PREDICTORS)
    seen = seen_studies(pooled, least=3, what="Egger's test")
    design = np.column_stack([design_with(pooled, seen, moderators), _predictor(pooled, seen, predictor, sample_size)])
    tau2 = tau2_beside(pooled, seen, design) if model == "rma" else None
    line = multiplicative_line(seen.yi, 1 / seen.vi, design) if tau2 is None else _rma(pooled, seen, design, tau2)
    result = regression_result(pooled, line, "egger", "Egger's test", predictor)
    correlated = pooled.measure.name in BINARY and predictor in {"sei", "vi"} and pooled.effects.kind == "counts"
    if correlated:
        result = replace(result, notes=(*result.notes, Note(code="EGGER_BINARY")))
    limit = None
    if predictor in VANISHING and moderators is None:
        limit = _limit(line, result.df, pooled.level)
    return replace(
        result,
        model=model,
        tau2=tau2,
        dispersion=line.dispersion if tau2 is None else None,
        limit=limit,
        reference="Egger et al. 1997, BMJ 315:629-634; Sterne & Egger 2005, in: Publication bias in meta-analysis",
    )


def begg(pooled: Pooled, *, exact: bool = True) -> RankTest:
    """Begg & Mazumdar's rank correlation of standardised effects with their variances.

    `exact` takes the p value from the permutation distribution wherever no values are tied.
    """
    seen = seen_studies(pooled, least=3, what="Begg's test")
    return rank_result(
        pooled,
        (begg_scores(seen.yi, seen.vi), seen.vi),
        ("begg", "Begg's rank correlation test", "Begg & Mazumdar 1994, Biometrics 50:1088-1101"),
        exact=exact,
    )


def rank_result(
    pooled: Pooled, variables: tuple[FloatArray, FloatArray], names: tuple[str, str, str], *, exact: bool
) -> RankTest:
    """Kendall's correlation of two variables as a test; `names` are its name, label and reference."""
    found = kendall(*variables)
    if np.isnan(found.tau):
        raise ModelError(f"{names[1]} needs studies of differing precision and effect; look at the funnel plot instead")
    use_exact = exact and not np.isnan(found.exact_pval)
    tied = (Note(code="RANKS_TIED"),) if exact and not use_exact else ()
    return RankTest(
        test=names[0],
        label=names[1],
        base=pooled,
        k=variables[0].size,
        tau=found.tau,
        score=found.score,
        se=found.se,
        statistic=found.score / found.se,
        pval=found.exact_pval if use_exact else found.normal_pval,
        exact=use_exact,
        reference=names[2],
        notes=(*few_studies(variables[0].size), *tied),
    )


def regression_result(pooled: Pooled, line: Line, test: str, label: str, predictor: str) -> RegressionTest:
    """A fitted line as a test of its last coefficient; `ModelError` where that has no estimate."""
    k, p = line.k, line.beta.size
    if line.df < 1 or line.status & (Status.RANK_DEFICIENT | Status.TOO_FEW) or not np.isfinite(line.beta).all():
        raise ModelError(
            f"{label} cannot tell small studies from large ones here: {k} studies, {p} coefficients, and a predictor "
            f"({predictor}) that does not vary enough; look at the funnel plot instead"
        )
    perfect = (Note(code="ASYMMETRY_PERFECT_FIT"),) if line.se[-1] == 0 else ()
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(line.beta[-1] / line.se[-1])
    return RegressionTest(
        test=test,
        label=label,
        base=pooled,
        k=k,
        model="lm",
        predictor=predictor,
        coefficients=tuple(line.beta.tolist()),
        se=tuple(line.se.tolist()),
        statistic=statistic,
        df=line.df,
        pval=float(t_pval(np.array(statistic), np.array(line.df))),
        dispersion=line.dispersion,
        tau2=None,
        limit=None,
        reference="",
        notes=(*few_studies(k), *perfect),
    )


def _predictor(pooled: Pooled, seen: Seen, name: Predictor, given: ArrayLike | None) -> FloatArray:
    if name == "sei":
        return np.sqrt(seen.vi)
    if name == "vi":
        return seen.vi
    ni = sample_sizes(pooled, seen, given)
    forms = {"ni": ni, "ninv": 1 / ni, "sqrtni": np.sqrt(ni), "sqrtninv": 1 / np.sqrt(ni)}
    return forms[name]


def _rma(pooled: Pooled, seen: Seen, design: FloatArray, tau2: float) -> Line:
    """The meta-regression under the test of the pooled result; a normal test has infinite degrees of freedom."""
    test = pooled.choices.test
    scaled = test.startswith("HK")
    line = additive_line(seen.yi, seen.vi, design, tau2, scaled=scaled, least=1.0 if test == "HK-adhoc" else 0.0)
    return line._replace(df=np.inf) if test == "z" and line.df >= 1 else line


def _limit(line: Line, df: float, level: float) -> Interval:
    low, high = t_interval(line.beta[:1], line.se[:1], np.array([df]), level=level)
    return Interval(
        low=float(low[0]),
        high=float(high[0]),
        level=level,
        rule="z" if np.isinf(df) else "t",
        estimate=float(line.beta[0]),
        se=float(line.se[0]),
        df=df,
    )

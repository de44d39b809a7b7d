"""Pooled effects adjusted for small-study effects: PET-PEESE, Henmi & Copas, limit meta-analysis."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels import henmi_copas as kernel
from metak2.kernels.asymmetry import Line, multiplicative_line
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval, normal_pval, t_interval, t_pval
from metak2.kernels.limit_meta_analysis import Adjustment, Limit
from metak2.kernels.limit_meta_analysis import limit_meta_analysis as limit_kernel
from metak2.models.pooled import Interval, Pooled
from metak2.robustness.seen_studies import FEW, Seen, few_studies, seen_studies
from metak2.shown import Shown

ADJUSTMENTS: tuple[Adjustment, ...] = ("beta0", "betalim", "mulim")
POWERED = 2.8
"""An effect of 2.8 standard errors is found with a power of 80 % in a two-sided test at 5 %."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedLine:
    """A weighted regression with a multiplicative dispersion: intercept, then slope if there is one."""

    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    statistic: tuple[float, ...]
    pval: tuple[float, ...]
    df: float
    ci: Interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PetPeese(Shown):
    """PET (effects on standard errors), PEESE (on variances), and their weighted means without a slope.

    `chosen` is "PEESE" where PET's intercept is positive (or, `two_sided`, differs from 0) with p < `alpha`, else
    "PET". `uwls` is the unrestricted weighted mean of all studies, `waap` that of the `waap_n` adequately powered ones,
    None where there are fewer than two.
    """

    base: Pooled
    k: int
    pet: WeightedLine
    peese: WeightedLine
    uwls: WeightedLine
    waap: WeightedLine | None
    waap_n: int
    chosen: Literal["PET", "PEESE"]
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def adjusted(self) -> WeightedLine:
        """The chosen line; its intercept is the adjusted effect."""
        return self.peese if self.chosen == "PEESE" else self.pet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HenmiCopas(Shown):
    """The common-effect estimate with the interval of Henmi & Copas; `tau2` is DerSimonian-Laird's."""

    base: Pooled
    k: int
    estimate: float
    se: float
    ci: Interval
    tau2: float
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LimitMetaAnalysis(Shown):
    """The effect at infinite precision, its line, and the heterogeneity that small-study effects leave.

    `alpha` and `beta` are intercept and slope of the generalised radial plot; `Q_small` (1 degree of freedom) is
    Cochran's Q explained by them, `Q_residual` (k - 2) the rest; `G2` is a share; `study_limits` are the shrunken
    effects of the studies.
    """

    base: Pooled
    k: int
    adjustment: Adjustment
    estimate: float
    se: float
    ci: Interval
    pval: float
    alpha: float
    beta: float
    Q_small: float
    Q_residual: float
    G2: float
    tau2: float
    study: tuple[str, ...]
    study_limits: FloatArray
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def pet_peese(pooled: Pooled, *, alpha: float = 0.1, two_sided: bool = False) -> PetPeese:
    """Precision-effect test and its variant with variances; Stanley & Doucouliagos (2014), Res Synth Methods 5:60-78.

    PEESE is chosen where PET's intercept points the way of the pooled effect with a p value below `alpha` (one-sided
    unless `two_sided`), else PET.
    """
    seen = seen_studies(pooled, least=3, what="PET-PEESE")
    level = pooled.level
    pet = _weighted(seen, np.sqrt(seen.vi), level)
    peese = _weighted(seen, seen.vi, level)
    uwls = _weighted(seen, None, level)
    powered = np.sqrt(seen.vi) <= abs(uwls.coefficients[0]) / POWERED
    count = int(powered.sum())
    waap = _weighted(_only(seen, powered), None, level) if count >= 2 else None
    one_sided = pet.pval[0] / 2 if pet.coefficients[0] * uwls.coefficients[0] > 0 else 1 - pet.pval[0] / 2
    real = (pet.pval[0] if two_sided else one_sided) < alpha
    heterogeneous = (Note(code="PET_HETEROGENEOUS", values={"I2": pooled.I2}),) if pooled.I2 > 80 else ()
    perfect = (Note(code="ASYMMETRY_PERFECT_FIT"),) if 0 in pet.se + peese.se else ()
    return PetPeese(
        base=pooled,
        k=seen.k,
        pet=pet,
        peese=peese,
        uwls=uwls,
        waap=waap,
        waap_n=count,
        chosen="PEESE" if real else "PET",
        notes=(*few_studies(seen.k), *heterogeneous, *perfect),
    )


def henmi_copas(pooled: Pooled) -> HenmiCopas:
    """The interval of Henmi & Copas (2010), Stat Med 29:2969-2983: less moved by unseen small studies."""
    seen = seen_studies(pooled, least=2, what="Henmi & Copas' interval")
    found = kernel.henmi_copas(seen.yi, seen.vi, level=pooled.level)
    half = found.multiple * found.se
    ci = Interval(
        low=found.estimate - half,
        high=found.estimate + half,
        level=pooled.level,
        rule="Henmi–Copas",
        estimate=found.estimate,
        se=found.se,
        df=np.nan,
    )
    return HenmiCopas(
        base=pooled,
        k=seen.k,
        estimate=found.estimate,
        se=found.se,
        ci=ci,
        tau2=found.tau2,
        notes=(Note(code="HENMI_COPAS_FEW", values={"k": seen.k}),) if seen.k < FEW else (),
    )


def limit_meta_analysis(pooled: Pooled, *, adjustment: Adjustment = "beta0") -> LimitMetaAnalysis:
    """Limit meta-analysis with the tau2 of the pooled result; Rücker et al. (2011), Biostatistics 12:122-142.

    `adjustment` is "beta0" (the line at infinite precision), "betalim" or "mulim" (radial line of the study limits with
    and without an intercept).
    """
    if adjustment not in ADJUSTMENTS:
        raise UnknownOptionError("adjustment", adjustment, ADJUSTMENTS)
    seen = seen_studies(pooled, least=3, what="limit meta-analysis")
    _require_spread(seen, "limit meta-analysis")
    tau2 = pooled.tau2 or 0.0
    found: Limit = limit_kernel(seen.yi, seen.vi, tau2, adjustment)
    low, high = normal_interval(np.array([found.estimate]), np.array([found.se]), level=pooled.level)
    ci = Interval(
        low=float(low[0]),
        high=float(high[0]),
        level=pooled.level,
        rule="z",
        estimate=found.estimate,
        se=found.se,
        df=np.inf,
    )
    return LimitMetaAnalysis(
        base=pooled,
        k=seen.k,
        adjustment=adjustment,
        estimate=found.estimate,
        se=found.se,
        ci=ci,
        pval=float(normal_pval(np.array(found.estimate / found.se))),
        alpha=found.alpha,
        beta=found.beta,
        Q_small=found.Q_small,
        Q_residual=found.Q_residual,
        G2=found.G2,
        tau2=tau2,
        study=seen.study,
        study_limits=found.study_limits,
        notes=(*few_studies(seen.k), *((Note(code="LIMIT_WITHOUT_TAU2"),) if tau2 == 0 else ())),
    )


def _require_spread(seen: Seen, what: str) -> None:
    if np.ptp(seen.vi) <= 1e-12 * seen.vi.max():
        raise ModelError(f"{what} needs studies of differing precision; all have the same standard error")


def _only(seen: Seen, kept: np.ndarray) -> Seen:
    study = tuple(name for name, good in zip(seen.study, kept, strict=True) if good)
    return Seen(study=study, yi=seen.yi[kept], vi=seen.vi[kept], columns=seen.columns[kept])


def _weighted(seen: Seen, predictor: FloatArray | None, level: float) -> WeightedLine:
    if predictor is not None:
        _require_spread(seen, "PET-PEESE")
    columns = [np.ones(seen.k)] if predictor is None else [np.ones(seen.k), predictor]
    line: Line = multiplicative_line(seen.yi, 1 / seen.vi, np.column_stack(columns))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = line.beta / line.se
    low, high = t_interval(line.beta[:1], line.se[:1], np.array([line.df]), level=level)
    ci = Interval(
        low=float(low[0]),
        high=float(high[0]),
        level=level,
        rule="t",
        estimate=float(line.beta[0]),
        se=float(line.se[0]),
        df=line.df,
    )
    return WeightedLine(
        coefficients=tuple(line.beta.tolist()),
        se=tuple(line.se.tolist()),
        statistic=tuple(statistic.tolist()),
        pval=tuple(t_pval(statistic, np.array(line.df)).tolist()),
        df=line.df,
        ci=ci,
    )

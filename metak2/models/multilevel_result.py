"""What a multilevel or multivariate model found; everything on the analysis scale."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.multivariate.blocks import Sampling, batches
from metak2.kernels.multivariate.fit import Found
from metak2.kernels.multivariate.likelihood import Blocks, Fixed, Likelihood
from metak2.models.design import INTERCEPT, Design
from metak2.models.fit_statistics import FitStatistics
from metak2.models.multilevel_statistics import SamplingAlone, sampling_alone, statistics_of
from metak2.models.random_terms import Built
from metak2.models.regression_result import Wald
from metak2.models.sampling_covariance import SamplingCovariance
from metak2.models.wald import slopes_of, wald
from metak2.shown import Drawn
from metak2.studies.table import read_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A variance or a correlation of a random term; `level` names what it belongs to, "" where that is all.

    `given` says that it was not estimated; `number` is its place among the parameters, None for one that is derived.
    """

    term: str
    kind: Literal["variance", "correlation"]
    level: str
    value: float
    given: bool
    number: int | None

    @property
    def name(self) -> str:
        """The component in words: "variance of school", "correlation of outcome | trial (AL, PD)"."""
        of = f" ({self.level})" if self.level else ""
        return f"{self.kind} of {self.term}{of}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FixedEffects:
    """Coefficients with their inference, each `(p,)`; `df` is infinite for a normal test."""

    names: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: FloatArray
    pval: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray

    def index(self, name: str) -> int:
        """The number of the coefficient called `name`."""
        if name not in self.names:
            raise ModelError(
                f"there is no coefficient {name!r}{did_you_mean(name, self.names)}. There are {', '.join(self.names)}"
            )
        return self.names.index(name)


def tested(
    names: tuple[str, ...], estimate: FloatArray, vcov: FloatArray, df: FloatArray, level: float
) -> FixedEffects:
    """Coefficients `(p,)` with the tests and intervals of t on their degrees of freedom `(p,)`."""
    se = np.sqrt(vcov.diagonal())
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    low, high = t_interval(estimate, se, df, level=level)
    return FixedEffects(
        names=names,
        estimate=read_only(estimate),
        se=read_only(se),
        statistic=read_only(statistic),
        df=read_only(df),
        pval=read_only(t_pval(statistic, df)),
        ci_low=read_only(low),
        ci_high=read_only(high),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What was asked for: "REML" or "ML", test "z" or "t", degrees of freedom, coverage.

    Degrees of freedom are "residual", "contain", or "Satterthwaite" for cluster-robust errors.
    """

    method: Literal["REML", "ML", "CE"]
    test: Literal["z", "t"]
    df: Literal["residual", "contain", "Satterthwaite"]
    level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The model as the kernel has it: effects and design, random terms, the likelihood that was climbed, the summit.

    `fixed` is the fixed part as it is reported: that of the summit, or by `weights` `(k,)` or `(k, k)` of one's own.
    """

    yi: FloatArray
    X: FloatArray
    sampling: Sampling
    terms: tuple[Built, ...]
    likelihood: Likelihood
    spread: float
    found: Found
    fixed: Fixed
    weights: FloatArray | None = None

    @property
    def blocks(self) -> Blocks:
        """The likelihood by blocks, made anew: the climb may have had no need of them."""
        terms = tuple(one.term for one in self.terms)
        return Blocks(made=batches(self.yi, self.X, self.sampling, terms), terms=terms)


@dataclass(frozen=True, kw_only=True, eq=False)
class Multilevel(Drawn):
    """A multilevel or multivariate meta-analysis; tests, shares and likelihoods are worked out when they are asked for.

    Attributes
    ----------
    effects, design, covariance
        The effects used, `(k,)`, the moderators, and the covariance of the sampling errors.
    coefficients, vcov
        The fixed effects and their covariance `(p, p)`.
    components
        Variances and correlations of the random terms.
    QE, QM
        Tests of residual heterogeneity (chi-squared, `QE_df`) and of the moderators.
    I2
        Of each random term, in per cent of its variance, all terms' and the typical sampling variance `vt`; for terms
        with one variance only.
    fitted
        The kernel's side of it, for predictions, profiles and influence.
    """

    effects: EffectSizes
    design: Design
    covariance: SamplingCovariance
    asked: Asked
    coefficients: FixedEffects
    vcov: FloatArray
    components: tuple[Component, ...]
    fitted: Fitted
    notes: tuple[Note, ...]

    @property
    def k(self) -> int:
        """Number of effects."""
        return len(self.effects)

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return self.design.p

    @cached_property
    def sampling(self) -> SamplingAlone:
        """The effects as they would be without random terms."""
        return sampling_alone(self.effects.yi, self.design.X, self.covariance)

    @property
    def QE(self) -> float:
        """Q of the residuals about the moderators."""
        return self.sampling.Q

    @property
    def QE_df(self) -> int:
        """Its degrees of freedom."""
        return self.k - self.p

    @property
    def QE_pval(self) -> float:
        """Its p value."""
        return q_pval(self.QE, float(self.QE_df))

    @cached_property
    def QM(self) -> Wald:
        """All coefficients but the intercept at once, with the fewest of their degrees of freedom."""
        tested = slopes_of(self.design) or list(range(self.p))
        found = self.coefficients
        names = tuple(found.names[at] for at in tested)
        return wald(found.estimate[tested], self.vcov[np.ix_(tested, tested)], float(found.df[tested].min()), names)

    @property
    def vt(self) -> float:
        """The typical sampling variance."""
        return self.sampling.vt

    @property
    def I2(self) -> tuple[tuple[str, float], ...]:
        """Each variance as a share of all and of the typical sampling variance, in per cent."""
        variances = [one for one in self.components if one.kind == "variance"]
        if any(one.level for one in variances):
            return ()
        total = sum(one.value for one in variances) + self.vt
        return tuple((one.term, 100 * one.value / total) for one in variances)

    @cached_property
    def fit(self) -> FitStatistics:
        """Log-likelihoods and information criteria."""
        free = int(self.fitted.found.free.sum())
        return statistics_of(self.fitted.fixed, free, self.design.X, self.sampling.saturated)

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return self.asked.level

    @property
    def alone(self) -> bool:
        """Whether there is a single pooled effect."""
        return self.design.columns == (INTERCEPT,)

    @property
    def variance(self) -> float:
        """The variance between effects in all, of terms that have one variance."""
        return float(np.sum([one.value for one in self.components if one.kind == "variance" and not one.level]))

"""What a multilevel or multivariate model found; everything on the analysis scale."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.blocks import Sampling, batches
from metak2.kernels.multivariate.fit import Found
from metak2.kernels.multivariate.likelihood import Blocks, Likelihood
from metak2.models.design import INTERCEPT, Design
from metak2.models.fit_statistics import FitStatistics
from metak2.models.random_terms import Built
from metak2.models.regression_result import Wald
from metak2.models.sampling_covariance import SamplingCovariance
from metak2.models.show import Drawn


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
    """The model as the kernel has it: effects and design, random terms, the likelihood that was climbed, the summit."""

    yi: FloatArray
    X: FloatArray
    sampling: Sampling
    terms: tuple[Built, ...]
    likelihood: Likelihood
    spread: float
    found: Found

    @property
    def blocks(self) -> Blocks:
        """The likelihood by blocks, made anew: the climb may have had no need of them."""
        terms = tuple(one.term for one in self.terms)
        return Blocks(made=batches(self.yi, self.X, self.sampling, terms), terms=terms)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Multilevel(Drawn):
    """A multilevel or multivariate meta-analysis.

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
    k: int
    p: int
    coefficients: FixedEffects
    vcov: FloatArray
    components: tuple[Component, ...]
    QE: float
    QE_df: int
    QE_pval: float
    QM: Wald
    vt: float
    I2: tuple[tuple[str, float], ...]
    fit: FitStatistics
    fitted: Fitted
    notes: tuple[Note, ...]

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

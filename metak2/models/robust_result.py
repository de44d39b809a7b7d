"""What robust inference found: coefficients whose errors hold whatever the effects of a cluster share."""

from dataclasses import dataclass
from typing import Literal

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.robust import Sandwich
from metak2.models.design import INTERCEPT, Design
from metak2.models.multilevel_result import FixedEffects
from metak2.shown import Shown

Kind = Literal["CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3"]
Test = Literal["Satterthwaite", "naive-t", "t", "z"]
WorkingName = Literal["CHE", "CORR", "HIER"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustOptions:
    """The rarer options.

    Attributes
    ----------
    kind
        CR2 (unbiased under the working model), CR0, CR1, CR1p, CR1S, CR3 (`kernels.robust` says what each is).
    test
        "Satterthwaite", "naive-t" (m - 1 degrees of freedom for m clusters), "t" (m - p), "z".
    working
        How effects are weighted when effects are given: "CHE", correlated and hierarchical effects by REML (Pustejovsky
        & Tipton 2022, Prevention Science 23:425-438); "CORR" or "HIER", the moments of Hedges, Tipton & Johnson (2010).
    level
        Coverage of the intervals.
    """

    kind: Kind = "CR2"
    test: Test = "Satterthwaite"
    working: WorkingName = "CHE"
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted:
    """A model as robust inference needs it: coefficients `(p,)` and blocks of rows with weights and working covariance.

    `blocks` are rows `(b, n)`, weights and covariances `(b, n, n)`; `variances` what the working model estimated, by
    name; `correlation` what it assumed of sampling errors.
    """

    effects: EffectSizes
    design: Design
    estimate: FloatArray
    blocks: tuple[tuple[IntArray, FloatArray, FloatArray], ...]
    described: str
    variances: tuple[tuple[str, float], ...]
    correlation: float | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Robust(Shown):
    """Cluster-robust inference for the coefficients of a model.

    Attributes
    ----------
    weighted
        The working model: effects used, design, weights; its variances and assumed correlation.
    cluster, m, names
        The column of the clusters, how many there are, and the cluster of each effect.
    coefficients, vcov
        NaN for a coefficient that rests on one cluster, whose error nothing can show.
    sandwich
        The kernel's side of it, for joint tests and the bootstrap.
    """

    weighted: Weighted
    options: RobustOptions
    cluster: str
    m: int
    names: tuple[str, ...]
    coefficients: FixedEffects
    vcov: FloatArray
    sandwich: Sandwich
    notes: tuple[Note, ...]

    @property
    def effects(self) -> EffectSizes:
        """The effects used, `(k,)`."""
        return self.weighted.effects

    @property
    def design(self) -> Design:
        """The moderators."""
        return self.weighted.design

    @property
    def k(self) -> int:
        """The number of effects."""
        return len(self.effects)

    @property
    def p(self) -> int:
        """The number of coefficients."""
        return self.design.p

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return self.options.level

    @property
    def alone(self) -> bool:
        """Whether there is a single pooled effect."""
        return self.design.columns == (INTERCEPT,)

    @property
    def residual(self) -> FloatArray:
        """Effects minus what the coefficients say, `(k,)`."""
        return self.effects.yi - self.design.X @ self.weighted.estimate

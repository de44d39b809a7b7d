"""What selection models and p-uniform* answer, and the options that single out a model."""

from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Interval, Pooled
from metak2.shown import Shown

Alternative = Literal["greater", "less", "two-sided"]
Imprecision = Literal["none", "sei", "vi", "ninv", "sqrtninv"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionOptions:
    """The rarer options of a selection model.

    `imprecision` lets selection depend on how imprecise a study is (none, sei, vi, ninv, sqrtninv); `delta` fixes the
    weights in place of estimating them (a sensitivity analysis in the manner of Vevea & Woods 2005); `moderators` and
    `sample_size` have one entry per study.
    """

    imprecision: Imprecision = "none"
    delta: tuple[float, ...] | None = None
    moderators: ArrayLike | None = None
    sample_size: ArrayLike | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionModel(Shown):
    """A fitted selection model, on the analysis scale.

    Attributes
    ----------
    kind, alternative, steps
        The weight function, the side that is favoured, the p values (for truncated models the effect) where it jumps.
    coefficients, se, pval, ci
        Intercept and moderators with Wald inference from the observed information.
    tau2, se_tau2
        Between-study variance; None under a common effect; the error None where tau2 rests on 0.
    delta, se_delta
        Parameters of the weights. For "step" the first is 1 by definition; an error is NaN where delta is fixed or
        rests on a bound.
    LRT, LRT_df, LRT_pval
        Likelihood ratio test of no selection. The p value is NaN where the cut of a truncated model is estimated:
        without selection any cut fits as well, and the ratio has no chi-squared distribution (Davies 1987, Biometrika
        74:33-43).
    LRT_tau2, LRT_tau2_pval
        Likelihood ratio test of tau2 = 0 under selection; None under a common effect.
    """

    kind: str
    alternative: Alternative
    steps: tuple[float, ...]
    base: Pooled
    k: int
    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    pval: tuple[float, ...]
    ci: tuple[Interval, ...]
    vcov: FloatArray
    tau2: float | None
    se_tau2: float | None
    delta: tuple[float, ...]
    se_delta: tuple[float, ...]
    LRT: float
    LRT_df: int
    LRT_pval: float
    LRT_tau2: float | None
    LRT_tau2_pval: float | None
    log_likelihood: float
    AIC: float
    BIC: float
    reference: str
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def estimate(self) -> float:
        """The adjusted effect (the intercept)."""
        return self.coefficients[0]

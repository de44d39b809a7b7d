"""p-curve and p-uniform*: what the significant studies say when the others may have stayed in the drawer."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_interval
from metak2.kernels.pcurve import p_curve as curve
from metak2.kernels.selection_models import SelectionData, fit_selection, unselected
from metak2.kernels.selection_weights import same_side
from metak2.models.pooled import Interval, Pooled
from metak2.robustness.seen_studies import seen_studies
from metak2.shown import Shown

FEW_SIGNIFICANT = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoufferTest:
    """Stouffer's z over `k` p values and its one-sided p value (small z speaks for the test's claim)."""

    k: int
    z: float
    pval: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PCurve(Shown):
    """The tests of the p-curve of the pooled studies.

    `right_skew` and `half` claim evidential value (from all significant p values, and from those below 0.025), `flat`
    claims that it is inadequate. `power` is the average power that fits best.
    """

    base: Pooled
    k: int
    right_skew: StoufferTest
    half: StoufferTest
    flat: StoufferTest
    power: float
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def evidential(self) -> bool:
        """Simonsohn, Simmons & Nelson (2015): the half curve at 5 %, or both curves at 10 %."""
        return self.half.pval < 0.05 or (self.half.pval < 0.1 and self.right_skew.pval < 0.1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PUniform(Shown):
    """p-uniform*: effect and tau2 from truncated normal likelihoods of the significant and the other studies.

    `statistic` and `pval` are the likelihood ratio test of no effect.
    """

    base: Pooled
    k: int
    significant: int
    estimate: float
    se: float
    ci: Interval
    statistic: float
    pval: float
    tau2: float
    log_likelihood: float
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def p_curve(pooled: Pooled) -> PCurve:
    """The p-curve of the studies significant at 5 % (two-sided, normal); Simonsohn, Nelson & Simmons (2014)."""
    seen = seen_studies(pooled, least=1, what="a p-curve")
    found = curve(np.abs(seen.yi) / np.sqrt(seen.vi))
    if found.k == 0:
        raise ModelError("no study is significant at 5 %, so there is no p-curve; a selection model can use them all")
    notes = [Note(code="PCURVE_FEW", values={"k": found.k})] if found.k < FEW_SIGNIFICANT else []
    if pooled.I2 > 50:
        notes.append(Note(code="PCURVE_HETEROGENEOUS", values={"I2": pooled.I2}))
    return PCurve(
        base=pooled,
        k=seen.k,
        right_skew=StoufferTest(k=found.k, z=found.right_skew[0], pval=found.right_skew[1]),
        half=StoufferTest(k=found.k_half, z=found.half[0], pval=found.half[1]),
        flat=StoufferTest(k=found.k, z=found.flat[0], pval=found.flat[1]),
        power=found.power,
        notes=tuple(notes),
    )


def p_uniform(pooled: Pooled, *, alpha: float = 0.05) -> PUniform:
    """p-uniform* by maximum likelihood; van Aert & van Assen (2018), doi:10.31222/osf.io/zqjr9.

    A study is significant if its two-sided p is at most `alpha` in the direction of the pooled effect. No relation
    between the chances of significant and other studies of being seen is assumed.
    """
    seen = seen_studies(pooled, least=2, what="p-uniform*")
    sign = -1.0 if pooled.estimate < 0 else 1.0
    z = sign * seen.yi / np.sqrt(seen.vi)
    significant = (z >= -ndtri(alpha / 2)).astype(np.float64)
    data = SelectionData(y=sign * seen.yi, v=seen.vi, x=np.ones((seen.k, 1)), c=np.ones(seen.k), two_sided=False)
    weights = same_side(significant[:, None], alpha / 2)
    free = unselected(data, random=True).parameters
    starts = np.array([free, [0.0, free[1] + np.median(seen.vi)], [free[0], 0.0]])
    fit = fit_selection(data, weights, starts, fixed=np.array([np.nan, np.nan]))
    null = fit_selection(data, weights, starts, fixed=np.array([0.0, np.nan]))
    estimate, se = sign * float(fit.parameters[0]), float(np.sqrt(fit.vcov[0, 0]))
    low, high = normal_interval(np.array(estimate), np.array(se), level=pooled.level)
    statistic = max(0.0, 2 * (fit.log_likelihood - null.log_likelihood))
    count = int(significant.sum())
    notes = [] if fit.converged and np.isfinite(se) else [Note(code="SELECTION_NOT_CONVERGED")]
    if count < FEW_SIGNIFICANT:
        notes.append(Note(code="PCURVE_FEW", values={"k": count}))
    return PUniform(
        base=pooled,
        k=seen.k,
        significant=count,
        estimate=estimate,
        se=se,
        ci=Interval(
            low=float(low), high=float(high), level=pooled.level, rule="z", estimate=estimate, se=se, df=np.inf
        ),
        statistic=statistic,
        pval=float(q_pval(np.array(statistic), np.array(1))),
        tau2=float(fit.parameters[1]),
        log_likelihood=fit.log_likelihood,
        notes=tuple(notes),
    )

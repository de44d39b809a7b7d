"""Tests of small-study effects and of selection for effects that share patients.

Tests that take dependent effects for independent ones find asymmetry that is not there: Rodgers & Pustejovsky (2021),
Psychological Methods, where Egger's regression with robust errors keeps its level and the three-parameter selection
model does not.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.models.aggregate import aggregate
from metak2.models.design import INTERCEPT, Design
from metak2.models.pool import pool
from metak2.models.robust import DEFAULTS, robust
from metak2.models.robust_result import Robust, RobustOptions
from metak2.models.shared_patients import cluster_words
from metak2.robustness.selection import selection_model
from metak2.shown import Shown

Predictor = Literal["sei", "vi"]
SLOPE = "standard error"
FEWEST = 5
"""Clusters below which one effect of each is too little for a selection model."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusteredEgger(Shown):
    """Egger's regression with cluster-robust errors: `bias` is the slope on the predictor, `limit` the intercept.

    `limit` is the effect of an infinitely large study with its interval `limit_ci`.
    """

    fitted: Robust
    predictor: Predictor
    bias: float
    se: float
    statistic: float
    df: float
    pval: float
    limit: float
    limit_ci: tuple[float, float]

    @property
    def notes(self) -> tuple[Note, ...]:
        """The caveats of the fit."""
        return self.fitted.notes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusteredSelection(Shown):
    """Three-parameter selection models of one effect drawn from each cluster, again and again.

    Attributes
    ----------
    estimate, pval
        Of each draw: the effect corrected for selection, and the likelihood ratio test of none; NaN where a draw
        could not be fitted.
    combined
        Twice the median p value, at most 1: valid however the draws depend on one another.
    naive
        The p value that takes all effects for independent; shown to warn, NaN where it could not be fitted.
    """

    cluster: str
    m: int
    k: int
    estimate: FloatArray
    pval: FloatArray
    combined: float
    naive: float
    seed: int
    effects: EffectSizes


def egger_clustered(
    effects: EffectSizes,
    cluster: str = "study",
    *,
    predictor: Predictor = "sei",
    correlation: float = 0.6,
    options: RobustOptions = DEFAULTS,
) -> ClusteredEgger:
    """Egger's regression with cluster-robust errors ("Egger sandwich"); Rodgers & Pustejovsky (2021).

    `predictor` is the standard error "sei" or the variance "vi".

    Raises
    ------
    UnknownOptionError
        Another predictor.
    ModelError
        Effects of one precision, or what `robust` refuses.
    """
    if predictor not in get_args(Predictor):
        raise UnknownOptionError("predictor", predictor, get_args(Predictor))
    used = (effects.mi > 0) & np.isfinite(effects.yi) & np.isfinite(effects.vi)
    chosen = effects.take(used)
    if correlation == 1:
        chosen = aggregate(chosen, cluster, correlation=1.0)
    x = np.sqrt(chosen.vi) if predictor == "sei" else chosen.vi
    if x.size < 3 or np.ptp(x) <= 1e-9 * np.abs(x).max():
        raise ModelError("Egger's regression needs three effects of differing precision; look at the funnel plot")
    name = SLOPE if predictor == "sei" else "variance"
    design = Design(X=np.column_stack([np.ones(x.size), x]), columns=(INTERCEPT, name))
    fitted = robust(chosen, cluster, design, correlation=correlation, options=options)
    found = fitted.coefficients
    return ClusteredEgger(
        fitted=fitted,
        predictor=predictor,
        bias=float(found.estimate[1]),
        se=float(found.se[1]),
        statistic=float(found.statistic[1]),
        df=float(found.df[1]),
        pval=float(found.pval[1]),
        limit=float(found.estimate[0]),
        limit_ci=(float(found.ci_low[0]), float(found.ci_high[0])),
    )


def selection_clustered(
    effects: EffectSizes, cluster: str = "study", *, draws: int = 25, seed: int = 1
) -> ClusteredSelection:
    """A selection test that respects clusters: each draw holds one effect of each, so its effects are independent.

    Raises
    ------
    ModelError
        Fewer than five clusters, or no draw to which the model can be fitted.
    """
    used = (effects.mi > 0) & np.isfinite(effects.yi) & np.isfinite(effects.vi)
    chosen = effects.take(used)
    words = cluster_words(chosen, cluster)
    names = tuple(dict.fromkeys(words))
    if len(names) < FEWEST:
        raise ModelError(
            f"{len(names)} clusters are too few for a selection model, which needs {FEWEST}; list what was not reported"
        )
    members = [np.flatnonzero(np.array(words) == name) for name in names]
    rng = np.random.default_rng(seed)
    found = np.array([_one(chosen.take(np.array([rng.choice(rows) for rows in members]))) for _ in range(draws)])
    if not np.isfinite(found[:, 1]).any():
        raise ModelError(
            "the three-parameter selection model fits no draw of one effect per cluster; use egger_clustered()"
        )
    return ClusteredSelection(
        cluster=cluster,
        m=len(names),
        k=len(chosen),
        estimate=found[:, 0],
        pval=found[:, 1],
        combined=min(1.0, 2 * float(np.nanmedian(found[:, 1]))),
        naive=_one(chosen)[1],
        seed=seed,
        effects=chosen,
    )


def _one(effects: EffectSizes) -> tuple[float, float]:
    """Corrected effect and p value of selection, taking these effects for independent; NaN where there is no fit."""
    names = tuple(f"{study}, row {at + 1}" for at, study in enumerate(effects.study))
    apart = {name: column for name, column in effects.moderators.items() if name != "key"}
    alone = replace(effects, study=names, moderators=apart)
    try:
        fitted = selection_model(pool(alone, method="ML", test="z"), kind="three-parameter")
    except ModelError:
        return np.nan, np.nan
    return fitted.coefficients[0], fitted.LRT_pval

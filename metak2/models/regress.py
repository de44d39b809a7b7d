"""Meta-regression: effect sizes and moderators in, coefficients with their inference out."""

from dataclasses import replace
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainccinv, gammaincinv

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.heterogeneity import i2_from_q, q_pval
from metak2.kernels.regression import RegressionFit
from metak2.kernels.regression_profile import residual_profile_interval
from metak2.kernels.regression_rows import redundant_columns
from metak2.kernels.regression_tau2 import residual_q_root
from metak2.models.choices import Choices, PoolOptions, more_options, resolve
from metak2.models.conventions import Convention, Tau2Interval, Test
from metak2.models.design import INTERCEPT, Design
from metak2.models.design_choice import Chosen, design_of
from metak2.models.fit_statistics import FitStatistics, information_of
from metak2.models.methods import Method
from metak2.models.notes import FLAGS
from metak2.models.pool import require_poolable
from metak2.models.pooled import Pooled
from metak2.models.regression_batch import (
    INTERVALS_WITH_MODERATORS,
    Batch,
    How,
    degrees,
    fit_batch,
    require_estimator,
    rules,
    scales,
)
from metak2.models.regression_result import Regression
from metak2.models.wald import joint, slopes_of, tested
from metak2.studies.table import read_only

FEW_PER_MODERATOR = 10
"""Studies per moderator below which a regression is a caution; Cochrane Handbook, section 10.11.5.1."""


PERFECT = 1e-20
"""Hartung and Knapp's factor below which the residuals are rounding errors."""


class Additional(TypedDict, total=False):
    """The rarely used options of `regress`, by name; `PoolOptions` says what each means."""

    weights: ArrayLike | str
    tau2: float
    tau2_interval: Tau2Interval


def regress(
    effects: EffectSizes,
    moderators: str | Design = "1",
    *,
    method: str | Method | None = None,
    test: Test | None = None,
    convention: str | Convention = "metak2",
    level: float = 0.95,
    **more: Unpack[Additional],
) -> Regression:
    """A meta-regression; Thompson & Higgins (2002), Statistics in Medicine 21:1559-1573.

    Parameters
    ----------
    moderators
        A formula over the columns of the effects, such as ``"ablat + C(alloc)"`` (see `models.formula`), or a `Design`
        made by hand. Studies without a value are left out and named in a note; redundant columns likewise.
    method
        CE, or an estimator of the residual tau2: DL, DL2, DLIT, EB, HE, HS, HSk, ML, PM, PMM, REML, SJ, SJIT, and
        with weights GENQ, GENQM. Default: the convention's.
    test
        "z", "t" (k - p degrees of freedom), "HK" (Knapp & Hartung 2003), "HK-adhoc" or "HK-wider". Default: the
        convention's.
    more
        weights, tau2, tau2_interval ("Q-profile", "PL" or "none"): as `PoolOptions` says, which keeps them in
        `regression.choices.options`.

    Raises
    ------
    ModelError
        A formula or column that does not exist, too few studies for the coefficients, a method without moderators.
    """
    choices = resolve(method, test, convention, level, None, additional(more))
    require_poolable(effects)
    design, used, notes = design_of(effects, moderators)
    how = How(choices=choices, weights=_weights(choices, used))
    require_estimator(how)
    return fitted(effects.take(used), design, how, notes)


def fitted(effects: EffectSizes, design: Design, how: How, notes: tuple[Note, ...] = ()) -> Regression:
    """The regression of these effects, all of which are used, on a design of full rank."""
    k, p = len(effects), design.p
    if p == 0:
        raise ModelError('the formula leaves no coefficient to estimate; "1" estimates the mean')
    saturated = k == p and how.common and how.choices.test == "z"
    if k <= p and not saturated:
        way = '; method="CE" with test="z" carries as many as there are studies' if k == p else ""
        raise ModelError(
            f"{count(k, 'study', 'studies')} cannot carry {count(p, 'coefficient', 'coefficients')} "
            f"({', '.join(design.columns)}) and the variance between studies; use fewer moderators, or pool() "
            f"without{way}"
        )
    yi, vi, one = effects.yi[None], effects.vi[None], np.ones((1, k))
    batch = fit_batch(yi, vi, one, design.X, how)
    return _result(effects, design, how, batch, notes)


def count(number: int, one: str, many: str) -> str:
    """`1 study`, `2 studies`."""
    return f"{number} {one if number == 1 else many}"


def require_effect_sizes(choices: Choices) -> None:
    """Refuse a method that pools counts, not effect sizes."""
    if choices.method.needs != "yi_vi":
        raise ModelError(
            f"{choices.method.label} is not a regression of effect sizes; use leave_one_out(), or pool with CE"
        )


def regression_of(pooled: Pooled) -> Regression:
    """The pooled effect as a regression on the intercept alone, by the method that was asked for."""
    effects = pooled.effects
    require_effect_sizes(pooled.choices)
    used = (effects.mi > 0) & np.isfinite(effects.yi) & np.isfinite(effects.vi)
    choices = pooled.choices
    if choices.options.tau2_interval not in INTERVALS_WITH_MODERATORS:
        choices = replace(choices, options=replace(choices.options, tau2_interval=None))
    how = How(choices=choices, weights=_weights(choices, used))
    require_estimator(how)
    design = Design(X=read_only(np.ones((int(used.sum()), 1))), columns=(INTERCEPT,))
    return fitted(effects.take(used), design, how)


def _result(effects: EffectSizes, design: Design, how: How, batch: Batch, notes: tuple[Note, ...]) -> Regression:
    fit, choices = batch.fit, how.choices
    k, p = len(effects), design.p
    rule = rules(fit, choices)
    scale, df = float(scales(fit, rule)[0]), float(degrees(fit, rule)[0])
    vcov = fit.vcov[0] * scale
    coefficients = tested(design.columns, fit.beta[0], vcov, df, choices.level)
    QE, QE_df = float(fit.QE[0]), k - p
    QM = joint(coefficients, vcov, slopes_of(design) or list(range(p)))
    singular = [Note(code="QM_NOT_ESTIMABLE")] if np.isnan(QM.statistic) and scale >= PERFECT else []
    caveats = (*effects.notes, *notes, *_caveats(fit, str(rule[0]), scale, how), *singular)
    return Regression(
        effects=effects,
        choices=choices,
        design=design,
        rule=str(rule[0]),
        given_weights=how.weights,
        k=k,
        p=p,
        coefficients=coefficients,
        vcov=read_only(vcov),
        scale=scale,
        tau2=float(fit.tau2[0]),
        tau2_ci=_tau2_interval(effects, design, how),
        se_tau2=float(batch.se_tau2[0]),
        I2=_i2(fit, how),
        H2=_h2(fit, how),
        R2=_explained(effects, design, how, batch),
        vt=float(fit.vt[0]),
        QE=QE,
        QE_df=QE_df,
        QE_pval=float(q_pval(fit.QE, fit.QE_df)[0]),
        QM=QM,
        fitted=read_only(fit.fitted[0]),
        leverage=read_only(fit.leverage[0]),
        weights=read_only(fit.weights[0]),
        fit=statistics_of(fit, p + how.estimated),
        status=int(fit.status[0]),
        notes=caveats,
    )


def _i2(fit: RegressionFit, how: How) -> float:
    """From tau2, or from Q under a common effect; NaN without a residual."""
    if not how.common:
        return float(fit.I2[0])
    return float(i2_from_q(fit.QE, fit.QE_df)[0]) if fit.QE_df[0] > 0 else float("nan")


def _h2(fit: RegressionFit, how: How) -> float:
    """From tau2, or from Q under a common effect; NaN without a residual."""
    if not how.common:
        return float(fit.H2[0])
    return float(fit.QE[0] / fit.QE_df[0]) if fit.QE_df[0] > 0 else float("nan")


def statistics_of(fit: RegressionFit, parameters: int) -> FitStatistics:
    """Both likelihoods of a fit of one row; REML has k - p observations."""
    ml, reml, saturated, k = (float(one[0]) for one in (fit.ll_ml, fit.ll_reml, fit.ll_saturated, fit.k))
    return FitStatistics(
        ML=information_of(ml, 2 * (saturated - ml), parameters, int(k)),
        REML=information_of(reml, -2 * reml, parameters, int(k) - fit.p),
        parameters=parameters,
    )


def _explained(effects: EffectSizes, design: Design, how: How, batch: Batch) -> float:
    """Per cent of tau2 that the moderators explain; of the variance in the weights used, adjusted, for a common effect.

    Raudenbush (1994). NaN without moderators, or where no combination of the columns is constant.
    """
    k, p = len(effects), design.p
    ones = np.ones((k, 1))
    if p in {1, k} or not redundant_columns(np.hstack([design.X, ones]))[-1]:
        return float("nan")
    plain = replace(how, choices=replace(how.choices, options=replace(how.choices.options, tau2=None)))
    yi, vi = effects.yi[None], effects.vi[None]
    alone = fit_batch(yi, vi, np.ones((1, k)), ones, plain).fit
    without, left = float(alone.tau2[0]), float(batch.fit.tau2[0])
    if how.common:
        weights = 1 / effects.vi if how.weights is None else how.weights
        residuals = (effects.yi - X @ fit.beta[0] for X, fit in ((ones, alone), (design.X, batch.fit)))
        sums = [float((weights * residual**2).sum()) for residual in residuals]
        without, left = sums[0] / (k - 1), sums[1] / (k - p)
    return max(0.0, 100 * (without - left) / without) if without > 0 else 0.0


def _tau2_interval(effects: EffectSizes, design: Design, how: How) -> tuple[float, float]:
    """Limits of tau2 by Q-profile or profile likelihood; NaN where tau2 is not estimated, or none were asked for."""
    rule = how.choices.options.tau2_interval
    if not how.estimated or rule == "none":
        return float("nan"), float("nan")
    if rule == "PL":
        limits = residual_profile_interval(
            effects.yi[None],
            effects.vi[None],
            np.ones((1, len(effects))),
            design.X,
            level=how.choices.level,
            restricted=how.choices.method.likelihood == "REML",
        )
        return float(limits[0][0]), float(limits[1][0])
    half, tail = (len(effects) - design.p) / 2, (1 - how.choices.level) / 2
    target = 2 * np.array([gammainccinv(half, tail), gammaincinv(half, tail)])
    yi, vi, one = (np.repeat(row[None], 2, axis=0) for row in (effects.yi, effects.vi, np.ones(len(effects))))
    low, high = residual_q_root(yi, vi, one, design.X, target=target)
    return float(low), float(high)


def _caveats(fit: RegressionFit, rule: str, scale: float, how: How) -> list[Note]:
    status, k, p = Status(int(fit.status[0])), int(fit.k[0]), fit.p
    notes = [Note(code=code) for flag, code in FLAGS.items() if flag in status]
    if k == p:
        notes.append(Note(code="SATURATED"))
    if rule == "HK-adhoc" and how.choices.test == "HK":
        notes.append(Note(code="NEVER_NARROWER"))
    if rule == "HK" and scale < PERFECT:
        notes.append(Note(code="PERFECT_FIT"))
    if p > 1 and k < FEW_PER_MODERATOR * (p - 1):
        notes.append(Note(code="REGRESSION_FEW", values={"k": k, "moderators": p - 1}))
    return notes


def additional(given: Additional) -> PoolOptions:
    """The rarely used options as an object; an unknown name is refused with the list of those allowed."""
    unknown = [name for name in given if name not in Additional.__annotations__]
    if unknown:
        raise UnknownOptionError("option", unknown[0], Additional.__annotations__)
    return more_options({**given})  # type: ignore[typeddict-item] # the keys are checked above


def _weights(choices: Choices, used: Chosen) -> FloatArray | None:
    """The weights given, for the studies used."""
    if not choices.options.weighted:
        return None
    given = choices.options.weights_of(used.size)
    if given.shape != used.shape:
        raise ModelError(f"there are {given.size} weights for {used.size} studies")
    if not (given[used] > 0).all():
        raise ModelError("in a regression every weight is above 0; to leave a study out, exclude it")
    return read_only(given[used])

"""A meta-regression without each study in turn: one batch."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.heterogeneity import i2_from_q, q_pval
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.wald import f_pval, wald_statistic
from metak2.models.regression_batch import degrees, how_of, refits_without, rules, scales
from metak2.models.regression_result import Regression
from metak2.models.wald import slopes_of
from metak2.robustness.influence import not_estimable
from metak2.shown import Drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionRefits(Drawn):
    """Refits on the analysis scale, row i without `study[i]`; coefficients `(k, p)`, the rest `(k,)`.

    `rule` is the test of each row. NaN, and the study in `notes`, where the model cannot be estimated without it.
    """

    base: Regression
    study: tuple[str, ...]
    names: tuple[str, ...]
    rule: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    pval: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    tau2: FloatArray
    I2: FloatArray
    H2: FloatArray
    Q: FloatArray
    Q_pval: FloatArray
    QM: FloatArray
    QM_pval: FloatArray
    notes: tuple[Note, ...]


def leave_one_out_regression(regression: Regression) -> RegressionRefits:
    """The regression without each of its studies.

    Raises
    ------
    ModelError
        No more studies than coefficients would be left.
    """
    if regression.k <= regression.p + 1:
        raise ModelError(
            f"without one of {regression.k} studies the {regression.p} coefficients and tau2 cannot be estimated; "
            "use fewer moderators"
        )
    effects, X = regression.effects, regression.design.X
    how = how_of(regression)
    batch = refits_without(effects.yi, effects.vi, X, how)
    fit = batch.fit
    rule = rules(fit, regression.choices)
    df = degrees(fit, rule)
    vcov = fit.vcov * scales(fit, rule)[:, None, None]
    se = np.sqrt(np.diagonal(vcov, axis1=1, axis2=2))
    low, high = t_interval(fit.beta, se, df[:, None], level=regression.level)
    QM, QM_pval = _omnibus(regression, fit.beta, vcov, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = fit.beta / se
    return RegressionRefits(
        base=regression,
        study=regression.study,
        names=regression.coefficients.names,
        rule=tuple(rule.tolist()),
        estimate=fit.beta,
        se=se,
        statistic=statistic,
        pval=t_pval(statistic, df[:, None]),
        ci_low=low,
        ci_high=high,
        tau2=fit.tau2,
        I2=i2_from_q(fit.QE, fit.QE_df) if how.common else fit.I2,
        H2=fit.QE / fit.QE_df if how.common else fit.H2,
        Q=fit.QE,
        Q_pval=q_pval(fit.QE, fit.QE_df),
        QM=QM,
        QM_pval=QM_pval,
        notes=not_estimable(regression.study, np.isnan(fit.beta[:, 0])),
    )


def _omnibus(base: Regression, beta: FloatArray, vcov: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The test of the moderators of each row, chi-squared or F, and its p value."""
    index = slopes_of(base.design) or list(range(base.p))
    square, m = wald_statistic(beta[:, index], vcov[:, index][:, :, index]), len(index)
    finite = np.isfinite(df)
    pval = np.where(finite, f_pval(square / m, np.array(m), df), q_pval(square, np.array(m)))
    return np.where(finite, square / m, square), pval

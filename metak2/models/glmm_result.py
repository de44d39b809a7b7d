"""What a generalised linear mixed model of counts says."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metak2.effects.measures import Measure, measure_named
from metak2.effects.notes import Note
from metak2.kernels.contract import FloatArray
from metak2.kernels.glmm_fit import Summit
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval, t_pval, t_quantile
from metak2.kernels.wald import f_pval
from metak2.models.count_data import CountData
from metak2.models.design import Design
from metak2.models.glmm_designs import MODELS, Structure
from metak2.models.pooled import Interval
from metak2.shown import Shown
from metak2.studies.table import read_only


class Likelihood(NamedTuple):
    """Log-likelihood, number of parameters, of observations, the saturated log-likelihood of the counts.

    `shift` is what a convention takes off every log-likelihood.
    """

    value: float
    parameters: int
    observations: int
    saturated: float
    shift: float = 0.0


class Heterogeneity(NamedTuple):
    """Wald and likelihood-ratio statistics for k − p further coefficients, and the log-likelihood that has them."""

    wald: float
    lrt: float
    df: int
    saturated: float


class Inference(NamedTuple):
    """Degrees of freedom of the tests and of the prediction interval (NaN: none), and the typical variance."""

    df: float
    prediction_df: float
    typical_variance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A maximised likelihood with what it was made from."""

    data: CountData
    structure: Structure
    method: str
    design: Design
    summit: Summit
    level: float
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Glmm(Shown):
    """A generalised linear mixed model of counts; everything on the analysis scale (log odds ratio, log rate …).

    Attributes
    ----------
    terms, beta, se, statistic, pval, ci_low, ci_high, vcov
        The coefficients of the treatment effect, or of the single arm; `df` is infinite for normal tests. `estimate`
        and `ci` are those of a model without moderators, and so is the prediction interval `pi`, which uses t with
        `prediction_df` = k − p degrees of freedom (METHODS section 2: none below three studies).
    tau2, se_tau2
        Between-study variance of the effect by maximum likelihood, and its standard error (NaN where it is 0); 0 for a
        common effect, NaN for one study.
    sigma2, rho
        UM.RS: variance of the study effects; their correlation with the treatment effects.
    Q_wald, Q_lrt
        Tests of heterogeneity on `Q_df` degrees of freedom. A study whose own estimate is infinite has no Wald weight.
    I2, H2, vt
        I² in per cent, from tau² and the typical variance `vt` of the corrected effect sizes.
    QM
        Omnibus test of all coefficients but the intercept (F for `test="t"`), `QM_df` its degrees of freedom.
    log_likelihood, parameters, observations, deviance
        Marginal log-likelihood with all constants; `deviance` is twice its distance from the saturated model.
    points
        Quadrature points an axis that were enough; 0 where nothing is integrated.
    """

    data: CountData
    model: str
    label: str
    method: str
    k: int
    terms: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    statistic: FloatArray
    pval: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    vcov: FloatArray
    df: float
    prediction_df: float
    level: float
    tau2: float
    se_tau2: float
    sigma2: float
    rho: float
    vt: float
    I2: float
    H2: float
    Q_wald: float
    Q_wald_pval: float
    Q_lrt: float
    Q_lrt_pval: float
    Q_df: int
    QM: float
    QM_df: tuple[float, ...]
    QM_pval: float
    log_likelihood: float
    deviance: float
    parameters: int
    observations: int
    points: int
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return measure_named(self.data.measure)

    @property
    def AIC(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * self.parameters

    @property
    def BIC(self) -> float:
        """The Bayesian criterion; the sample is the number of counts."""
        return float(-2 * self.log_likelihood + self.parameters * np.log(self.observations))

    @property
    def AICc(self) -> float:
        """Akaike's criterion, corrected for few observations (Hurvich & Tsai 1989, Biometrika 76:297-307)."""
        n = max(self.observations, self.parameters + 2)
        return -2 * self.log_likelihood + 2 * self.parameters * n / (n - self.parameters - 1)

    @property
    def estimate(self) -> float:
        """The pooled effect; NaN in a model with moderators."""
        return float(self.beta[0]) if self.beta.size == 1 else float("nan")

    @property
    def ci(self) -> Interval:
        """Its confidence interval."""
        return (
            self.predict(np.ones((1, 1)))[0]
            if self.beta.size == 1
            else self._interval(np.full(4, np.nan), "none", np.nan)
        )

    @property
    def pi(self) -> Interval:
        """The prediction interval for the effect in a new study, without moderators; NaN below three studies."""
        return (
            self.predict(np.ones((1, 1)))[1]
            if self.beta.size == 1
            else self._interval(np.full(4, np.nan), "none", np.nan)
        )

    def predict(self, X: FloatArray) -> tuple[Interval, Interval]:
        """Confidence and prediction interval at one row of a design, `(1, p)`."""
        row = np.atleast_2d(np.asarray(X, dtype=np.float64))[0]
        estimate, variance = float(row @ self.beta), float(row @ self.vcov @ row)
        both = []
        for total, df in ((variance, self.df), (variance + self.tau2, self.prediction_df)):
            se = np.sqrt(total)
            half = float(t_quantile(np.array(df), level=self.level)) * se
            rule = "z" if np.isinf(df) else "t"
            both.append(self._interval(np.array([estimate, se, estimate - half, estimate + half]), rule, df))
        return both[0], both[1]

    def _interval(self, numbers: FloatArray, rule: str, df: float) -> Interval:
        estimate, se, low, high = (float(number) for number in numbers)
        return Interval(low=low, high=high, level=self.level, rule=rule, estimate=estimate, se=se, df=df)


def assemble(fitted: Fitted, likelihood: Likelihood, heterogeneity: Heterogeneity, *, inference: Inference) -> Glmm:
    """The result of a maximised likelihood."""
    summit, X = fitted.summit, fitted.design.X
    k, p = X.shape
    first = summit.place.beta.size - p
    beta, vcov = summit.place.beta[first:], summit.vcov[first : first + p, first : first + p]
    se = np.sqrt(np.diag(vcov))
    df, variance = inference.df, inference.typical_variance
    low, high = t_interval(beta, se, np.full(p, df), level=fitted.level)
    tau2, se_tau2, sigma2, rho = _variances(fitted)
    statistic, omnibus_df, omnibus_pval = _omnibus(fitted.design, beta, vcov, df)
    reference = (
        likelihood.saturated if fitted.structure.model != "UM.RS" else heterogeneity.saturated - likelihood.shift
    )
    h2 = (variance + tau2) / variance
    return Glmm(
        data=fitted.data,
        model=fitted.structure.model,
        label=MODELS.get(fitted.structure.model, "generalised linear mixed model"),
        method=fitted.method,
        k=k,
        terms=fitted.design.columns,
        beta=read_only(beta.copy()),
        se=read_only(se),
        statistic=read_only(beta / se),
        pval=read_only(t_pval(beta / se, np.full(p, df))),
        ci_low=read_only(low),
        ci_high=read_only(high),
        vcov=read_only(vcov.copy()),
        df=df,
        prediction_df=inference.prediction_df,
        level=fitted.level,
        tau2=tau2,
        se_tau2=se_tau2,
        sigma2=sigma2,
        rho=rho,
        vt=variance,
        I2=100 * tau2 / (variance + tau2),
        H2=h2,
        Q_wald=heterogeneity.wald,
        Q_wald_pval=float(q_pval(np.array(heterogeneity.wald), np.array(float(heterogeneity.df)))),
        Q_lrt=heterogeneity.lrt,
        Q_lrt_pval=float(q_pval(np.array(heterogeneity.lrt), np.array(float(heterogeneity.df)))),
        Q_df=heterogeneity.df,
        QM=statistic,
        QM_df=omnibus_df,
        QM_pval=omnibus_pval,
        log_likelihood=likelihood.value,
        deviance=2 * (reference - likelihood.value),
        parameters=likelihood.parameters,
        observations=likelihood.observations,
        points=summit.rule.points,
        notes=fitted.notes,
    )


def _variances(fitted: Fitted) -> tuple[float, float, float, float]:
    """tau², its standard error, sigma² and rho from the standard deviations; NaN where the model has none."""
    phi, structure = fitted.summit.place.phi, fitted.structure
    p = fitted.summit.place.beta.size
    tau = float(phi[0]) if structure.heterogeneous else 0.0
    se_tau2 = float(2 * abs(tau) * np.sqrt(fitted.summit.vcov[p, p])) if tau else np.nan
    tau2 = np.nan if fitted.method == "ML" and not structure.heterogeneous else tau**2
    rest = phi[1:] if structure.heterogeneous else phi
    if structure.model != "UM.RS":
        return tau2, se_tau2, np.nan, np.nan
    sigma2 = float((rest**2).sum())
    together = rest.size == 2 and sigma2 > 0 and tau != 0
    return tau2, se_tau2, sigma2, float(rest[0] * np.sign(tau) / np.sqrt(sigma2)) if together else np.nan


def _omnibus(design: Design, beta: FloatArray, vcov: FloatArray, df: float) -> tuple[float, tuple[float, ...], float]:
    """Wald test of all coefficients but the intercept, or of it where it stands alone."""
    tested = [j for j in range(beta.size) if beta.size == 1 or j != design.intercept]
    part = vcov[np.ix_(tested, tested)]
    q, m = float(beta[tested] @ np.linalg.pinv(part) @ beta[tested]), float(len(tested))
    if np.isinf(df):
        return q, (m,), float(q_pval(np.array(q), np.array(m)))
    return q / m, (m, df), float(f_pval(np.array(q / m), np.array(m), np.array(df)))

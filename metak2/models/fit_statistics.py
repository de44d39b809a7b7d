"""How well a model fits: log-likelihoods, information criteria, likelihood-ratio and Wald tests."""

import math
from dataclasses import dataclass

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import normal_pval
from metak2.kernels.pooling import common_effect, random_effects
from metak2.kernels.profile_effect import profile_effect_interval, summit_about
from metak2.kernels.profile_likelihood import boundary_pval, log_likelihoods
from metak2.kernels.tau2 import maximum_likelihood, restricted_maximum_likelihood
from metak2.models.pooled import Interval, Pooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Log-likelihood `ll` at the estimates, with all constants, and what is made of it; smaller criteria are better.

    `deviance` is −2 ll, for ML less that of the saturated model. AICc takes n at least the number of parameters + 2.
    """

    ll: float
    deviance: float
    AIC: float
    BIC: float
    AICc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitStatistics:
    """Both likelihoods at the estimates, whatever the method; REML's compares models with the same moderators only.

    `parameters` counts the mean and, where it was estimated, tau².
    """

    ML: Information
    REML: Information
    parameters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTest:
    """A test of a hypothesis about the model; `df` is NaN where the distribution has none."""

    name: str
    hypothesis: str
    statistic: float
    df: float
    pval: float
    reference: str


def fit_statistics(pooled: Pooled) -> FitStatistics:
    """Log-likelihood, deviance, AIC, BIC and AICc of an inverse-variance model.

    Raises
    ------
    ModelError
        Mantel–Haenszel and Peto have no likelihood of this kind.
    """
    yi, vi, mi = _data(pooled)
    tau2, estimate = np.array([pooled.tau2 or 0.0]), np.array([pooled.estimate])
    ml, reml = (float(value[0]) for value in log_likelihoods(yi, vi, mi, tau2, estimate))
    saturated = -0.5 * float(np.log(2 * np.pi * vi).sum())
    fixed = pooled.method.model == "common effect" or pooled.choices.options.tau2 is not None
    parameters = 1 if fixed else 2
    return FitStatistics(
        ML=information_of(ml, 2 * (saturated - ml), parameters, pooled.k),
        REML=information_of(reml, -2 * reml, parameters, pooled.k - 1),
        parameters=parameters,
    )


def heterogeneity_tests(pooled: Pooled) -> tuple[ModelTest, ...]:
    """Tests of tau² = 0: Cochran's Q, the likelihood ratio by ML and by REML, and Wald where tau² has an error.

    tau² = 0 lies on the boundary: the likelihood ratio is half a chi-squared with 1 df and half 0 (Self & Liang 1987).
    The Wald test is shown because programs print it; near 0 it is not trustworthy.
    """
    yi, vi, mi = _several(pooled)
    hypothesis = "tau² = 0"
    tests = [
        ModelTest(
            name="Cochran's Q",
            hypothesis=hypothesis,
            statistic=pooled.Q,
            df=pooled.Q_df,
            pval=float(q_pval(np.array(pooled.Q), np.array(pooled.Q_df))),
            reference="Cochran 1954, Biometrics 10:101-129",
        )
    ]
    common = common_effect(yi, vi, mi)
    for which, (name, estimator) in enumerate((("ML", maximum_likelihood), ("REML", restricted_maximum_likelihood))):
        tau2, status = estimator(yi, vi, mi)
        fit = random_effects(yi, vi, mi, tau2, status)
        full = log_likelihoods(yi, vi, mi, tau2, fit.estimate)[which]
        none = log_likelihoods(yi, vi, mi, np.zeros(1), common.estimate)[which]
        ratio = np.maximum(2 * (full - none), 0.0)
        tests.append(
            ModelTest(
                name=f"likelihood ratio, {name}",
                hypothesis=hypothesis,
                statistic=float(ratio[0]),
                df=math.nan,
                pval=float(boundary_pval(ratio)[0]),
                reference="Self & Liang 1987, J Am Stat Assoc 82:605-610",
            )
        )
    if pooled.tau2 is not None and pooled.se_tau2:
        z = pooled.tau2 / pooled.se_tau2
        tests.append(
            ModelTest(
                name="Wald",
                hypothesis=hypothesis,
                statistic=z,
                df=math.nan,
                pval=float(normal_pval(np.array(z))) / 2,
                reference="one-sided, tau² against its standard error",
            )
        )
    return tuple(tests)


def effect_tests(pooled: Pooled) -> tuple[ModelTest, ...]:
    """Tests of no effect: the reported one, and the likelihood ratio by ML with tau² profiled out."""
    yi, vi, mi = _several(pooled)
    hypothesis = "mean effect = 0 on the analysis scale"
    tau2, status = maximum_likelihood(yi, vi, mi)
    fit = random_effects(yi, vi, mi, tau2, status)
    full = log_likelihoods(yi, vi, mi, tau2, fit.estimate)[0]
    none = summit_about(yi, vi, mi, np.zeros(1))[1]
    ratio = np.maximum(2 * (full - none), 0.0)
    return (
        ModelTest(
            name=f"Wald ({pooled.ci.rule})",
            hypothesis=hypothesis,
            statistic=pooled.statistic,
            df=pooled.ci.df,
            pval=pooled.pval,
            reference="the reported test",
        ),
        ModelTest(
            name="likelihood ratio, ML",
            hypothesis=hypothesis,
            statistic=float(ratio[0]),
            df=1.0,
            pval=float(q_pval(ratio, np.ones(1))[0]),
            reference="Hardy & Thompson 1996, Stat Med 15:619-629",
        ),
    )


def profile_likelihood_interval(pooled: Pooled) -> Interval:
    """The interval for the mean effect by the profile likelihood, ML; Hardy & Thompson (1996)."""
    yi, vi, mi = _several(pooled)
    low, high, _ = profile_effect_interval(yi, vi, mi, level=pooled.level)
    tau2, status = maximum_likelihood(yi, vi, mi)
    fit = random_effects(yi, vi, mi, tau2, status)
    return Interval(
        low=float(low[0]),
        high=float(high[0]),
        level=pooled.level,
        rule="profile likelihood",
        estimate=float(fit.estimate[0]),
        se=math.nan,
        df=math.nan,
    )


def information_of(ll: float, deviance: float, parameters: int, n: int) -> Information:
    """Log-likelihood and deviance with AIC, BIC and AICc for that many parameters and n observations."""
    size = max(n, parameters + 2)
    return Information(
        ll=ll,
        deviance=deviance,
        AIC=-2 * ll + 2 * parameters,
        BIC=-2 * ll + parameters * (math.log(n) if n > 0 else -math.inf),
        AICc=-2 * ll + 2 * parameters * size / (size - parameters - 1),
    )


def _data(pooled: Pooled) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The pooled studies as a batch of one row."""
    if pooled.method.needs != "yi_vi":
        raise ModelError(f"{pooled.method.label} is not fitted by a likelihood of effect sizes; use CE, ML or REML")
    kept = pooled.effects.mi > 0
    yi, vi = pooled.effects.yi[kept][None, :], pooled.effects.vi[kept][None, :]
    return yi, vi, np.ones_like(yi)


def _several(pooled: Pooled) -> tuple[FloatArray, FloatArray, FloatArray]:
    if pooled.k < 2:
        raise ModelError("one study has no test of heterogeneity and no profile; its own interval is the answer")
    return _data(pooled)

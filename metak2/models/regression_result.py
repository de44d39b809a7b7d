"""What a meta-regression found; everything on the analysis scale."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.tau2_intervals import h2_from_tau2, i2_from_tau2
from metak2.models.choices import Choices
from metak2.models.design import Design
from metak2.models.fit_statistics import FitStatistics
from metak2.shown import Drawn, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Wald(Shown):
    """A Wald test that several linear combinations are zero.

    `statistic` is chi-squared with `df` degrees of freedom where `df_residual` is infinite, else F.
    """

    statistic: float
    df: int
    df_residual: float
    pval: float
    tested: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients:
    """Estimates with their inference, each `(p,)`; `names` as in the design."""

    names: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: float
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
class Regression(Drawn):
    """A meta-regression on the analysis scale.

    Attributes
    ----------
    effects
        The studies that were used, (k,); those without their moderators are named in `notes`.
    choices
        What was asked for; `rule` is the test that was used ("HK" becomes "HK-adhoc" where METHODS section 2 says so).
    given_weights
        Weights of the studies used that are not inverse variances, else None.
    vcov
        Covariance of the coefficients as tested, (p, p); `scale` is the factor it holds over Wald's.
    tau2, tau2_ci, se_tau2
        Residual between-study variance, its limits at the level of the choices by Q-profile or the rule asked for
        (`I2_ci` and `H2_ci` carry them over), its standard error (NaN where the estimator has none).
    I2, H2, R2, vt
        Residual heterogeneity (`I2`, `R2` in per cent); `R2` is the share of tau2 that the moderators explain, NaN
        where the design does not hold the constant; `vt` the typical sampling variance.
    QE, QM
        Tests of residual heterogeneity (chi-squared, `QE_df`) and of the moderators.
    weights
        Per cent, (k,).
    """

    effects: EffectSizes
    choices: Choices
    design: Design
    rule: str
    given_weights: FloatArray | None
    k: int
    p: int
    coefficients: Coefficients
    vcov: FloatArray
    scale: float
    tau2: float
    tau2_ci: tuple[float, float]
    se_tau2: float
    I2: float
    H2: float
    R2: float
    vt: float
    QE: float
    QE_df: int
    QE_pval: float
    QM: Wald
    fitted: FloatArray
    leverage: FloatArray
    weights: FloatArray
    fit: FitStatistics
    status: int
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def study(self) -> tuple[str, ...]:
        """The studies used."""
        return self.effects.study

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return self.choices.level

    @property
    def df(self) -> float:
        """Degrees of freedom of the coefficients' tests; infinite for a normal test."""
        return self.coefficients.df

    @property
    def I2_ci(self) -> tuple[float, float]:
        """The limits of tau2 carried over to I2, in per cent."""
        low, high = i2_from_tau2(np.array(self.tau2_ci), np.array(self.vt)).tolist()
        return low, high

    @property
    def H2_ci(self) -> tuple[float, float]:
        """The limits of tau2 carried over to H2."""
        low, high = h2_from_tau2(np.array(self.tau2_ci), np.array(self.vt)).tolist()
        return low, high

    @property
    def residual(self) -> FloatArray:
        """Effects minus the fitted values, (k,)."""
        return np.asarray(self.effects.yi - self.fitted)

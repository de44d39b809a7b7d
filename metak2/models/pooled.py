"""What was fitted. Everything is stored on the analysis scale; `effects.measure.back` leads to the displayed one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.choices import Choices
from metak2.models.conventions import Convention
from metak2.models.methods import Method
from metak2.shown import Drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval on the analysis scale, with the rule that made it.

    `rule` is "z", "t", "HK" (Hartung–Knapp), "HK-adhoc" (Hartung–Knapp, never narrower than Wald), "KR"
    (Kenward–Roger), a name of `conventions.TAU2_INTERVALS`, "from tau2" or "from Q" for I² and H², "delta" for Rb, or
    says distribution and standard error of a prediction; `df` is infinite for the normal distribution; `estimate` is
    what it surrounds.
    """

    low: float
    high: float
    level: float
    rule: str
    estimate: float
    se: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Displayed:
    """Estimate and limits on the displayed scale (ratios, not their logarithms); NaN where there is no interval."""

    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled(Drawn):
    """A pooled effect on the analysis scale, with everything a reader asks about it.

    Attributes
    ----------
    choices
        What was asked for: method, test, convention, level, prediction.
    method
        The method behind `estimate`; for one or two studies it differs from `choices.method` (METHODS section 2).
    ci
        The reported interval; `intervals` holds this one and the others worth printing beside it.
    pi
        Prediction interval for the effect in a new setting, or None.
    weights
        Per cent, (k,), 0 for a study that is not pooled.
    I2, H2, I2_rule, I2_ci, H2_ci
        I² in per cent; both by the rule "from tau2" (tau² against the typical sampling variance `vt`) or "from Q", with
        the interval that belongs to the rule: that of tau² carried over, or the test-based one of Higgins & Thompson.
    I2_from_tau2, I2_from_Q
        I² by either rule, whichever is reported.
    tau2, tau2_ci, se_tau2
        Between-study variance, its interval (`choices.tau2_interval` names it) and standard error (None where the
        method has none); None for common-effect methods. Where tau² was given, the standard error is what the method
        would attach to an estimate of this size.
    """

    effects: EffectSizes
    choices: Choices
    method: Method
    k: int
    estimate: float
    se: float
    ci: Interval
    intervals: tuple[Interval, ...]
    statistic: float
    pval: float
    pi: Interval | None
    weights: FloatArray
    tau2: float | None
    tau2_ci: Interval | None
    Q: float
    Q_df: float
    Q_pval: float
    I2: float
    I2_rule: Literal["from tau2", "from Q"]
    H2: float
    notes: tuple[Note, ...]
    se_tau2: float | None = None
    vt: float = np.nan
    I2_from_tau2: float = np.nan
    I2_from_Q: float = np.nan
    I2_ci: Interval | None = None
    H2_ci: Interval | None = None

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def displayed(self) -> Displayed:
        """Estimate and limits as a reader sees them."""
        pi = (self.pi.low, self.pi.high) if self.pi else (np.nan, np.nan)
        values = self.measure.back([self.estimate, self.ci.low, self.ci.high, *pi])
        names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        return Displayed(**dict(zip(names, values.tolist(), strict=True)))

    @property
    def Rb(self) -> float | None:
        """Per cent of the pooled variance that lies between studies; Crippa et al. (2016), Stat Med 35:3661-3675."""
        if self.tau2 is None:
            return None
        vi = self.effects.vi[self.effects.mi > 0]
        return 100 * float(np.mean(self.tau2 / (vi + self.tau2)))

    @property
    def Rb_ci(self) -> Interval | None:
        """Limits of Rb by the delta method from the standard error of tau², within 0 and 100; None without one."""
        if self.tau2 is None or self.Rb is None or self.se_tau2 is None:
            return None
        vi = self.effects.vi[self.effects.mi > 0]
        se = 100 * float(np.mean(vi / (vi + self.tau2) ** 2)) * self.se_tau2
        half = float(ndtri((1 + self.level) / 2)) * se
        low, high = max(self.Rb - half, 0.0), min(self.Rb + half, 100.0)
        return Interval(low=low, high=high, level=self.level, rule="delta", estimate=self.Rb, se=se, df=np.inf)

    @property
    def asked(self) -> Method:
        """The method asked for."""
        return self.choices.method

    @property
    def convention(self) -> Convention:
        """The preset behind the defaults."""
        return self.choices.convention

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return self.choices.level

    @property
    def study(self) -> tuple[str, ...]:
        """Every study of the analysis, pooled or not."""
        return self.effects.study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unpooled(Drawn):
    """Studies side by side, on purpose without a pooled effect; `why` says so in a sentence the report prints."""

    effects: EffectSizes
    why: str
    level: float = 0.95
    notes: tuple[Note, ...] = ()

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def study(self) -> tuple[str, ...]:
        """Every study."""
        return self.effects.study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subgroups(Drawn):
    """Pooled effects by group, each with its own tau2, and the test for subgroup differences.

    `Q_between` has `Q_df` degrees of freedom and tests equality of the groups' pooled effects with their Wald standard
    errors (Cochrane Handbook, section 10.11.3.1). `overall` is the pooled effect of all groups together.
    """

    by: str
    groups: Mapping[str, Pooled]
    overall: Pooled
    Q_between: float
    Q_df: float
    Q_pval: float
    I2_between: float
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.overall.measure

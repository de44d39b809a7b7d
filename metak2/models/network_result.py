"""What a network says: every treatment against every other, on the analysis scale."""

from dataclasses import dataclass, replace

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import t_interval, t_pval
from metak2.models.network_data import NetworkData
from metak2.shown import Drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One treatment against another on the analysis scale; the prediction limits are NaN where there are none."""

    first: str
    second: str
    estimate: float
    se: float
    low: float
    high: float
    pval: float
    pi_low: float
    pi_high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network(Drawn):
    """A fitted network.

    Attributes
    ----------
    method
        "CE", "DL", "ML", "REML", "MH", "NCH" or "NCH-multinomial".
    effects, vcov
        Of every treatment, `(n,)` and `(n, n)`, up to a constant that cancels in every comparison.
    tau2
        Variance of a comparison between studies, the same for all; None for a common effect.
    inflation
        What Hartung and Knapp's method multiplies variances with; 1 under `test="z"`.
    df
        Degrees of freedom of intervals and tests; infinite for the normal distribution.
    Q, Q_df, Q_pval, I2
        Cochran's Q of the whole network, heterogeneity and inconsistency together; I² in per cent, from Q. NaN for a
        method without it.
    weak
        Whether comparisons on one trial or on a trial of concern were allowed (METHODS section 3 refuses them).
    """

    data: NetworkData
    method: str
    treatments: tuple[str, ...]
    reference: str
    level: float
    k: int
    effects: FloatArray
    vcov: FloatArray
    tau2: float | None
    test: str
    inflation: float
    df: float
    Q: float
    Q_df: int
    Q_pval: float
    I2: float
    log_likelihood: float
    weak: bool
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.data.measure

    @property
    def random(self) -> bool:
        """Whether the effects vary between studies."""
        return self.tau2 is not None

    def index(self, treatment: str) -> int:
        """Where the treatment stands in `treatments`; `ModelError` names the nearest where it is none of them."""
        if treatment not in self.treatments:
            near = did_you_mean(treatment, self.treatments)
            raise ModelError(f"{treatment!r} is not in the network{near}; there are {', '.join(self.treatments)}")
        return self.treatments.index(treatment)

    def against(self, reference: str) -> "Network":
        """The same network, told against this treatment; at first it is the one with the most trials."""
        self.index(reference)
        return replace(self, reference=reference)

    def contrast(self, first: str, second: str) -> Contrast:
        """The effect of the first treatment against the second, with its interval and prediction interval."""
        i, j = self.index(first), self.index(second)
        if i == j:
            raise ModelError(f"{first!r} against itself is no comparison")
        estimate = float(self.effects[i] - self.effects[j])
        variance = self.inflation * float(self.vcov[i, i] + self.vcov[j, j] - 2 * self.vcov[i, j])
        se = max(variance, 0.0) ** 0.5
        low, high = t_interval(np.array(estimate), np.array(se), np.array(self.df), level=self.level)
        limits = (np.array(np.nan), np.array(np.nan))
        if self.tau2 is not None and self.Q_df > 0:
            spread = np.array((variance + self.tau2) ** 0.5)
            limits = t_interval(np.array(estimate), spread, np.array(float(self.Q_df)), level=self.level)
        return Contrast(
            first=first,
            second=second,
            estimate=estimate,
            se=se,
            low=float(low),
            high=float(high),
            pval=float(t_pval(np.array(estimate / se), np.array(self.df))) if se > 0 else np.nan,
            pi_low=float(limits[0]),
            pi_high=float(limits[1]),
        )

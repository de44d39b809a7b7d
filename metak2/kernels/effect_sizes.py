"""The effect sizes of two arms, in one place: the formulas live by kind of data in the `effects_…` modules."""

from metak2.kernels.effects_counts import (
    log_odds_ratio,
    log_risk_ratio,
    observed_minus_expected,
    peto_log_odds_ratio,
    risk_difference,
)
from metak2.kernels.effects_means import log_ratio_of_means, mean_difference, standardised_mean_difference
from metak2.kernels.effects_rates import log_incidence_rate_ratio
from metak2.kernels.estimable import Effects

__all__ = [
    "Effects",
    "log_incidence_rate_ratio",
    "log_odds_ratio",
    "log_ratio_of_means",
    "log_risk_ratio",
    "mean_difference",
    "observed_minus_expected",
    "peto_log_odds_ratio",
    "risk_difference",
    "standardised_mean_difference",
]

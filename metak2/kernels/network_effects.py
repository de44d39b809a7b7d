"""Contrasts of all arms of one study with its first, and their covariance.

Arms are independent, so that two contrasts share the variance of the first arm; a standardised difference shares the
standard deviation of all arms besides (Gleser & Olkin 2009). Arrays `(a,)` in, `(a - 1,)` and `(a - 1, a - 1)` out.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import small_sample_correction

Contrasts = tuple[FloatArray, FloatArray]
Arms = Callable[..., tuple[FloatArray, FloatArray]]


def contrasts(values: FloatArray, variances: FloatArray) -> Contrasts:
    """Of arms with independent values."""
    return values[1:] - values[0], np.diag(variances[1:]) + variances[0]


def standardised(means: FloatArray, sds: FloatArray, n: FloatArray) -> Contrasts:
    """Standardised mean differences by the standard deviation of all arms, with Hedges' correction."""
    total = float(n.sum())
    df = total - n.size
    spread = np.sqrt(((n - 1) * sds**2).sum() / df)
    yi = small_sample_correction(np.array(df), corrected=True) * (means[1:] - means[0]) / spread
    return yi, np.diag(1 / n[1:]) + 1 / n[0] + np.outer(yi, yi) / (2 * total)


def odds(events: FloatArray, total: FloatArray) -> Contrasts:
    """Log odds and their variances; half an event and half a non-event added to every arm where a cell is zero."""
    events, total = _without_zeros(events, total)
    return np.log(events / (total - events)), 1 / events + 1 / (total - events)


def risk(events: FloatArray, total: FloatArray) -> Contrasts:
    """Log risks; zeros as for odds."""
    events, total = _without_zeros(events, total)
    return np.log(events / total), 1 / events - 1 / total


def share(events: FloatArray, total: FloatArray) -> Contrasts:
    """Risks; zeros as for odds."""
    events, total = _without_zeros(events, total)
    return events / total, events * (total - events) / total**3


def rate(events: FloatArray, time: FloatArray) -> Contrasts:
    """Log rates; half an event added to every arm where one has none."""
    events = events + 0.5 if (events == 0).any() else events
    return np.log(events / time), 1 / events


def mean(means: FloatArray, sds: FloatArray, n: FloatArray) -> Contrasts:
    """Means and their variances."""
    return means, sds**2 / n


def log_mean(means: FloatArray, sds: FloatArray, n: FloatArray) -> Contrasts:
    """Log means and their variances; NaN for a mean that is not positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(means), sds**2 / (n * means**2)


ARMS: Mapping[str, Arms] = MappingProxyType(
    {"OR": odds, "RR": risk, "RD": share, "IRR": rate, "MD": mean, "ROM": log_mean}
)


def of_study(measure: str, *columns: FloatArray) -> Contrasts:
    """The contrasts of a study by one of `ARMS`, or by "SMD"."""
    return standardised(*columns) if measure == "SMD" else contrasts(*ARMS[measure](*columns))


def from_pairs(values: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The contrasts of a study from all of its pairs: `values[i, j]` is i against j with `variances[i, j]`.

    Gives contrasts and covariance, what remains of each pair after the contrasts are made to add up `(a, a)`, and each
    arm's variance that the pairs imply `(a,)`, their least-squares solution for more than three arms.
    """
    a = len(values)
    covariance = 0.5 * (variances[0, 1:, None] + variances[0, None, 1:] - variances[1:, 1:])
    first = np.hstack([-np.ones((a - 1, 1)), np.eye(a - 1)])
    weights = -(first.T @ np.linalg.pinv(covariance) @ first)
    np.fill_diagonal(weights, 0.0)
    potential = np.linalg.pinv(np.diag(weights.sum(axis=1)) - weights) @ (weights * values).sum(axis=1)
    rest = values - (potential[:, None] - potential[None, :])
    if a == 2:
        return potential[1:] - potential[0], covariance, rest, np.full(2, variances[0, 1] / 2)
    rows, columns = np.triu_indices(a, 1)
    sums = np.zeros((rows.size, a))
    sums[np.arange(rows.size), rows] = sums[np.arange(rows.size), columns] = 1.0
    implied = np.linalg.lstsq(sums, variances[rows, columns], rcond=None)[0]
    return potential[1:] - potential[0], covariance, rest, np.asarray(implied)


def _without_zeros(events: FloatArray, total: FloatArray) -> tuple[FloatArray, FloatArray]:
    empty = bool(((events == 0) | (events == total)).any())
    return (events + 0.5, total + 1.0) if empty else (events, total)

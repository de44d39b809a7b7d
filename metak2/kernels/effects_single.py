"""Effect sizes of single groups: elementwise, `(yi, vi)` for arrays of any shape, NaN where not estimable.

Proportions are `xi` events among `ni` people, rates `xi` events in `ti` person-time, means `mi` with `sdi` of `ni`
people. `variance="AV"` puts the average over the studies (last axis) in the place of each study's own proportion.
"""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import Effects, average, estimable, gamma_correction


def proportion(xi: FloatArray, ni: FloatArray, *, variance: str = "LS") -> Effects:
    """The proportion itself; `vi` is 0 at 0 and 1. "LS" p q / n, "UB" p q / (n - 1), "AV" from the average."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pi = xi / ni
        inside = average(pi, ni) if variance == "AV" else pi
        return estimable(pi, inside * (1 - inside) / (ni - (1.0 if variance == "UB" else 0.0)))


def log_proportion(xi: FloatArray, ni: FloatArray, *, variance: str = "LS") -> Effects:
    """Natural logarithm of the proportion; NaN without events."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pi = xi / ni
        inside = average(pi, ni) if variance == "AV" else pi
        return estimable(np.log(pi), 1 / (ni * inside) - 1 / ni)


def logit_proportion(xi: FloatArray, ni: FloatArray, *, variance: str = "LS") -> Effects:
    """Natural logarithm of the odds; NaN where nobody or everybody has the event."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pi = xi / ni
        inside = average(pi, ni) if variance == "AV" else pi
        return estimable(np.log(xi / (ni - xi)), 1 / (ni * inside) + 1 / (ni * (1 - inside)))


def arcsine_proportion(xi: FloatArray, ni: FloatArray) -> Effects:
    """Arcsine of the square root of the proportion, variance 1 / (4 n)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.arcsin(np.sqrt(xi / ni)), 1 / (4 * ni))


def double_arcsine_proportion(xi: FloatArray, ni: FloatArray) -> Effects:
    """Half the double arcsine of Freeman & Tukey (1950), variance 1 / (4 n + 2).

    The way back depends on n and has pitfalls: `transforms.from_double_arcsine`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = (np.arcsin(np.sqrt(xi / (ni + 1))) + np.arcsin(np.sqrt((xi + 1) / (ni + 1)))) / 2
        return estimable(yi, 1 / (4 * ni + 2))


def rate(xi: FloatArray, ti: FloatArray) -> Effects:
    """The rate itself; `vi` is 0 without events."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(xi / ti, xi / ti**2)


def log_rate(xi: FloatArray, ti: FloatArray) -> Effects:
    """Natural logarithm of the rate; NaN without events."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.log(xi / ti), 1 / xi)


def root_rate(xi: FloatArray, ti: FloatArray) -> Effects:
    """Square root of the rate, variance 1 / (4 t)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.sqrt(xi / ti), 1 / (4 * ti))


def freeman_tukey_rate(xi: FloatArray, ti: FloatArray) -> Effects:
    """Mean of the square roots of x / t and (x + 1) / t; Freeman & Tukey (1950)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable((np.sqrt(xi / ti) + np.sqrt((xi + 1) / ti)) / 2, 1 / (4 * ti))


def mean(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Effects:
    """The mean itself, in the unit of the measurement."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(mi, sdi**2 / ni)


def log_mean(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Effects:
    """Natural logarithm of the mean, delta-method variance; NaN unless the mean is above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.log(mi), sdi**2 / (ni * mi**2))


def standardised_mean(mi: FloatArray, sdi: FloatArray, ni: FloatArray, *, corrected: bool = True) -> Effects:
    """The mean in units of its SD, with Hedges' correction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = mi / sdi * (gamma_correction(ni - 1) if corrected else 1.0)
        return estimable(yi, 1 / ni + yi**2 / (2 * ni))


def log_standard_deviation(sdi: FloatArray, ni: FloatArray) -> Effects:
    """Natural logarithm of the SD, bias-corrected; Raudenbush & Bryk (1987), Nakagawa et al. (2015)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        half = 1 / (2 * (ni - 1))
        return estimable(np.log(sdi) + half, half)


def log_coefficient_of_variation(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Effects:
    """Natural logarithm of SD / mean, bias-corrected; Nakagawa et al. (2015)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        half = 1 / (2 * (ni - 1))
        return estimable(np.log(sdi / mi) + half, half + sdi**2 / (ni * mi**2))

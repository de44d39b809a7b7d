"""Effect sizes of paired data: one group measured twice, a crossover, matched pairs. Elementwise `(yi, vi)`.

`m1i`, `sd1i` and `m2i`, `sd2i` are the two means and SDs of the same `ni` people, `ri` the correlation between the two
values. The difference is first less second, so the first is usually the later one; where one SD standardises, it is
`sd1i`, whichever mean it belongs to. Tables of pairs: `ai` both have the event, `bi` only the first, `ci` only the
second, `di` neither.
"""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.effects_counts import log_odds_ratio
from metak2.kernels.estimable import Effects, estimable, small_sample_correction


def mean_change(
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray
) -> Effects:
    """Mean change, in the unit of the measurement; variance of a paired t test."""
    return estimable(m1i - m2i, _change_variance(sd1i, sd2i, ri) / ni)


def change_by_change_sd(  # noqa: PLR0913 - both values of a person and the variance
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """Mean change in units of the SD of the change; Gibbons, Hedeker & Davis (1993). "LS2" as for `SMD`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d = (m1i - m2i) / np.sqrt(_change_variance(sd1i, sd2i, ri))
        j = small_sample_correction(ni - 1, corrected=corrected)
        if variance == "LS2":
            return estimable(j * d, j**2 * (1 / ni + d**2 / (2 * ni)))
        return estimable(j * d, 1 / ni + (j * d) ** 2 / (2 * ni))


def change_by_raw_sd(  # noqa: PLR0913 - both values of a person and the variance
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, ri: FloatArray, ni: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """Mean change in units of one raw SD, `sd1i`; Becker (1988). "LS2" as for `SMD`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d, j = (m1i - m2i) / sd1i, small_sample_correction(ni - 1, corrected=corrected)
        if variance == "LS2":
            return estimable(j * d, j**2 * (2 * (1 - ri) / ni + d**2 / (2 * ni)))
        return estimable(j * d, 2 * (1 - ri) / ni + (j * d) ** 2 / (2 * ni))


def change_by_raw_sd_unequal(  # noqa: PLR0913 - both values of a person and the variance
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """As `change_by_raw_sd` with variances that differ; Bonett (2008). "LS-metafor3" is shrunk, as up to 4.4."""
    with np.errstate(divide="ignore", invalid="ignore"):
        j = small_sample_correction(ni - 1, corrected=corrected)
        yi = j * (m1i - m2i) / sd1i
        vi = _change_variance(sd1i, sd2i, ri) / (sd1i**2 * (ni - 1)) + yi**2 / (2 * (ni - 1))
        return estimable(yi, vi * j**2 if variance == "LS-metafor3" else vi)


def change_by_average_sd(  # noqa: PLR0913 - both values of a person and the variance
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray,
    *, unequal: bool = False, corrected: bool = True,
) -> Effects:  # fmt: skip
    """Mean change in units of √((SD₁² + SD₂²) / 2); Cousineau (2020), with unequal variances Bonett (2008)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (sd1i**2 + sd2i**2) / 2
        yi = small_sample_correction(2 * (ni - 1) / (1 + ri**2), corrected=corrected) * (m1i - m2i) / np.sqrt(square)
        if unequal:
            spread = (sd1i**4 + sd2i**4 + 2 * ri**2 * sd1i**2 * sd2i**2) / (8 * square**2 * (ni - 1))
            return estimable(yi, _change_variance(sd1i, sd2i, ri) / (square * (ni - 1)) + yi**2 * spread)
        return estimable(yi, 2 * (1 - ri) / ni + yi**2 * (1 + ri**2) / (4 * ni))


def log_ratio_of_paired_means(  # noqa: PLR0913 - both values of a person and the variance
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray,
    *, corrected: bool = True,
) -> Effects:  # fmt: skip
    """Log ratio of two means of the same people; Lajeunesse (2011), bias correction of Lajeunesse (2015)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = sd1i / m1i, sd2i / m2i
        bias = (first**2 - second**2) / (2 * ni) if corrected else 0.0
        return estimable(np.log(m1i / m2i) + bias, (first**2 + second**2 - 2 * ri * first * second) / ni)


def log_ratio_of_paired_deviations(sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray) -> Effects:
    """Log ratio of two SDs of the same people; Nakagawa et al. (2015)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.log(sd1i / sd2i), (1 - ri**2) / (ni - 1))


def log_ratio_of_paired_variations(  # noqa: PLR0913 - both values of a person and the variance
    m1i: FloatArray, m2i: FloatArray, sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray, ni: FloatArray,
    *, corrected: bool = True,
) -> Effects:  # fmt: skip
    """Log ratio of two coefficients of variation of the same people; Nakagawa et al. (2015)."""
    means, mean_variance = log_ratio_of_paired_means(m1i, m2i, sd1i, sd2i, ri, ni, corrected=corrected)
    deviations, variance = log_ratio_of_paired_deviations(sd1i, sd2i, ri, ni)
    return estimable(deviations - means, variance + mean_variance)


def paired_risk_difference(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Marginal risk difference of pairs; Agresti (2013)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        n = ai + bi + ci + di
        return estimable((bi - ci) / n, (bi + ci - (bi - ci) ** 2 / n) / n**2)


def paired_log_risk_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:  # noqa: ARG001 - four cells as all tables
    """Marginal log risk ratio of pairs; Bonett & Price (2006)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = ai + bi, ai + ci
        return estimable(np.log(first / second), (bi + ci) / (first * second))


def paired_log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Marginal log odds ratio of pairs, delta method; Zou (2007)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        n = ai + bi + ci + di
        p1, q1, p2, q2 = (ai + bi) / n, (ci + di) / n, (ai + ci) / n, (bi + di) / n
        shared = 2 * (ai * di - bi * ci) / n**2 / (p1 * q1 * p2 * q2)
        return estimable(np.log(p1 / q1) - np.log(p2 / q2), (1 / (p1 * q1) + 1 / (p2 * q2) - shared) / n)


def conditional_log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:  # noqa: ARG001 - four cells as all tables
    """Log of the discordant pairs' ratio, the conditional odds ratio of McNemar (1947)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.log(bi) - np.log(ci), 1 / bi + 1 / ci)


def paired_peto_log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:  # noqa: ARG001 - four cells as all tables
    """The conditional log odds ratio by Peto's one step, (O - E) / V over the discordant pairs."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(2 * (bi - ci) / (bi + ci), 4 / (bi + ci))


def crossover_log_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, ri: FloatArray) -> Effects:
    """Marginal log odds ratio of a crossover whose paper gives each period's table only; Elbourne et al. (2002).

    `ai`, `bi` events and non-events of the first treatment, `ci`, `di` of the second, everyone counted in both; `ri`
    the assumed correlation (phi) between the two outcomes of a person.
    """
    yi, vi = log_odds_ratio(ai, bi, ci, di)
    with np.errstate(divide="ignore", invalid="ignore"):
        people = np.round((ai + bi + ci + di) / 2)
        return estimable(yi, vi - 2 * ri * people / np.sqrt(ai * bi * ci * di))


def _change_variance(sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray) -> FloatArray:
    return sd1i**2 + sd2i**2 - 2 * ri * sd1i * sd2i

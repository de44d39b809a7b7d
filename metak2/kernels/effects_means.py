"""Effect sizes of two groups' means and SDs: elementwise, `(yi, vi)` for arrays of any shape, NaN where not estimable.

`m1i`, `sd1i`, `n1i` belong to the first (experimental) group, `m2i`, `sd2i`, `n2i` to the second. Ratios are natural
logarithms. `variance="AV"` averages over the studies (last axis).
"""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import Effects, average, estimable, small_sample_correction


def mean_difference(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "LS",
) -> Effects:  # fmt: skip
    """Difference of means, first less second group, in the unit of the measurement.

    "LS" lets the groups' variances differ, "HO" (homoscedastic) pools them.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if variance == "HO":
            return estimable(m1i - m2i, _pooled_variance(sd1i, n1i, sd2i, n2i) * (1 / n1i + 1 / n2i))
        return estimable(m1i - m2i, sd1i**2 / n1i + sd2i**2 / n2i)


def standardised_mean_difference(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """Hedges' g, Cohen's d times the exact gamma correction; Hedges (1981). `corrected=False` leaves d as it is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d = (m1i - m2i) / np.sqrt(_pooled_variance(sd1i, n1i, sd2i, n2i))
    return standardised_difference_from_d(d, n1i, n2i, variance=variance, corrected=corrected)


def standardised_difference_from_d(
    d: FloatArray, n1i: FloatArray, n2i: FloatArray, *, variance: str = "LS", corrected: bool = True
) -> Effects:
    """Hedges' g from Cohen's d with two groups' sizes.

    "LS" the large-sample variance from g, "LS2" that of d times the squared correction (Borenstein 2009), "UB"
    unbiased (Hedges 1983), "AV" from the average g.
    """
    total, df = n1i + n2i, n1i + n2i - 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return _standardised(d, small_sample_correction(df, corrected=corrected), (n1i, n2i), total, df, variance)


def standardised_difference_from_t(
    t: FloatArray, n1i: FloatArray, n2i: FloatArray, *, variance: str = "LS", corrected: bool = True
) -> Effects:
    """Hedges' g from the t value of two independent groups with a common variance: d = t √(1/n₁ + 1/n₂)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d = t * np.sqrt(1 / n1i + 1 / n2i)
    return standardised_difference_from_d(d, n1i, n2i, variance=variance, corrected=corrected)


def standardised_by_control(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """Glass's delta: the difference in units of the second group's SD, equal variances for `vi`; Hedges (1981)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d, j = (m1i - m2i) / sd2i, small_sample_correction(n2i - 1.0, corrected=corrected)
        return _standardised(d, j, (n1i, n2i), n2i, n2i - 1.0, variance)


def standardised_by_control_unequal(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """Glass's delta with unequal variances; Bonett (2008). "LS-metafor3" has n for n - 1, as releases to 3."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yi = small_sample_correction(n2i - 1.0, corrected=corrected) * (m1i - m2i) / sd2i
        less = 0.0 if variance == "LS-metafor3" else 1.0
        vi = sd1i**2 / (sd2i**2 * (n1i - less)) + 1 / (n2i - less) + yi**2 / (2 * (n2i - less))
        return estimable(yi, vi)


def standardised_by_average(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """The difference in units of √((SD₁² + SD₂²) / 2), variances unequal; Bonett (2008).

    "LS-metafor3" is shrunk by the squared correction, as in releases to 3.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (sd1i**2 + sd2i**2) / 2
        j = small_sample_correction(n1i + n2i - 2.0, corrected=corrected)
        yi = j * (m1i - m2i) / np.sqrt(square)
        spread = (sd1i**4 / (n1i - 1) + sd2i**4 / (n2i - 1)) / (8 * square**2)
        vi = yi**2 * spread + (sd1i**2 / (n1i - 1) + sd2i**2 / (n2i - 1)) / square
        return estimable(yi, vi * j**2 if variance == "LS-metafor3" else vi)


def log_ratio_of_means(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, variance: str = "LS", corrected: bool = True,
) -> Effects:  # fmt: skip
    """Log ratio of means with the second-order bias correction of Lajeunesse (2015); NaN where the signs differ.

    "LS" the delta method (Hedges, Gurevitch & Curtis 1999), "HO" with pooled variance, "AV" with each group's average
    coefficient of variation, "AVHO" with one average for both (Nakagawa et al. 2023).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = sd1i**2 / (n1i * m1i**2), sd2i**2 / (n2i * m2i**2)
        yi = np.log(m1i / m2i) + (0.5 * (first - second) if corrected else 0.0)
        if variance == "HO":
            square = _pooled_variance(sd1i, n1i, sd2i, n2i)
            first, second = square / (n1i * m1i**2), square / (n2i * m2i**2)
        elif variance in {"AV", "AVHO"}:
            cv1, cv2 = average(sd1i / m1i, n1i), average(sd2i / m2i, n2i)
            if variance == "AVHO":
                both = np.stack(np.broadcast_arrays(cv1, cv2), axis=-1)
                sizes = np.stack(np.broadcast_arrays(*(_total(n, sd / m) for n, sd, m in
                                                       ((n1i, sd1i, m1i), (n2i, sd2i, m2i)))), axis=-1)  # fmt: skip
                cv1 = cv2 = average(both, sizes)[..., 0]
            first, second = cv1**2 / n1i, cv2**2 / n2i
        return estimable(yi, first + second)


def log_variability_ratio(
    sd1i: FloatArray, n1i: FloatArray, sd2i: FloatArray, n2i: FloatArray, *, corrected: bool = True
) -> Effects:
    """Log ratio of the SDs, bias-corrected; Nakagawa et al. (2015)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = 1 / (2 * (n1i - 1)) - 1 / (2 * (n2i - 1)) if corrected else 0.0
        return estimable(np.log(sd1i / sd2i) + bias, 1 / (2 * (n1i - 1)) + 1 / (2 * (n2i - 1)))


def log_coefficient_of_variation_ratio(  # noqa: PLR0913 - the numbers of both groups and the variance
    m1i: FloatArray, sd1i: FloatArray, n1i: FloatArray, m2i: FloatArray, sd2i: FloatArray, n2i: FloatArray,
    *, corrected: bool = True,
) -> Effects:  # fmt: skip
    """Log ratio of the coefficients of variation; Nakagawa et al. (2015).

    `corrected` adds the second-order correction of the means (Senior, Viechtbauer & Nakagawa 2020); that of the SDs is
    always there.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        means, mean_variance = log_ratio_of_means(m1i, sd1i, n1i, m2i, sd2i, n2i, corrected=corrected)
        deviations, variance = log_variability_ratio(sd1i, n1i, sd2i, n2i)
        return estimable(deviations - means, variance + mean_variance)


def _standardised(
    d: FloatArray, j: FloatArray, arms: tuple[FloatArray, FloatArray], size: FloatArray, df: FloatArray, variance: str
) -> Effects:
    """Effect and variance from d and its correction; `size` is the n whose reciprocal multiplies the squared effect."""
    yi, allocation = j * d, 1 / arms[0] + 1 / arms[1]
    if variance == "LS2":
        return estimable(yi, j**2 * (allocation + d**2 / (2 * size)))
    if variance == "UB":
        return estimable(yi, allocation + (1 - (df - 2) / (df * j**2)) * yi**2)
    inside = average(yi, arms[0] + arms[1]) if variance == "AV" else yi
    return estimable(yi, allocation + inside**2 / (2 * size))


def _pooled_variance(sd1i: FloatArray, n1i: FloatArray, sd2i: FloatArray, n2i: FloatArray) -> FloatArray:
    return ((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / (n1i + n2i - 2)


def _total(n: FloatArray, known: FloatArray) -> FloatArray:
    return np.asarray(np.where(np.isfinite(known), n, 0.0).sum(axis=-1, keepdims=True))

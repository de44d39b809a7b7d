"""Summary receiver operating characteristics from a bivariate fit, and exact intervals of single studies."""

from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, chdtri, expit, logit

from metak2.kernels.contract import FloatArray

CORNERS = 181  # points of an ellipse


class Hsroc(NamedTuple):
    """The hierarchical parameters: accuracy, threshold, shape, and the variances of accuracy and threshold."""

    accuracy: float
    threshold: float
    shape: float
    var_accuracy: float
    var_threshold: float


def hsroc(mu: FloatArray, sigma: FloatArray) -> Hsroc:
    """Rutter & Gatsonis' parameters from logit sensitivity and specificity; Harbord et al. (2007), Biostatistics 8:239.

    NaN where a between-study variance is 0: the shape of the curve is then not estimable.
    """
    first, second = np.sqrt(np.diag(sigma))
    covariance = sigma[0, 1]
    if not (first > 0 and second > 0):
        return Hsroc(np.nan, np.nan, np.nan, np.nan, np.nan)
    ratio = np.sqrt(second / first)
    return Hsroc(
        accuracy=float(ratio * mu[0] + mu[1] / ratio),
        threshold=float(0.5 * (ratio * mu[0] - mu[1] / ratio)),
        shape=float(np.log(second / first)),
        var_accuracy=float(2 * (first * second + covariance)),
        var_threshold=float(0.5 * (first * second - covariance)),
    )


def sroc_curve(found: Hsroc, false_positives: FloatArray) -> FloatArray:
    """Sensitivity along the curve at false positive rates inside (0, 1), `(m,)`; Rutter & Gatsonis (2001)."""
    at = found.accuracy * np.exp(-found.shape / 2) + np.exp(-found.shape) * logit(false_positives)
    return np.asarray(expit(at))


def ellipse(centre: FloatArray, covariance: FloatArray, *, level: float) -> FloatArray:
    """The region of a bivariate normal that holds `level` of it, as points `(181, 2)` on the logit scale."""
    radius = np.sqrt(chdtri(2.0, 1 - level))
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, CORNERS)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(centre + radius * (circle * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def clopper_pearson(events: FloatArray, people: FloatArray, *, level: float) -> tuple[FloatArray, FloatArray]:
    """Exact limits of a proportion; Clopper & Pearson (1934). NaN without people; arrays of one shape."""
    tail = 0.5 * (1 - level)
    with np.errstate(invalid="ignore"):
        low = np.where(events > 0, betaincinv(events, people - events + 1, tail), 0.0)
        high = np.where(events < people, betaincinv(events + 1, people - events, 1 - tail), 1.0)
    nobody = ~(people > 0)
    return np.where(nobody, np.nan, low), np.where(nobody, np.nan, high)

"""Prediction interval that carries the uncertainty of tau2; Nagashima, Noma & Furukawa (2019), SMMR 28:1689-1702."""

from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2_distribution import RAISES, Form, observed, probability

POINTS = 800  # of the confidence distribution, log-spaced: the interpolation error is far below that of the draws
LOWEST = 1e-4  # first point above 0, in units of the smallest vi
TAIL = 1e-7  # of the confidence distribution beyond the last point


class Bootstrap(NamedTuple):
    """Limits of the prediction and of the confidence interval, and status; `(batch,)`."""

    pi_low: FloatArray
    pi_high: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    status: IntArray


def bootstrap_prediction(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float, draws: int, seed: int
) -> Bootstrap:
    """The parametric bootstrap interval for the effect in a new study, `draws` of them from the seed `seed`.

    tau2 is drawn from its confidence distribution P(Q >= q | tau2), exact for Cochran's Q; the mean then has its
    Hartung-Knapp pivot with t of k - 1 degrees of freedom, and the new effect lies about it with that tau2. Row by
    row, each with the same random numbers. NaN and TOO_FEW below three studies.
    """
    batch = batch_size(yi, vi, mi)
    limits, status = np.full((4, batch), np.nan), np.empty(batch, dtype=np.int64)
    share = [(1 - level) / 2, (1 + level) / 2]
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi):
            flags = rows.status(least=3)
            for row in np.flatnonzero(flags == 0):
                drawn = _draw(rows, int(row), draws, np.random.default_rng(seed))
                scale = np.sqrt(rows.unit[row])
                quantiles = [np.quantile(values, share) for values in drawn]
                limits[:, part.start + row] = rows.centre[row] + scale * np.concatenate(quantiles)
            status[part] = flags
    lost = (status == 0) & ~np.isfinite(limits.sum(axis=0))
    pi_low, pi_high, ci_low, ci_high = limits
    return Bootstrap(pi_low, pi_high, ci_low, ci_high, np.where(lost, Status.NOT_CONVERGED, status))


def _draw(rows: Rows, row: int, draws: int, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draws of a new study's effect and of the mean effect, in standard units."""
    y, v, m = rows.take(np.array([row]))
    tau2 = _draw_tau2(observed(y, v, m, 1 / v), generator.random(draws))
    weight = m / (v + tau2)
    total = weight.sum(axis=0)
    mean = (weight * y).sum(axis=0) / total
    df = float(rows.k[row]) - 1
    se = np.sqrt((weight * (y - mean) ** 2).sum(axis=0) / df / total)
    centre = mean - generator.standard_t(df, draws) * se
    return centre + generator.standard_normal(draws) * np.sqrt(tau2), centre


def _draw_tau2(form: Form, uniform: FloatArray) -> FloatArray:
    """tau2 with P(Q <= q | tau2) = `uniform`, by interpolation between points; 0 where P at 0 is not above it."""
    smallest = form.v[form.m > 0].min()
    high = np.array([smallest])
    for _ in range(RAISES):
        if probability(form, high)[0][0] < TAIL:
            break
        high = 8 * high
    low = LOWEST * smallest
    points = low * (high / low) ** np.linspace(0.0, 1.0, POINTS)
    shared = form.at(np.zeros(POINTS, dtype=np.intp))
    falling = probability(shared, points)[0]
    at_zero = probability(form, np.zeros(1))[0][0]
    # P falls: np.interp wants it rising.
    drawn = np.exp(np.interp(uniform, falling[::-1], np.log(points)[::-1]))
    return np.where(uniform >= at_zero, 0.0, drawn)

"""The distribution of a weighted sum of squares about a weighted mean, as a function of tau2.

Q = sum a (y - mean)^2, with fixed weights a and y normal with variances v + tau2, is a positive combination of
chi-squared variables; Jackson (2013), Res Synth Methods 4:220-229. Its Laplace transform has the closed form

    det(I + 2 s V A)^(-1/2) = [prod (1 + 2 s d) * sum(a / (1 + 2 s d)) / sum(a)]^(-1/2),   d = a (v + tau2),

because A = diag(a) - aa' / sum(a) is diagonal but for a matrix of rank one. No eigenvalue is needed. All singularities
lie at s <= 0, so any curve from below to above that passes the real axis at s > 0 inverts it. We take a hyperbola
through the saddle point (Weideman & Trefethen 2007, Math Comp 76:1341-1356) with the trapezoidal rule: 12 digits.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray
from metak2.kernels.roots import Falling, falling_root
from metak2.kernels.rows import Rows, batch_size, blocks

ANGLE = 0.5  # of the asymptotes against the imaginary axis: below pi / 4, where a Gaussian peak would grow again
STEP = 0.12
NODES = 46
RAISES = 100  # of the upper end of the bracket, by a factor of 8 each
SADDLE_STEPS = 12  # Newton from the left on a concave function; the curve need not pass the saddle exactly


def _hyperbola() -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Points of the upper branch, from the vertex in units of the peak's width, and their steps divided by i pi."""
    u = STEP * np.arange(NODES)
    points = np.tan(ANGLE) * (1 - np.cosh(u)) + 1j * np.sinh(u)
    steps = STEP * (1j * np.cosh(u) - np.tan(ANGLE) * np.sinh(u)) / (1j * np.pi)
    steps[0] /= 2
    return points, steps


CURVE, DIRECTION = _hyperbola()


class Form(NamedTuple):
    """Quadratic forms: weights `a`, variances `v`, multiplicities `m`, all `(k, n)`; `q` is what was seen, `(n,)`."""

    a: FloatArray
    v: FloatArray
    m: FloatArray
    q: FloatArray

    def at(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Form":
        """The forms that `index` names."""
        return Form(self.a[:, index], self.v[:, index], self.m[:, index], self.q[index])


def observed(y: FloatArray, v: FloatArray, m: FloatArray, a: FloatArray) -> Form:
    """The form with its observed value; `(k, n)` or `(k, 1)` each."""
    y, v, m, a = np.broadcast_arrays(y, v, m, a)
    counted = m * a
    mean = (counted * y).sum(axis=0) / counted.sum(axis=0)
    return Form(a, v, m, (counted * (y - mean) ** 2).sum(axis=0))


def probability(form: Form, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(Q <= q) at `tau2` and its slope, which is negative; `(n,)`. Absolute error about 1e-13; 0 where q is 0."""
    positive = form.q > 0
    q = np.where(positive, form.q, 1.0)
    d = form.a * (form.v + tau2)
    counted = form.m * form.a
    total = counted.sum(axis=0)
    vertex, width = saddle(d, form.m, q)
    value, slope = np.zeros(q.size), np.zeros(q.size)
    for point, direction in zip(CURVE, DIRECTION, strict=True):
        s = vertex + width * point
        factor = 1 + 2 * s * d
        share = counted / factor
        summed = share.sum(axis=0)
        log_transform = -0.5 * ((form.m * np.log(factor)).sum(axis=0) + np.log(summed / total))
        term = np.exp(s * q + log_transform) / s * (width * direction)
        change = -s * (summed - (share * form.a / factor).sum(axis=0) / summed)
        value += term.real
        slope += (term * change).real
    return np.where(positive, value, 0.0), np.where(positive, slope, 0.0)


def probability_root(rows: Rows, a: FloatArray, target: float) -> FloatArray:
    """The tau2, in units of `rows.unit`, at which P(Q <= q) is `target`; 0 where it is not above it at 0. `(batch,)`.

    Q grows stochastically with tau2, so P falls from its value at 0 to 0: one root at most. NaN where q overflows.
    """
    form = observed(rows.y, rows.v, rows.m, a)
    usable = np.flatnonzero((rows.k >= 2) & ~rows.bad & np.isfinite(form.q))
    counted = form.m * form.a
    trace = (counted * (1 - form.a / counted.sum(axis=0))).sum(axis=0)
    tau2 = np.where(np.isfinite(form.q), 0.0, np.nan)
    tau2[usable] = falling_from_zero(
        lambda here, index: probability(form.at(usable[index]), here), (form.q / trace)[usable], target
    )
    return tau2


def falling_from_zero(probability: Falling, scale: FloatArray, target: float) -> FloatArray:
    """Where falling probabilities of tau2 >= 0 reach `target`; 0 where they are not above it at 0. `(n,)`.

    `scale` is a tau2 of the right size, from which the end of the bracket is raised.
    """
    everyone = np.arange(scale.size)
    tau2 = np.zeros(scale.size)
    at_zero, _ = probability(tau2, everyone)
    positive = everyone[at_zero > target]
    high = np.maximum(scale[positive], 1.0)
    growing = np.arange(positive.size)
    for _ in range(RAISES):
        above, _ = probability(high[growing], positive[growing])
        growing = growing[above > target]
        if growing.size == 0:
            break
        high[growing] *= 8

    def gap(here: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        value, slope = probability(here, positive[index])
        return value - target, slope

    tau2[positive] = falling_root(gap, np.zeros(positive.size), high, 0.25 * high)
    return tau2


def weighted_blocks(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, ai: FloatArray
) -> Iterator[tuple[slice, Rows, FloatArray]]:
    """Blocks of the batch with the weights `ai` that belong to them, `(k, batch)` or `(k, 1)`.

    A row is bad where a study that counts has a weight that is negative or not finite, or where all weights are 0.
    """
    weights = np.atleast_2d(np.asarray(ai, dtype=np.float64))
    batch = batch_size(yi, vi, mi, weights)
    counts = np.broadcast_to(np.asarray(mi, dtype=np.float64), (batch, weights.shape[1]))
    for part, rows in blocks(yi, vi, counts, width=4 * weights.shape[1]):
        own = (weights if weights.shape[0] == 1 else weights[part]).T
        fit_for_use = np.isfinite(own) & (own >= 0)
        a = np.where(fit_for_use, own, 0.0)
        bad = np.any((rows.m > 0) & ~fit_for_use, axis=0) | ((rows.m * a).sum(axis=0) <= 0)
        largest = np.maximum(a.max(axis=0, keepdims=True), np.finfo(np.float64).tiny)
        yield part, replace(rows, bad=rows.bad | (bad & (rows.k > 0))), a / largest


def saddle(d: FloatArray, m: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Saddle point of exp(s q) prod(1 + 2 s d)^(-m/2) / s on the positive axis, and the width of its peak; `(n,)`."""
    s = 1 / q
    for _ in range(SADDLE_STEPS):
        ratio = d / (1 + 2 * d * s)
        second = (2 * m * ratio**2).sum(axis=0) + 1 / s**2
        s = s - (q - (m * ratio).sum(axis=0) - 1 / s) / second
    return s, 1 / np.sqrt(second)

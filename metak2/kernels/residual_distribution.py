"""The distribution of a weighted residual sum of squares beside moderators, as a function of tau2.

Q = y'Py with P = A - AZ (Z'AZ)^-1 Z'A, fixed weights A = diag(a) and y normal with variances v + tau2, is a positive
combination of chi-squared variables; Jackson (2013), Res Synth Methods 4:220-229, has it without moderators. Its
Laplace transform keeps its closed form, because P is diagonal but for a matrix of rank p:

    det(I + 2 s V P)^(-1/2) = [prod (1 + 2 s d) * |Z' A D^-1 Z| / |Z' A Z|]^(-1/2),   d = a (v + tau2),

with D = diag(1 + 2 s d). It is inverted along the curve of `kernels.tau2_distribution`, whose distribution is this one
for a column of ones.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray
from metak2.kernels.regression_rows import DesignRows, cross, solve
from metak2.kernels.tau2_distribution import CURVE, DIRECTION, falling_from_zero, saddle

ELEMENTS = 100_000  # of one array of points by studies


class Residual(NamedTuple):
    """Weights `a`, variances `v`, multiplicities `m`, `(n, k)`, design `z` `(n, k, p)`, and `q` as seen, `(n,)`."""

    a: FloatArray
    v: FloatArray
    m: FloatArray
    z: FloatArray
    q: FloatArray

    def at(self, index: NDArray[np.intp]) -> "Residual":
        """The rows that `index` names."""
        return Residual(self.a[index], self.v[index], self.m[index], self.z[index], self.q[index])


def residual_probability(form: Residual, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(Q <= q) at `tau2` and its slope, which is negative; `(n,)`. 0 where q is 0."""
    positive = form.q > 0
    q = np.where(positive, form.q, 1.0)
    d = form.a * (form.v + tau2[:, None])
    counted = form.m * form.a
    log_total = np.linalg.slogdet(cross(form.z, counted))[1]
    vertex, width = saddle(d.T, form.m.T, q)
    value, slope = np.zeros(q.size), np.zeros(q.size)
    together = max(1, ELEMENTS // max(1, d.size))  # points of the curve
    for first in range(0, CURVE.size, together):
        s = vertex + width * CURVE[first : first + together, None]
        factor = 1 + 2 * s[..., None] * d
        share = counted / factor
        middle = _cross(form.z, share)
        log_transform = -0.5 * ((form.m * np.log(factor)).sum(axis=-1) + _log_det(middle) - log_total)
        term = np.exp(s * q + log_transform) / s * (width * DIRECTION[first : first + together, None])
        lost = np.trace(np.linalg.solve(middle, _cross(form.z, share * form.a / factor)), axis1=-2, axis2=-1)
        value += term.real.sum(axis=0)
        slope += (term * -s * (share.sum(axis=-1) - lost)).real.sum(axis=0)
    return np.where(positive, value, 0.0), np.where(positive, slope, 0.0)


def residual_probability_root(rows: DesignRows, a: FloatArray, target: float) -> FloatArray:
    """The tau2 `(batch,)`, in units of `rows.unit`, at which P(Q <= q) is `target`; 0 where it is not above it at 0."""
    a = a / np.maximum(a.max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    fit = solve(rows.y, rows.m, rows.z, a)
    q = (rows.m * a * fit.residual**2).sum(axis=1)
    form = Residual(a, rows.v, rows.m, rows.z, q)
    usable = np.flatnonzero(rows.estimable & np.isfinite(q))
    tau2 = np.full(q.size, np.nan)
    trace = (rows.m * a * (1 - a * fit.q)).sum(axis=1)
    tau2[usable] = falling_from_zero(
        lambda here, index: residual_probability(form.at(usable[index]), here), (q / trace)[usable], target
    )
    return tau2


def _cross(z: FloatArray, weight: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return np.asarray(np.swapaxes(weight[..., None] * z, -1, -2) @ z)


def _log_det(matrices: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Logarithms of determinants, by pivots in the order of the columns, each on its principal branch.

    The matrices have a negative definite imaginary part for s in the upper half-plane, and so have the pivots: their
    logarithms are continuous along the curve, where that of the product would jump.
    """
    left = matrices.copy()
    found = np.zeros(left.shape[:-2], dtype=np.complex128)
    for j in range(left.shape[-1]):
        pivot = left[..., j, j].copy()
        found += np.log(pivot)
        left = left - left[..., :, j, None] * left[..., None, j, :] / pivot[..., None, None]
    return found

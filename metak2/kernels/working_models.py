"""Variances of the working models for dependent effects, by moments.

Quadratic forms of least-squares residuals are equated with what the model expects of them; Hedges, Tipton & Johnson
(2010), Research Synthesis Methods 1:39-65.
"""

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray


def mean_variances(vi: FloatArray, cluster: IntArray) -> tuple[FloatArray, FloatArray]:
    """The mean sampling variance of each row's cluster and the number of its rows, `(k,)` and `(k,)`."""
    sizes = np.bincount(cluster).astype(np.float64)
    return (np.bincount(cluster, vi) / sizes)[cluster], sizes[cluster]


def correlated_effects(
    yi: FloatArray, vi: FloatArray, X: FloatArray, cluster: IntArray, rho: float
) -> tuple[float, float]:
    """Tau2 between clusters and I² in per cent, where the effects of a cluster have the correlation `rho`."""
    mean, size = mean_variances(vi, cluster)
    w = 1.0 / (size * mean)
    V = np.linalg.inv(X.T @ (w[:, None] * X))
    residual = yi - X @ (V @ (X.T @ (w * yi)))
    Q = float((w * residual**2).sum())
    within, between = X.T @ ((w / size)[:, None] * X), _gathered(X, np.sqrt(w / size), cluster)
    expected = float(np.bincount(cluster).size - (1 - rho) * np.vdot(V, within) - rho * np.vdot(V, between))
    scale = float(w.sum() - np.vdot(V, _gathered(X, w, cluster)))
    tau2 = max(0.0, (Q - expected) / scale)
    return tau2, max(0.0, 100 * (Q - expected) / Q) if Q > 0 else 0.0


def hierarchical_effects(yi: FloatArray, vi: FloatArray, X: FloatArray, cluster: IntArray) -> tuple[float, float]:
    """Tau2 between clusters and omega2 within them, where sampling errors are independent."""
    w = 1.0 / vi
    V = np.linalg.inv(X.T @ (w[:, None] * X))
    residual = yi - X @ (V @ (X.T @ (w * yi)))
    Q = float((w * residual**2).sum())
    total = float((np.bincount(cluster, residual) ** 2).sum())
    k, p = X.shape
    sizes = np.bincount(cluster).astype(np.float64)
    plain, weighted = _group(X, cluster), _group(w[:, None] * X, cluster)
    J = plain.T @ plain  # X'JX
    crossed = plain.T @ (sizes[:, None] * weighted)
    square, doubled = weighted.T @ weighted, (w**2)[:, None] * X
    A1 = (sizes**2).sum() - 2 * np.vdot(V, crossed) + np.vdot(V @ J @ V, square)
    B1 = k - 2 * np.vdot(V, plain.T @ weighted) + np.vdot(V @ J @ V, X.T @ doubled)
    C1 = vi.sum() - np.vdot(V, J)
    A2 = w.sum() - np.vdot(V, square)
    B2 = w.sum() - np.vdot(V, X.T @ doubled)
    C2 = k - p
    omega2 = max(0.0, float((A2 * (total - C1) - A1 * (Q - C2)) / (B1 * A2 - B2 * A1)))
    return max(0.0, float((Q - C2 - omega2 * B2) / A2)), omega2


def _group(rows: FloatArray, cluster: IntArray) -> FloatArray:
    """Sums over the rows of each cluster, `(m, p)`."""
    return np.column_stack([np.bincount(cluster, column) for column in rows.T])


def _gathered(X: FloatArray, weight: FloatArray, cluster: IntArray) -> FloatArray:
    """The sum over clusters of X'w w'X."""
    sums = _group(weight[:, None] * X, cluster)
    return np.asarray(sums.T @ sums)

"""Tetrachoric correlation of 2x2 tables, solved exactly: the latent normal quadrant holds the observed share."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, owens_t

from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import Effects, estimable, fisher_z
from metak2.kernels.roots import falling_root

TINY = 1e-300  # stands for a threshold of 0, at which Owen's formula divides 0 by 0


def quadrant_probability(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """P(X < h, Y < k) of standard normal X, Y with correlation cos(angle), 0 < angle < π; Owen (1956)."""
    h, k = (np.where(np.abs(value) < TINY, TINY, value) for value in (h, k))
    rho, root = np.cos(angle), np.sin(angle)
    with np.errstate(over="ignore"):
        parts = owens_t(h, (k / h - rho) / root) + owens_t(k, (h / k - rho) / root)
    return np.asarray((ndtr(h) + ndtr(k)) / 2 - parts - np.where(h * k > 0, 0.0, 0.5))


def tetrachoric_correlation(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Maximum-likelihood tetrachoric correlation with its large-sample variance; Pearson (1900), Hamdan (1970).

    The table has as many parameters as free cells, so the likelihood is highest where the quadrant's probability is
    the observed share. NaN where a cell is empty: the likelihood then rises all the way to -1 or 1.
    """
    cells = np.broadcast_arrays(*(np.asarray(cell, dtype=np.float64) for cell in (ai, bi, ci, di)))
    shape = cells[0].shape
    full = np.all([cell > 0 for cell in cells], axis=0).ravel()
    a, b, c, d = (np.where(full, cell.ravel(), 1.0) for cell in cells)
    total = a + b + c + d
    h, k = ndtri((a + b) / total), ndtri((a + c) / total)

    def excess(angle: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        value = quadrant_probability(h[index], k[index], angle) - (a / total)[index]
        return value, -_density(h[index], k[index], angle) * np.sin(angle)

    edge = np.full(a.shape, 1e-9)
    angle = falling_root(excess, edge, np.pi - edge, np.full(a.shape, np.pi / 2))
    vi = _variance((a, b, c, d), h, k, angle)
    yi, vi = estimable(np.where(full, np.cos(angle), np.nan), np.where(full, vi, np.nan))
    return yi.reshape(shape), vi.reshape(shape)


def z_of_tetrachoric(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Effects:
    """Fisher's z of the tetrachoric correlation."""
    return fisher_z(*tetrachoric_correlation(ai, bi, ci, di))


def _density(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    root = np.sin(angle)
    return np.asarray(np.exp(-(h**2 - 2 * np.cos(angle) * h * k + k**2) / (2 * root**2)) / (2 * np.pi * root))


def _variance(cells: tuple[FloatArray, ...], h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Delta method over the multinomial table: what one more person in a cell changes in the correlation."""
    total = np.sum(cells, axis=0)
    rho, root = np.cos(angle), np.sin(angle)
    row, column = ndtr((k - rho * h) / root), ndtr((h - rho * k) / root)
    change = np.stack([1 - row - column, -row, -column, np.zeros_like(row)])
    share = np.stack(cells) / total
    spread = (share * change**2).sum(axis=0) - (share * change).sum(axis=0) ** 2
    return np.asarray(spread / (total * _density(h, k, angle) ** 2))

"""Generalised least squares over studies with several contrasts each: the model behind every network.

Study s gives contrasts y_s with covariance v_s, modelled as x_s beta; between studies each contrast varies with tau2,
two contrasts of one study with covariance tau2 / 2 (Higgins & Whitehead 1996; Lu & Ades 2004). The sums run over the
studies' own small blocks; a matrix over all contrasts is never made.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.roots import one_falling_root

POINTS = 64
RANK = 1e-9  # relative singular value below which a direction carries no information


class Block(NamedTuple):
    """One study: contrasts `y` (c,) against its first arm, their covariance `v` (c, c), their design `x` (c, p)."""

    y: FloatArray
    v: FloatArray
    x: FloatArray


class Gls(NamedTuple):
    """Coefficients (p,), their covariance (p, p), Q and its degrees of freedom; NaN-free, by the pseudo-inverse."""

    beta: FloatArray
    vcov: FloatArray
    q: float
    df: int


def between(contrasts: int) -> FloatArray:
    """The covariance of a study's contrasts between studies, in units of tau2: 1, and 1/2 beside the diagonal."""
    return 0.5 * (np.eye(contrasts) + np.ones((contrasts, contrasts)))


def gls(blocks: Sequence[Block], tau2: float = 0.0) -> Gls:
    """The coefficients at this tau2, and Q about them."""
    weights = _weights(blocks, tau2)
    information = sum(b.x.T @ w @ b.x for b, w in zip(blocks, weights, strict=True))
    vcov, rank = pseudo_inverse(np.asarray(information))
    beta = vcov @ sum(b.x.T @ w @ b.y for b, w in zip(blocks, weights, strict=True))
    residuals = [b.y - b.x @ beta for b in blocks]
    q = sum(float(r @ w @ r) for r, w in zip(residuals, weights, strict=True))
    return Gls(beta, vcov, q, sum(b.y.size for b in blocks) - rank)


def pseudo_inverse(matrix: FloatArray) -> tuple[FloatArray, int]:
    """Inverse of a symmetric matrix on the directions it holds, and its rank; unit-free by its diagonal."""
    scale = np.sqrt(np.where(np.diag(matrix) > 0, np.diag(matrix), 1.0))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    kept = values > RANK * values.max(initial=0.0)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    return inverse / np.outer(scale, scale), int(kept.sum())


def tau2_dl(blocks: Sequence[Block]) -> float:
    """DerSimonian and Laird's moment estimator for several contrasts a study; Jackson, White & Riley (2012)."""
    fit = gls(blocks)
    if fit.df <= 0:
        return float("nan")
    spread = 0.0
    for block, weight in zip(blocks, _weights(blocks, 0.0), strict=True):
        middle = weight @ between(block.y.size)
        spread += np.trace(middle) - np.trace(block.x @ fit.vcov @ block.x.T @ weight @ between(block.y.size) @ weight)
    return max(0.0, (fit.q - fit.df) / float(spread))


def tau2_likelihood(blocks: Sequence[Block], *, restricted: bool) -> float:
    """The highest of the maxima of the (restricted) likelihood: a scan of the score, then the root in each cell."""
    fit = gls(blocks)
    if fit.df <= 0:
        return float("nan")
    score = _score(blocks, restricted=restricted)
    largest = max(float(np.abs(b.y - b.x @ fit.beta).max()) for b in blocks) ** 2
    smallest = min(float(np.diag(b.v).min()) for b in blocks)
    top = max(2 * fit.q / fit.df * max(float(np.diag(b.v).max()) for b in blocks), 4 * largest, smallest)
    grid = np.concatenate([[0.0], np.geomspace(1e-4 * smallest, top, POINTS)])
    slopes = [score(float(at))[0] for at in grid]
    candidates = [0.0] if slopes[0] <= 0 else []
    for cell in range(grid.size - 1):
        if slopes[cell] > 0 >= slopes[cell + 1]:
            low, high = float(grid[cell]), float(grid[cell + 1])
            candidates.append(one_falling_root(score, low, high, 0.5 * (low + high)))
    return max(candidates, key=lambda tau2: log_likelihood(blocks, tau2, restricted=restricted), default=float(top))


def log_likelihood(blocks: Sequence[Block], tau2: float, *, restricted: bool) -> float:
    """The (restricted) log-likelihood at tau2 with all constants but that of the design."""
    fit = gls(blocks, tau2)
    total = [b.v + tau2 * between(b.y.size) for b in blocks]
    height = sum(float(np.linalg.slogdet(one)[1]) for one in total) + fit.q
    if restricted:
        # On a basis that is the same at every tau2: the unknowns of a network are known up to a constant only.
        _, sizes, rows = np.linalg.svd(np.vstack([b.x for b in blocks]), full_matrices=False)
        basis = rows[sizes > RANK * sizes.max(initial=0.0)].T
        weights = _weights(blocks, tau2)
        information = sum(basis.T @ b.x.T @ w @ b.x @ basis for b, w in zip(blocks, weights, strict=True))
        height += float(np.linalg.slogdet(np.asarray(information))[1])
        return float(-0.5 * (height + fit.df * np.log(2 * np.pi)))
    return float(-0.5 * (height + sum(b.y.size for b in blocks) * np.log(2 * np.pi)))


def _score(blocks: Sequence[Block], *, restricted: bool) -> Callable[[float], tuple[float, float]]:
    """Twice the derivative of the (restricted) log-likelihood by tau2, without a slope: its roots are bisected."""

    def score(tau2: float) -> tuple[float, float]:
        fit = gls(blocks, tau2)
        value = 0.0
        for b, w in zip(blocks, _weights(blocks, tau2), strict=True):
            s = between(b.y.size)
            projected = w @ (b.y - b.x @ fit.beta)
            ws = w @ s
            value += projected @ s @ projected - np.trace(ws)
            if restricted:
                value += np.trace(b.x.T @ ws @ w @ b.x @ fit.vcov)
        return float(value), 0.0

    return score


def _weights(blocks: Sequence[Block], tau2: float) -> list[FloatArray]:
    return [np.asarray(np.linalg.inv(b.v + tau2 * between(b.y.size)), dtype=np.float64) for b in blocks]

"""The (restricted) likelihood of the random terms, with exact gradient and Hessian, by sums over blocks.

With P = W - W X (X'WX)^-1 X'W and V_j the derivative of V by parameter j: the gradient is -tr(P V_j)/2 + y'P V_j P y/2,
the Hessian tr(P V_j P V_k)/2 - y'P V_j P V_k P y and the same form in the second derivatives (Harville 1977); without
restriction the traces hold W instead of P.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from metak2.kernels.ascent import Point
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.blocks import Batch, Term

LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fixed:
    """At given random parameters: coefficients `beta` `(p,)`, their covariance `(p, p)` and both log-likelihoods."""

    beta: FloatArray
    vcov: FloatArray
    log_likelihood: float
    restricted: float


def parameters_of(terms: Sequence[Term], theta: FloatArray) -> list[FloatArray]:
    """The parameters of each term, from all of them in a row."""
    ends = np.cumsum([term.structure.size for term in terms])
    return [theta[end - term.structure.size : end] for term, end in zip(terms, ends, strict=True)]


def covariance(batch: Batch, terms: Sequence[Term], theta: FloatArray) -> FloatArray:
    """V of each block, `(m, n, n)`."""
    total = batch.S.copy()
    for loadings, shared, term, own in zip(
        batch.loadings, batch.shared, terms, parameters_of(terms, theta), strict=True
    ):
        total += _spread(loadings, shared, term.structure.covariance(own)[None])[0]
    return total


def _spread(loadings: FloatArray, shared: FloatArray, G: FloatArray) -> FloatArray:
    """(Z G Z') * K for a stack of G `(q, J, J)`: `(q, m, n, n)`."""
    if loadings.shape[2] == 1:
        outer = loadings * loadings.transpose(0, 2, 1) * shared
        return np.asarray(G[:, 0, 0, None, None, None] * outer)
    return np.asarray(np.einsum("mai,qij,mbj->qmab", loadings, G, loadings, optimize=True) * shared)


class Likelihood(Protocol):
    """What can be climbed: the blocks of any model, or the sums of a nested one."""

    def fixed_part(self, theta: FloatArray) -> Fixed:
        """The fixed part at given random parameters; NaN where V is not positive definite."""

    def evaluate(self, theta: FloatArray, *, restricted: bool) -> Point:
        """Height, gradient and Hessian by the random parameters."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """The likelihood of any model, by its blocks."""

    made: tuple[Batch, ...]
    terms: tuple[Term, ...]

    def fixed_part(self, theta: FloatArray) -> Fixed:
        """See `Likelihood`."""
        weights = _inverses(self.made, self.terms, theta)
        if weights is None:
            p = self.made[0].X.shape[2]
            nothing = np.full((p, p), np.nan)
            return Fixed(beta=nothing[0], vcov=nothing, log_likelihood=np.nan, restricted=np.nan)
        sums = _least_squares(self.made, weights)
        return Fixed(beta=sums.beta, vcov=sums.vcov, log_likelihood=sums.height, restricted=sums.restricted)

    def evaluate(self, theta: FloatArray, *, restricted: bool) -> Point:
        """See `Likelihood`."""
        return evaluate(self.made, self.terms, theta, restricted=restricted)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _LeastSquares:
    beta: FloatArray
    vcov: FloatArray
    height: float
    restricted: float
    projected: list[FloatArray]


def _inverses(made: Sequence[Batch], terms: Sequence[Term], theta: FloatArray) -> list[tuple[FloatArray, float]] | None:
    """The inverse of V and half its log determinant, batch by batch."""
    weights = []
    for batch in made:
        V = covariance(batch, terms, theta)
        try:
            root = np.linalg.cholesky(V)
        except np.linalg.LinAlgError:
            return None
        inverse_root = np.linalg.inv(root)
        half = float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
        weights.append((inverse_root.transpose(0, 2, 1) @ inverse_root, half))
    return weights


def _least_squares(made: Sequence[Batch], weights: Sequence[tuple[FloatArray, float]]) -> _LeastSquares:
    p = made[0].X.shape[2]
    information, score, half, k = np.zeros((p, p)), np.zeros(p), 0.0, 0
    weighted = []
    for batch, (W, part) in zip(made, weights, strict=True):
        WX = W @ batch.X
        weighted.append(WX)
        information += np.tensordot(batch.X, WX, axes=((0, 1), (0, 1)))
        score += np.tensordot(WX, batch.y, axes=((0, 1), (0, 1)))
        half += part
        k += batch.y.size
    vcov: FloatArray = np.linalg.inv(information).astype(np.float64, copy=False)
    beta = vcov @ score
    distance, projected, gram = 0.0, [], np.zeros((p, p))
    for batch, (W, _) in zip(made, weights, strict=True):
        residual = batch.y - batch.X @ beta
        u = (W @ residual[:, :, None])[:, :, 0]
        projected.append(u)
        distance += float((residual * u).sum())
        gram += np.tensordot(batch.X, batch.X, axes=((0, 1), (0, 1)))
    height = -half - 0.5 * distance - 0.5 * k * LOG_TWO_PI
    corrected = 0.5 * (np.linalg.slogdet(vcov)[1] + np.linalg.slogdet(gram)[1] + p * LOG_TWO_PI)
    return _LeastSquares(beta=beta, vcov=vcov, height=height, restricted=height + corrected, projected=projected)


def evaluate(made: Sequence[Batch], terms: Sequence[Term], theta: FloatArray, *, restricted: bool) -> Point:
    """Height, gradient and Hessian by all random parameters; height -inf where V is not positive definite."""
    size = theta.size
    weights = _inverses(made, terms, theta)
    if weights is None:
        return Point(-np.inf, np.zeros(size), np.zeros((size, size)))
    sums = _least_squares(made, weights)
    own = parameters_of(terms, theta)
    slopes = [term.structure.slopes(one) for term, one in zip(terms, own, strict=True)]
    bends = [term.structure.bends(one) for term, one in zip(terms, own, strict=True)]
    gradient, hessian = np.zeros(size), np.zeros((size, size))
    p = sums.beta.size
    lost, gathered = np.zeros((size, p, p)), np.zeros((size, p))
    for batch, (W, _), u in zip(made, weights, sums.projected, strict=True):
        WX = W @ batch.X
        moved = np.concatenate(
            [_spread(z, shared, slope) for z, shared, slope in zip(batch.loadings, batch.shared, slopes, strict=True)]
        )  # (size, m, n, n)
        WD = W @ moved
        Du = (moved @ u[:, :, None])[:, :, :, 0]
        WDu = (W @ Du[:, :, :, None])[:, :, :, 0]
        gradient += 0.5 * (np.einsum("ma,qma->q", u, Du) - np.einsum("qmaa->q", WD))
        hessian += 0.5 * np.einsum("qmab,rmba->qr", WD, WD, optimize=True) - np.einsum("qma,rma->qr", Du, WDu)
        gathered += np.einsum("map,qma->qp", batch.X, WDu, optimize=True)
        inner = np.einsum("map,qmab,mbr->qpr", WX, moved, WX, optimize=True)
        lost += inner
        P = W
        if restricted:
            three = np.einsum("map,qmab,rmbc,mcs->qrps", WX, moved, WD, WX, optimize=True)
            hessian -= np.einsum("ps,qrsp->qr", sums.vcov, three, optimize=True)
            P = W - WX @ sums.vcov @ WX.transpose(0, 2, 1)
        _add_bends(hessian, batch, bends, u, P)
    hessian += np.einsum("qp,ps,rs->qr", gathered, sums.vcov, gathered)
    if restricted:
        gradient += 0.5 * np.einsum("ps,qsp->q", sums.vcov, lost)
        through = np.einsum("ps,qst->qpt", sums.vcov, lost)
        hessian += 0.5 * np.einsum("qpt,rtp->qr", through, through)
    return Point(sums.restricted if restricted else sums.height, gradient, 0.5 * (hessian + hessian.T))


def _add_bends(hessian: FloatArray, batch: Batch, bends: Sequence[FloatArray], u: FloatArray, P: FloatArray) -> None:
    """Add u'V_jk u / 2 - tr(P V_jk) / 2; only parameters of one term bend together."""
    at = 0
    shape = np.einsum("ma,mb->mab", u, u) - P
    for z, shared, bend in zip(batch.loadings, batch.shared, bends, strict=True):
        q = bend.shape[0]
        inside = np.einsum("mai,mab,mbj->ij", z, shape * shared, z, optimize=True)
        hessian[at : at + q, at : at + q] += 0.5 * np.einsum("qrij,ij->qr", bend, inside)
        at += q

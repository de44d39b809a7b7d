"""Cluster-robust covariance of coefficients, with the degrees of freedom that few clusters leave.

With weights W, the working covariance Phi, M = (X'WX)^-1 and H = XMX'W: V = M (sum over clusters of s s') M with
s = X_j'W_j A_j e_j. The adjustment A_j is 1 (CR0), a factor (CR1, CR1p, CR1S), makes V unbiased under Phi (CR2; Bell &
McCaffrey 2002, Survey Methodology 28:169-181) or is (1 - H_jj)^-1 (CR3, close to the jackknife). For any weights and
working covariance: Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36:672-683.
Everything is a sum over clusters; the covariances between clusters are of rank 2p and never written out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray

SINGULAR = 1e-10  # of the largest eigenvalue: directions that the model reproduces exactly
NOTHING_LEFT = 1e-8  # of the model's variance: what a contrast that rests on one cluster is expected to show of it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """`m` clusters of `n` rows: `rows` `(m, n)`, `X` `(m, n, p)`, `weight` and `working` `(m, n, n)`."""

    rows: IntArray
    X: FloatArray
    weight: FloatArray
    working: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """Weighted least squares by clusters: `bread` M `(p, p)` and `meat` X'W Phi WX `(p, p)`."""

    clusters: tuple[Clusters, ...]
    bread: FloatArray
    meat: FloatArray
    m: int
    k: int
    p: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sandwich:
    """`vcov` `(p, p)`; `adjusted` holds A_j of the clusters of each size, `(m, n, n)`; `scores` s of each, `(m, p)`."""

    model: Model
    vcov: FloatArray
    adjusted: tuple[FloatArray, ...]
    scores: FloatArray


def gather(cluster: IntArray, X: FloatArray, blocks: Sequence[tuple[IntArray, FloatArray, FloatArray]]) -> Model:
    """The clusters of rows, those of a size together.

    `cluster` `(k,)` numbers them from 0; `blocks` are rows `(b, n)` with their weights and working covariances
    `(b, n, n)`; no block may reach over two clusters.
    """
    sizes = np.bincount(cluster)
    order = np.argsort(cluster, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)])
    place = np.empty(cluster.size, dtype=np.int64)
    place[order] = np.arange(cluster.size) - np.repeat(starts[:-1], sizes)
    made = []
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        rows = order[starts[chosen][:, None] + np.arange(size)]
        position = np.full(sizes.size, -1)
        position[chosen] = np.arange(chosen.size)
        matrices = np.zeros((2, chosen.size, size, size))
        for members, *given in blocks:
            at = position[cluster[members[:, 0]]]
            here = at >= 0
            inside = place[members[here]]
            for whole, part in zip(matrices, given, strict=True):
                whole[at[here][:, None, None], inside[:, :, None], inside[:, None, :]] = part[here]
        made.append(Clusters(rows=rows, X=X[rows], weight=matrices[0], working=matrices[1]))
    return model_of(tuple(made), cluster.size)


def model_of(clusters: tuple[Clusters, ...], k: int) -> Model:
    """The sums of weighted least squares over clusters of `k` rows."""
    p = clusters[0].X.shape[2]
    information, meat = np.zeros((p, p)), np.zeros((p, p))
    for one in clusters:
        WX = one.weight @ one.X
        information += np.tensordot(one.X, WX, axes=((0, 1), (0, 1)))
        meat += np.tensordot(WX, one.working @ WX, axes=((0, 1), (0, 1)))
    bread: FloatArray = np.linalg.inv(information).astype(np.float64, copy=False)
    return Model(clusters=clusters, bread=bread, meat=meat, m=sum(len(one.rows) for one in clusters), k=k, p=p)


def sandwich(model: Model, residual: FloatArray, kind: str) -> Sandwich:
    """CR0, CR1 (m / (m - 1)), CR1p (m / (m - p)), CR1S (m (k - 1) / ((m - 1) (k - p))), CR2 or CR3."""
    adjusted = tuple(_adjustment(one, model, kind) for one in model.clusters)
    scores = np.concatenate(
        [
            np.einsum("map,mab,mb->mp", one.weight @ one.X, A, residual[one.rows], optimize=True)
            for one, A in zip(model.clusters, adjusted, strict=True)
        ]
    )
    return Sandwich(model=model, vcov=model.bread @ (scores.T @ scores) @ model.bread, adjusted=adjusted, scores=scores)


def _adjustment(one: Clusters, model: Model, kind: str) -> FloatArray:
    m, k, p = model.m, model.k, model.p
    identity = np.eye(one.rows.shape[1])
    if kind == "CR2":
        return _unbiased(one, model)
    if kind == "CR3":
        hat = one.X @ model.bread @ one.X.transpose(0, 2, 1) @ one.weight
        return np.asarray(np.linalg.pinv(identity - hat, rcond=SINGULAR))
    factors = {"CR0": 1.0, "CR1": m / (m - 1), "CR1p": m / max(m - p, 1e-300)}
    factors["CR1S"] = m * (k - 1) / ((m - 1) * (k - p))
    return np.broadcast_to(np.sqrt(factors[kind]) * identity, one.weight.shape)


def _unbiased(one: Clusters, model: Model) -> FloatArray:
    """A_j = D' (D Phi_e D')^{+1/2} D with Phi = D'D and Phi_e the covariance of the residuals under Phi."""
    XM = one.X @ model.bread
    shared = XM @ one.X.transpose(0, 2, 1) @ one.weight @ one.working
    of_residuals = one.working - shared - shared.transpose(0, 2, 1) + XM @ model.meat @ XM.transpose(0, 2, 1)
    root = np.linalg.cholesky(one.working)
    values, vectors = np.linalg.eigh(root.transpose(0, 2, 1) @ of_residuals @ root)
    kept = values > SINGULAR * values[:, -1:].clip(1e-300)
    power = np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    turned = root @ vectors
    return np.asarray((turned * power[:, None, :]) @ turned.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Forms:
    """Of each contrast: `own` `(q, q, m)` a_s'Phi a_t within clusters, and F `(q, m, 2p)` with F K F' between them."""

    own: FloatArray
    F: FloatArray
    K: FloatArray

    def diagonal(self, s: int, t: int) -> FloatArray:
        """(F_s K F_t')_jj, `(m,)`."""
        return np.asarray(((self.F[s] @ self.K) * self.F[t]).sum(axis=1))

    def product(self, first: tuple[int, int], second: tuple[int, int]) -> float:
        """Sum over i, j of P_first,ij P_second,ij with P_st = diag(own_st) + F_s K F_t'."""
        (s, t), (u, v) = first, second
        one, other = self.own[s, t], self.own[u, v]
        crossed = np.trace((self.F[u].T @ self.F[s]) @ self.K @ (self.F[t].T @ self.F[v]) @ self.K.T)
        return float(one @ other + one @ self.diagonal(u, v) + other @ self.diagonal(s, t) + crossed)


def _forms(found: Sandwich, contrasts: FloatArray) -> _Forms:
    model = found.model
    own, lean, tilt = [], [], []
    for one, A in zip(model.clusters, found.adjusted, strict=True):
        a = np.einsum("mba,mbp,qp->qma", A, one.weight @ one.X, contrasts @ model.bread, optimize=True)
        moved = np.einsum("mab,qmb->qma", one.working, a)
        own.append(np.einsum("sma,tma->stm", a, moved))
        tilt.append(np.einsum("map,qma->qmp", one.weight @ one.X, moved))
        lean.append(np.einsum("map,qma->qmp", one.X, a) @ model.bread)
    p = model.p
    nothing, unit = np.zeros((p, p)), np.eye(p)
    return _Forms(
        own=np.concatenate(own, axis=2),
        F=np.concatenate([np.concatenate(tilt, axis=1), np.concatenate(lean, axis=1)], axis=2),
        K=np.block([[nothing, -unit], [-unit, model.meat]]),
    )


def satterthwaite(found: Sandwich, contrasts: FloatArray) -> FloatArray:
    """Degrees of freedom of each contrast `(q, p)` of the coefficients, `(q,)`, under the working covariance.

    NaN for a contrast that rests on one cluster: nothing is left over that could show its variance.
    """
    forms, model = _forms(found, contrasts), found.model
    seen = contrasts @ model.bread
    variance = ((seen @ model.meat) * seen).sum(axis=1)
    df = np.full(len(contrasts), np.nan)
    for s in range(len(contrasts)):
        mean = float((forms.own[s, s] + forms.diagonal(s, s)).sum())
        if mean > NOTHING_LEFT * variance[s]:
            df[s] = mean**2 / forms.product((s, s), (s, s))
    return df


def hotelling_df(found: Sandwich, contrasts: FloatArray) -> float:
    """Eta of the approximate Hotelling test that `contrasts` `(q, p)` of the coefficients are zero.

    (eta - q + 1) / (eta q) times the Wald statistic is taken as F with q and eta - q + 1 degrees of freedom; Tipton &
    Pustejovsky (2015), Journal of Educational and Behavioral Statistics 40:604-634.
    """
    q = len(contrasts)
    forms = _forms(found, contrasts)
    pairs = [(s, t) for s in range(q) for t in range(q)]
    mean = np.array([(forms.own[s, t] + forms.diagonal(s, t)).sum() for s, t in pairs]).reshape(q, q)
    values, vectors = np.linalg.eigh(0.5 * (mean + mean.T))
    forms = _forms(found, (vectors / np.sqrt(values)).T @ contrasts)
    spread = sum(forms.product((s, s), (t, t)) + forms.product((s, t), (t, s)) for s, t in pairs)
    return q * (q + 1) / spread

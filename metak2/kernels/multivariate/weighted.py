"""Coefficients by weights of one's own, with the variance that the model gives them."""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.likelihood import Blocks, Fixed, covariance


def weighted_part(
    blocks: Blocks, summit: tuple[FloatArray, Fixed], y: FloatArray, X: FloatArray, W: FloatArray
) -> Fixed:
    """Coefficients (X'WX)^-1 X'Wy with variance (X'WX)^-1 X'W V W X (X'WX)^-1, and the likelihoods there.

    `summit` are the random parameters and the fixed part by V^-1; `W` is symmetric, `(k,)` on the diagonal or `(k, k)`.
    """
    theta, own = summit
    WX = W[:, None] * X if W.ndim == 1 else W @ X
    bread = np.linalg.inv(X.T @ WX)
    meat = np.zeros_like(bread)
    for batch in blocks.made:
        part = WX[batch.rows]
        meat += np.einsum("map,mab,mbq->pq", part, covariance(batch, blocks.terms, theta), part, optimize=True)
    beta = bread @ (WX.T @ y)
    away = beta - own.beta
    lost = 0.5 * float(away @ np.linalg.solve(own.vcov, away))
    return Fixed(
        beta=beta,
        vcov=bread @ meat @ bread,
        log_likelihood=own.log_likelihood - lost,
        restricted=own.restricted - lost,
    )

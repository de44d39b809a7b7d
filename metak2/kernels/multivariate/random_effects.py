"""The random effects themselves: best linear unbiased predictions, block by block."""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.likelihood import Blocks, covariance, parameters_of


def blups(
    blocks: Blocks,
    theta: FloatArray,
    beta: FloatArray,
    vcov: FloatArray,
    which: int,
    fixed: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Predictions of the effects of term `which` and their standard errors, `(groups, J)`.

    u = G Z' W (y - X beta), with variance G - G Z' P Z G (Harville 1976); NaN for a level that a group does not show.
    With a row of the design `fixed` `(p,)`, x: x beta + u, whose variance is larger by x V x' - 2 x V X'W Z G, where V
    is the covariance of beta.
    """
    term = blocks.terms[which]
    G = term.structure.covariance(parameters_of(blocks.terms, theta)[which])
    groups = len(term.relation) if term.relation is not None else int(term.group.max()) + 1
    J = len(G)
    found, spread = np.full((groups, J), np.nan), np.full((groups, J), np.nan)
    for batch in blocks.made:
        W = np.linalg.inv(covariance(batch, blocks.terms, theta))
        for block in range(len(batch.rows)):
            rows = batch.rows[block]
            shown = np.unique(term.group[rows])
            whole = shown if term.relation is None else np.arange(groups)
            relation = np.eye(whole.size) if term.relation is None else term.relation
            here = np.zeros((rows.size, whole.size * J))
            for at, group in enumerate(term.group[rows]):
                place = int(np.searchsorted(whole, group))
                here[at, place * J : (place + 1) * J] = batch.loadings[which][block, at]
            prior = np.kron(relation, G)
            lever = prior @ here.T
            X, weight = batch.X[block], W[block]
            P = weight - weight @ X @ vcov @ X.T @ weight
            mean = lever @ weight @ (batch.y[block] - X @ beta)
            variance = np.diag(prior) - np.einsum("ij,jk,ik->i", lever, P, lever)
            if fixed is not None:
                mean = mean + fixed @ beta
                variance = variance + fixed @ vcov @ fixed - 2 * lever @ weight @ X @ vcov @ fixed
            seen = np.abs(here).sum(axis=0) > 0 if term.relation is None else np.ones(whole.size * J, dtype=bool)
            found[whole] = np.where(seen, mean, np.nan).reshape(-1, J)
            spread[whole] = np.where(seen, np.sqrt(np.maximum(variance, 0.0)), np.nan).reshape(-1, J)
    return found, spread

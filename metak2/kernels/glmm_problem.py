"""What a generalised linear mixed model of counts is made of, and its first approximation by least squares."""

from dataclasses import dataclass, field, replace

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.glmm_families import Family
from metak2.kernels.glmm_marginal import Random

RIDGE = 1e-10  # a design without full rank still gets a start
LEAST_WEIGHT = 1e-8  # of a count that says nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A model and its data: `offset` `(k, J)`, common design `(k, J, p)`, `own` intercepts or not, random part.

    `into` `(k, J + M, p + M)` leads from the common parameters to the local ones of each study.
    """

    family: Family
    offset: FloatArray
    design: FloatArray
    own: bool
    random: Random
    into: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        k, arms, p = self.design.shape
        size = self.random.axis.size
        into = np.zeros((k, arms + size, p + size))
        into[:, :arms, :p] = self.design
        into[:, arms:, p:] = np.eye(size)
        object.__setattr__(self, "into", into)

    def without_random(self) -> "Problem":
        """The same model without random effects."""
        k, arms, _ = self.random.weights.shape
        return replace(self, random=Random(weights=np.zeros((k, arms, 0)), axis=np.zeros(0, dtype=np.int64)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """Parameters: study intercepts `alpha` `(k,)` (zeros where the model has none), `beta` `(p,)`, `phi` `(M,)`."""

    alpha: FloatArray
    beta: FloatArray
    phi: FloatArray


def fixed_part(problem: Problem, place: Place) -> FloatArray:
    """The linear predictor without random effects, `(k, J)`."""
    mean = problem.offset + problem.design @ place.beta
    return mean + place.alpha[:, None] if problem.own else mean


def by_least_squares(problem: Problem, phi: FloatArray) -> list[tuple[float, Place]]:
    """Estimates and log-likelihoods (but for a constant) at given variance parameters, `(S, M)`, for a search to start.

    The first step of iteratively reweighted least squares (McCullagh & Nelder 1989, Generalized Linear Models, 2.5):
    each count is a normal deviate around its own estimate, with its own variance.
    """
    eta = problem.family.unpooled()
    here = problem.family.at(eta[..., None])
    weight = np.maximum(-here.second[..., 0], LEAST_WEIGHT)
    response = eta + here.first[..., 0] / weight - problem.offset
    c = problem.random.loadings(phi)  # (S, k, J, axes)
    variance = c @ c.swapaxes(-1, -2) + np.eye(eta.shape[1]) / weight[:, :, None]
    inverse = np.linalg.inv(variance)
    total = inverse.sum(axis=-1)
    grand = total.sum(axis=-1, keepdims=True)
    left = inverse - total[..., None] * (total / grand)[..., None, :] if problem.own else inverse
    p = problem.design.shape[2]
    flat = problem.design.reshape(-1, p)  # one row a count: never a matrix p x p for each study
    weighted = (left @ problem.design).reshape(phi.shape[0], -1, p).swapaxes(-1, -2)
    information = weighted @ flat
    ridge = RIDGE * np.abs(np.diagonal(information, axis1=1, axis2=2)).max(axis=1, initial=LEAST_WEIGHT)
    solvable = information + ridge[:, None, None] * np.eye(p)
    beta = np.linalg.solve(solvable, weighted @ response.reshape(-1, 1))[..., 0]
    residual = response - (problem.design @ beta[:, None, :, None])[..., 0]
    squares = (residual[..., None, :] @ left @ residual[..., None]).sum(axis=(1, 2, 3))
    height = -0.5 * (np.log(np.linalg.det(variance)).sum(axis=1) + squares)
    alpha = (total * residual).sum(axis=-1) / grand[..., 0]
    if not problem.own:
        alpha = np.zeros_like(alpha)
    return [(float(height[s]), Place(alpha=alpha[s], beta=beta[s], phi=phi[s])) for s in range(phi.shape[0])]

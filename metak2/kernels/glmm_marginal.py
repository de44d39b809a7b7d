"""The marginal log-likelihood of each study of a generalised linear mixed model, with gradient and Hessian.

Study i holds one or two counts with linear predictors eta_j = m_j + sum_r C_jr z_r, z standard normal; m is the fixed
part and C_jr = sum_m phi_m w_jm over the variance parameters m that belong to axis r. Derivatives are by the *local*
parameters (m_1 .. m_J, phi_1 .. phi_M): by Fisher's identity they are posterior moments, so one set of quadrature
nodes gives value, gradient and Hessian. The variance parameters are standard deviations of either sign: the likelihood
is even in them, and no search can get stuck at a bound.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.glmm_families import Derivatives, Family
from metak2.kernels.quadrature import gauss_hermite

MODE_STEPS = 60
EXACT_MODE = 1e-9  # the last step towards a mode where the value depends on it
NEAR_MODE = 0.01  # the same where it only places the nodes of an accurate rule: the next step would be of its square
LAPLACE_STEP = 1e-5  # of differences of an exact gradient
RULE_STEP = 1e-3  # of differences of values: the second ones keep six digits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Random:
    """The random part: `weights` `(k, J, M)`, and the axis of each variance parameter, `(M,)`, counted from 0.

    `axes` is the number of standard normal deviates of a study; `one_hot` `(M, axes)` shows whose axis is which.
    """

    weights: FloatArray
    axis: IntArray
    axes: int = field(init=False)
    one_hot: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        axes = int(self.axis.max()) + 1 if self.axis.size else 0
        object.__setattr__(self, "axes", axes)
        object.__setattr__(self, "one_hot", np.eye(axes)[self.axis])

    def loadings(self, phi: FloatArray) -> FloatArray:
        """C, `(..., k, J, axes)`, for phi `(..., M)`."""
        return np.asarray((self.weights * phi[..., None, None, :]) @ self.one_hot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Points an axis, 1 for Laplace; `as_is` asks for the derivatives of the rule itself, however coarse it is.

    Otherwise the derivatives are those of the integral, which the rule is taken to give exactly.
    """

    points: int
    as_is: bool = False


class Local(NamedTuple):
    """Value `(k,)`, gradient `(k, L)` and Hessian `(k, L, L)` by the local parameters, and the modes `(k, axes)`."""

    value: FloatArray
    gradient: FloatArray
    hessian: FloatArray
    mode: FloatArray


def marginal(family: Family, random: Random, mean: FloatArray, phi: FloatArray, rule: Rule, mode: FloatArray) -> Local:
    """The marginal likelihood at fixed parts `mean` `(k, J)` and variance parameters `phi` `(M,)`.

    Adaptive Gauss–Hermite quadrature, or Laplace's approximation (Pinheiro & Bates 1995, J Comput Graph Stat 4:12-35);
    `mode` is where the search for each study's mode begins.
    """
    if random.axes == 0:
        return _without_random(family.at(mean[..., None]), mode)
    if rule.points == 1:
        return _laplace(family, random, mean, phi, mode)
    if rule.as_is:
        return _by_differences(family, random, mean, phi, rule, mode)
    integral = _integrate(family, random, mean, phi, rule, mode)
    gradient, hessian = _posterior_moments(random, integral.found, integral.z, integral.share)
    return Local(integral.value, gradient, hessian, integral.mode)


def marginal_value(
    family: Family, random: Random, mean: FloatArray, phi: FloatArray, rule: Rule, mode: FloatArray
) -> float:
    """The log-likelihood of all studies together by quadrature, without its derivatives; see `marginal`."""
    return float(_integrate(family, random, mean, phi, rule, mode).value.sum())


def posterior_modes(family: Family, random: Random, mean: FloatArray, phi: FloatArray) -> FloatArray:
    """The most likely random effects of each study given its counts, `(k, axes)`."""
    return _modes(family, random.loadings(phi), mean, np.zeros((mean.shape[0], random.axes)), Rule(points=1))[0]


class _Integral(NamedTuple):
    """Log integrals `(k,)`, and what the moments need: densities at the nodes, nodes, their posterior shares, modes."""

    value: FloatArray
    found: Derivatives
    z: FloatArray
    share: FloatArray
    mode: FloatArray


def _integrate(
    family: Family, random: Random, mean: FloatArray, phi: FloatArray, rule: Rule, mode: FloatArray
) -> _Integral:
    c = random.loadings(phi)
    mode, root = _modes(family, c, mean, mode, rule)
    nodes, log_weights = gauss_hermite(rule.points, random.axes)
    z = mode[:, :, None] + np.sqrt(2.0) * root @ nodes.T  # (k, axes, q)
    found = family.at(mean[..., None] + c @ z)
    joint = found.value.sum(axis=1) - 0.5 * (z**2).sum(axis=1) + log_weights
    highest = joint.max(axis=1, keepdims=True)
    mass = np.exp(joint - highest)
    total = mass.sum(axis=1, keepdims=True)
    scale = _log_determinant(root) - 0.5 * random.axes * np.log(np.pi)
    return _Integral((highest + np.log(total))[:, 0] + scale, found, z, mass / total, mode)


def _by_differences(
    family: Family, random: Random, mean: FloatArray, phi: FloatArray, rule: Rule, mode: FloatArray
) -> Local:
    """Value of a coarse rule, and its derivatives by differences: its nodes move with the parameters."""
    centre = _integrate(family, random, mean, phi, rule, mode)
    arms, size = mean.shape[1], mean.shape[1] + phi.size
    unit = RULE_STEP * np.eye(size)

    def value(step: FloatArray) -> FloatArray:
        return _integrate(family, random, mean + step[:arms], phi + step[arms:], rule, centre.mode).value

    gradient, hessian = np.empty((mean.shape[0], size)), np.empty((mean.shape[0], size, size))
    for a in range(size):
        near = value(unit[a]), value(-unit[a])
        far = value(2 * unit[a]), value(-2 * unit[a])
        gradient[:, a] = (8 * (near[0] - near[1]) - (far[0] - far[1])) / (12 * RULE_STEP)
        curved = 16 * (near[0] + near[1]) - (far[0] + far[1]) - 30 * centre.value
        hessian[:, a, a] = curved / (12 * RULE_STEP**2)
        for b in range(a):
            along = value(unit[a] + unit[b]) + value(-unit[a] - unit[b])
            across = value(unit[a] - unit[b]) + value(unit[b] - unit[a])
            hessian[:, a, b] = hessian[:, b, a] = (along - across) / (4 * RULE_STEP**2)
    return Local(centre.value, gradient, hessian, centre.mode)


def _without_random(found: Derivatives, mode: FloatArray) -> Local:
    second = found.second[..., 0]
    return Local(
        found.value[..., 0].sum(axis=1), found.first[..., 0], second[..., None] * np.eye(second.shape[1]), mode
    )


def _posterior_moments(
    random: Random, found: Derivatives, z: FloatArray, share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient E[u] and Hessian E[uu' + u'] - E[u]E[u]' over the posterior of the random effects, u the score."""
    slopes = _slopes(random, z)
    k, _, parameters, _ = slopes.shape
    score = (found.first[:, :, None] * slopes).sum(axis=1)
    gradient = (score * share[:, None]).sum(axis=2)
    centred = score - gradient[:, :, None]
    hessian = (centred * share[:, None]) @ centred.transpose(0, 2, 1)
    flat = slopes.transpose(0, 2, 1, 3).reshape(k, parameters, -1)
    curved = (found.second * share[:, None]).reshape(k, 1, -1) * flat
    return gradient, hessian + curved @ flat.transpose(0, 2, 1)


def _slopes(random: Random, z: FloatArray) -> FloatArray:
    """Derivatives of eta_j by each local parameter at the nodes, `(k, J, J + M, q)`."""
    k, arms, _ = random.weights.shape
    own = np.broadcast_to(np.eye(arms)[None, :, :, None], (k, arms, arms, z.shape[2]))
    return np.concatenate([own, random.weights[..., None] * z[:, None, random.axis]], axis=2)


def _modes(
    family: Family, c: FloatArray, mean: FloatArray, start: FloatArray, rule: Rule
) -> tuple[FloatArray, FloatArray]:
    """The modes of the random effects given the data, `(k, axes)`, and roots R R' of the inverse curvature there."""
    near = EXACT_MODE if rule.as_is or rule.points == 1 else NEAR_MODE
    z = start
    here, height = _joint(family, c, mean, z)
    for _ in range(MODE_STEPS):
        step = _newton_step(here, c, z)
        done = float(np.abs(step).max(initial=0.0)) < near
        for _ in range(MODE_STEPS):
            there, risen = _joint(family, c, mean, z + step)
            fallen = ~(risen >= height - 1e-12 * np.abs(height))
            if not fallen.any():
                break
            step = np.where(fallen[:, None], 0.5 * step, step)
        z, here, height = z + step, there, risen
        if done:
            break
    return z, _root(_curvature(here, c))


def _joint(family: Family, c: FloatArray, mean: FloatArray, z: FloatArray) -> tuple[Derivatives, FloatArray]:
    """The counts' derivatives given random effects `z` `(k, axes)`, and the log density of both but for a constant."""
    here = family.at(mean[..., None] + c @ z[..., None])
    return here, here.value.sum(axis=(1, 2)) - 0.5 * (z * z).sum(axis=1)


def _curvature(here: Derivatives, c: FloatArray) -> FloatArray:
    """The negative Hessian by z, `(k, axes, axes)`."""
    return np.asarray(np.eye(c.shape[2]) - (here.second * c).transpose(0, 2, 1) @ c)


def _newton_step(here: Derivatives, c: FloatArray, z: FloatArray) -> FloatArray:
    gradient = (here.first * c).sum(axis=1) - z
    curvature = _curvature(here, c)
    if z.shape[1] == 1:
        return np.asarray(gradient / curvature[:, 0])
    return np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0])


def _root(curvature: FloatArray) -> FloatArray:
    if curvature.shape[1] == 1:
        return 1 / np.sqrt(curvature)
    return np.linalg.inv(np.linalg.cholesky(curvature)).transpose(0, 2, 1)


def _log_determinant(root: FloatArray) -> FloatArray:
    """Of triangular matrices, `(k, axes, axes)`."""
    return np.asarray(np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1))


def _laplace(family: Family, random: Random, mean: FloatArray, phi: FloatArray, mode: FloatArray) -> Local:
    """Laplace's approximation; the Hessian by central differences of its exact gradient."""
    value, gradient, mode = _laplace_gradient(family, random, mean, phi, mode)
    arms, parameters = mean.shape[1], gradient.shape[1]
    hessian = np.empty((*gradient.shape, parameters))
    for a in range(parameters):
        step = np.zeros(parameters)
        step[a] = LAPLACE_STEP
        _, above, _ = _laplace_gradient(family, random, mean + step[:arms], phi + step[arms:], mode)
        _, below, _ = _laplace_gradient(family, random, mean - step[:arms], phi - step[arms:], mode)
        hessian[:, a] = (above - below) / (2 * LAPLACE_STEP)
    return Local(value, gradient, 0.5 * (hessian + hessian.transpose(0, 2, 1)), mode)


def _laplace_gradient(
    family: Family, random: Random, mean: FloatArray, phi: FloatArray, start: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    c = random.loadings(phi)
    mode, root = _modes(family, c, mean, start, Rule(points=1))
    eta = mean[..., None] + c @ mode[..., None]
    here = family.at(eta)
    inverse = root @ root.transpose(0, 2, 1)
    value = here.value[..., 0].sum(axis=1) - 0.5 * (mode**2).sum(axis=1) + _log_determinant(root)
    slopes = _slopes(random, mode[..., None])[..., 0]  # (k, J, L)
    arms = mean.shape[1]
    own = np.zeros((*slopes.shape, random.axes))  # d C_jr / d local parameter
    for m, axis in enumerate(random.axis):
        own[:, :, arms + m, axis] = random.weights[:, :, m]
    first, second, third = here.first, here.second, family.third(eta)
    # The mode moves with the parameters: N dz = sum_j l''_j C_j d eta_j + l'_j dC_j.
    moved = np.einsum("kjr,kjl->krl", second * c, slopes) + np.einsum("kj,kjlr->krl", first[..., 0], own)
    total = slopes + c @ (inverse @ moved)
    lean = np.einsum("kjr,krs->kjs", c, inverse)
    leverage = (lean * c).sum(axis=2)
    change = np.einsum("kj,kj,kjl->kl", third[..., 0], leverage, total)
    change += 2 * np.einsum("kj,kjs,kjls->kl", second[..., 0], lean, own)
    gradient = (first * slopes).sum(axis=1) + 0.5 * change
    return value, gradient, mode

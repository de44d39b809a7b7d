"""The normal–normal model by quadrature over tau, without sampling: given tau, everything else is normal.

One meta-analysis at a time. With a normal or a flat prior for the coefficients, their posterior given tau is normal and
the likelihood of tau is known in closed form; every posterior is then a mixture of normals over the nodes of the rule
(Röver 2020, Journal of Statistical Software 93(6)).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from metak2.kernels.contract import FloatArray
from metak2.kernels.roots import falling_root
from metak2.kernels.tau_priors import LOG_TWO_PI, TauPrior

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
REACH = 40.0  # e-folds of tau below and above all scales of the problem: the mass left out is below 1e-16
PANELS = 32  # before the first halving
HALVINGS = 30
TOLERANCE = 1e-13  # of a panel's share in the whole; 40 panels then leave an error below 1e-11
NEGLIGIBLE = 1e-18  # weights below this part of the whole do not count
ELEMENTS = 2_000_000  # of one array of nodes by studies

LogDensity = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Data:
    """One meta-analysis: `yi`, `vi` shaped `(k,)`, `X` shaped `(k, p)` of full rank, and the prior of the coefficients.

    `prior_mean` is `(p,)`, `prior_precision` `(p,)`, 0 for a flat prior. Coefficients are independent a priori.
    """

    yi: FloatArray
    vi: FloatArray
    X: FloatArray
    prior_mean: FloatArray
    prior_precision: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """What is known at each of `n` values of tau: log-likelihood `(n,)`, mean `(n, p)`, covariance `(n, p, p)`."""

    log_likelihood: FloatArray
    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """The posterior as a rule: nodes `tau` with `weight` (sum 1), both `(n,)`, and the coefficients given each node.

    `mean` is `(n, p)`, `covariance` `(n, p, p)`. `edges` `(panels + 1,)` are the limits of the panels in log tau and
    `below` the mass below each; `log_evidence` is the logarithm of the marginal likelihood, with all constants.
    """

    tau: FloatArray
    weight: FloatArray
    mean: FloatArray
    covariance: FloatArray
    edges: FloatArray
    below: FloatArray
    log_evidence: float
    log_density: LogDensity


def given_tau(data: Data, tau: FloatArray) -> Given:
    """Likelihood of tau and posterior of the coefficients given tau, `(n,)` values of it; 0 is allowed."""
    p = data.X.shape[1]
    size = max(1, ELEMENTS // max(data.yi.size, 1))
    parts = [_given(data, tau[start : start + size]) for start in range(0, tau.size, size)]
    return Given(
        log_likelihood=np.concatenate([part.log_likelihood for part in parts]),
        mean=np.concatenate([part.mean for part in parts]).reshape(tau.size, p),
        covariance=np.concatenate([part.covariance for part in parts]).reshape(tau.size, p, p),
    )


def _given(data: Data, tau: FloatArray) -> Given:
    X, precision, p = data.X, data.prior_precision, data.X.shape[1]
    weight = 1.0 / (data.vi + tau[:, None] ** 2)
    products = (X[:, :, None] * X[:, None, :]).reshape(-1, p * p)
    information = (weight @ products).reshape(-1, p, p) + np.diag(precision)
    covariance: FloatArray = np.linalg.inv(information).astype(np.float64, copy=False)
    score = weight @ (X * data.yi[:, None]) + precision * data.prior_mean
    mean = (covariance @ score[:, :, None])[:, :, 0]
    residual = data.yi - mean @ X.T
    distance = (weight * residual**2).sum(axis=1) + ((mean - data.prior_mean) ** 2 * precision).sum(axis=1)
    proper = precision > 0
    constant = np.log(precision[proper]).sum() - (data.yi.size - p + proper.sum()) * LOG_TWO_PI
    log_likelihood = 0.5 * (np.log(weight).sum(axis=1) - np.linalg.slogdet(information)[1] - distance + constant)
    return Given(log_likelihood=log_likelihood, mean=mean, covariance=covariance)


def posterior(data: Data, prior: TauPrior) -> Posterior:
    """The posterior of tau and the coefficients, by adaptive Gauss–Legendre panels in log tau."""

    def log_density(u: FloatArray) -> FloatArray:
        tau = np.exp(u)
        return given_tau(data, tau).log_likelihood + prior.log_density(tau) + u

    edges, summit = _start(data, prior, log_density)
    edges = _refined(edges, log_density, summit)
    u, step = _nodes(edges[:-1], edges[1:])
    tau = np.exp(u)
    given = given_tau(data, tau)
    with np.errstate(under="ignore"):
        mass = np.exp(given.log_likelihood + prior.log_density(tau) + u - summit) * step
    total = mass.sum()
    below = np.concatenate([[0.0], np.cumsum(mass.reshape(-1, NODES.size).sum(axis=1))]) / total
    log_evidence = float(np.log(total) + summit)
    return Posterior(
        tau=tau,
        weight=mass / total,
        mean=given.mean,
        covariance=given.covariance,
        edges=edges,
        below=below,
        log_evidence=log_evidence,
        log_density=lambda at: log_density(at) - log_evidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shrunken:
    """The effect in each study given tau, normal with these means and standard deviations, `(n, k)`."""

    mean: FloatArray
    sd: FloatArray


def shrunken(data: Data, found: Posterior) -> Shrunken:
    """Each study's own effect given each node of tau: between what it found and what the others say."""
    pull = data.vi / (data.vi + found.tau[:, None] ** 2)
    expected = found.mean @ data.X.T
    uncertain = np.einsum("kp,npq,kq->nk", data.X, found.covariance, data.X)
    variance = (1 - pull) * data.vi + pull**2 * uncertain
    return Shrunken(mean=data.yi + pull * (expected - data.yi), sd=np.sqrt(variance))


def mixture_cdf(at: FloatArray, mean: FloatArray, sd: FloatArray, weight: FloatArray) -> FloatArray:
    """Chance that a mixture of normals lies below `at`, `(m,)`; `mean`, `sd` and `weight` are `(n,)`."""
    return np.asarray(ndtr((np.asarray(at)[:, None] - mean) / sd) @ weight)


def mixture_density(at: FloatArray, mean: FloatArray, sd: FloatArray, weight: FloatArray) -> FloatArray:
    """Density of a mixture of normals at `at`, `(m,)`."""
    z = (np.asarray(at)[:, None] - mean) / sd
    with np.errstate(under="ignore"):
        return np.asarray((np.exp(-0.5 * z**2) / sd) @ weight / np.sqrt(2 * np.pi))


def mixture_quantile(chance: FloatArray, mean: FloatArray, sd: FloatArray, weight: FloatArray) -> FloatArray:
    """Quantiles of a mixture of normals, `(m,)`, between the smallest and the largest of its parts' quantiles."""
    counts = weight > NEGLIGIBLE
    mean, sd, weight = mean[counts], sd[counts], weight[counts]
    parts = np.sort(mean + ndtri(np.asarray(chance)[:, None]) * sd, axis=1)
    ladder = parts[:, np.linspace(0, parts.shape[1] - 1, 64).astype(int)]
    reached = np.stack([mixture_cdf(rungs, mean, sd, weight) for rungs in ladder]) >= np.asarray(chance)[:, None]
    upper = np.where(reached.any(axis=1), reached.argmax(axis=1), ladder.shape[1] - 1)
    pick = np.arange(ladder.shape[0])
    high, low = ladder[pick, upper], ladder[pick, np.maximum(upper - 1, 0)]
    room = high - low + 1e-3 * sd.min()  # steps are measured from a point well below the root, relative to it
    start, width = low - room, high - low + 2 * room

    def shortfall(step: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        at = start[index] + step
        return chance[index] - mixture_cdf(at, mean, sd, weight), -mixture_density(at, mean, sd, weight)

    return np.asarray(start + falling_root(shortfall, np.zeros(low.size), width, 0.5 * width))


def tau_density(found: Posterior, tau: FloatArray) -> FloatArray:
    """Posterior density of tau at values above 0, `(m,)`."""
    return np.asarray(np.exp(found.log_density(np.log(tau))) / tau)


def evidence_for_heterogeneity(data: Data, found: Posterior) -> float:
    """Bayes factor for tau from its prior against tau = 0; infinite beyond the range of a double."""
    without = given_tau(data, np.zeros(1)).log_likelihood[0]
    with np.errstate(over="ignore", under="ignore"):
        return float(np.exp(found.log_evidence - without))


def tau_quantile(found: Posterior, chance: FloatArray) -> FloatArray:
    """Quantiles of tau, `(m,)`: the panel is looked up, the root inside it found by the same rule."""
    panel = np.clip(np.searchsorted(found.below, chance, side="right") - 1, 0, found.edges.size - 2)
    start, width = found.edges[panel], found.edges[panel + 1] - found.edges[panel]
    wanted = chance - found.below[panel]

    def shortfall(step: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        half = 0.5 * step
        inside = start[index][:, None] + half[:, None] * (NODES + 1)
        with np.errstate(under="ignore"):
            mass = half * (np.exp(found.log_density(inside.ravel())).reshape(inside.shape) @ WEIGHTS)
            slope = np.exp(found.log_density(start[index] + step))
        return wanted[index] - mass, -slope

    return np.exp(start + falling_root(shortfall, np.zeros(width.size), width, 0.5 * width))


def _start(data: Data, prior: TauPrior, log_density: LogDensity) -> tuple[FloatArray, float]:
    """Panels in log tau that cover the mass and see its summit, and the height of the summit."""
    scales = np.log([np.sqrt(data.vi.min()), np.sqrt(data.vi.max()), max(np.ptp(data.yi), 1e-300), prior.scale])
    low = scales[np.isfinite(scales)].min() - REACH
    high = min(scales.max() + REACH, np.log(prior.upper)) if np.isfinite(prior.upper) else scales.max() + REACH
    edges = np.linspace(low, high, PANELS + 1)
    left, right, centre = low, high, low
    for _ in range(12):
        grid = np.linspace(left, right, 61)
        centre = grid[int(np.argmax(log_density(grid)))]
        step = grid[1] - grid[0]
        left, right = max(low, centre - 2 * step), min(high, centre + 2 * step)
    around = centre + np.outer([-1, 1], np.geomspace(max(right - left, 1e-8), 2.0, 12)).ravel()
    edges = np.unique(np.concatenate([edges, around[(around > low) & (around < high)]]))
    return edges, float(log_density(np.array([centre]))[0])


def _nodes(lefts: FloatArray, rights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of the rule in each panel, `(panels * 20,)`."""
    half = 0.5 * (rights - lefts)
    return (lefts[:, None] + half[:, None] * (NODES + 1)).ravel(), (half[:, None] * WEIGHTS).ravel()


def _refined(edges: FloatArray, log_density: LogDensity, summit: float) -> FloatArray:
    """Panels halved until halving changes none of them."""

    def mass(lefts: FloatArray, rights: FloatArray) -> FloatArray:
        u, step = _nodes(lefts, rights)
        with np.errstate(under="ignore"):
            return np.asarray((np.exp(log_density(u) - summit) * step).reshape(-1, NODES.size).sum(axis=1))

    settled = [edges[-1:]]
    lefts, rights = edges[:-1], edges[1:]
    whole = mass(lefts, rights)
    total = whole.sum()
    for _ in range(HALVINGS):
        middles = 0.5 * (lefts + rights)
        first, second = mass(lefts, middles), mass(middles, rights)
        rough = np.abs(first + second - whole) > TOLERANCE * total
        settled.append(lefts[~rough])
        lefts, rights = np.concatenate([lefts[rough], middles[rough]]), np.concatenate([middles[rough], rights[rough]])
        whole = np.concatenate([first[rough], second[rough]])
        if not lefts.size:
            break
    return np.unique(np.concatenate([*settled, lefts]))

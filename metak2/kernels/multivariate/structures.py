"""How the parameters of a random term make its covariance G `(J, J)`: standard deviations and correlations.

The likelihood is even in a standard deviation that stands alone: it may take either sign, and no search can get stuck.
Every formula is analytic in its parameters, so that a step along the imaginary axis gives its derivatives to the last
digit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray

ComplexArray = NDArray[np.complex128]
Build = Callable[[ComplexArray], ComplexArray]
TINY = 1e-30
WIDE = 1e6
STEP = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """A covariance of J effects: `build` makes it from `size` parameters, the first `scales` of which are deviations.

    `low` and `high` `(size,)` are the bounds; `start` `(size,)` is a start for a standard deviation of 1. `cholesky`
    says that the parameters are the rows of a Cholesky factor.
    """

    build: Build
    scales: int
    low: FloatArray
    high: FloatArray
    start: FloatArray
    cholesky: bool = False

    @property
    def size(self) -> int:
        """Number of parameters."""
        return int(self.start.size)

    def covariance(self, parameters: FloatArray) -> FloatArray:
        """G `(J, J)`."""
        return np.asarray(self.build(parameters.astype(np.complex128)).real)

    def slopes(self, parameters: FloatArray) -> FloatArray:
        """The derivatives of G by each parameter, `(size, J, J)`."""
        steps = parameters.astype(np.complex128) + 1j * TINY * np.eye(self.size)
        return np.stack([self.build(one).imag / TINY for one in steps])

    def bends(self, parameters: FloatArray) -> FloatArray:
        """The second derivatives of G, `(size, size, J, J)`: differences of exact slopes, good to ten digits."""
        unit = STEP * np.eye(self.size)
        differences = [self.slopes(parameters + one) - self.slopes(parameters - one) for one in unit]
        return np.stack(differences) / (2 * STEP)


def identity(levels: int) -> Structure:
    """One variance for all, no correlation (ID; with one level a random intercept)."""
    return _diagonal(1, lambda sd: sd[0] ** 2 * np.eye(levels))


def diagonal(levels: int) -> Structure:
    """A variance for each level, no correlation (DIAG)."""
    return _diagonal(levels, lambda sd: np.diag(sd**2))


def compound(levels: int) -> Structure:
    """One variance and one correlation (CS)."""
    return _correlated(1, _least(levels), lambda sd, rho: sd[0] ** 2 * _same(levels, rho))


def heterogeneous_compound(levels: int) -> Structure:
    """A variance for each level and one correlation (HCS)."""
    return _correlated(levels, _least(levels), lambda sd, rho: np.outer(sd, sd) * _same(levels, rho))


def autoregressive(levels: int) -> Structure:
    """One variance, correlation rho^|i - j| between levels in their order (AR)."""
    apart = _apart(np.arange(levels, dtype=np.float64))
    return _correlated(1, -1.0, lambda sd, rho: sd[0] ** 2 * _power(rho, apart))


def heterogeneous_autoregressive(levels: int) -> Structure:
    """A variance for each level, correlation rho^|i - j| (HAR)."""
    apart = _apart(np.arange(levels, dtype=np.float64))
    return _correlated(levels, -1.0, lambda sd, rho: np.outer(sd, sd) * _power(rho, apart))


def continuous_autoregressive(times: FloatArray) -> Structure:
    """One variance, correlation rho^|t - s| between times (CAR); rho is at least 0."""
    apart = _apart(times)
    return _correlated(1, 0.0, lambda sd, rho: sd[0] ** 2 * _power(rho, apart))


def unstructured(levels: int) -> Structure:
    """Every variance and covariance free (UN): two deviations and a correlation, or a Cholesky factor beyond."""
    if levels == 1:
        return identity(1)
    if levels == 2:
        return heterogeneous_compound(2)
    rows, columns = np.tril_indices(levels)
    start = np.where(rows == columns, 1.0, 0.1)

    def build(parameters: ComplexArray) -> ComplexArray:
        factor = np.zeros((levels, levels), dtype=np.complex128)
        factor[rows, columns] = parameters
        return factor @ factor.T

    wide = np.full(rows.size, WIDE)
    return Structure(build=build, scales=rows.size, low=-wide, high=wide, start=start, cholesky=True)


def _diagonal(scales: int, build: Build) -> Structure:
    wide = np.full(scales, WIDE)
    return Structure(build=build, scales=scales, low=-wide, high=wide, start=np.ones(scales))


def _correlated(scales: int, least: float, build: Callable[[ComplexArray, np.complex128], ComplexArray]) -> Structure:
    return Structure(
        build=lambda parameters: build(parameters[:-1], parameters[-1]),
        scales=scales,
        low=np.append(np.full(scales, -WIDE if scales == 1 else 0.0), least),  # signs apart would be another structure
        high=np.append(np.full(scales, WIDE), 1.0),
        start=np.append(np.ones(scales), 0.3),
    )


def _least(levels: int) -> float:
    return -1.0 / (levels - 1) if levels > 1 else 0.0


def _same(levels: int, rho: np.complex128) -> ComplexArray:
    return rho + (1 - rho) * np.eye(levels)


def _apart(times: FloatArray) -> FloatArray:
    return np.abs(times[:, None] - times)


def _power(rho: np.complex128, apart: FloatArray) -> ComplexArray:
    """rho^apart; whole distances by multiplication, so that rho may be negative or 0."""
    if np.array_equal(apart, np.round(apart)):
        powers = np.cumprod(np.full(int(apart.max(initial=0.0)) + 1, rho))
        return np.where(apart == 0, 1.0, powers[np.maximum(apart.astype(int) - 1, 0)])
    inside = rho if rho.real > TINY else complex(TINY, rho.imag)
    return np.asarray(np.exp(apart * np.log(inside)))

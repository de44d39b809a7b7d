"""The covariance of sampling errors between effects that share patients, as blocks of rows that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.studies.table import Column, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SamplingCovariance:
    """The covariance of `k` sampling errors: `variances` `(k,)`, and blocks of rows that are correlated.

    `correlated` holds the numbers of the rows of each block and their covariance `(n, n)`; no row is in two blocks, and
    one that is in none is independent of all others. `described` says in words how it was made.
    """

    variances: FloatArray
    correlated: tuple[tuple[IntArray, FloatArray], ...]
    described: str

    @property
    def k(self) -> int:
        """Number of effects."""
        return self.variances.size

    @property
    def alone(self) -> IntArray:
        """The numbers of the rows that are independent of all others."""
        free = np.ones(self.k, dtype=bool)
        for rows, _ in self.correlated:
            free[rows] = False
        return np.flatnonzero(free)

    @property
    def blocks(self) -> tuple[tuple[IntArray, FloatArray], ...]:
        """Every row in a block, those that are alone in one of their own."""
        single = ((np.array([at]), self.variances[at].reshape(1, 1)) for at in self.alone)
        return (*self.correlated, *single)

    @property
    def independent(self) -> bool:
        """Whether no two effects are correlated."""
        return not self.correlated

    def matrix(self) -> FloatArray:
        """The whole matrix `(k, k)`, for a few effects to look at."""
        whole = np.diag(self.variances)
        for rows, block in self.correlated:
            whole[np.ix_(rows, rows)] = block
        return whole

    def take(self, used: Column) -> "SamplingCovariance":
        """The covariance of some of the effects, `used` a boolean `(k,)`."""
        if used.all():
            return self
        place = np.cumsum(used) - 1
        kept = [(rows[used[rows]], block[np.ix_(used[rows], used[rows])]) for rows, block in self.correlated]
        correlated = tuple((place[rows], block) for rows, block in kept if rows.size > 1)
        return SamplingCovariance(
            variances=read_only(self.variances[used]), correlated=correlated, described=self.described
        )


def independent(vi: FloatArray) -> SamplingCovariance:
    """No two effects share anything."""
    return SamplingCovariance(variances=vi, correlated=(), described="independent sampling errors")


def covariance_from(matrix: ArrayLike, *, study: Sequence[str] = ()) -> SamplingCovariance:
    """A covariance `(k, k)` that is known; rows without covariance to others are independent.

    Raises
    ------
    ModelError
        Not square or not symmetric, or not positive definite: the rows are named, by `study` or by number.
    """
    whole = np.array(matrix, dtype=np.float64)
    if whole.ndim != 2 or whole.shape[0] != whole.shape[1]:
        raise ModelError(f"a covariance is square; this one is shaped {whole.shape}")
    names = [f"row {at + 1}" for at in range(len(whole))] if not len(study) else list(study)
    if not np.isfinite(whole).all():
        at = np.argwhere(~np.isfinite(whole))[0]
        raise ModelError(f"the covariance of {names[at[0]]} and {names[at[1]]} is not a number")
    skew = np.abs(whole - whole.T)
    if skew.max(initial=0.0) > 1e-8 * np.abs(whole).max(initial=0.0):
        a, b = np.unravel_index(int(skew.argmax()), skew.shape)
        raise ModelError(
            f"the covariance is not symmetric: {names[a]} with {names[b]} {whole[a, b]:g}, the other way "
            f"{whole[b, a]:g}"
        )
    _, label = connected_components(csr_array(whole != 0), directed=False)
    correlated = []
    for number in range(int(label.max(initial=-1)) + 1):
        rows = np.flatnonzero(label == number)
        block = whole[np.ix_(rows, rows)]
        require_definite(block, [names[at] for at in rows])
        if rows.size > 1:
            correlated.append((rows, read_only(block)))
    return SamplingCovariance(
        variances=read_only(np.diag(whole).copy()),
        correlated=tuple(correlated),
        described="a covariance given as a matrix",
    )


def require_definite(block: FloatArray, names: Sequence[str]) -> None:
    """Refuse a block that is no covariance, and name the pair whose correlation is worst."""
    values = np.linalg.eigvalsh(block)
    if values[0] > 1e-12 * max(values[-1], 1e-300):
        return
    deviation = np.sqrt(np.maximum(np.diag(block), 1e-300))
    correlation = np.abs(block / np.outer(deviation, deviation)) - np.eye(len(block))
    a, b = (int(at) for at in np.unravel_index(int(correlation.argmax()), correlation.shape))
    if np.diag(block).min() <= 0:
        raise ModelError(f"the sampling variance of {names[int(np.diag(block).argmin())]} is not above 0")
    raise ModelError(
        f"the sampling covariance of {', '.join(names)} is not positive definite; {names[a]} and {names[b]} have the "
        f"correlation {block[a, b] / (deviation[a] * deviation[b]):.3g}"
    )

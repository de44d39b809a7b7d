"""Where profiles of a likelihood along tau2 cross a line below their summits: the limits of likelihood intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray
from metak2.kernels.roots import falling_root

Profile = Callable[[FloatArray, NDArray[np.intp]], FloatArray]

POINTS = 60  # on either side of the summit
LOWEST = 1e-3  # first point above 0, in units of the smallest vi
RAISES = 60  # of the upper end of the scan, by a factor of 8 each


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossings:
    """Profiles as functions of tau2 and the numbers of their rows, both `(n,)`: `above` the line, and their `slope`."""

    above: Profile
    slope: Profile

    def around(self, summit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The outermost crossings below and above the summits, `(n,)`; 0 where the profile at 0 is above the line."""
        return self.lower(summit), self.upper(summit)

    def upper(self, summit: FloatArray) -> FloatArray:
        """The outermost crossing above the summit: the likelihood falls without end."""
        everyone = np.arange(summit.size)
        ceiling = 4 * (summit + 1)
        rising = everyone
        for _ in range(RAISES):
            rising = rising[self.above(ceiling[rising], rising) > 0]
            if rising.size == 0:
                break
            ceiling[rising] *= 8
        steps = np.linspace(0.0, 1.0, POINTS)[:, None]
        grid = (summit + 1) * ((ceiling + 1) / (summit + 1)) ** steps - 1
        grid[0], grid[-1] = summit, ceiling
        heights = np.array([self.above(points, everyone) for points in grid])
        last = POINTS - 1 - np.argmax(heights[::-1] > 0, axis=0)
        after = np.minimum(last + 1, POINTS - 1)

        def gap(tau2: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
            return self.above(tau2, index), self.slope(tau2, index)

        low, high = grid[last, everyone], grid[after, everyone]
        return falling_root(gap, low, high, 0.5 * (low + high))

    def lower(self, summit: FloatArray) -> FloatArray:
        """The outermost crossing below the summit; 0 where the likelihood at 0 is above the line."""
        found = np.zeros(summit.size)
        below = np.flatnonzero((self.above(np.zeros(summit.size), np.arange(summit.size)) < 0) & (summit > 0))
        if below.size == 0:
            return found
        steps = np.linspace(0.0, 1.0, POINTS - 1)[:, None]
        first = np.minimum(LOWEST, 0.5 * summit[below])
        grid = np.vstack([np.zeros(below.size), first * (summit[below] / first) ** steps])
        grid[-1] = summit[below]
        heights = np.array([self.above(points, below) for points in grid])
        inside = np.argmax(heights > 0, axis=0)
        columns = np.arange(below.size)
        low, high = grid[np.maximum(inside - 1, 0), columns], grid[inside, columns]

        def mirrored(u: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
            tau2 = high[index] - u
            return self.above(tau2, below[index]), -self.slope(tau2, below[index])

        width = high - low
        found[below] = high - falling_root(mirrored, np.zeros(below.size), width, 0.5 * width)
        return found

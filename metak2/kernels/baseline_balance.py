"""How alike the arms of a randomised trial are at baseline, printed numbers and their rounding considered.

After Carlisle 2017, "Data fabrication and other reasons for non-random sampling in 5087 randomised, controlled trials
in anaesthetic and general medical journals", Anaesthesia: p values of baseline variables by Monte Carlo simulation of
the printed means, combined by Stouffer's sum of z. Under honest randomisation each p is uniform; near 1 the arms are
more alike than chance makes them, near 0 less.
"""

from statistics import NormalDist
from typing import cast

import numpy as np

from metak2.kernels.contract import FloatArray

NORMAL = NormalDist()  # a handful of values, and the gate must not load SciPy
DRAWS = 10_000
CORRELATION = 0.1
"""What the z scores of two variables of one trial are allowed to correlate: as variables do that correlate by 0.3."""


def p_of_means(mean: FloatArray, sd: FloatArray, n: FloatArray, half: float, rng: np.random.Generator) -> float:
    """P that arms of one population differ at least as much as printed, mid-p; (arms,) each → between 0 and 1.

    `half` is half a unit of the last printed digit of the means: simulated means are rounded as the printed ones are.
    """
    df = n - 1
    variance = float((df * sd**2).sum() / df.sum())
    centre = float((n * mean).sum() / n.sum()) + rng.uniform(-half, half, (DRAWS, 1))
    drawn = rng.normal(centre, np.sqrt(variance / n), (DRAWS, n.size))
    if half > 0:
        drawn = np.round(drawn / (2 * half)) * (2 * half)
    spread = variance * rng.chisquare(df.sum(), DRAWS) / df.sum()
    return _mid_p(_between(drawn, n) / spread, float(_between(mean[None, :], n)[0]) / variance)


def p_of_counts(events: FloatArray, n: FloatArray, rng: np.random.Generator) -> float:
    """The same for a share, given how many have the feature in all arms together; (arms,) each → between 0 and 1."""
    people, total = n.astype(np.int64), int(events.sum())
    drawn = rng.multivariate_hypergeometric(people, total, DRAWS) / n
    return _mid_p(_between(drawn, n), float(_between((events / n)[None, :], n)[0]))


def combined(p: FloatArray) -> tuple[float, float]:
    """Stouffer's p that a trial is as alike, and as different, as this or more; (variables,) → two p values.

    The sum of z is divided by its standard deviation where any two z scores correlate by `CORRELATION`.
    """
    bounded = np.clip(p, 0.5 / DRAWS, 1 - 0.5 / DRAWS)
    scale = np.sqrt(p.size * (1 + (p.size - 1) * CORRELATION))
    z = float(sum(NORMAL.inv_cdf(float(one)) for one in bounded) / scale)
    return NORMAL.cdf(-z), NORMAL.cdf(z)


def _between(values: FloatArray, n: FloatArray) -> FloatArray:
    """Sum of squares between arms; (draws, arms) → (draws,)."""
    centre = (values * n).sum(axis=1, keepdims=True) / n.sum()
    return cast("FloatArray", (n * (values - centre) ** 2).sum(axis=1))


def _mid_p(drawn: FloatArray, seen: float) -> float:
    slack = 1e-9 * max(float(drawn.max()), seen, 1e-300)  # equal but for the last bits counts as equal
    above, equal = (drawn > seen + slack).sum(), (np.abs(drawn - seen) <= slack).sum()
    return float((above + 0.5 * equal) / drawn.size)

"""One meta-analysis alone, every study counted once: the formulas of the batch on arrays `(k,)`, results numbers.

A batch pays NumPy's overhead once for many rows; a row alone would pay all of it, ten times the cost of its numbers.
Here one scan serves the summit of the likelihood and both limits of the Q-profile interval. Whatever needs care (an
effect or variance that cannot be used, a cell without proof, two summits) is left to the batch. Laws hold both to be
equal to rounding.
"""

import math
from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.heterogeneity import i2_from_q
from metak2.kernels.intervals import chi2_quantiles
from metak2.kernels.moments import terms_of_sums
from metak2.kernels.roots import one_falling_root
from metak2.kernels.summit import (
    HALVINGS,
    ScoreTerms,
    Terms,
    has_no_root,
    has_one_root,
    highest_ceiling,
    inverted_cubic,
    is_flat,
    is_root,
    points_to,
    ratio_and_slope,
    score_and_slope,
    terms_at,
)

End = tuple[float, ScoreTerms[float]]
"""A point: tau2 and the terms of the score there, as numbers."""


class SingleFit(NamedTuple):
    """What `Fit` says of a row, as numbers, with the error of tau2 and its Q-profile limits."""

    k: int
    estimate: float
    se: float
    se_hk: float
    tau2: float
    se_tau2: float
    tau2_low: float
    tau2_high: float
    weights: FloatArray
    Q: float
    vt: float
    I2: float
    I2_from_Q: float
    H2: float
    status: int


class Single(NamedTuple):
    """Effects and variances `(k,)` in standard units: an effect is `centre + y * sqrt(unit)`, a variance `v * unit`."""

    y: FloatArray
    v: FloatArray
    centre: float
    unit: float

    def terms(self, tau2: float, *, restricted: bool) -> ScoreTerms[float]:
        """The terms of the score at `tau2`, from residuals, so that no digits cancel."""
        y, v = self.y, self.v
        w = 1.0 / (v + tau2)
        sum_w = float(np.add.reduce(w))
        projected = w * (y - (w @ y) / sum_w)
        a = float(projected @ projected)
        twice = projected - (w @ projected) / sum_w
        a_fall = 2 * float((w * twice) @ twice)
        square = w * w
        sum_w2 = float(np.add.reduce(square))
        if not restricted:
            return ScoreTerms(a, sum_w, a_fall, sum_w2)
        share = w / sum_w
        b_fall = sum_w2 - 2 * float(square @ share) + (sum_w2 / sum_w) ** 2
        return ScoreTerms(a, float(w @ (1 - share)), a_fall, b_fall)

    def generalised_q(self, tau2: float) -> tuple[float, float]:
        """Q(tau2) and the rate at which it falls; DerSimonian & Kacker (2007)."""
        w = 1.0 / (self.v + tau2)
        residual = self.y - (w @ self.y) / np.add.reduce(w)
        weighted = w * residual
        return float(weighted @ residual), float(weighted @ weighted)


class Scan(NamedTuple):
    """Q and the terms of the score at every point, `(points,)`."""

    grid: FloatArray
    q: FloatArray
    terms: Terms

    def end(self, point: int) -> End:
        """One point: tau2 and the terms there, as numbers."""
        return float(self.grid[point]), ScoreTerms(*(float(term[point]) for term in self.terms))


def fit_single(yi: FloatArray, vi: FloatArray, *, restricted: bool, level: float) -> SingleFit | None:
    """The random-effects model by REML or ML; None where the row needs the care of the batch. `(k,)`, k at least 2."""
    with np.errstate(all="ignore"):
        one = single(yi, vi)
        if one is None:
            return None
        try:
            scan = _scan(one, restricted=restricted)
            tau2 = _summit(one, scan, restricted=restricted)
            if tau2 is None:
                return None
            low, high = (_q_root(one, scan, quantile) for quantile in chi2_quantiles(yi.size - 1.0, level))
            fit = _fit(one, tau2, restricted=restricted)
        except (ZeroDivisionError, OverflowError):  # of numbers beyond 1e150: arrays have infinity there
            return None
        status = (Status.FLAT if is_flat(scan.grid, scan.terms) else 0) | (Status.AT_ZERO if tau2 == 0 else 0)
    return fit._replace(tau2_low=low * one.unit, tau2_high=high * one.unit, status=int(status))


def single(yi: FloatArray, vi: FloatArray) -> Single | None:
    """The row in standard units; None unless every number can be used."""
    unit = float(np.minimum.reduce(vi))
    if not (unit > 0 and np.maximum.reduce(vi) < np.inf):
        return None
    v = vi / unit
    weight = 1.0 / v
    centre = float((weight @ yi) / np.add.reduce(weight))
    if not -np.inf < centre < np.inf:
        return None
    y = (yi - centre) / unit**0.5
    return Single(y, v, centre, unit)


def _scan(one: Single, *, restricted: bool) -> Scan:
    y, v = one.y, one.v
    squares = y * y
    total, sum_y = float(np.add.reduce(squares)), float(np.add.reduce(y))
    spread = max(total - sum_y * sum_y / y.size, 0.0) + 1e-12 * total
    ceiling = highest_ceiling(spread, y.size - 1.0, float(np.maximum.reduce(v)))
    reach = float(np.maximum.reduce(y) - np.minimum.reduce(y))
    grid = points_to(np.array([min(ceiling, reach * reach)]))[:, 0]
    w = v[:, None] + grid
    np.divide(1.0, w, out=w)
    basis = np.array([np.ones_like(y), y, squares])
    w1, wy, wyy = basis @ w
    power = w * w
    w2, w2y, w2yy = basis @ power
    power *= w
    w3, w3y, w3yy = basis @ power
    terms = terms_of_sums((w1, w2, w3), (wy, w2y, w3y), (w2yy, w3yy), restricted=restricted)
    return Scan(grid, wyy - wy * wy / w1, terms)


def _cells_with_summit(one: Single, scan: Scan, *, restricted: bool) -> list[tuple[End, End]] | None:
    """The cells in which the score goes from + to -; None where a cell stays without proof."""
    below, above = terms_at(scan.terms, slice(None, -1)), terms_at(scan.terms, slice(1, None))
    found: list[tuple[End, End]] = []
    doubtful = [(scan.end(at), scan.end(at + 1)) for at in np.flatnonzero(~has_no_root(below, above)).tolist()]
    halvings = HALVINGS
    while doubtful:
        low, high = doubtful.pop()
        if has_one_root(low[1], high[1]):
            if low[1].a > low[1].b and high[1].a <= high[1].b:
                found.append((low, high))
        elif halvings:
            halvings -= 1
            tau2 = ((1 + low[0]) * (1 + high[0])) ** 0.5 - 1
            middle = (tau2, one.terms(tau2, restricted=restricted))
            doubtful += [half for half in ((low, middle), (middle, high)) if not has_no_root(half[0][1], half[1][1])]
        else:
            return None
    return found


def _summit(one: Single, scan: Scan, *, restricted: bool) -> float | None:
    """The only summit, in units of `one.unit`; None where there are two or a cell is not proved."""
    found = _cells_with_summit(one, scan, restricted=restricted)
    rising_from_zero = scan.terms.a[0] > scan.terms.b[0]
    if found is None or len(found) != rising_from_zero:
        return None
    if not found:
        return 0.0
    below_root, above_root = ((tau2, *ratio_and_slope(terms)) for tau2, terms in found[0])
    guess = _crossing(below_root, above_root, 1.0)
    between = one.terms(guess, restricted=restricted)
    nearer = (guess, *ratio_and_slope(between))
    beyond = between.a > between.b
    ends = (nearer, above_root) if beyond else (below_root, nearer)
    start = _crossing(ends[0], ends[1], 1.0)
    step, reach = abs(start - guess), abs(guess - (below_root if beyond else above_root)[0])
    if is_root(step, reach, start):
        return start

    def score(tau2: float) -> tuple[float, float]:
        return score_and_slope(one.terms(tau2, restricted=restricted))

    return one_falling_root(score, found[0][0][0], found[0][1][0], start, step)


def _q_root(one: Single, scan: Scan, target: float) -> float:
    """The tau2 at which Q equals `target`; 0 where Q(0) is not above it."""
    if not scan.q[0] > target > 0:
        return 0.0

    def inverse_gap(tau2: float) -> tuple[float, float]:
        q, fall = one.generalised_q(tau2)
        return 1.0 / target - 1.0 / q, -fall / (q * q)

    above = int(np.argmax(scan.q <= target))
    if above > 0:
        low, high = _inverse_q(scan, above - 1), _inverse_q(scan, above)
        # Rounding may move the root across the end of its cell.
        ceiling, start = high[0] * (1 + 1e-9), _crossing(low, high, 1 / target)
    else:
        # Beyond the scan 1 / Q is all but a straight line, and Q at most the sum of squares divided by tau2.
        at, value, slope = _inverse_q(scan, -1)
        deviation = one.y - np.add.reduce(one.y) / one.y.size
        ceiling, start = float(deviation @ deviation) / target * (1 + 1e-9), at + (1 / target - value) / slope
    return one_falling_root(inverse_gap, 0.0, ceiling, start if 0 < start < ceiling else ceiling / 2)


def _crossing(low: tuple[float, float, float], high: tuple[float, float, float], target: float) -> float:
    """`inverted_cubic`, or the middle where that leads out of the cell or the two ends agree to the last bit."""
    try:
        found = inverted_cubic(low, high, target)
    except ZeroDivisionError:
        found = math.nan
    return found if low[0] < found < high[0] else (low[0] + high[0]) / 2


def _inverse_q(scan: Scan, point: int) -> tuple[float, float, float]:
    """One point of the scan: tau2, 1 / Q and its slope; Q falls at the rate a."""
    q = float(scan.q[point])
    return float(scan.grid[point]), 1 / q, float(scan.terms.a[point]) / (q * q)


def _fit(one: Single, tau2: float, *, restricted: bool) -> SingleFit:
    """The fit at `tau2` in units of `one.unit`; limits and status are still to come."""
    y, v, unit = one.y, one.v, one.unit
    df, root = y.size - 1, unit**0.5
    weight = 1.0 / (v + tau2)
    sum_w = float(np.add.reduce(weight))
    mean = float(weight @ y) / sum_w
    residual = y - mean
    se_hk = (float((weight * residual) @ residual) / df / sum_w) ** 0.5
    precision = 1.0 / v
    total = float(np.add.reduce(precision))
    deviation = y - float(precision @ y) / total
    q = float((precision * deviation) @ deviation)
    vt = df / float(precision @ (1 - precision / total))
    square = weight * weight
    information = float(np.add.reduce(square))
    if restricted:
        information += (information / sum_w) ** 2 - 2 * float(square @ weight) / sum_w
    return SingleFit(
        k=y.size,
        estimate=one.centre + root * mean,
        se=root * (1 / sum_w) ** 0.5,
        se_hk=root * se_hk,
        tau2=tau2 * unit,
        se_tau2=(2 / information) ** 0.5 * unit if information > 0 else math.nan,
        tau2_low=math.nan,
        tau2_high=math.nan,
        weights=weight * (100 / sum_w),
        Q=q,
        vt=vt * unit,
        I2=100 * tau2 / (tau2 + vt),
        I2_from_Q=i2_from_q(q, float(df)),
        H2=tau2 / vt + 1,
        status=0,
    )

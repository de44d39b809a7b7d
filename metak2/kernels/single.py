"""One meta-analysis alone, every study counted once: the formulas of the batch on arrays `(k,)`, results numbers.

A batch pays NumPy's overhead once for many rows; a row alone would pay all of it, ten times the cost of its numbers.
Here one scan serves the summit of the likelihood and both limits of the Q-profile interval, and sums over studies are
products with a vector (`dot`), the cheapest pass that NumPy has. Whatever needs care (an effect or variance that cannot
be used, a cell without proof, two summits) is left to the batch. Laws hold both to be equal to rounding.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.heterogeneity import i2_from_q
from metak2.kernels.intervals import chi2_quantiles
from metak2.kernels.moments import mean_terms
from metak2.kernels.roots import one_falling_root
from metak2.kernels.summit import (
    FLAT_RATIO,
    HALVINGS,
    ScoreTerms,
    Terms,
    has_no_root,
    has_one_root,
    highest_ceiling,
    inverted_cubic,
    is_flat,
    points_of_one,
    ratio_and_slope,
    terms_at,
)

End = tuple[float, ScoreTerms[float]]
"""A point: tau2 and the terms of the score there, as numbers."""
Point = tuple[float, float, float]
"""A point of a rising function of tau2: tau2, the value and the slope."""
Rising = Callable[[float], tuple[float, float]]

FLAT, AT_ZERO = int(Status.FLAT), int(Status.AT_ZERO)
CLOSE = 1e-11  # relative error foretold of a root at which it is taken: a tenth of what both ways promise


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
    """Effects and variances `(k,)` in standard units: an effect is `centre + y * sqrt(unit)`, a variance `v * unit`.

    `ones` are k of them: the product with them is the sum over studies. `precision` is 1 / v, `widest` the largest v.
    """

    y: FloatArray
    v: FloatArray
    ones: FloatArray
    precision: FloatArray
    centre: float
    unit: float
    widest: float

    def terms(self, tau2: float, *, restricted: bool) -> ScoreTerms[float]:
        """The terms of the score at `tau2`, from residuals, whose weighted sum is 0, so that no digits cancel."""
        w = 1.0 / (self.v + tau2)
        sum_w = float(w.dot(self.ones))
        residual = self.y - float(w.dot(self.y)) / sum_w
        square, weighted = w * w, w * residual
        return mean_terms(
            (sum_w, float(w.dot(w)), float(square.dot(w))),
            (0.0, float(w.dot(weighted)), 0.0),
            (float(weighted.dot(weighted)), float(weighted.dot(w * weighted))),
            restricted=restricted,
        )

    def generalised_q(self, tau2: float) -> tuple[float, float]:
        """Q(tau2) and the rate at which it falls; DerSimonian & Kacker (2007)."""
        w = 1.0 / (self.v + tau2)
        residual = self.y - float(w.dot(self.y)) / float(w.dot(self.ones))
        weighted = w * residual
        return float(weighted.dot(residual)), float(weighted.dot(weighted))


class Scan(NamedTuple):
    """The points, Q at each, falling, and the terms of the score, `(points,)`."""

    grid: FloatArray
    q: list[float]
    terms: Terms

    def end(self, point: int) -> End:
        """One point: tau2 and the terms there, as numbers."""
        a, b, a_fall, b_fall = self.terms
        at = ScoreTerms(a.item(point), b.item(point), a_fall.item(point), b_fall.item(point))
        return self.grid.item(point), at

    def inverse_q(self, point: int) -> Point:
        """One point of 1 / Q; Q falls at the rate a."""
        q = self.q[point]
        return self.grid.item(point), 1 / q, self.terms.a.item(point) / (q * q)

    def is_flat(self) -> bool:
        """Whether the likelihood is flat."""
        b = self.terms.b
        if b.item(0) < FLAT_RATIO * b.item(-1):
            return False
        return bool(is_flat(self.grid[:, None], Terms(*(term[:, None] for term in self.terms)))[0])


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
            upper, lower = chi2_quantiles(yi.size - 1.0, level)
            limits = _q_root(one, scan, upper), _q_root(one, scan, lower)
            return _fit(one, tau2, limits, flat=scan.is_flat(), restricted=restricted)
        except (ZeroDivisionError, OverflowError):  # of numbers beyond 1e150: arrays have infinity there
            return None


def single(yi: FloatArray, vi: FloatArray) -> Single | None:
    """The row in standard units; None unless every number can be used."""
    unit, widest = vi.item(vi.argmin()), vi.item(vi.argmax())
    if not (unit > 0 and widest < math.inf):
        return None
    v, ones = vi / unit, np.ones(vi.size)
    precision = 1.0 / v
    centre = float(precision.dot(yi)) / float(precision.dot(ones))
    if not -math.inf < centre < math.inf:
        return None
    y = (yi - centre) / unit**0.5
    return Single(y, v, ones, precision, centre, unit, widest / unit)


def _scan(one: Single, *, restricted: bool) -> Scan:
    y, k = one.y, one.y.size
    basis = np.array([one.ones, y, y * y])
    total, sum_y = float(y.dot(y)), float(y.dot(one.ones))
    spread = max(total - sum_y * sum_y / k, 0.0) + 1e-12 * total
    reach = y.item(y.argmax()) - y.item(y.argmin())
    grid = points_of_one(min(highest_ceiling(spread, k - 1.0, one.widest), reach * reach))
    powers = np.empty((3, grid.size, k))
    w, square, cube = powers
    np.add(one.v, grid[:, None], out=w)
    np.divide(1.0, w, out=w)
    np.multiply(w, w, out=square)
    np.multiply(square, w, out=cube)
    (w1, w2, w3), (wy, w2y, w3y), (wyy, w2yy, w3yy) = basis.dot(powers.reshape(-1, k).T).reshape(3, 3, -1)
    terms = mean_terms((w1, w2, w3), (wy, w2y, w3y), (w2yy, w3yy), restricted=restricted)
    return Scan(grid, (wyy - wy * wy / w1).tolist(), terms)


def _cells_with_summit(one: Single, scan: Scan, *, restricted: bool) -> list[tuple[End, End]] | None:
    """The cells in which the score goes from + to -; None where a cell stays without proof."""
    below, above = terms_at(scan.terms, slice(None, -1)), terms_at(scan.terms, slice(1, None))
    found: list[tuple[End, End]] = []
    doubtful = [(scan.end(at), scan.end(at + 1)) for at in (~has_no_root(below, above)).nonzero()[0].tolist()]
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
    low, high = ((tau2, *ratio_and_slope(terms)) for tau2, terms in found[0])

    def ratio(tau2: float) -> tuple[float, float]:
        return ratio_and_slope(one.terms(tau2, restricted=restricted))

    return _root(ratio, low, high, 1.0)


def _q_root(one: Single, scan: Scan, target: float) -> float:
    """The tau2 at which Q equals `target`; 0 where Q(0) is not above it. 1 / Q is all but a straight line."""
    if not scan.q[0] > target > 0:
        return 0.0

    def inverse_q(tau2: float) -> tuple[float, float]:
        q, fall = one.generalised_q(tau2)
        return 1.0 / q, fall / (q * q)

    above = next((at for at, q in enumerate(scan.q) if q <= target), 0)
    if above:
        return _root(inverse_q, scan.inverse_q(above - 1), scan.inverse_q(above), 1.0 / target)
    # Beyond the scan; Q is at most the sum of squares divided by tau2.
    at, value, slope = scan.inverse_q(-1)
    deviation = one.y - float(one.y.dot(one.ones)) / one.y.size
    ceiling, start = float(deviation.dot(deviation)) / target * (1 + 1e-9), at + (1.0 / target - value) / slope
    start = start if 0 < start < ceiling else ceiling / 2
    return _newton(inverse_q, 1.0 / target, (0.0, ceiling), start)


def _root(rising: Rising, low: Point, high: Point, target: float) -> float:
    """Where a function that rises from `low` to `high` is `target`, by the cubic through the ends, taken twice.

    The second cubic spans the part of the cell that the root of the first leaves. The error of a cubic goes with the
    squares of its root's distances from both ends: that of the first, `step`, with `before`**2, that of the second with
    `step`**2. Where this foretells too large an error, Newton's steps follow.
    """
    # Rounding may move the root across the end of its cell.
    bracket = low[0] * (1 - 1e-9), high[0] * (1 + 1e-9)
    guess = _cubic_root(low, high, target)
    if not low[0] < guess < high[0]:
        return _newton(rising, target, bracket, 0.5 * (low[0] + high[0]))
    value, slope = rising(guess)
    nearer = (guess, value, slope)
    root = _cubic_root(nearer, high, target) if value < target else _cubic_root(low, nearer, target)
    step, before = abs(root - guess), guess - (low if value < target else high)[0]
    if step**3 <= CLOSE * root * before * before:
        return root
    return _newton(rising, target, bracket, root if low[0] < root < high[0] else guess, step)


def _newton(
    rising: Rising, target: float, bracket: tuple[float, float], start: float, before: float = math.nan
) -> float:
    """Where a rising function is `target`, by `one_falling_root`."""

    def falling(tau2: float) -> tuple[float, float]:
        value, slope = rising(tau2)
        return target - value, -slope

    return one_falling_root(falling, *bracket, start, before)


def _cubic_root(low: Point, high: Point, target: float) -> float:
    """`inverted_cubic`; NaN where the two ends agree to the last bit."""
    try:
        return inverted_cubic(low, high, target)
    except ZeroDivisionError:
        return math.nan


def _fit(one: Single, tau2: float, limits: tuple[float, float], *, flat: bool, restricted: bool) -> SingleFit:
    """The fit at `tau2`, with the limits of tau2, all in units of `one.unit`."""
    y, unit, precision = one.y, one.unit, one.precision
    df, root = y.size - 1, unit**0.5
    weight = 1.0 / (one.v + tau2)
    sum_w = float(weight.dot(one.ones))
    mean = float(weight.dot(y)) / sum_w
    residual = y - mean
    se_hk = (float((weight * residual).dot(residual)) / df / sum_w) ** 0.5
    q = float((precision * y).dot(y))
    vt = df / float(precision.dot(1 - precision / float(precision.dot(one.ones))))
    information = float(weight.dot(weight))
    if restricted:
        information += (information / sum_w) ** 2 - 2 * float((weight * weight).dot(weight)) / sum_w
    return SingleFit(
        k=y.size,
        estimate=one.centre + root * mean,
        se=root * (1 / sum_w) ** 0.5,
        se_hk=root * se_hk,
        tau2=tau2 * unit,
        se_tau2=(2 / information) ** 0.5 * unit if information > 0 else math.nan,
        tau2_low=limits[0] * unit,
        tau2_high=limits[1] * unit,
        weights=weight * (100 / sum_w),
        Q=q,
        vt=vt * unit,
        I2=100 * tau2 / (tau2 + vt),
        I2_from_Q=i2_from_q(q, float(df)),
        H2=tau2 / vt + 1,
        status=(FLAT if flat else 0) | (AT_ZERO if tau2 == 0 else 0),
    )

"""Covariances of log relative risks with a common reference, and bases of dose; one study at a time.

Level 0 is the reference: `y` `(levels - 1,)` are the log relative risks of the others against it, `se` their standard
errors. `designs`: "cc" odds ratios of a case-control study, "ci" risk ratios of cumulative incidence, "ir" rate ratios
from person-time. `n` is cases and controls, people, or person-time.
"""

from typing import Literal

import numpy as np

from metak2.kernels.contract import FloatArray

DoseDesign = Literal["cc", "ci", "ir"]
DESIGNS: tuple[DoseDesign, ...] = ("cc", "ci", "ir")
PERCENTILES = {3: (10.0, 50.0, 90.0), 4: (5.0, 35.0, 65.0, 95.0), 5: (5.0, 27.5, 50.0, 72.5, 95.0)}
"""Where the knots of a restricted cubic spline lie; Harrell 2015, Regression Modeling Strategies, table 2.3."""
HALVINGS = 200
_SIGN = {"cc": 1.0, "ci": -1.0, "ir": 0.0}  # of 1/(those without the event) in the variance of a level


def fitted_cases(y: FloatArray, cases: FloatArray, n: FloatArray, design: DoseDesign) -> FloatArray:
    """The cases of each level `(levels,)` that give the adjusted relative risks at the margins of the table.

    Greenland & Longnecker 1992, Am J Epidemiol 135:1301-1309: total cases and n of each level are kept. For odds ratios
    the odds in the reference are the root of a rising function; rates and risks have a closed form.
    """
    relative = np.exp(np.concatenate([[0.0], y]))
    total = float(cases.sum())
    if design != "cc":
        return np.asarray(total * relative * n / float(relative @ n))
    low, high = -700.0, 700.0  # log odds in the reference
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        reached = float((n * _share(middle + np.log(relative))).sum())
        low, high = (middle, high) if reached < total else (low, middle)
    return np.asarray(n * _share(0.5 * (low + high) + np.log(relative)))


def _share(log_odds: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -700, 700))))


def greenland_longnecker(
    y: FloatArray, se: FloatArray, cases: FloatArray, n: FloatArray, design: DoseDesign
) -> FloatArray:
    """The covariance matrix `(levels - 1, levels - 1)`: correlations of the crude estimates, the printed errors."""
    fitted = fitted_cases(y, cases, n, design)
    shared, variances = _crude(fitted, n, design)
    crude = variances + shared
    correlation = shared / np.sqrt(np.outer(crude, crude))
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * np.outer(se, se))


def _crude(fitted: FloatArray, n: FloatArray, design: DoseDesign) -> tuple[float, FloatArray]:
    """What the reference adds to every variance, and what each other level adds to its own."""
    if design == "cc":
        own = 1 / fitted + 1 / (n - fitted)
    else:
        own = 1 / fitted + (_SIGN[design] / n if design == "ci" else 0.0)
    return float(own[0]), np.asarray(own[1:])


def hamling(
    y: FloatArray, se: FloatArray, cases: FloatArray, n: FloatArray, design: DoseDesign
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The covariance matrix of effective counts, and those counts: cases and others (controls, people or time).

    Hamling, Lee, Weitkunat & Ambühl 2008, Stat Med 27:954-970: counts that give the adjusted relative risks *and* their
    variances, with the share of the reference among the others and the ratio of others to cases as in the data.
    """
    others = n - cases if design == "cc" else n
    relative, variance = np.exp(y), se**2
    share, ratio = float(others[0] / others.sum()), float(others.sum() / cases.sum())
    highest = 1 / max(1.0, float(relative.max())) if design == "ci" else np.inf
    low, high = -700.0, min(float(np.log(highest)), 700.0)  # log of cases to others in the reference
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        made = _counts(float(np.exp(middle)), share, relative, variance, design)
        falls = made[1].sum() / made[0].sum()
        low, high = (middle, high) if falls > ratio else (low, middle)
    effective = _counts(float(np.exp(0.5 * (low + high))), share, relative, variance, design)
    shared = _reference_variance(effective, design)
    return np.full((y.size, y.size), shared) + np.diag(variance - shared), effective[0], effective[1]


def _reference_variance(counts: tuple[FloatArray, FloatArray], design: DoseDesign) -> float:
    return float(1 / counts[0][0] + _SIGN[design] / counts[1][0])


def _counts(
    odds: float, share: float, relative: FloatArray, variance: FloatArray, design: DoseDesign
) -> tuple[FloatArray, FloatArray]:
    """Cases and others of each level for cases-to-others `odds` in the reference, with its `share` of the others.

    The share falls as the variance that the reference contributes rises from 0 to the smallest of all variances.
    """
    sign = _SIGN[design]
    low, high = 0.0, float(variance.min())
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        _, others = _at(middle, odds, relative, variance, sign)
        low, high = (middle, high) if others[0] / others.sum() > share else (low, middle)
    return _at(0.5 * (low + high), odds, relative, variance, sign)


def _at(
    shared: float, odds: float, relative: FloatArray, variance: FloatArray, sign: float
) -> tuple[FloatArray, FloatArray]:
    tiny = np.finfo(float).tiny
    reference = (1 + sign * odds) / max(shared, tiny)
    rest = (1 + sign * odds * relative) / np.maximum(variance - shared, tiny)
    cases = np.concatenate([[reference], rest])
    return cases, cases / (odds * np.concatenate([[1.0], relative]))


def restricted_cubic(dose: FloatArray, knots: FloatArray) -> FloatArray:
    """The basis `(doses, knots - 1)` of a cubic spline that is linear beyond its outer knots.

    Its first column is the dose; the others are divided by the squared distance of the outer knots (Harrell
    2015, Regression Modeling Strategies, section 2.4.5).
    """
    last, second = knots[-1], knots[-2]

    def cubed(knot: float) -> FloatArray:
        return np.asarray(np.maximum(dose - knot, 0.0) ** 3)

    columns = [dose]
    for knot in knots[:-2]:
        bent = (cubed(second) * (last - knot) - cubed(last) * (second - knot)) / (last - second)
        columns.append((cubed(knot) - bent) / (last - knots[0]) ** 2)
    return np.stack(columns, axis=1)


def trend(y: FloatArray, X: FloatArray, S: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Generalised least squares without an intercept: coefficients `(p,)` and their covariance `(p, p)`."""
    weighted = np.linalg.solve(S, X)
    vcov = np.linalg.inv(X.T @ weighted)
    return vcov @ (weighted.T @ y), vcov

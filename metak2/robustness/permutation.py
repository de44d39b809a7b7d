"""Permutation tests of a pooled effect (sign flips) and of a regression (the design's rows rearranged).

Follmann & Proschan (1999), Biometrics 55:732-737; Higgins & Thompson (2004), Statistics in Medicine 23:1663-1682.
"""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.permuted import Permuted, permuted_regression
from metak2.kernels.regression import RegressionFit
from metak2.kernels.wald import wald_statistic
from metak2.models.pooled import Pooled
from metak2.models.regress import regression_of
from metak2.models.regression_batch import fit_batch, how_of, rules, scales
from metak2.models.regression_result import Regression
from metak2.models.rows import fit_arrays
from metak2.models.wald import slopes_of
from metak2.shown import Drawn

MOST_EXACT = 50_000  # arrangements that are all computed; beyond, a sample is drawn
TIE = 1e-8  # relative: the same arrangement in another order differs in the last bits
ROUNDING = 1e-10  # absolute: effects that are all equal leave statistics of about 1e-15
CHUNK = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PermutationTest(Drawn):
    """Two-sided permutation p values, one per coefficient, and of the omnibus test.

    Attributes
    ----------
    exact
        Whether all `arrangements` were computed; else that many were drawn with `seed` and the observed one counts
        among them (Phipson & Smyth 2010).
    statistic, pval
        Observed test statistics and p values, (p,), in the order of `names`.
    QM, QM_pval
        Observed omnibus statistic and its p value.
    failed
        Arrangements that could not be estimated; they are left out of the p values.
    """

    base: Regression
    names: tuple[str, ...]
    exact: bool
    arrangements: int
    seed: int | None
    statistic: FloatArray
    pval: FloatArray
    QM: float
    QM_pval: float
    failed: int
    notes: tuple[Note, ...]


def permutation_test(
    result: Pooled | Regression, *, draws: int = 10_000, seed: int = 1, exact: bool | None = None
) -> PermutationTest:
    """The permutation test, over all arrangements where there are at most 50,000 (or `exact=True`), else over `draws`.

    Raises
    ------
    ModelError
        An exact test that cannot be computed, or fewer than one draw.
    """
    base = regression_of(result) if isinstance(result, Pooled) else result
    alone = _alone(base)
    possible = 2 ** (base.k - 1) if alone else _count(base.design.X)
    if exact and possible > 20 * MOST_EXACT:
        raise ModelError(f"an exact test needs {possible:,} refits; draw a sample with exact=False and a seed")
    if draws < 1:
        raise ModelError(f"draws is the number of arrangements to draw; got {draws}")
    complete = possible <= MOST_EXACT if exact is None else exact
    size = possible if complete else draws
    wider, counted = _wider(base, size, None if complete else np.random.Generator(np.random.PCG64(seed)))
    pval = wider / counted if complete else (wider + 1) / (counted + 1)
    failed = size - counted
    return PermutationTest(
        base=base,
        names=base.coefficients.names,
        exact=complete,
        arrangements=2 * size if alone and complete else size,
        seed=None if complete else seed,
        statistic=base.coefficients.statistic,
        pval=pval[:-1],
        QM=base.QM.statistic,
        QM_pval=float(pval[-1]),
        failed=failed,
        notes=(Note(code="PERMUTATIONS_FAILED", values={"failed": failed, "of": size}),) if failed else (),
    )


def _alone(base: Regression) -> bool:
    """Whether there is nothing but an intercept: then signs are flipped."""
    return base.p == 1 and base.design.intercept is not None


def _wider(base: Regression, size: int, rng: np.random.Generator | None) -> tuple[FloatArray, int]:
    """How many arrangements are at least as extreme as the observed one, per statistic, and how many were estimable."""
    observed = np.append(np.abs(base.coefficients.statistic), base.QM.statistic)
    wider, counted = np.zeros(base.p + 1), 0
    for start in range(0, size, CHUNK):
        rows = np.arange(start, min(start + CHUNK, size))
        statistic = _flipped(base, rows, rng) if _alone(base) else _rearranged(base, rows, rng)
        usable = np.isfinite(statistic).all(axis=1)
        wider += (statistic[usable] >= observed * (1 - TIE) - ROUNDING).sum(axis=0)
        counted += int(usable.sum())
    return wider, counted


def _flipped(base: Regression, rows: np.ndarray, rng: np.random.Generator | None) -> FloatArray:
    """Statistics of the effects with random signs; all signs turned give the same size, so the first keeps its own."""
    bits = np.arange(base.k - 1)
    if rng is None:
        signs = 1.0 - 2.0 * ((rows[:, None] >> bits) & 1)
    else:
        signs = 1.0 - 2.0 * rng.integers(0, 2, size=(rows.size, base.k - 1))
    yi = base.effects.yi * np.hstack([np.ones((rows.size, 1)), signs])
    fit = fit_arrays(yi, base.effects.vi[None], np.ones((1, base.k)), base.choices, base.given_weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = (fit.se_hk / fit.se) ** 2
    vcov = (fit.se**2)[:, None, None]
    return _statistics(base, Permuted(k=fit.k, p=1, beta=fit.estimate[:, None], vcov=vcov, scale=scale, tau2=fit.tau2))


def _rearranged(base: Regression, rows: np.ndarray, rng: np.random.Generator | None) -> FloatArray:
    """Statistics of the effects against the rows of the design in another order."""
    X = base.design.X
    if rng is None:
        kinds, first = _kinds(X)
        order = first[np.array([_arrangement(Counter(kinds), int(row)) for row in rows])]
    else:
        order = rng.permuted(np.tile(np.arange(base.k), (rows.size, 1)), axis=1)
    return _statistics(base, _refitted(base, order))


def _refitted(base: Regression, order: np.ndarray) -> Permuted | RegressionFit:
    """The rows of the design in each `order`, (rows, k); estimators that are not likelihoods take the general way."""
    how, effects = how_of(base), base.effects
    if how.weights is None and (not how.estimated or how.choices.method.likelihood is not None):
        tau2 = None if how.estimated else how.tau2 or 0.0
        restricted = how.choices.method.likelihood == "REML"
        return permuted_regression(effects.yi, effects.vi, base.design.X, order, tau2=tau2, restricted=restricted)
    return fit_batch(effects.yi[None], effects.vi[None], np.ones((1, base.k)), base.design.X[order], how).fit


def _statistics(base: Regression, fit: Permuted | RegressionFit) -> FloatArray:
    """|statistic| of every coefficient, and the omnibus one, `(rows, p + 1)`."""
    factor = scales(fit, rules(fit, base.choices))
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.abs(fit.beta) / np.sqrt(factor[:, None] * np.diagonal(fit.vcov, axis1=1, axis2=2))
    index = slopes_of(base.design) or list(range(base.p))
    omnibus = wald_statistic(fit.beta[:, index], fit.vcov[:, index][:, :, index] * factor[:, None, None])
    return np.hstack([each, (omnibus / (len(index) if np.isfinite(base.df) else 1))[:, None]])


def _kinds(X: FloatArray) -> tuple[list[int], np.ndarray]:
    """The kind of each row (equal rows are one kind) and a row of each kind."""
    _, first, kind = np.unique(X, axis=0, return_index=True, return_inverse=True)
    return [int(one) for one in np.ravel(kind)], first


def _count(X: FloatArray) -> int:
    """Number of distinct arrangements of the rows of X."""
    counts = Counter(_kinds(X)[0]).values()
    return math.factorial(len(X)) // math.prod(math.factorial(count) for count in counts)


def _arrangement(left: Counter[int], number: int) -> list[int]:
    """The arrangement of a multiset with this number, in lexical order."""
    order: list[int] = []
    total = math.factorial(left.total()) // math.prod(math.factorial(count) for count in left.values())
    for size in range(left.total(), 0, -1):
        for kind in sorted(left):
            share = total * left[kind] // size
            if number < share:
                break
            number -= share
        order.append(kind)
        total = share
        left[kind] -= 1
    return order

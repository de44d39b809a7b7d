"""Tests for few clusters by the wild cluster bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.wild_bootstrap import Signs, wild_bootstrap
from metak2.models.robust import robust_test
from metak2.models.robust_result import Robust
from metak2.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class WildTest(Shown):
    """A bootstrap test that coefficients are zero.

    `statistic` is the robust F; `exhaustive` says that every pattern of signs was taken once instead of drawn, `signs`
    and `seed` how they were drawn; `few` that there are so few patterns that p cannot fall below 0.05.
    """

    tested: tuple[str, ...]
    clusters: int
    statistic: float
    pval: float
    draws: int
    exhaustive: bool
    signs: Signs
    seed: int
    few: bool


def wild_test(
    fitted: Robust,
    coefficients: Sequence[str] | None = None,
    *,
    signs: Signs = "Rademacher",
    draws: int = 1999,
    seed: int = 1,
) -> WildTest:
    """Test that several coefficients are all zero; Joshi, Pustejovsky & Beretvas (2022), RSM 13:457-477.

    Parameters
    ----------
    coefficients
        By default all but the intercept; the intercept where it is alone.
    signs
        "Rademacher" (-1 or 1), or "Webb", six values, for fewer than about ten clusters.

    Raises
    ------
    ModelError
        Fewer than 99 draws, or what `robust_test` refuses.
    """
    if signs not in get_args(Signs):
        raise UnknownOptionError("signs", signs, get_args(Signs))
    if draws < 99:
        raise ModelError(f"{draws} draws leave p too coarse; take at least 99, better 1999")
    tested = robust_test(fitted, coefficients, test="chi-squared").tested
    C = np.eye(fitted.p)[[fitted.coefficients.index(name) for name in tested]]
    found = wild_bootstrap(fitted.sandwich, fitted.effects.yi, C, signs=signs, draws=draws, seed=seed)
    return WildTest(
        tested=tested,
        clusters=fitted.m,
        statistic=found.statistic,
        pval=found.pval,
        draws=found.draws,
        exhaustive=found.exhaustive,
        signs=signs,
        seed=seed,
        few=signs == "Rademacher" and 2.0 ** (1 - fitted.m) > 0.05,
    )

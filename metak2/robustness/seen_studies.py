"""The studies of a pooled result as the analyses of small-study effects and selection take them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.regression_tau2 import ESTIMATORS, residual_tau2
from metak2.models.pooled import Pooled

FEW = 10
"""Below this number tests of asymmetry have too little power to tell chance from bias (Cochrane Handbook 13.3.5.4)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Names, effects and variances of the pooled studies, `(k,)`, and where they stand among all, `columns`."""

    study: tuple[str, ...]
    yi: FloatArray
    vi: FloatArray
    columns: NDArray[np.intp]

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.yi.size


def seen_studies(pooled: Pooled, *, least: int, what: str) -> Seen:
    """The pooled studies; `ModelError` below `least` of them. `what` names the analysis in the message."""
    effects = pooled.effects
    usable = (effects.mi > 0) & np.isfinite(effects.yi) & np.isfinite(effects.vi)
    columns = np.flatnonzero(usable)
    if columns.size < least:
        raise ModelError(
            f"{what} needs at least {least} studies with an effect and a standard error, and there are {columns.size}; "
            "show the studies side by side and judge the risk of unpublished results from registers and protocols"
        )
    study = tuple(effects.study[i] for i in columns)
    return Seen(study=study, yi=effects.yi[columns], vi=effects.vi[columns], columns=columns)


def column_of(pooled: Pooled, seen: Seen, values: ArrayLike, what: str) -> FloatArray:
    """Values given for every study of the analysis (or for the pooled ones alone), for the pooled ones."""
    given = np.asarray(values, dtype=np.float64)
    if given.shape[:1] == (len(pooled.effects),):
        given = given[seen.columns]
    if given.shape[:1] != (seen.k,):
        raise ModelError(f"{what} has {given.shape[0] if given.ndim else 1} entries for {len(pooled.effects)} studies")
    if not np.all(np.isfinite(given)):
        missing = [seen.study[i] for i in np.flatnonzero(~np.isfinite(given.reshape(seen.k, -1)).all(axis=1))]
        raise ModelError(f"{what} is missing in {', '.join(missing)}; leave these studies out by effects.excluding()")
    return given


def sample_sizes(pooled: Pooled, seen: Seen, given: ArrayLike | None) -> FloatArray:
    """People per study: as given, else the arms of the study table, else its column `n` or `ni`."""
    if given is not None:
        return column_of(pooled, seen, given, "sample_size")
    data, moderators = pooled.effects.data, pooled.effects.moderators
    if {"n_e", "n_c"} <= data.keys():
        return column_of(pooled, seen, data["n_e"] + data["n_c"], "the size of the arms")
    for name in ("n", "ni"):
        if name in moderators:
            return column_of(pooled, seen, moderators[name], f"column {name}")
    raise ModelError(
        'the sizes of the studies are not known; give them as sample_size=, or use predictor="sei" (standard errors)'
    )


def design_with(pooled: Pooled, seen: Seen, moderators: ArrayLike | None) -> FloatArray:
    """The column of ones and the moderators, `(k, p)`."""
    ones = np.ones((seen.k, 1))
    if moderators is None:
        return ones
    return np.column_stack([ones, column_of(pooled, seen, moderators, "moderators").reshape(seen.k, -1)])


def tau2_beside(pooled: Pooled, seen: Seen, design: FloatArray) -> float:
    """tau2 beside a design, by the method that pooled the studies; 0 under a common effect."""
    method = pooled.asked
    if method.needs == "counts" or (method.model == "random effects" and method.name not in ESTIMATORS):
        raise ModelError(f"{method.label} has no regression; pool the studies by CE, REML, DL or PM first")
    if method.model == "common effect":
        return 0.0
    found = residual_tau2(method.name, seen.yi[None], seen.vi[None], np.ones((1, seen.k)), design[None])
    return float(found.tau2[0])


def few_studies(k: int) -> tuple[Note, ...]:
    """The caveat of every test of funnel plot asymmetry below ten studies."""
    return (Note(code="ASYMMETRY_FEW", values={"k": k}),) if k < FEW else ()

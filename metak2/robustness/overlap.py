"""How much published reviews share: the citation matrix and the corrected covered area.

Pieper, Antoine, Mathes, Neugebauer & Eikermann 2014, J Clin Epidemiol 67:368-375: with N memberships, r trials and c
reviews the corrected covered area is (N − r) / (rc − r); up to 5 per cent is slight, up to 10 moderate, up to 15 high.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.studies.memberships import Membership

Extent = Literal["slight", "moderate", "high", "very high"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlap:
    """The citation matrix of trials and reviews.

    `holds` is (trials, reviews): 1 a review holds the trial, 0 it does not, NaN not known. `cca_low` to `cca_high` is
    the corrected covered area, per cent, under every way to fill in what is not known; both are the number itself where
    all is known. `shared` lists the pairs of reviews with the trials known to be in both. Trials that nobody listed are
    not in it: the area is that of the listed ones.
    """

    reviews: tuple[str, ...]
    trials: tuple[str, ...]
    holds: FloatArray
    cca_low: float
    cca_high: float
    shared: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def unknown(self) -> int:
        """How many cells of the matrix are not known."""
        return int(np.isnan(self.holds).sum())

    @property
    def extent(self) -> Extent | None:
        """Pieper's word for the area, None where what is not known leaves it open."""
        low, high = extent_of(self.cca_low), extent_of(self.cca_high)
        return low if low == high else None


def overlap(memberships: tuple[Membership, ...], *, reviews: tuple[str, ...] = ()) -> Overlap:
    """The matrix of the memberships that are sourced; `reviews` are columns too where nothing is known of them.

    Raises
    ------
    ModelError
        Fewer than two reviews, or no trial that one of them is known to hold.
    """
    columns = tuple(dict.fromkeys((*reviews, *(m.review for m in memberships))))
    rows = tuple(dict.fromkeys(m.trial for m in memberships))
    holds = np.full((len(rows), len(columns)), np.nan)
    for membership in memberships:
        holds[rows.index(membership.trial), columns.index(membership.review)] = float(membership.holds)
    if len(columns) < 2 or not (holds == 1).any():
        raise ModelError("overlap needs two reviews or more, and a trial that one of them is known to hold")
    low, high = _bounds(holds)
    holds.flags.writeable = False
    return Overlap(
        reviews=columns, trials=rows, holds=holds, cca_low=low, cca_high=high, shared=_shared(rows, columns, holds)
    )


def corrected_covered_area(holds: FloatArray) -> float:
    """The area of a matrix without gaps, (trials, reviews), per cent; trials in no review do not count.

    >>> import numpy as np
    >>> corrected_covered_area(np.array([[1, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]]))
    50.0
    """
    kept = holds[holds.sum(axis=1) > 0]
    trials, reviews = kept.shape
    return float(100 * (kept.sum() - trials) / (trials * reviews - trials))


def extent_of(cca: float) -> Extent:
    """Pieper's word for a corrected covered area in per cent."""
    if cca <= 5:
        return "slight"
    return "moderate" if cca <= 10 else "high" if cca <= 15 else "very high"


def _bounds(holds: FloatArray) -> tuple[float, float]:
    """The area is the mean, over trials, of how many further reviews hold them: each trial can be filled in by itself.

    A trial that no review is known to hold may be in one review only, which lowers the mean, or in all that are not
    known, which may raise it; it counts on the side where it matters.
    """
    known, open_ = (holds == 1).sum(axis=1), np.isnan(holds).sum(axis=1)
    further = holds.shape[1] - 1
    somewhere = known > 0
    least = np.fmax(known - 1, 0)[(known + open_) > 0]
    most = list((known + open_ - 1)[somewhere])
    for extra in sorted((open_ - 1)[~somewhere & (open_ > 0)], reverse=True):
        if extra > np.mean(most):
            most.append(extra)
    return float(100 * least.mean() / further), float(100 * np.mean(most) / further)


def _shared(
    trials: tuple[str, ...], reviews: tuple[str, ...], holds: FloatArray
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    pairs = []
    for a, b in combinations(range(len(reviews)), 2):
        both = tuple(trial for trial, row in zip(trials, holds, strict=True) if row[a] == row[b] == 1)
        if both:
            pairs.append((reviews[a], reviews[b], both))
    return tuple(pairs)

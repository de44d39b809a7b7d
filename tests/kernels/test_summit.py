"""What proves that a likelihood has no further summit: held against the score on a fine grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.likelihood import evaluate, log_likelihood
from metak2.kernels.rows import standardise
from metak2.kernels.summit import (
    FLAT_LOG_LIKELIHOOD,
    FLAT_RATIO,
    STEP,
    Cells,
    Terms,
    crossing,
    has_no_root,
    has_one_root,
    highest_ceiling,
    is_flat,
    points_to,
)
from metak2.kernels.summit import (
    terms_at as part_of,
)
from tests.strategies import Array, Study, meta_analyses, quick

likelihoods = pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])


def terms_at(study: Study, tau2: Array, *, restricted: bool) -> Terms:
    """The terms of one meta-analysis at several tau2, in units of its smallest variance."""
    rows = standardise(*study, np.ones_like(study[0]))
    return evaluate(rows, np.zeros(tau2.size, dtype=np.intp), tau2, restricted=restricted)


@likelihoods
@quick
@given(study=meta_analyses(), low=st.floats(0, 50), ratio=st.floats(1.05, 6))
def test_a_proved_cell_holds_no_more_roots_than_proved(
    restricted: bool, study: Study, low: float, ratio: float
) -> None:
    grid = np.geomspace(1 + low, (1 + low) * ratio, 200) - 1
    terms = terms_at(study, grid, restricted=restricted)
    score = terms.a - terms.b
    changes = np.count_nonzero(np.diff(np.sign(score[np.abs(score) > 1e-12 * terms.b])))  # rounding has no sign
    below, above = part_of(terms, slice(0, 1)), part_of(terms, slice(-1, None))
    assert changes == 0 or not has_no_root(below, above)[0]
    assert changes <= 1 or not has_one_root(below, above)[0]


@likelihoods
@quick
@given(study=meta_analyses(), beyond=st.floats(1, 1e6))
def test_no_root_lies_above_the_ceiling(restricted: bool, study: Study, beyond: float) -> None:
    rows = standardise(*study, np.ones_like(study[0]))
    spread, df = ((rows.y - rows.y.mean()) ** 2).sum(), np.array(rows.k[0] - 1)
    ceiling = max(float(highest_ceiling(np.array(spread), df, rows.v.max())), 0.0)
    terms = terms_at(study, np.array([ceiling * beyond]), restricted=restricted)
    assert terms.a[0] <= terms.b[0] * (1 + 1e-9)  # equal variances have their root at the ceiling itself


@quick
@given(spread=st.floats(1e-6, 1e4), k=st.integers(2, 30))
def test_of_equal_variances_every_cell_is_proved_and_the_first_guess_is_the_root(spread: float, k: int) -> None:
    # a = S / (1 + t)^2 and b = (k - 1) / (1 + t): b / a is a straight line.
    squares, df = spread * (k - 1), float(k - 1)
    grid = points_to(np.array([spread]))
    x = 1 + grid
    terms = Terms(squares / x**2, df / x, 2 * squares / x**3, df / x**2)
    below, above = part_of(terms, slice(None, -1)), part_of(terms, slice(1, None))
    assert (has_no_root(below, above) | has_one_root(below, above)).all()
    if spread > 1:
        at = int(np.flatnonzero((below.a > below.b) & (above.a <= above.b))[0])
        ends = (part_of(below, slice(at, at + 1)), part_of(above, slice(at, at + 1)))
        low, high = (Terms(*(term[0] for term in end)) for end in ends)
        guess = crossing(Cells(np.zeros(1, dtype=np.intp), grid[at], grid[at + 1], low, high))
        assert guess[0] + 1 == pytest.approx(spread, rel=1e-12)  # rounding of a dozen operations


@likelihoods
@quick
@given(study=meta_analyses(most=5))
def test_flat_is_what_the_log_likelihood_itself_says(restricted: bool, study: Study) -> None:
    rows = standardise(*study, np.ones_like(study[0]))
    grid = points_to(np.array([2 * np.ptp(rows.y) ** 2]))
    fine = np.geomspace(1, 1 + grid[-1, 0], 2000) - 1
    row = np.zeros(fine.size, dtype=np.intp)
    height = log_likelihood(rows, row, fine, restricted=restricted)
    b = terms_at(study, fine, restricted=restricted).b

    def widest(below_summit: float) -> float:
        level = b[height >= height.max() - below_summit]
        return float(level.max() / level.min())

    scanned = terms_at(study, grid[:, 0], restricted=restricted)
    flat = is_flat(grid, Terms(*(term[:, None] for term in scanned)))[0]
    # The scan sees the log-likelihood to about 0.02, and the width between neighbouring points: a factor of 1.6 each.
    assert not flat or widest(FLAT_LOG_LIKELIHOOD + 0.02) >= FLAT_RATIO
    assert flat or widest(FLAT_LOG_LIKELIHOOD - 0.02) < FLAT_RATIO * STEP**2


def test_two_precise_studies_that_agree_and_a_poor_one_that_does_not_are_flat() -> None:
    study = (np.array([[0.0347, 0.0115, -3.0885]]), np.array([[1e-4, 1e-2, 1.0]]))
    grid = points_to(np.array([2e5]))
    scanned = terms_at(study, grid[:, 0], restricted=True)
    assert is_flat(grid, Terms(*(term[:, None] for term in scanned)))[0]

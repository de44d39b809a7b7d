import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize_scalar
from scipy.special import xlogy

from metak2.kernels.asymmetry import additive_line, multiplicative_line, odds_ratio_scores, risk_ratio_scores
from tests.strategies import Cells, quick, tables


def profile_log_likelihood(log_ratio: float, cells: tuple[float, ...]) -> float:
    """Two binomials whose risks differ by a factor, maximised over the control risk."""
    a, b, c, d = cells
    ratio = np.exp(log_ratio)

    def minus(p: float) -> float:
        return -float(xlogy(a, p * ratio) + xlogy(b, 1 - p * ratio) + xlogy(c, p) + xlogy(d, 1 - p))

    ends = (1e-9, min(1.0, 1 / ratio) - 1e-9)
    return -float(minimize_scalar(minus, bounds=ends, method="bounded", options={"xatol": 1e-12}).fun)


@pytest.mark.parametrize("cells", [(12.0, 88.0, 20.0, 60.0), (30.0, 45.0, 10.0, 90.0), (5.0, 5.0, 20.0, 10.0)])
def test_the_score_of_a_risk_ratio_is_the_slope_of_its_likelihood(cells: tuple[float, ...]) -> None:
    z, v = risk_ratio_scores(*(np.array([one]) for one in cells))
    step = 1e-4
    ahead, here, behind = (profile_log_likelihood(sign * step, cells) for sign in (1, 0, -1))
    # Second differences of step 1e-4 of a function near 100 keep about 1e-6.
    assert z[0] == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)
    assert ahead - here == pytest.approx(step * z[0], rel=1e-3)
    assert v[0] > 0


@quick
@given(cells=tables(least=3))
def test_the_score_of_an_odds_ratio_is_petos(cells: Cells) -> None:
    ai, bi, ci, di = (cell[0] for cell in cells)
    if np.any(ai + bi + ci + di < 2):
        return
    z, v = odds_ratio_scores(ai, bi, ci, di)
    swapped = odds_ratio_scores(ci, di, ai, bi)
    np.testing.assert_allclose(z, -swapped.z, atol=1e-12)
    np.testing.assert_allclose(v, swapped.v, atol=1e-12)


def test_a_weighted_line_is_least_squares_of_scaled_rows() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(9), rng.normal(size=9)])
    y, w = rng.normal(size=9), rng.uniform(0.5, 4, 9)
    found = multiplicative_line(y, w, x)
    root = np.sqrt(w)[:, None]
    beta, residual, *_ = np.linalg.lstsq(x * root, y * root[:, 0], rcond=None)
    np.testing.assert_allclose(found.beta, beta, rtol=1e-10)
    assert found.dispersion == pytest.approx(residual[0] / 7, rel=1e-10)
    assert (found.k, found.df) == (9, 7)


def test_knapp_and_hartungs_factor_has_a_floor_where_asked() -> None:
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    y, v = np.array([0.0, 0.11, 0.19, 0.3, 0.4]), np.full(5, 1.0)
    free, guarded = (additive_line(y, v, x, 0.0, scaled=True, least=least) for least in (0.0, 1.0))
    assert free.se[1] < guarded.se[1] == pytest.approx(np.sqrt(0.1), rel=1e-12)

import json
from pathlib import Path

import numpy as np
import pytest

from metak2.kernels.dose_response import (
    DoseDesign,
    fitted_cases,
    greenland_longnecker,
    hamling,
    restricted_cubic,
    trend,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "dose_response.json").read_text(encoding="utf-8"))
DOSE = np.array([2.0, 6.0, 11.0])[:, None]
CASES, PEOPLE = np.array([165.0, 74, 90, 122]), np.array([337.0, 167, 186, 212])
LOW, HIGH = np.array([0.51, 0.73, 0.99]), np.array([1.27, 1.85, 2.51])
Y = np.log([0.80, 1.16, 1.57])
SE = (np.log(HIGH) - np.log(LOW)) / (2 * 1.959963984540054)
R_SOLVER = 1e-7  # uniroot and optim, and the fifteen digits that R prints


def test_alcohol_and_breast_cancer_have_the_published_slope() -> None:
    # Rohan & McMichael 1988 as Greenland & Longnecker 1992 analyse it: 0.0454; taken as independent 0.0334 (0.0187).
    slope, _ = trend(Y, DOSE, greenland_longnecker(Y, SE, CASES, PEOPLE, "cc"))
    naive, error = trend(Y, DOSE, np.diag(SE**2))
    assert round(float(slope[0]), 4) == 0.0454
    assert (round(float(naive[0]), 4), round(float(error[0, 0] ** 0.5), 4)) == (0.0334, 0.0187)


def test_both_covariances_equal_those_solved_by_other_means_in_r() -> None:
    first = greenland_longnecker(Y, SE, CASES, PEOPLE, "cc")
    assert first == pytest.approx(np.array(GOLDEN["rohan_gl_S"]), rel=R_SOLVER)
    second, cases, others = hamling(Y, SE, CASES, PEOPLE, "cc")
    assert cases == pytest.approx(GOLDEN["rohan_counts"]["cases"], rel=R_SOLVER)
    assert others == pytest.approx(GOLDEN["rohan_counts"]["others"], rel=R_SOLVER)
    slope, error = trend(Y, DOSE, second)
    assert [slope[0], error[0, 0]] == pytest.approx(list(GOLDEN["rohan_hamling"].values()), rel=R_SOLVER)


@pytest.mark.parametrize("design", ["cc", "ci", "ir"])
def test_fitted_cells_keep_the_margins_and_give_the_adjusted_ratios(design: DoseDesign) -> None:
    fitted = fitted_cases(Y, CASES, PEOPLE, design)
    share = fitted / (PEOPLE - fitted) if design == "cc" else fitted / PEOPLE
    assert fitted.sum() == pytest.approx(CASES.sum(), rel=1e-12)
    assert np.log(share[1:] / share[0]) == pytest.approx(Y, abs=1e-12)


@pytest.mark.parametrize("design", ["cc", "ci", "ir"])
def test_effective_counts_give_ratios_variances_and_both_proportions(design: DoseDesign) -> None:
    covariance, cases, others = hamling(Y, SE, CASES, PEOPLE, design)
    crude = PEOPLE - CASES if design == "cc" else PEOPLE
    ratio = np.log(cases[1:] / others[1:] / (cases[0] / others[0]))
    sign = {"cc": 1, "ci": -1, "ir": 0}[design]
    variance = 1 / cases[1:] + sign / others[1:] + 1 / cases[0] + sign / others[0]
    # two nested halvings: the inner root is exact to about 1e-13, and the outer one sees it
    assert ratio == pytest.approx(Y, abs=1e-9)
    assert variance == pytest.approx(SE**2, rel=1e-9)
    assert others[0] / others.sum() == pytest.approx(crude[0] / crude.sum(), rel=1e-9)
    assert others.sum() / cases.sum() == pytest.approx(crude.sum() / CASES.sum(), rel=1e-9)
    assert np.diag(covariance) == pytest.approx(SE**2, rel=1e-12)


def test_crude_odds_ratios_have_the_covariance_of_their_reference() -> None:
    controls = PEOPLE - CASES
    y = np.log(CASES[1:] * controls[0] / (controls[1:] * CASES[0]))
    shared = 1 / CASES[0] + 1 / controls[0]
    se = np.sqrt(1 / CASES[1:] + 1 / controls[1:] + shared)
    exact = np.full((3, 3), shared) + np.diag(se**2 - shared)  # Woolf's variances and their common term
    assert greenland_longnecker(y, se, CASES, PEOPLE, "cc") == pytest.approx(exact, rel=1e-11)
    assert hamling(y, se, CASES, PEOPLE, "cc")[0] == pytest.approx(exact, rel=1e-9)


def test_crude_rate_ratios_from_person_years_have_the_covariance_of_their_reference() -> None:
    cases, years = np.array([40.0, 55, 70]), np.array([5200.0, 4800, 5100])
    y = np.log(cases[1:] / years[1:] / (cases[0] / years[0]))
    exact = np.full((2, 2), 1 / 40) + np.diag([1 / 55, 1 / 70])  # Poisson counts
    se = np.sqrt(np.diag(exact))
    assert greenland_longnecker(y, se, cases, years, "ir") == pytest.approx(exact, rel=1e-12)
    assert hamling(y, se, cases, years, "ir")[0] == pytest.approx(exact, rel=1e-9)


def test_a_restricted_cubic_spline_is_straight_beyond_its_knots_and_smooth_at_them() -> None:
    knots = np.array([1.0, 3.0, 7.0, 9.0])

    def third(at: float) -> np.ndarray:
        """Second differences: 0 where the curve is straight."""
        made = restricted_cubic(at + np.array([0.0, 0.1, 0.2]), knots)
        return np.asarray(made[0] - 2 * made[1] + made[2])

    for outside in (-2.0, 0.5, 9.5, 20.0):
        assert third(outside) == pytest.approx(np.zeros(3), abs=1e-11)  # cubes of 20 lose four digits of sixteen
    for knot in knots:
        left, right = restricted_cubic(knot + np.array([-1e-7, 1e-7]), knots)
        assert left == pytest.approx(right, abs=1e-6)
    assert restricted_cubic(np.array([9.0]), np.array([1.0, 3.0, 9.0]))[0, 1] == pytest.approx(
        ((9 - 1) ** 3 - (9 - 3) ** 3 * (9 - 1) / (9 - 3)) / 64
    )  # the formula at its outer knot, by hand

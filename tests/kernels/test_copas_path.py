"""Round levels, contours as lines, and the path across them, on surfaces whose contours are known."""

import numpy as np
import pytest

from metak2.kernels.copas_path import contour, passed_levels, path_down, round_levels, slope_across

AT = np.linspace(0.0, 1.0, 20)
X, Y = np.meshgrid(AT, AT, indexing="ij")


@pytest.mark.parametrize(
    "low, high, first, step",
    # R's pretty(c(low, high), 10), without the numbers outside.
    [(-0.7324, -0.5503, -0.72, 0.02), (-0.7266, 0.085, -0.7, 0.1), (0.11, 0.47, 0.15, 0.05), (3.0, 95.0, 10.0, 10.0)],
)
def test_levels_are_about_ten_round_numbers(low: float, high: float, first: float, step: float) -> None:
    levels = round_levels(low, high)
    assert levels[0] == pytest.approx(first)
    np.testing.assert_allclose(np.diff(levels), step)
    assert levels[-1] <= high + 1e-12


def test_a_level_surface_has_no_levels() -> None:
    assert round_levels(0.3, 0.3).size == 0


def test_the_contour_of_a_plane_is_its_line() -> None:
    found = contour(2 * X + Y, 1.237)  # y = 1.237 - 2 x
    assert (found.intercept, found.slope, found.R2) == pytest.approx((1.237, -2.0, 1.0))


def test_the_path_runs_at_right_angles_to_parallel_contours() -> None:
    assert slope_across(2 * X + Y) == pytest.approx(0.5)
    assert np.isnan(slope_across(np.full((20, 20), 0.3)))


def test_a_bent_contour_has_no_say() -> None:
    # Straight contours above 1, circles about a corner below.
    surface = np.where(X + Y > 1, X + Y, 0.999 * np.hypot(X, Y) ** 0.1)
    assert slope_across(surface) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("slope", [0.1, 1.0, 4.0])
def test_the_path_ends_at_the_edge_of_the_square(slope: float) -> None:
    path = path_down(slope)
    np.testing.assert_allclose(path[0], [1.0, 1.0])
    assert path.min() == pytest.approx(0.0, abs=1e-12)
    assert path.max() <= 1
    np.testing.assert_allclose(1 - path[1:, 1], slope * (1 - path[1:, 0]))


def test_a_level_that_is_passed_three_times_is_passed_at_the_last() -> None:
    passed = passed_levels(np.array([0.0, 1.0, 0.4, 2.0]), np.array([0.5, 1.5, 9.0]))
    assert passed.step.tolist() == [2, 2]
    np.testing.assert_allclose(passed.share, [0.1 / 1.6, 1.1 / 1.6])
    assert passed.level.tolist() == [0.5, 1.5]

import numpy as np

from metak2.kernels.roots import falling_root


def test_roots_of_parabolas_are_found_each_in_its_bracket() -> None:
    c = np.array([2.0, 3.0, 1e-8, 1e8])
    root = falling_root(lambda t, index: (c[index] - t**2, -2 * t), np.zeros(4), np.full(4, 1e5), np.full(4, 5e4))
    np.testing.assert_allclose(root, np.sqrt(c), rtol=1e-14)  # Newton's last step is exact to rounding


def test_a_start_on_the_root_stays_there() -> None:
    root = falling_root(lambda t, _: (1 - t, -np.ones_like(t)), np.zeros(1), np.array([2.0]), np.ones(1))
    assert root[0] == 1


def test_a_slope_of_the_wrong_sign_leads_to_bisection() -> None:
    root = falling_root(lambda t, _: (1 - t, np.ones_like(t)), np.zeros(1), np.array([3.0]), np.array([2.5]))
    np.testing.assert_allclose(root, 1.0, rtol=1e-15)  # halved down to neighbouring numbers


def test_a_function_without_a_number_has_no_root() -> None:
    root = falling_root(lambda t, _: (np.full_like(t, np.nan),) * 2, np.zeros(1), np.array([np.nan]), np.ones(1))
    assert np.isnan(root[0])


def test_nothing_to_solve_is_no_root() -> None:
    empty = np.empty(0)
    assert falling_root(lambda t, _: (t, t), empty, empty, empty).size == 0


def test_steps_that_shrink_as_squares_end_the_search_at_the_root() -> None:
    c = np.array([2.0, 1e-3, 7e5])
    seen: list[int] = []

    def parabola(t: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen.append(index.size)
        return c[index] - t**2, -2 * t

    near = np.sqrt(c) * (1 + 1e-5)
    root = falling_root(parabola, np.zeros(3), np.full(3, 1e5), near, np.sqrt(c) * 1e-3)
    np.testing.assert_allclose(root, np.sqrt(c), rtol=1e-9)  # half the square of 1e-5, less than 1e-10
    assert len(seen) <= 2

from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2, norm

import metak2 as mk
from metak2.errors import ModelError
from metak2.kernels.copas import copas as fit
from metak2.kernels.copas import gammas, log_likelihood, nearest, residual_gain
from metak2.kernels.tau2 import maximum_likelihood
from metak2.models.pooled import Pooled
from metak2.robustness.copas import copas
from metak2.robustness.copas_contour import copas_contour
from metak2.robustness.copas_path import CopasPath, copas_path
from tests.golden.cases import Case, load
from tests.robustness.pools import pool_arrays


def bcg_pool() -> Pooled:
    case = next(case for case in load("copas") if case.dataset == "bcg.or")
    return pool_arrays(case.row("TE")[0], case.row("seTE")[0] ** 2)


@cache
def path_of(dataset: str) -> CopasPath:
    case = next(case for case in load("copas") if case.dataset == dataset)
    return copas_path(pool_arrays(case.row("TE")[0], case.row("seTE")[0] ** 2))


@pytest.mark.parametrize("case", load("copas"), ids=str)
def test_without_selection_copas_is_maximum_likelihood(case: Case) -> None:
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    found = copas(pool_arrays(yi, se**2), chances=(1.0,))
    tau2, _ = maximum_likelihood(yi[None], se[None] ** 2, np.ones((1, yi.size)))
    weight = 1 / (se**2 + tau2)
    assert found.estimate[0] == pytest.approx(np.average(yi, weights=weight), rel=1e-5)
    # metasens' first row is the same model; its own tolerance is 2 %.
    assert found.estimate[0] == pytest.approx(case.outputs["TE_slope"][0], rel=1e-4)
    assert found.residual_pval[0] == pytest.approx(case.outputs["p_rsb"][0], rel=2e-2)


def test_the_adjusted_estimate_is_the_mildest_selection_without_a_residual_small_study_effect() -> None:
    # Where ML without selection leaves none (p 0.40) metasens adjusts nothing and expects no unseen study.
    case = next(case for case in load("copas") if case.dataset == "bcg.or")
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    found = copas(pool_arrays(yi, se**2))
    assert found.row == 0
    expected = {
        "TE_adjust": found.estimate,
        "se_adjust": found.se,
        "lb_adjust": found.ci_low,
        "ub_adjust": found.ci_high,
    }
    for field, values in expected.items():
        # R's optim stops at 1e-8 of the likelihood and takes a numerical Hessian.
        assert values[0] == pytest.approx(case.outputs[field], rel=1e-3), field
    assert found.unseen[0] == pytest.approx(case.outputs["N_unpubl"], abs=1e-9)


def test_where_every_selection_leaves_an_effect_of_small_studies_nothing_is_adjusted() -> None:
    # metasens has no adjusted estimate for egger2001: its p stays below 0.1 down to a chance of 0.46.
    case = next(case for case in load("copas") if case.dataset == "egger2001")
    assert case.outputs["TE_adjust"] is None
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    found = copas(pool_arrays(yi, se**2), chances=(1.0, 0.9, 0.7, 0.5))
    assert found.row is None
    assert (case.expected("p_rsb") < 0.1).all()


# Rows of metasens (grid 20 by 20, optim from the estimate without selection) that lie elsewhere. Between two summits of
# the likelihood of egger2001 its contours are mixtures of both, and the lines through them cross the path by chance.
BETWEEN_SUMMITS = {"egger2001": (7, 8), "bcg.or": ()}


@pytest.mark.parametrize("case", load("copas"), ids=str)
def test_the_path_across_the_contours_is_that_of_metasens(case: Case) -> None:
    found = path_of(case.dataset)
    kept = np.delete(np.arange(found.estimate.size), BETWEEN_SUMMITS[case.dataset])
    fields = {"TE_slope": found.estimate, "publprob": found.chance_imprecise, "p_rsb": found.residual_pval}
    for field, got in fields.items():
        expected = case.expected(field)
        assert got.size == expected.size
        # The tolerance of the case: metasens refits where lines through its contours meet, we where a level is passed.
        np.testing.assert_allclose(got[kept], expected[kept], rtol=0.02, atol=0.001, err_msg=field)
    np.testing.assert_allclose(found.estimate[-1:], case.expected("TE_slope")[-1:], rtol=0.02)
    assert (found.row is None) == (case.outputs["TE_adjust"] is None)


def test_the_adjusted_row_of_the_path_is_the_adjusted_estimate_of_metasens() -> None:
    case = next(case for case in load("copas") if case.dataset == "bcg.or")
    found = path_of("bcg.or")
    assert found.row is not None
    fields = {"TE_adjust": found.estimate, "se_adjust": found.se, "lb_adjust": found.ci_low, "ub_adjust": found.ci_high}
    for field, values in fields.items():
        # R's optim stops at 1e-8 of the likelihood and takes a numerical Hessian.
        assert values[found.row] == pytest.approx(case.outputs[field], rel=1e-3), field
    assert found.unseen[found.row] == pytest.approx(case.outputs["N_unpubl"], abs=1e-9)


# (gamma0, gamma1) of rows of metasens, solved from its chance and its estimate of the row.
ROWS = {
    "egger2001": {1: (1.63852, 0.04144742), 3: (0.75448, 0.04111659), 5: (0.345478, 0.04088805)},
    "bcg.or": {1: (1.642955, 0.08696018), 4: (0.606434, 0.07984149), 7: (-0.0807480, 0.07517887)},
}


@pytest.mark.parametrize("case", load("copas"), ids=str)
def test_the_residual_test_is_that_of_metasens(case: Case) -> None:
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    for row, gamma in ROWS[case.dataset].items():
        one = nearest(yi, se, gamma)
        assert one.mean == pytest.approx(case.outputs["TE_slope"][row], abs=2e-4)  # what gamma leaves open
        gain = residual_gain(yi, se, gamma, one)
        assert chi2.sf(gain, 1) == pytest.approx(case.outputs["p_rsb"][row], rel=2e-3)  # as above


def test_the_residual_test_compares_with_a_line_in_the_standard_error() -> None:
    case = next(case for case in load("copas") if case.dataset == "bcg.or")
    yi, se = case.row("TE")[0], case.row("seTE")[0]

    def against_line(theta: np.ndarray) -> float:
        return -float(norm.logpdf(yi, theta[0] + theta[2] * se, np.sqrt(se**2 + theta[1] ** 2)).sum())

    line = minimize(against_line, [-0.5, 0.5, -0.8], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    gamma = ROWS["bcg.or"][4]
    one = nearest(yi, se, gamma)
    # No selection helps the line here: rho rests on 0, and the gain is over the line alone.
    assert residual_gain(yi, se, gamma, one) == pytest.approx(2 * (-line.fun - one.log_likelihood), abs=1e-6)


def test_a_small_tau_may_carry_the_higher_of_two_summits() -> None:
    case = next(case for case in load("copas") if case.dataset == "egger2001")
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    gamma = (0.20435, 0.0408066)
    score = gamma[0] + gamma[1] / se
    highest, followed = fit(yi, se, gamma), nearest(yi, se, gamma)
    assert followed.mean == pytest.approx(-0.2003, abs=1e-3)  # metasens' row 7
    other = minimize(
        lambda at: (
            -float(log_likelihood(yi, se, score, np.array([at[0], abs(at[1]), np.tanh(np.clip(at[2], -5, 5)), 0.0])))
        ),
        [0.05, 0.01, -4.0],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 5000, "maxfev": 5000},
    )
    assert -other.fun > followed.log_likelihood + 0.5
    # Its rho runs on towards -1, and ours stops at -0.9999.
    assert highest.log_likelihood > followed.log_likelihood + 0.5
    assert highest.mean == pytest.approx(other.x[0], abs=0.01)
    assert "COPAS_HIGHER_SUMMIT" in {note.code for note in path_of("egger2001").notes}


def test_swapping_the_arms_turns_the_path() -> None:
    case = next(case for case in load("copas") if case.dataset == "bcg.or")
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    one, other = path_of("bcg.or"), copas_path(pool_arrays(-yi, se**2))
    np.testing.assert_allclose(one.estimate, -other.estimate, rtol=1e-4)  # what differences leave of a summit
    np.testing.assert_allclose(one.gamma0, other.gamma0, rtol=1e-3)


def test_where_selection_moves_nothing_the_path_is_one_row() -> None:
    error = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    found = copas_path(pool_arrays(np.full(5, 0.3), error**2))
    assert found.estimate == pytest.approx([0.3], rel=1e-6)
    assert "COPAS_NO_PATH" in {note.code for note in found.notes}
    assert "no path leads" in str(found)


def test_limits_of_the_path_out_of_order_are_refused() -> None:
    with pytest.raises(ModelError, match="from a lower to a higher number"):
        copas_path(bcg_pool(), gamma0=(2.0, -1.0))
    with pytest.raises(ModelError, match="gamma1 is above 0"):
        copas_path(bcg_pool(), gamma1=0.0)


def test_the_likelihood_is_that_of_a_truncated_bivariate_normal() -> None:
    y, s, score, theta = np.array([0.7]), np.array([0.5]), np.array([0.4]), np.array([0.2, 0.3, 0.6, 0.0])
    mills = norm.pdf(0.4) / norm.cdf(0.4)
    variance = 0.25 / (1 - 0.36 * mills * (0.4 + mills))
    total = variance + 0.09
    share = 0.6 * np.sqrt(variance / total)
    seen = norm.cdf((0.4 + share * 0.5 / np.sqrt(total)) / np.sqrt(1 - share**2))
    by_hand = np.log(norm.pdf(0.7, 0.2, np.sqrt(total)) * seen / norm.cdf(0.4))
    assert log_likelihood(y, s, score, theta) == pytest.approx(by_hand, rel=1e-12)


def test_swapping_the_arms_turns_the_sign() -> None:
    case = load("copas")[0]
    yi, se = case.row("TE")[0], case.row("seTE")[0]
    gamma = gammas(se, 0.99, 0.7)
    one, other = fit(yi, se, gamma), fit(-yi, se, gamma)
    assert one.mean == pytest.approx(-other.mean, rel=1e-4)
    assert one.rho == pytest.approx(-other.rho, abs=1e-3)


def test_chances_fix_the_line_of_selection() -> None:
    se = np.array([0.1, 0.3, 0.8])
    g0, g1 = gammas(se, 0.99, 0.6)
    np.testing.assert_allclose(norm.cdf(g0 + g1 / se[[0, 2]]), [0.99, 0.6], rtol=1e-12)


def test_studies_of_one_size_and_impossible_chances_are_refused() -> None:
    with pytest.raises(ModelError, match="same standard error"):
        copas(pool_arrays(np.array([0.1, 0.4, 0.2, 0.3]), np.full(4, 0.1)))
    with pytest.raises(ModelError, match="probabilities"):
        copas(pool_arrays(np.array([0.1, 0.4, 0.2, 0.3]), np.array([0.1, 0.2, 0.3, 0.4])), chances=(0.0,))


def test_standard_errors_without_likeness_are_refused() -> None:
    pooled = pool_arrays(np.array([0.1, 0.3, -0.2, 0.5, 0.2]), np.array([0.1, 0.2, 0.1, 0.3, 1e-14]))
    with pytest.raises(ModelError, match="differ by a factor of 5477226"):
        copas(pooled)


def test_each_point_of_the_contours_is_the_highest_for_its_selection() -> None:
    pooled = bcg_pool()
    found = copas_contour(pooled, gamma0=(-0.5, 1.0), gamma1=(0.1, 0.3))
    y, s = pooled.effects.yi, np.sqrt(pooled.effects.vi)
    for i, g0 in enumerate(found.gamma0):
        for j, g1 in enumerate(found.gamma1):
            best = min(
                (
                    minimize(
                        lambda at, score: -float(log_likelihood(y, s, score, np.array([*at[:2], np.tanh(at[2]), 0.0]))),
                        [-0.7, 0.5, start],
                        (g0 + g1 / s,),
                        method="Nelder-Mead",
                        options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 5000, "maxfev": 5000},
                    )
                    for start in (-1.0, 0.0, 1.0)
                ),
                key=lambda one: float(one.fun),
            )
            assert found.estimate[i, j] == pytest.approx(best.x[0], abs=1e-4)  # what differences leave of a summit
    np.testing.assert_allclose(found.chance_imprecise, norm.cdf(np.add.outer([-0.5, 1.0], [0.1, 0.3] / s.max())))


def test_where_all_studies_are_seen_alike_the_contour_is_maximum_likelihood() -> None:
    pooled = bcg_pool()
    found = mk.copas_contour(pooled, gamma0=(6.0,))
    np.testing.assert_allclose(found.estimate[0], copas(pooled, chances=(1.0,)).estimate[0], rtol=1e-4)
    assert str(found).startswith("Copas' contours: ")


def test_a_falling_chance_for_precise_studies_is_refused() -> None:
    with pytest.raises(ModelError, match="gamma1 numbers of at least 0"):
        copas_contour(bcg_pool(), gamma1=(-0.1,))


def test_equal_effects_have_a_mirrored_likelihood_and_say_where_its_summit_is_at_the_limit() -> None:
    error = np.sqrt(np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]))
    found = copas(pool_arrays(np.full(6, 0.3), error**2))
    np.testing.assert_allclose(found.estimate[:5], 0.3, rtol=1e-6)  # what differences leave of a summit
    assert "COPAS_NOT_CONVERGED" in {note.code for note in found.notes}
    score = np.add(*[one * part for one, part in zip(gammas(error, 0.99, 0.5), (1.0, 1 / error), strict=True)])
    above, below = (np.array([0.3 + sign * 0.1, 0.05, -sign * 0.8, 0.0]) for sign in (1, -1))
    heights = [log_likelihood(np.full(6, 0.3), error, score, theta) for theta in (above, below)]
    assert heights[0] == pytest.approx(heights[1], rel=1e-12)

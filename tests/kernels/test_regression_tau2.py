"""The estimators of residual tau2: metafor's numbers, the estimators without moderators, and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from metak2.kernels import tau2 as without_moderators
from metak2.kernels.contract import Status
from metak2.kernels.regression_rows import design_blocks
from metak2.kernels.regression_summit import log_likelihood
from metak2.kernels.regression_tau2 import ESTIMATORS, residual_q_root, residual_tau2
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, load
from tests.strategies import Array, Study, meta_analyses, quick

every_estimator = pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"GENQ"}))
SAME_WITHOUT = {
    "DL": without_moderators.dersimonian_laird,
    "PM": without_moderators.paule_mandel,
    "ML": without_moderators.maximum_likelihood,
    "REML": without_moderators.restricted_maximum_likelihood,
}


def slope(study: Study, seed: int = 1) -> Array:
    """An intercept and one moderator for the studies."""
    k = study[0].shape[1]
    return np.column_stack([np.ones(k), np.random.default_rng(seed).normal(50.0, 10.0, k)])


def same(got: Array, expected: Array, vi: Array) -> None:
    # An estimate just above 0 is the small difference of large terms: precision is relative to the variances.
    np.testing.assert_allclose(got / vi.min(), expected / vi.min(), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    "case", [case for case in load("uni_moderators") if case.options["method"] in ESTIMATORS], ids=str
)
def test_residual_tau2_and_its_error_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    weights = case.row("weights") if "weights" in case.inputs else None
    found = residual_tau2(case.options["method"], yi, vi, np.ones_like(yi), case.row("X"), weights=weights)
    assert_close(found.tau2, case, "tau2")
    assert_close(found.se, case, "se_tau2")


@pytest.mark.parametrize("name", SAME_WITHOUT)
@quick
@given(study=meta_analyses())
def test_a_column_of_ones_is_the_estimator_without_moderators(name: str, study: Study) -> None:
    yi, vi = study
    one = np.ones_like(yi)
    same(residual_tau2(name, yi, vi, one, np.ones((yi.shape[1], 1))).tau2, SAME_WITHOUT[name](yi, vi, one)[0], vi)


@every_estimator
@quick
@given(study=meta_analyses(least=4), unit=st.sampled_from([1e-3, 1e3]))
def test_the_unit_of_the_effects_scales_tau2(name: str, study: Study, unit: float) -> None:
    yi, vi = study
    one, X = np.ones_like(yi), slope(study)
    plain, scaled = (residual_tau2(name, yi * c, vi * c**2, one, X).tau2 / c**2 for c in (1.0, unit))
    same(scaled, plain, vi)


@every_estimator
@quick
@given(study=meta_analyses(least=4))
def test_units_and_origins_of_the_moderators_change_nothing(name: str, study: Study) -> None:
    yi, vi = study
    one, X = np.ones_like(yi), slope(study)
    moved = X @ np.array([[1.0, -32.0], [0.0, 1000.0]])
    same(residual_tau2(name, yi, vi, one, moved).tau2, residual_tau2(name, yi, vi, one, X).tau2, vi)


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"GENQ", "SJ"}))
@quick
@given(study=meta_analyses(least=4))
def test_what_the_moderators_explain_changes_nothing(name: str, study: Study) -> None:
    # Sidik and Jonkman's estimator starts from the total variance of the effects, so it is not among these.
    yi, vi = study
    one, X = np.ones_like(yi), slope(study)
    same(
        residual_tau2(name, yi + X @ np.array([3.0, -0.2]), vi, one, X).tau2,
        residual_tau2(name, yi, vi, one, X).tau2,
        vi,
    )


@every_estimator
@quick
@given(study=meta_analyses(least=4), copies=st.integers(2, 3))
def test_multiplicity_is_the_study_written_that_often(name: str, study: Study, copies: int) -> None:
    yi, vi = study
    X, mi = slope(study), np.ones_like(yi)
    mi[0, 0] = copies
    often = mi[0].astype(int)
    written = [np.repeat(array, often, axis=1) for array in (yi, vi)]
    same(
        residual_tau2(name, yi, vi, mi, X).tau2,
        residual_tau2(name, *written, np.ones_like(written[0]), np.repeat(X, often, axis=0)).tau2,
        vi,
    )


@every_estimator
@quick
@given(study=meta_analyses(least=5))
def test_a_batch_equals_its_rows_one_by_one(name: str, study: Study) -> None:
    yi, vi = study
    X, mi = slope(study), 1.0 - np.eye(yi.shape[1])
    together = residual_tau2(name, yi, vi, mi, X)
    alone = [residual_tau2(name, yi, vi, row[None], X) for row in mi]
    np.testing.assert_allclose(
        together.tau2, np.concatenate([one.tau2 for one in alone]), rtol=1e-12, atol=1e-12 * vi.min()
    )
    assert np.array_equal(together.status, np.concatenate([one.status for one in alone]))


@pytest.mark.parametrize("restricted, name", [(True, "REML"), (False, "ML")])
@quick
@given(study=meta_analyses(least=4))
def test_the_likelihood_is_nowhere_higher_than_at_its_summit(restricted: bool, name: str, study: Study) -> None:
    yi, vi = study
    one, X = np.ones_like(yi), slope(study)
    found = residual_tau2(name, yi, vi, one, X).tau2[0]
    _, rows = next(design_blocks(yi, vi, one, X))
    grid = np.concatenate([[found / rows.unit[0]], [0.0], np.geomspace(1e-4, 1e5, 400)])
    height = log_likelihood(rows, np.zeros(grid.size, dtype=int), grid, restricted=restricted)
    assert height[0] >= height.max() - 1e-9  # rounding of a sum of logarithms


def test_the_higher_of_two_summits_is_taken() -> None:
    # Two precise studies that agree and two pairs of vague ones that do not, on both sides of a line.
    yi = np.array([[0.0, 0.0, 5.0, -5.0, 0.02, 4.0]])
    vi = np.array([[1e-4, 1e-4, 1.0, 1.0, 1e-4, 1.0]])
    X = np.column_stack([np.ones(6), [0.0, 1.0, 0.0, 1.0, 2.0, 2.0]])
    found = residual_tau2("REML", yi, vi, np.ones_like(yi), X)
    assert Status.TWO_SUMMITS in Status(int(found.status[0]))
    _, rows = next(design_blocks(yi, vi, np.ones_like(yi), X))
    grid = np.append(np.geomspace(1e-3, 1e6, 4000), found.tau2[0] / rows.unit[0])
    height = log_likelihood(rows, np.zeros(grid.size, dtype=int), grid, restricted=True)
    assert height[-1] >= height.max() - 1e-9


@quick
@given(study=meta_analyses(least=4))
def test_the_iterated_estimator_is_where_the_method_of_moments_repeats_itself(study: Study) -> None:
    yi, vi = study
    one, X = np.ones_like(yi), slope(study)
    found = residual_tau2("DLIT", yi, vi, one, X).tau2
    again = residual_tau2("GENQ", yi, vi, one, X, weights=1 / (vi + found)).tau2
    same(again, found, vi)


@pytest.mark.parametrize("weights", ["equal", "inverse", "rising"])
@quick
@given(study=meta_analyses(least=4))
def test_the_median_of_the_weighted_q_is_the_one_without_moderators(weights: str, study: Study) -> None:
    yi, vi = study
    one, k = np.ones_like(yi), yi.shape[1]
    ai = {"equal": one, "inverse": 1 / vi, "rising": np.arange(1.0, k + 1)[None]}[weights]
    found = residual_tau2("GENQM", yi, vi, one, np.ones((k, 1)), weights=ai)
    same(found.tau2, without_moderators.median_generalised_moments(yi, vi, one, ai)[0], vi)


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_the_median_estimate_is_exceeded_by_the_weighted_q_half_the_time(columns: int) -> None:
    rng = np.random.default_rng(7)
    k, (yi, vi) = 13, bcg_log_risk_ratios()
    X, ai = np.column_stack([np.ones(k), rng.normal(size=(k, columns))]), rng.uniform(0.5, 3.0, k)
    found = residual_tau2("GENQM", yi, vi, np.ones((1, k)), X, weights=ai[None]).tau2[0]
    A = np.diag(ai)
    P = A - A @ X @ np.linalg.solve(X.T @ A @ X, X.T @ A)
    spread = np.diag(np.sqrt(vi[0] + found))
    # Imhof (1961), from the eigenvalues, by adaptive quadrature.
    ratios = np.linalg.eigvalsh(spread @ P @ spread)[-(k - 1 - columns) :] / (yi[0] @ P @ yi[0])

    def imhof(u: float) -> float:
        angle = 0.5 * np.arctan(ratios * u).sum() - 0.5 * u
        return float(np.sin(angle) / (u * np.prod((1 + ratios**2 * u**2) ** 0.25)))

    above = 0.5 + quad(imhof, 0, np.inf, limit=2000, epsabs=1e-12)[0] / np.pi
    assert above == pytest.approx(0.5, abs=1e-10)  # the quadrature's own


def test_twenty_thousand_random_regressions_are_all_at_their_highest_summit() -> None:
    rng = np.random.default_rng(20_000)
    batch, k = 20_000, 7
    vi = np.exp(rng.normal(-1.5, 1.5, (batch, k)))
    yi = rng.normal(0.0, 1.0, (batch, k)) * np.sqrt(vi + rng.choice([0.0, 0.1, 1.0], (batch, 1)))
    X = np.stack([np.ones((batch, k)), rng.normal(size=(batch, k))], axis=2)
    found = residual_tau2("REML", yi, vi, np.ones((1, k)), X)
    assert np.isfinite(found.tau2).all()
    for part, rows in design_blocks(yi, vi, np.ones((1, k)), X):
        everyone = np.arange(rows.k.size)
        own = log_likelihood(rows, everyone, found.tau2[part] / rows.unit, restricted=True)
        for point in np.concatenate([[0.0], np.geomspace(0.01, 1e4, 40)]):
            other = log_likelihood(rows, everyone, np.full(rows.k.size, point), restricted=True)
            assert (own >= other - 1e-9).all()  # rounding of a sum of logarithms


def test_the_limits_of_tau2_are_those_of_metafor() -> None:
    for case in [case for case in load("regression_more") if case.stratum == "confint"]:
        yi, vi = case.rows("yi", "vi")
        df = len(case.inputs["yi"]) - len(case.inputs["X"][0])
        # Quantiles of chi-squared with 11 and 9 degrees of freedom, from R's qchisq.
        upper, lower = {11: (21.920049261021205, 3.815748252236098), 9: (19.02276780213923, 2.7003894999803575)}[df]
        twice = [np.repeat(array, 2, axis=0) for array in (yi, vi, np.ones_like(yi))]
        low, high = residual_q_root(*twice, case.row("X"), target=np.array([upper, lower]))
        # confint() stops when tau2 changes by less than 1e-12.
        assert_close(low, case, "tau2_lb", rtol=1e-7)
        assert_close(high, case, "tau2_ub", rtol=1e-7)


@every_estimator
def test_studies_on_a_line_have_no_residual_variance(name: str) -> None:
    x = np.arange(6.0)
    X = np.column_stack([np.ones(6), x])
    found = residual_tau2(name, (2.0 + 0.5 * x)[None], np.full((1, 6), 0.1), np.ones((1, 6)), X)
    if name == "SJ":  # is above 0 by construction: it starts from the variance of the effects
        assert found.tau2[0] == pytest.approx(0.0, abs=1e-20)
    else:
        assert found.tau2[0] == 0.0
        assert Status.AT_ZERO in Status(int(found.status[0]))


@pytest.mark.parametrize("name", ["ML", "REML"])
def test_a_study_of_enormous_variance_says_nothing_to_the_likelihood(name: str) -> None:
    rng = np.random.default_rng(3)
    x, yi = rng.normal(size=9), rng.normal(size=9)
    X, vi = np.column_stack([np.ones(9), x]), np.append(np.full(8, 0.1), 1e12)
    without = residual_tau2(name, yi[None, :8], vi[None, :8], np.ones((1, 8)), X[:8]).tau2[0]
    with_it = residual_tau2(name, yi[None], vi[None], np.ones((1, 9)), X).tau2[0]
    assert with_it == pytest.approx(without, rel=1e-6)  # its weight is 1e-13 of the others'


@every_estimator
def test_a_study_of_enormous_variance_leaves_every_estimate_finite(name: str) -> None:
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(9), rng.normal(size=9)])
    vi = np.append(np.full(8, 0.1), 1e12)[None]
    found = residual_tau2(name, rng.normal(size=(1, 9)), vi, np.ones((1, 9)), X)
    assert found.tau2[0] >= 0


def test_a_row_that_cannot_be_estimated_says_why() -> None:
    yi, vi = np.array([[0.1, 0.4, 0.2, 0.9]]), np.full((1, 4), 0.1)
    x = np.array([1.0, 1.0, 1.0, 3.0])
    X = np.column_stack([np.ones(4), x])
    mi = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]])
    found = residual_tau2("REML", yi, vi, mi, X)
    assert np.isnan(found.tau2).tolist() == [False, True, True, True]
    assert [Status(int(flag)) for flag in found.status[1:]] == [Status.RANK_DEFICIENT, Status.TOO_FEW, Status.TOO_FEW]
    spoilt = residual_tau2("DL", np.array([[0.1, np.nan, 0.2, 0.9]]), vi, np.ones((1, 4)), X)
    assert int(spoilt.status[0]) == Status.BAD_INPUT

"""Correlations of one sample, and regression from their matrix."""

import math

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.correlation_matrices import correlation_effects, regress_correlations
from tests.golden.cases import Case, assert_close, load

CLOSED = 1e-9  # closed forms


def matrix_of(case: Case) -> tuple[list[list[float]], list[str], int]:
    """The matrix, whichever way R was given it."""
    given = case.inputs
    if "R" in given:
        return given["R"], list("abcd")[: len(given["R"])], case.options["ni"]
    names = list(dict.fromkeys([*given["var1"], *given["var2"]]))
    R = np.eye(len(names))
    for r, a, b in zip(given["ri"], given["var1"], given["var2"], strict=True):
        R[names.index(a), names.index(b)] = R[names.index(b), names.index(a)] = r
    return R.tolist(), names, given["ni"][0]


@pytest.mark.parametrize("case", load("rcalc"), ids=str)
def test_the_covariance_of_correlations_equals_that_of_metafor(case: Case) -> None:
    R, names, n = matrix_of(case)
    effects, covariance = correlation_effects({"one": R}, {"one": n}, names, fisher=case.options["rtoz"])
    ours = [frozenset(pair.split(" with ")) for pair in effects.words("pair")]
    order = [ours.index(frozenset(pair.split())) for pair in case.outputs["pairs"]]
    assert_close(effects.yi[order], case, "yi", rtol=CLOSED)
    expected = np.array(case.outputs["V"])
    np.testing.assert_allclose(covariance.matrix()[np.ix_(order, order)], expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("case", load("matreg"), ids=str)
def test_regression_from_a_correlation_matrix_equals_that_of_metafor(case: Case) -> None:
    R, names = case.inputs["R"], list("yabc")[: len(case.inputs["R"])]
    people = case.options["n"] + 1 if "n" in case.options else None  # metafor leaves out the degree of the means
    got = regress_correlations(R, names, "y", n=people, V=case.inputs.get("V"))
    for field, value in (
        ("beta", got.coefficients.estimate),
        ("se", got.coefficients.se),
        ("pval", got.coefficients.pval),
    ):
        assert_close(value, case, field, rtol=CLOSED)
    if "V" in case.inputs:
        np.testing.assert_allclose(got.vcov, case.outputs["vcov"], rtol=CLOSED)
        assert_close(got.together.statistic, case, "QM", rtol=CLOSED)
        assert_close(got.together.pval, case, "QM_p", rtol=CLOSED)
    else:
        assert_close(got.R2, case, "R2", rtol=CLOSED)
        assert_close([got.together.statistic, got.together.df, got.together.df_residual], case, "F", rtol=CLOSED)
        assert_close(got.together.pval, case, "F_p", rtol=CLOSED)
        assert_close(got.coefficients.ci_low, case, "ci_lb", rtol=CLOSED)


def test_regression_from_the_correlations_of_people_is_that_of_the_people() -> None:
    rng = np.random.default_rng(1)
    data = rng.normal(size=(40, 3)) @ np.array([[1, 0.5, 0.2], [0, 1, 0.3], [0, 0, 1]])
    z = (data - data.mean(axis=0)) / data.std(axis=0)
    X = np.column_stack([np.ones(40), z[:, 1:]])
    beta, squares = np.linalg.lstsq(X, z[:, 0], rcond=None)[:2]
    se = np.sqrt(np.diag(np.linalg.inv(X.T @ X)) * squares[0] / (40 - 3))
    got = regress_correlations(np.corrcoef(data.T), ["y", "a", "b"], "y", n=40)
    np.testing.assert_allclose(got.coefficients.estimate, beta[1:], rtol=1e-10)  # the same least squares
    np.testing.assert_allclose(got.coefficients.se, se[1:], rtol=1e-10)


def test_the_order_of_the_variables_does_not_matter() -> None:
    R = np.array([[1, 0.46, 0.53], [0.46, 1, 0.35], [0.53, 0.35, 1]])
    V = np.diag([0.01, 0.012, 0.02]) + 0.001
    one = regress_correlations(R, ["y", "a", "b"], "y", V=V)
    # the pairs are then a-b, a-y, b-y
    moved = regress_correlations(
        R[np.ix_([1, 2, 0], [1, 2, 0])], ["a", "b", "y"], "y", V=V[np.ix_([2, 0, 1], [2, 0, 1])]
    )
    np.testing.assert_allclose(one.vcov, moved.vcov, rtol=1e-12)  # the same sums


def test_two_studies_of_correlations_can_be_modelled_together() -> None:
    R = {"A": [[1, 0.4, 0.2], [0.4, 1, 0.3], [0.2, 0.3, 1]], "B": [[1, 0.5, 0.1], [0.5, 1, 0.2], [0.1, 0.2, 1]]}
    effects, covariance = correlation_effects(R, {"A": 50, "B": 80}, ["x", "y", "z"])
    assert effects.study[0] == "A: x with y"
    assert effects.yi[0] == pytest.approx(math.atanh(0.4), rel=1e-12)
    assert covariance.matrix()[0, 3] == 0
    assert mk.aggregate(effects, "study_of", covariance=covariance).study == ("A", "B")


@pytest.mark.parametrize(
    "given, told",
    [
        ({"R": [[1, 0.2], [0.3, 1]], "n": 20}, "y with a is 0.2, the other way 0.3"),
        ({"R": [[1, 1.2], [1.2, 1]], "n": 20}, "lie between -1 and 1"),
        ({"R": [[1, 0.2], [0.2, 1]]}, "one of the two"),
        ({"R": [[1, 0.2], [0.2, 1]], "n": 2}, "2 people cannot carry"),
        ({"R": [[1, 0.2], [0.2, 1]], "V": np.eye(2)}, "V is the covariance of 1 correlations"),
    ],
)
def test_what_is_no_correlation_matrix_is_refused_by_its_entries(given: dict[str, object], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        regress_correlations(given.pop("R"), ["y", "a"], "y", **given)  # type: ignore[arg-type] # a table of mistakes


def test_correlations_that_cannot_hold_together_are_named() -> None:
    R = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
    with pytest.raises(ModelError, match="Smith x, Smith y, Smith z is not positive definite"):
        correlation_effects({"Smith": R}, {"Smith": 50}, ["x", "y", "z"])

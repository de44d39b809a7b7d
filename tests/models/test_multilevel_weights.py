"""Multilevel models with weights of one's own: what must hold for all data, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metak2 as mk
from metak2.errors import ModelError
from metak2.kernels.multivariate.likelihood import covariance
from tests.golden.cases import assert_close, load
from tests.golden.multilevel import effects_of, fitted
from tests.models.test_multilevel import grouped
from tests.strategies import quick

SUMS = 1e-9  # the same sums in another order


def marginal(found: mk.Multilevel) -> np.ndarray:
    """The covariance of all effects that the model found, `(k, k)`."""
    V = np.zeros((found.k, found.k))
    blocks = found.fitted.blocks
    for batch in blocks.made:
        V[batch.rows[:, :, None], batch.rows[:, None, :]] = covariance(batch, blocks.terms, found.fitted.found.theta)
    return V


@quick
@given(seed=st.integers(0, 300))
def test_the_inverse_of_the_marginal_covariance_as_weights_gives_the_usual_answer(seed: int) -> None:
    effects = grouped(seed)
    usual = mk.multilevel(effects, "study_/row")
    found = mk.multilevel(effects, "study_/row", weights=np.linalg.inv(marginal(usual)))
    assert found.coefficients.estimate == pytest.approx(usual.coefficients.estimate, rel=1e-7, abs=SUMS)
    assert found.coefficients.se == pytest.approx(usual.coefficients.se, rel=1e-7)
    assert found.fit.REML.ll == pytest.approx(usual.fit.REML.ll, abs=1e-7)  # the inverse is good to eight digits


@quick
@given(seed=st.integers(0, 300), scale=st.floats(1e-6, 1e6), whole=st.booleans())
def test_the_unit_of_the_weights_changes_nothing(seed: int, scale: float, whole: bool) -> None:
    effects = grouped(seed)
    rng = np.random.default_rng(seed)
    W = rng.uniform(0, 3, len(effects)) + 0.1
    if whole:
        factor = rng.normal(0, 1, (len(effects), len(effects)))
        W = factor @ factor.T + np.diag(W)
    one, other = (mk.multilevel(effects, "study_/row", weights=by * W) for by in (1.0, scale))
    assert other.coefficients.estimate == pytest.approx(one.coefficients.estimate, rel=SUMS, abs=SUMS)
    assert other.coefficients.se == pytest.approx(one.coefficients.se, rel=SUMS)


@quick
@given(seed=st.integers(0, 300))
def test_weights_of_a_vector_are_those_of_the_diagonal_and_no_better_than_the_models_own(seed: int) -> None:
    effects = grouped(seed)
    W = np.random.default_rng(seed).uniform(0.1, 3, len(effects))
    usual, vector, matrix = (mk.multilevel(effects, "study_/row", weights=weights) for weights in (None, W, np.diag(W)))
    assert vector.coefficients.estimate == pytest.approx(matrix.coefficients.estimate, rel=SUMS, abs=SUMS)
    assert vector.coefficients.se == pytest.approx(matrix.coefficients.se, rel=SUMS)
    assert vector.coefficients.se[0] >= usual.coefficients.se[0] * (1 - SUMS)  # Gauss and Markov
    assert [one.value for one in vector.components] == [one.value for one in usual.components]


def test_equal_weights_give_the_mean_and_the_variance_of_a_mean() -> None:
    effects = grouped(4)
    found = mk.multilevel(effects, "study_/row", weights=np.ones(len(effects)))
    assert found.coefficients.estimate[0] == pytest.approx(effects.yi.mean(), rel=SUMS)
    assert found.vcov[0, 0] == pytest.approx(marginal(found).mean(), rel=SUMS)


def test_the_result_says_that_the_weights_were_given_and_profiles_as_before() -> None:
    effects = grouped(4)
    usual, found = (mk.multilevel(effects, "study_/row", weights=W) for W in (None, np.ones(len(effects))))
    assert [note.code for note in found.notes] == [*(note.code for note in usual.notes), "WEIGHTS_GIVEN"]
    assert "the weights given" in str(found)
    one, other = (mk.component_interval(model, model.components[0]) for model in (usual, found))
    assert (one.low, one.high) == (other.low, other.high)


def test_effects_that_are_not_used_need_no_weight() -> None:
    effects = grouped(4)
    left = effects.excluding("unsure", (effects.study[2],))
    W = np.arange(1.0, len(effects) + 1)
    one = mk.multilevel(effects.take(np.arange(len(effects)) != 2), "study_/row", weights=np.delete(W, 2))
    W[2] = np.nan
    other = mk.multilevel(left, "study_/row", weights=W)
    assert list(one.coefficients.estimate) == list(other.coefficients.estimate)


def test_robust_errors_keep_the_weights_given_as_metafors_do() -> None:
    (case,) = [case for case in load("mv_weights") if "robust" in case.outputs]
    found = mk.robust(fitted(case), "cluster", options=mk.RobustOptions(kind="CR1p", test="t"))
    # closed forms in which the estimated variances have no part
    assert_close(found.coefficients.se, case, "robust.se", rtol=1e-8)
    assert set(found.coefficients.df) == {9.0}
    assert len(effects_of(case)) == 56


def test_robust_errors_refuse_weights_that_link_what_the_model_holds_independent() -> None:
    effects = grouped(4)
    W = np.eye(len(effects)) + 0.01
    with pytest.raises(ModelError, match="these weights link effects that the model holds independent"):
        mk.robust(mk.multilevel(effects, "study_/row", weights=W), "study_")


def test_what_is_defined_for_the_models_own_weights_only_says_so() -> None:
    effects = grouped(4)
    found = mk.multilevel(effects, "study_/row", weights=np.ones(len(effects)))
    for ask in (
        lambda: mk.group_effects(found, "study_"),
        lambda: mk.cluster_residuals(found, "study_"),
        lambda: mk.cluster_influence(found, "study_"),
    ):
        with pytest.raises(ModelError, match="fit it without weights="):
            ask()


def test_everything_wrong_with_weights_is_told_at_once() -> None:
    effects = grouped(4)
    k = len(effects)
    W = np.ones(k)
    W[1], W[3] = np.nan, -2.0
    with pytest.raises(ModelError, match=r"not a number for row 1; the weight is negative for row 3"):
        mk.multilevel(effects, "study_/row", weights=W)
    with pytest.raises(ModelError, match=rf"there are {k} effects, and the weights are shaped \(4,\).*number 2"):
        mk.multilevel(effects, "study_/row", weights=[1.0, np.nan, 1.0, 1.0])
    whole = np.eye(k)
    whole[0, 2], whole[4, 4], whole[5, 6] = 0.5, -1.0, np.inf
    with pytest.raises(
        ModelError,
        match=r"not a number for row 5 with row 6; .*negative for row 4; .*not symmetric for row 0 with row 2$",
    ):
        mk.multilevel(effects, "study_/row", weights=whole)
    with pytest.raises(ModelError, match="weights are numbers"):
        mk.multilevel(effects, "study_/row", weights=["much"] * k)
    with pytest.raises(ModelError, match="leave nothing to estimate intercept from"):
        mk.multilevel(effects, "study_/row", weights=np.zeros(k))


def test_a_long_list_of_wrong_weights_is_cut_short() -> None:
    effects = grouped(4)
    with pytest.raises(ModelError, match=rf"row 4 and {len(effects) - 5} more$"):
        mk.multilevel(effects, "study_/row", weights=-np.ones(len(effects)))

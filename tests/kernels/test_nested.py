"""Two nested levels: the sums over groups, and the summit found with them, against the general kernel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.contract import IntArray
from metak2.kernels.multivariate import structures
from metak2.kernels.multivariate.blocks import Sampling, Term, batches
from metak2.kernels.multivariate.fit import maximise
from metak2.kernels.multivariate.likelihood import Blocks
from metak2.kernels.multivariate.nested import Nested, nested
from tests.strategies import quick

Made = tuple[Nested, Blocks, tuple[Term, ...]]


def invented(seed: int, *, moderators: int, inner: bool = True, outer_first: bool = True) -> Made:
    """Effects far from 0 in shuffled groups, by sums and by blocks."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, int(rng.integers(4, 15)))
    group = rng.permutation(np.repeat(np.arange(sizes.size), sizes))
    k = group.size
    v = 10 ** rng.uniform(-3, 1, k)
    y = 100 + rng.normal(0, rng.choice([0, 0.1, 1]), sizes.size)[group] + rng.normal(0, np.sqrt(v + 0.05))
    X = np.column_stack([np.ones(k), rng.normal(5, 1, (k, moderators))])
    likelihood = nested((y, v, X), group, inner=inner, outer_first=outer_first)
    terms = [intercept(group)] + ([intercept(np.arange(k))] if inner else [])
    terms = terms if outer_first else terms[::-1]
    made = batches(y, X, Sampling(variances=v, correlated=()), terms)
    return likelihood, Blocks(made=made, terms=tuple(terms)), tuple(terms)


def intercept(group: IntArray) -> Term:
    return Term(loadings=np.ones((group.size, 1)), group=group, structure=structures.identity(1))


@quick
@given(
    seed=st.integers(0, 500),
    moderators=st.integers(0, 2),
    restricted=st.booleans(),
    theta=st.tuples(st.floats(0, 2), st.floats(0, 2)),
    shape=st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_the_sums_over_groups_are_the_blocks(
    seed: int, moderators: int, restricted: bool, theta: tuple[float, float], shape: tuple[bool, bool]
) -> None:
    inner, outer_first = shape
    sums, blocks, terms = invented(seed, moderators=moderators, inner=inner, outer_first=outer_first)
    at = np.array(theta[: len(terms)])
    one, other = (likelihood.evaluate(at, restricted=restricted) for likelihood in (sums, blocks))
    # sums in another order; the blocks lose digits to effects of 100 and bend G by differences, good to ten digits
    assert one.height == pytest.approx(other.height, rel=1e-10, abs=1e-8)
    scale = 1 + np.abs(other.hessian).max()
    np.testing.assert_allclose(one.gradient, other.gradient, rtol=1e-8, atol=1e-9 * scale)
    np.testing.assert_allclose(one.hessian, other.hessian, rtol=1e-7, atol=1e-8 * scale)
    fixed, again = sums.fixed_part(at), blocks.fixed_part(at)
    np.testing.assert_allclose(fixed.beta, again.beta, rtol=1e-9)
    np.testing.assert_allclose(fixed.vcov, again.vcov, rtol=1e-9, atol=1e-12)


@quick
@given(seed=st.integers(0, 500), restricted=st.booleans(), moderators=st.integers(0, 2))
def test_the_expected_information_is_half_the_trace_of_what_is_projected(
    seed: int, restricted: bool, moderators: int
) -> None:
    sums, _, (outer, _) = invented(seed, moderators=moderators)
    order = np.argsort(outer.group, kind="stable")
    together = (outer.group[order][:, None] == outer.group[order]).astype(float)
    t, s = 0.3, 0.1
    W = np.linalg.inv(np.diag(sums.v + s) + t * together)
    P = W - W @ sums.Z[:, :-1] @ np.linalg.inv(sums.Z[:, :-1].T @ W @ sums.Z[:, :-1]) @ sums.Z[:, :-1].T @ W
    moved = [(P if restricted else W) @ one for one in (together, np.eye(sums.v.size))]
    expected = [[0.5 * np.trace(a @ b) for a in moved] for b in moved]
    found = sums.slopes(np.array([[t, s]]), restricted=restricted).expected[0]
    # sums in another order
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("moderators", [0, 2])
@pytest.mark.parametrize("seed", range(12))
def test_the_summit_by_variances_is_no_lower_than_that_of_the_general_climb(
    seed: int, moderators: int, restricted: bool
) -> None:
    sums, blocks, terms = invented(seed, moderators=moderators)
    one, other = (maximise(made, terms, sums.spread, restricted=restricted) for made in (sums, blocks))
    heights = [found.fixed.restricted if restricted else found.fixed.log_likelihood for found in (one, other)]
    assert one.converged
    assert heights[0] >= heights[1] - 1e-8  # each climb ends within about 1e-10 of its summit
    score = sums.slopes(sums.variances(one.theta[None]), restricted=restricted).score[0]
    resting = one.theta == 0
    # what is left of the slope would gain less than 1e-10; at 0 the likelihood falls
    assert np.abs(score[~resting] * one.theta[~resting] ** 2).max(initial=0.0) < 1e-4
    assert (score[resting] <= 0).all()


def test_of_two_summits_the_higher_is_taken() -> None:
    # One variance alone explains these effects: that of rows (log-likelihood -14.08) or, better, that of groups.
    y = np.array([3.62, 3.61, 1.83, 1.13, 1.06, 1.5, -0.96, 1.45, 4.91])
    v = np.array([0.0022, 0.0982, 1.3102, 0.0399, 0.0082, 0.2241, 0.022, 4.7373, 0.4731])
    x = np.array([0.07, 1.06, -0.43, -0.94, -0.85, -0.11, -0.63, -1.12, 0.68])
    group = np.array([0, 0, 1, 1, 1, 1, 2, 3, 3])
    likelihood = nested((y, v, np.column_stack([np.ones(9), x])), group, inner=True)
    found = maximise(likelihood, (intercept(group), intercept(np.arange(9))), likelihood.spread, restricted=False)
    scores = [likelihood.slopes(np.array([one]), restricted=False) for one in ([0.0, 1.0784072], [4.0172903, 0.0])]
    assert [np.abs(one.score[0]).min() < 1e-6 and one.score[0].min() < 0 for one in scores] == [True, True]
    assert list(found.theta**2) == pytest.approx([4.0172903, 0.0], abs=1e-6)  # roots of the score just tested
    assert found.fixed.log_likelihood > scores[0].height[0] + 1.8


def test_a_variance_that_the_coefficients_leave_nothing_of_stays_where_it_is() -> None:
    group = np.repeat(np.arange(4), 5)
    rng = np.random.default_rng(1)
    v = rng.uniform(0.01, 0.1, 20)
    y = rng.normal(0, np.sqrt(v + 0.1))
    X = np.eye(4)[group]  # a coefficient for each group: nothing is left of what groups share
    terms = (intercept(group), intercept(np.arange(20)))
    likelihood = nested((y, v, X), group, inner=True)
    found = maximise(likelihood, terms, likelihood.spread, restricted=True)
    plain = maximise(nested((y, v, X), np.arange(20), inner=False), terms[1:], likelihood.spread, restricted=True)
    assert found.converged
    assert not found.unbounded.any()
    # the two climbs of one likelihood end within 1e-8 of each other's variance
    assert found.theta[1] ** 2 == pytest.approx(plain.theta[0] ** 2, rel=1e-5)

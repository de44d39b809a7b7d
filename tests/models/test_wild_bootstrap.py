"""The wild cluster bootstrap."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.robust import robust, robust_test
from metak2.models.robust_result import RobustOptions
from metak2.models.wild_bootstrap import wild_test
from tests.models.test_robust import made_up


def test_all_patterns_of_few_clusters_equal_refitting_each_by_hand() -> None:
    effects = made_up(4, (2, 3, 1, 4, 2, 1))
    fitted = robust(effects, "cluster", "x", options=RobustOptions(working="CORR", kind="CR0"))
    got = wild_test(fitted, ["x"])
    ((rows, weight, _),) = fitted.weighted.blocks
    w, X, y = weight[np.argsort(rows[:, 0]), 0, 0], fitted.design.X, effects.yi
    number = np.array([int(name[1:]) for name in fitted.names])

    def wald(values: np.ndarray) -> float:
        bread = np.linalg.inv(X.T @ (w[:, None] * X))
        beta = bread @ X.T @ (w * values)
        scores = np.array([(w * (values - X @ beta))[number == at] @ X[number == at] for at in range(6)])
        vcov = bread @ scores.T @ scores @ bread
        return float(beta[1] ** 2 / vcov[1, 1])

    mean = float(w @ y / w.sum())
    adjusted = np.zeros(13)
    for at in range(6):
        own = number == at
        one, Phi = np.ones((own.sum(), 1)), np.diag(1 / w[own])
        root = np.sqrt(Phi)
        B = root @ (Phi - one @ one.T / w.sum()) @ root
        values, vectors = np.linalg.eigh(B)
        adjusted[own] = root @ vectors @ np.diag(values**-0.5) @ vectors.T @ root @ (y[own] - mean)
    signs = np.array([[1 if pattern >> at & 1 else -1 for at in range(6)] for pattern in range(64)])
    drawn = np.array([wald(mean + one[number] * adjusted) for one in signs])
    assert got.exhaustive
    assert got.draws == 64
    assert got.statistic == pytest.approx(wald(y), rel=1e-9)  # the same sums in another order
    assert got.pval == pytest.approx((drawn >= wald(y) * (1 - 1e-9)).mean(), rel=1e-12)


def test_it_agrees_with_the_robust_test_where_clusters_are_many() -> None:
    fitted = robust(made_up(11, (2, 3) * 40), "cluster", "x", options=RobustOptions(working="CORR"))
    drawn = wild_test(fitted, ["x"], draws=4999, seed=3)
    # both are valid tests; the draws alone leave a standard error of 0.007
    assert drawn.pval == pytest.approx(robust_test(fitted, ["x"]).pval, abs=0.04)
    assert not drawn.exhaustive


def test_under_the_null_few_clusters_are_rejected_as_often_as_they_should() -> None:
    hits = 0
    for seed in range(200):
        effects = made_up(seed, (3, 1, 2, 4, 2, 3, 1, 2))
        fitted = robust(effects, "cluster", "x", options=RobustOptions(working="CORR"))
        hits += wild_test(fitted, ["x"], draws=256).pval <= 0.05
    assert 2 <= hits <= 21  # binomial(200, 0.05): outside with probability below 0.01 on each side


def test_a_seed_gives_the_same_answer_again() -> None:
    fitted = robust(made_up(11, (2, 3) * 10), "cluster", "x", options=RobustOptions(working="CORR"))
    one, same = (wild_test(fitted, signs="Webb", draws=499, seed=7) for _ in range(2))
    assert one == same


def test_three_clusters_cannot_reach_significance_and_that_is_said() -> None:
    fitted = robust(made_up(2, (3, 2, 4)), "cluster", options=RobustOptions(working="CORR"))
    assert wild_test(fitted).few


def test_too_few_draws_are_refused() -> None:
    fitted = robust(made_up(2, (3, 2, 4)), "cluster", options=RobustOptions(working="CORR"))
    with pytest.raises(ModelError, match="at least 99"):
        wild_test(fitted, draws=10)

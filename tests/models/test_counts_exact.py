"""Conditional logistic models with the exact likelihood, beside metafor's (which needs BiasedUrn)."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import nchypergeom_fisher

from metak2.kernels.glmm_marginal import Rule, marginal_value
from metak2.models.glmm_designs import Structure, problem
from tests.golden.cases import RTOL, Case, load
from tests.golden.counts import data_of, design_of
from tests.models.test_counts import fit, marginal_height, printed

cases = load("glmm_exact")
compared = [case for case in cases if not case.error]
# metafor's optimiser stops short, and its standard errors are from differences: README.md has sizes and causes.
STOPS_SHORT = dict.fromkeys(("beta", "tau2", "I2", "H2"), 2e-5)
BY_DIFFERENCES = {"se": 2e-3, "stat": 2e-3, "QM": 4e-3, "QE_wald": 3e-3}
TOLERANCE = {**STOPS_SHORT, **BY_DIFFERENCES}
WRONG_HESSIAN = {("dat.bcg", "QE_wald")}
AT_ZERO = "glmm_exact-0008"  # dat.hine1989: metafor's search ends beside tau2 = 0, its standard error is 4e-7
DERIVED = {"pval", "QM_p", "QE_wald_p", "ci_lb", "ci_ub"}  # of estimates, errors and statistics that are compared


@pytest.mark.parametrize("case", [case for case in compared if case.id != AT_ZERO], ids=str)
def test_the_exact_likelihood_has_the_summit_of_metafor(case: Case) -> None:
    for field, got in printed(fit(case)).items():
        if field in DERIVED | {"sigma2", "rho"} or (case.dataset, field) in WRONG_HESSIAN:
            continue
        np.testing.assert_allclose(
            np.atleast_1d(got), case.expected(field), rtol=TOLERANCE.get(field, RTOL), atol=1e-10, err_msg=field
        )


@pytest.mark.parametrize("case", compared, ids=str)
def test_no_estimate_of_metafor_makes_the_counts_more_likely(case: Case) -> None:
    ours = fit(case).log_likelihood
    assert ours >= case.expected("fit.ML.ll")[0] - 1e-9 * abs(ours)  # the accuracy of both integrals
    assert ours >= marginal_height(case, case.expected("beta"), case.outputs["tau2"]) - 1e-9 * abs(ours)


@pytest.mark.parametrize("case", [case for case in cases if case.error or case.id == AT_ZERO], ids=str)
def test_where_metafors_search_fails_the_likelihood_is_highest_at_zero(case: Case) -> None:
    ours = fit(case)
    assert ours.tau2 == 0
    assert ours.log_likelihood == pytest.approx(marginal_height(case, ours.beta, 0.0), rel=1e-12)  # the same sum
    for tau in (0.02, 0.05, 0.1, 0.3, 1.0, 3.0):
        best = max(marginal_height(case, ours.beta + step, tau**2) for step in np.linspace(-0.3, 0.3, 13))
        assert best < ours.log_likelihood


def distribution(case: Case, i: int, effect: float) -> object:
    a, b, c, d = (float(row[0][i]) for row in case.tables())
    return nchypergeom_fisher(a + b + c + d, a + b, a + c, np.exp(effect))


def informative(case: Case) -> list[int]:
    """The tables that have more than one possibility."""
    a, b, c, d = (row[0] for row in case.tables())
    return [i for i in range(a.size) if min(a[i] + c[i], b[i] + d[i]) > 0]


@pytest.mark.parametrize("case", [case for case in compared if case.options["method"] == "EE"], ids=str)
def test_standard_errors_of_a_common_odds_ratio_are_sums_of_hypergeometric_variances(case: Case) -> None:
    ours, rows = fit(case), informative(case)
    X = np.array(case.inputs.get("X", np.ones((case.row("ai").size, 1))), dtype=float)[rows]
    variances = [distribution(case, i, effect).var() for i, effect in zip(rows, X @ ours.beta, strict=True)]
    information = (X.T * variances) @ X
    # scipy's variance is a difference of two squares.
    np.testing.assert_allclose(ours.se, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-6)


@pytest.mark.parametrize("case", [c for c in compared if c.options["method"] == "ML" and c.id != AT_ZERO], ids=str)
def test_standard_errors_of_the_mixed_model_are_the_curvature_of_its_likelihood(case: Case) -> None:
    ours, data, design = fit(case), data_of(case), design_of(case)
    data = data.take(~data.empty)
    X = np.ones((len(data.study), 1)) if isinstance(design, str) else design.X
    full = problem(data, X, Structure(model="CM.EL", heterogeneous=True, coding=0.5, correlated=False))
    p, modes = X.shape[1], np.zeros((X.shape[0], 1))
    centre, scale = np.append(ours.beta, np.sqrt(ours.tau2)), np.append(ours.se, np.sqrt(ours.tau2))

    def height(step: np.ndarray) -> float:
        at = centre + scale * step
        mean = full.offset + full.design @ at[:p]
        return marginal_value(full.family, full.random, mean, at[p:], Rule(points=81), modes)

    def curvature(h: float) -> np.ndarray:
        unit = h * np.eye(p + 1)
        return np.array(
            [
                [(height(a + b) - height(a - b) - height(b - a) + height(-a - b)) / (4 * h * h) for b in unit]
                for a in unit
            ]
        )

    hessian = (4 * curvature(0.01) - curvature(0.02)) / 3  # Richardson: the error is of the fourth order
    vcov = np.linalg.inv(-hessian) * np.outer(scale, scale)
    np.testing.assert_allclose(ours.se, np.sqrt(np.diag(vcov))[:p], rtol=2e-6)  # rounding of values over h squared


def test_wald_heterogeneity_of_bcg_has_the_information_of_each_trial() -> None:
    # metafor says 268.61 from a 13 x 13 Hessian by differences; its likelihood-ratio test, 176.87, is ours.
    case = next(case for case in cases if case.dataset == "dat.bcg" and case.stratum == "OR.CM.EL.ML")
    events = case.row("ai")[0]
    theta, weight = np.empty(events.size), np.empty(events.size)
    for i, observed in enumerate(events):
        theta[i] = brentq(lambda effect, i=i, a=observed: distribution(case, i, effect).mean() - a, -4, 3, xtol=1e-12)
        weight[i] = distribution(case, i, theta[i]).var()
    pooled = (weight * theta).sum() / weight.sum()
    assert fit(case).Q_wald == pytest.approx(float((weight * (theta - pooled) ** 2).sum()), rel=1e-6)  # as above

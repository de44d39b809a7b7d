import numpy as np
import pytest

from metak2.kernels.effect_sizes import log_incidence_rate_ratio, log_odds_ratio
from metak2.kernels.fixed_weights import cochran_rate_ratio, sample_size_weighted
from metak2.kernels.tables import Correction, addend
from metak2.kernels.zero_cells import has_zero
from tests.golden.cases import Case, assert_close, load

cases = load("meta_pairwise_counts")


@pytest.mark.parametrize("case", [case for case in cases if case.options["method"] == "SSW"], ids=str)
def test_sample_size_weights_are_those_of_rs_meta(case: Case) -> None:
    ai, n1i, ci, n2i = case.rows("event.e", "n.e", "event.c", "n.c")
    cells, mi = (ai, n1i - ai, ci, n2i - ci), np.ones_like(ai)
    more = addend(has_zero(*cells), mi, Correction())
    yi, vi = log_odds_ratio(*(cell + more for cell in cells))
    weights = n1i * n2i / (n1i + n2i)
    for tau2, model in ((0.0, "common"), (case.outputs["tau2"], "random")):
        estimate, se = sample_size_weighted(yi, vi, weights, mi, np.array([tau2]))
        assert_close(estimate, case, f"TE_{model}")
        assert_close(se, case, f"se_{model}")


@pytest.mark.parametrize("case", [case for case in cases if case.options["method"] == "Cochran"], ids=str)
def test_cochrans_rate_ratio_is_that_of_rs_meta(case: Case) -> None:
    x1, t1, x2, t2 = case.rows("event.e", "time.e", "event.c", "time.c")
    half = np.where((x1 == 0) | (x2 == 0), 0.5, 0.0)
    yi, _ = log_incidence_rate_ratio(x1 + half, t1, x2 + half, t2)
    estimate, se = cochran_rate_ratio(yi, (x1, t1, x2, t2), np.ones_like(x1))
    assert_close(estimate, case, "TE_common")
    assert_close(se, case, "se_common")


def test_a_study_counted_twice_is_the_study_written_twice() -> None:
    yi, vi, weights = np.array([[0.2, -0.4]]), np.array([[0.1, 0.3]]), np.array([[5.0, 9.0]])
    once = sample_size_weighted(yi, vi, weights, np.array([[2.0, 1.0]]), np.array([0.05]))
    written = (np.hstack([array[:, :1], array]) for array in (yi, vi, weights))
    twice = sample_size_weighted(*written, np.ones((1, 3)), np.array([0.05]))
    np.testing.assert_allclose(once, twice, rtol=1e-14)  # the same sums

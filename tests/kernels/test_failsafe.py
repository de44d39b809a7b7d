import numpy as np
import pytest
from scipy.stats import norm

from metak2.kernels.failsafe import orwin, rosenberg, rosenthal
from tests.golden.cases import Case, assert_close, load

CASES = load("fsn")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fail_safe_n_is_that_of_metafor(case: Case) -> None:
    yi, vi, options = case.row("yi")[0], case.row("vi")[0], case.options
    if options["type"] == "Rosenthal":
        number, pval = rosenthal(yi, vi, options["alpha"])
        assert_close(pval, case, "pval")
    elif options["type"] == "Rosenberg":
        number, mean, pval = rosenberg(yi, vi, options["alpha"])
        assert_close(pval, case, "pval")
        assert_close(mean, case, "mean")
    else:
        number, _, _ = orwin(yi, vi, options["target"], weighted=options["weighted"])
    assert number == case.outputs["fsnum"]


def test_rosenthals_number_is_the_first_that_lifts_p() -> None:
    yi, vi = CASES[0].row("yi")[0], CASES[0].row("vi")[0]
    number, _ = rosenthal(yi, vi, 0.05)
    total = abs((yi / np.sqrt(vi)).sum())
    first, before = (norm.sf(total / np.sqrt(yi.size + n)) for n in (number, number - 1))
    assert before < 0.05 <= first


def test_no_effect_needs_no_null_study() -> None:
    assert orwin(np.zeros(3), np.ones(3), None, weighted=True)[0] == 0
    assert rosenthal(np.zeros(3), np.ones(3), 0.05)[0] == 0


def test_a_target_of_zero_is_never_reached() -> None:
    assert orwin(np.ones(3), np.ones(3), 0.0, weighted=True)[0] == np.inf

import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.robustness.unseen_studies import excess_significance, fail_safe_n
from tests.golden.cases import Case, assert_close, load
from tests.robustness.pools import pool_arrays, pooled_case

TESTS = {"chi2": "chi2", "binom": "binomial", "exact": "exact"}


@pytest.mark.parametrize("case", load("fsn"), ids=str)
def test_fail_safe_n_is_that_of_metafor(case: Case) -> None:
    options = case.options
    found = fail_safe_n(
        pooled_case(case),
        rule=options["type"].lower(),
        alpha=options.get("alpha", 0.05),
        target=options.get("target"),
        weighted=options.get("weighted", True),
    )
    assert found.number == case.outputs["fsnum"]


@pytest.mark.parametrize("case", load("excess_significance"), ids=str)
def test_excess_significance_is_that_of_metafor(case: Case) -> None:
    found = excess_significance(
        pooled_case(case, method="CE"),
        test=TESTS[case.options["test"]],
        alternative=case.options["alternative"].replace(".", "-"),
        alpha=case.options["alpha"],
        null=case.options["H0"],
    )
    assert (found.k, found.observed) == (case.outputs["k"], case.outputs["observed"])
    for name in ("expected", "ratio", "theta", "power", "pval"):
        assert_close(getattr(found, name), case, name)
    if found.statistic is not None:
        assert_close(found.statistic, case, "X2")


def test_fail_safe_n_always_says_that_it_is_discouraged() -> None:
    found = fail_safe_n(pool_arrays(np.array([0.5, 0.6]), np.array([0.01, 0.02])))
    assert "FAILSAFE_DISCOURAGED" in {note.code for note in found.notes}


def test_heterogeneity_forbids_excess_significance() -> None:
    found = excess_significance(pool_arrays(np.array([0.0, 1.0, 2.0]), np.array([0.01, 0.02, 0.03])))
    assert [note.code for note in found.notes] == ["EXCESS_FEW", "EXCESS_HETEROGENEOUS"]


def test_unknown_words_are_refused() -> None:
    pooled = pool_arrays(np.array([0.1, 0.4, 0.2]), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(UnknownOptionError, match="rule"):
        fail_safe_n(pooled, rule="rosental")  # type: ignore[arg-type] # a user's slip
    with pytest.raises(UnknownOptionError, match="test"):
        excess_significance(pooled, test="chi")  # type: ignore[arg-type] # a user's slip
    with pytest.raises(ModelError, match="alpha"):
        fail_safe_n(pooled, alpha=5.0)

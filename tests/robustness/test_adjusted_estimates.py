import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.robustness.adjusted_estimates import WeightedLine, henmi_copas, limit_meta_analysis, pet_peese
from tests.golden.cases import Case, assert_close, load
from tests.robustness.pools import pool_arrays, pooled_case


def assert_line(line: WeightedLine, case: Case, name: str) -> None:
    assert_close(line.coefficients, case, f"{name}.beta")
    assert_close(line.se, case, f"{name}.se")
    assert_close(line.statistic, case, f"{name}.stat")
    assert_close(line.pval, case, f"{name}.pval")


@pytest.mark.parametrize("case", load("pet_peese"), ids=str)
def test_pet_and_peese_are_weighted_least_squares(case: Case) -> None:
    found = pet_peese(pooled_case(case))
    assert_line(found.pet, case, "pet")
    assert_line(found.peese, case, "peese")
    assert_line(found.uwls, case, "uwls")
    assert found.waap_n == case.outputs["waap_n"]
    if "waap" in case.outputs:
        assert found.waap is not None
        assert_line(found.waap, case, "waap")


@pytest.mark.parametrize("case", load("limitmeta"), ids=str)
def test_limit_meta_analysis_is_that_of_metasens(case: Case) -> None:
    pooled = pooled_case(case, method="DL", yi="TE", vi=case.row("seTE")[0] ** 2)
    found = limit_meta_analysis(pooled, adjustment=case.options["method.adjust"])
    assert_close(found.estimate, case, "TE_adjust")
    assert_close(found.ci.low, case, "lb_adjust")
    assert_close(found.ci.high, case, "ub_adjust")
    assert_close(found.pval, case, "p_adjust")


def test_pet_is_chosen_where_nothing_is_left_at_infinite_precision() -> None:
    vi = np.linspace(0.05, 1.0, 12) ** 2
    noise = 0.05 * np.array([1, -1] * 6) * np.sqrt(vi)
    nothing, something = (pet_peese(pool_arrays(effect + 1.5 * np.sqrt(vi) + noise, vi)) for effect in (0.0, 0.5))
    assert (nothing.chosen, something.chosen) == ("PET", "PEESE")
    assert nothing.adjusted.coefficients[0] == pytest.approx(0, abs=0.05)


def test_methods_say_when_they_must_not_be_used() -> None:
    pooled = pool_arrays(np.array([0.0, 1.0, 2.0, 5.0]), np.array([0.01, 0.02, 0.03, 0.04]))
    assert {note.code for note in pet_peese(pooled).notes} == {"ASYMMETRY_FEW", "PET_HETEROGENEOUS"}
    assert [note.code for note in henmi_copas(pooled).notes] == ["HENMI_COPAS_FEW"]
    assert [note.code for note in limit_meta_analysis(pooled).notes] == ["ASYMMETRY_FEW"]


def test_effects_without_scatter_have_no_error_and_say_so() -> None:
    found = pet_peese(pool_arrays(np.full(5, 0.3), np.array([0.1, 0.2, 0.3, 0.4, 0.5])))
    assert found.adjusted.coefficients[0] == pytest.approx(0.3, rel=1e-12)
    assert "ASYMMETRY_PERFECT_FIT" in {note.code for note in found.notes}


def test_without_heterogeneity_the_limits_coincide() -> None:
    pooled = pool_arrays(np.array([0.1, 0.1, 0.1]), np.array([0.1, 0.2, 0.3]))
    assert "LIMIT_WITHOUT_TAU2" in {note.code for note in limit_meta_analysis(pooled).notes}


def test_studies_of_one_size_and_unknown_words_are_refused() -> None:
    same = pool_arrays(np.array([0.1, 0.4, 0.2]), np.full(3, 0.1))
    for method in (pet_peese, limit_meta_analysis):
        with pytest.raises(ModelError, match="same standard error"):
            method(same)
    with pytest.raises(UnknownOptionError, match="adjustment"):
        limit_meta_analysis(same, adjustment="beta1")  # type: ignore[arg-type] # a user's slip
    with pytest.raises(ModelError, match="at least 2"):
        henmi_copas(pool_arrays(np.array([0.1]), np.array([0.1])))

"""Comparison of nested models: metafor's numbers and the comparisons that are refused."""

import pytest

from metak2.errors import ModelError
from metak2.models.compare import compare
from metak2.models.regress import regress
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import bcg, effects_of, regression_of

BCG = bcg()


@pytest.mark.parametrize("case", load("anova_lrt"), ids=str)
def test_the_likelihood_ratio_is_that_of_metafor(case: Case) -> None:
    found = compare(*(regression_of(case, design, test="z") for design in ("X_full", "X_reduced")))
    for field, value in {
        "LRT": found.LRT,
        "pval": found.pval,
        "df_full": found.full.fit.parameters,
        "df_reduced": found.reduced.fit.parameters,
        "loglik_full": found.fit_full.ll,
        "loglik_reduced": found.fit_reduced.ll,
        "AICc_full": found.fit_full.AICc,
        "AICc_reduced": found.fit_reduced.AICc,
    }.items():
        assert_close(value, case, field)
    # Where the full model has tau2 of 3e-13 in R and 0 here, 100 % is 99.999999998.
    assert_close(found.R2, case, "R2", rtol=1e-8)
    assert ("REFITTED_BY_ML" in [note.code for note in found.notes]) == (case.options["method"] != "ML")


def test_the_same_coefficients_with_another_tau2_are_compared_by_reml() -> None:
    found = compare(regress(BCG, "ablat"), regress(BCG, "ablat", tau2=0.0))
    assert (found.likelihood, found.df) == ("REML", 1)
    assert pytest.approx(2 * (found.full.fit.REML.ll - found.reduced.fit.REML.ll)) == found.LRT
    assert found.LRT > 0


@pytest.mark.parametrize(
    "full, reduced, message",
    [
        ("ablat", "year", "not nested"),
        ("ablat", "ablat + year", "not nested"),
        ("ablat", "ablat", "more parameters"),
    ],
)
def test_models_that_are_not_nested_are_refused(full: str, reduced: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        compare(regress(BCG, full), regress(BCG, reduced))


def test_models_of_other_studies_are_refused() -> None:
    fewer = effects_of(BCG.yi[1:], BCG.vi[1:], ablat=BCG.moderators["ablat"][1:])
    with pytest.raises(ModelError, match="other studies"):
        compare(regress(BCG, "ablat"), regress(fewer))
    with pytest.raises(ModelError, match="given weights"):
        compare(regress(BCG, "ablat", weights="equal"), regress(BCG))

"""What a reader sees of a regression and its companions."""

import pytest

from metak2.display import regression as _  # noqa: F401 - registers what print shows
from metak2.models.compare import compare
from metak2.models.location_scale import regress_scale
from metak2.models.predict import predict, predict_studies
from metak2.models.regress import regress
from metak2.robustness.influence import influence
from metak2.robustness.permutation import permutation_test
from metak2.robustness.regression_leave_one_out import leave_one_out_regression
from metak2.shown import show, show_html
from tests.golden.regressions import bcg

BCG = bcg()


def test_a_regression_prints_coefficients_heterogeneity_and_caveats() -> None:
    lines = str(regress(BCG, "ablat + year", test="HK", convention="metafor")).splitlines()
    # metafor 3.8-1: uni_predict-0085 and uni_moderators hold the same fit at full precision.
    assert lines[0].split() == ["coefficient", "CI", "p"]
    assert [line.split()[0] for line in lines[1:4]] == ["intercept", "ablat", "year"]
    assert lines[2].split()[1] == "−0.03"
    assert "Knapp–Hartung, 13 studies" in lines[4]
    assert lines[5].startswith("Residual τ² 0.111")
    assert lines[6] == "Residual heterogeneity: Q = 28.33, df = 10, p = 0.0016"
    assert lines[7].startswith("Moderators (ablat, year): F = ")
    assert lines[8].startswith("! A regression of 2 slopes on 13 studies")


def test_a_common_effect_has_no_tau2_to_print() -> None:
    assert "τ²" not in str(regress(BCG, "ablat", method="CE"))


@pytest.mark.parametrize(
    "result, expected",
    [
        (predict(regress(BCG, "ablat"), {"ablat": [10, 30]}), "prediction interval"),
        (predict_studies(regress(BCG, "ablat")), "predicted true effect"),
        (compare(regress(BCG, "ablat"), regress(BCG)), "Likelihood ratio (ML)"),
        (influence(regress(BCG, "ablat")), "cov ratio"),
        (permutation_test(regress(BCG, "ablat", method="DL"), draws=20), "seed 1, 20 arrangements"),
        (leave_one_out_regression(regress(BCG, "ablat")), "without S13"),
        (regress_scale(BCG, "ablat", scale="ablat"), "Scale (log τ²)"),
    ],
)
def test_every_companion_shows_itself(result: object, expected: str) -> None:
    assert expected in show(result)
    assert show_html(result).startswith("<div>")

"""Location-scale models: metafor's numbers within what its optimizer reached, and what is refused."""

import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.location_scale import LocationScale, predict_scale, regress_scale
from tests.golden.cases import Case, load
from tests.golden.regressions import TESTS, bcg, effects_of, flat, matrix

BCG = bcg()
CASES = [case for case in load("location_scale") if "Z" in case.inputs]
# Two of R's fits end on the way to tau2 = 0 in one group: tests/kernels/test_location_scale.py shows the likelihoods.
AT_ZERO = {"location_scale-0003", "location_scale-0004"}
R_OPTIMIZER = {"rtol": 1e-4, "atol": 2e-6}  # nlminb stopped up to 7e-12 below the highest log-likelihood


def fit(case: Case) -> LocationScale:
    return regress_scale(
        effects_of(case.inputs["yi"], case.inputs["vi"]),
        matrix(case.inputs["X"]),
        scale=matrix(case.inputs["Z"]),
        method=case.options["method"],
        test=TESTS[case.options["test"]],
    )


@pytest.mark.parametrize("case", [case for case in CASES if case.id not in AT_ZERO], ids=str)
def test_mean_and_scale_are_those_of_metafor(case: Case) -> None:
    found = fit(case)
    assert not found.notes
    assert found.QS is not None
    mean, scale = found.location, found.scale
    for field, value in {
        "beta": mean.estimate, "se": mean.se, "stat": mean.statistic, "pval": mean.pval, "ci_lb": mean.ci_low,
        "ci_ub": mean.ci_high, "vcov": found.vcov, "QM": found.QM.statistic, "QM_p": found.QM.pval, "QE": found.QE,
        "QE_p": found.QE_pval, "alpha": scale.estimate, "se_alpha": scale.se, "stat_alpha": scale.statistic,
        "pval_alpha": scale.pval, "ci_lb_alpha": scale.ci_low, "ci_ub_alpha": scale.ci_high,
        "QS": found.QS.statistic, "QS_p": found.QS.pval, "tau2": found.tau2,
    }.items():  # fmt: skip
        expected = flat(case.outputs[field])
        np.testing.assert_allclose(flat(value), expected, err_msg=f"{case}: {field}", **R_OPTIMIZER)
    for which in ("ML", "REML"):
        for name, expected in case.outputs["fit"][which].items():
            assert getattr(getattr(found.fit, which), name) == pytest.approx(expected, rel=1e-7)
    assert [found.QM.df, found.QM.df_residual][: 1 if case.options["test"] == "z" else 2] == [
        one for one in case.outputs["QM_df"] if one is not None
    ]
    assert [found.QS.df, found.QS.df_residual][: 1 if case.options["test"] == "z" else 2] == [
        one for one in case.outputs["QS_df"] if one is not None
    ]


@pytest.mark.parametrize("case", [case for case in CASES if case.id in AT_ZERO], ids=str)
def test_a_group_without_heterogeneity_is_a_note(case: Case) -> None:
    (note,) = fit(case).notes
    assert note.code == "SCALE_AT_ZERO"
    without = [f"S{number + 1}" for number, row in enumerate(case.inputs["Z"]) if row[1] == 0]
    assert list(note.where) == without


def test_predictions_at_moderators_of_both_parts_are_those_of_metafor() -> None:
    case = next(case for case in load("location_scale") if case.stratum == "predict")
    effects = effects_of(case.inputs["yi"], case.inputs["vi"], m=case.inputs["m"])
    found = predict_scale(regress_scale(effects, "m", scale="m"), {"m": [0, 1, 2]}, {"m": [0, 1, 2]})
    for field, value in {
        "pred": found.estimate, "se": found.se, "ci_lb": found.ci_low, "ci_ub": found.ci_high,
        "pi_lb": found.pi_low, "pi_ub": found.pi_high,
    }.items():  # fmt: skip
        np.testing.assert_allclose(value, case.expected(field), rtol=1e-6, err_msg=field)  # as nlminb's alpha


def test_a_study_needs_the_moderators_of_both_parts() -> None:
    effects = effects_of(
        BCG.yi, BCG.vi, ablat=[np.nan, *BCG.moderators["ablat"][1:]], year=[*BCG.moderators["year"][:-1], np.nan]
    )
    found = regress_scale(effects, "ablat", scale="year")
    assert found.k == 11
    assert next(note.where for note in found.notes if note.code == "MODERATOR_MISSING") == ("S1", "S13")


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ModelError, match="use regress"):
        regress_scale(effects_of([0.1, 0.2, 0.4], [0.1] * 3, x=[1.0, 2, 3]), "x", scale="1")
    with pytest.raises(UnknownOptionError, match="Allowed: ML, REML"):
        regress_scale(BCG, scale="ablat", method="DL")  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(ModelError, match="2 rows of moderators and 1 of scale"):
        predict_scale(regress_scale(BCG, "ablat", scale="1"), {"ablat": [1, 2]}, [[1.0]])

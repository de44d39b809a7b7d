import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from metak2.errors import ModelError, StudyDataError, UnknownOptionError
from metak2.kernels.multivariate.blocks import Sampling, Term, batches
from metak2.kernels.multivariate.likelihood import Blocks
from metak2.kernels.multivariate.structures import unstructured
from metak2.models.dose_response import _study, dose_response
from metak2.models.dose_response_result import basis
from metak2.plots.dose_response_layout import dose_response_layout
from metak2.report.results_schema import results_schema

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "dose_response.json").read_text(encoding="utf-8"))
OPTIMISER = 1e-5  # metafor's optimiser stops at reltol 1e-15 of the likelihood, which leaves psi good to five digits


def liu() -> mk.DoseData:
    return mk.dose_data(ROOT / "datasets" / "teaching" / "liu2009.csv", unit="g a day")


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("knots", [None, 3])
@pytest.mark.parametrize("stages", ["one", "two"])
def test_alcohol_and_cardiovascular_disease_equal_metafor_in_one_stage_and_in_two(
    method: str, knots: int | None, stages: str
) -> None:
    result = mk.dose_response(liu(), knots=knots, method=method, stages=stages)  # type: ignore[arg-type] # words
    case = GOLDEN[f"liu_{'linear' if knots is None else 'spline'}_{method}"]
    assert result.beta == pytest.approx(np.atleast_1d(case["b"]), rel=OPTIMISER)
    assert result.vcov.ravel() == pytest.approx(np.atleast_1d(case["v"]), rel=OPTIMISER)
    assert result.psi is not None
    # at the edge of the ML spline, psi is nearly singular and its smallest entry the least certain
    assert result.psi.ravel() == pytest.approx(np.atleast_1d(case["psi"]), rel=3e-4)
    if stages == "one":
        assert result.log_likelihood == pytest.approx(case["ll"], abs=1e-8)


def test_common_coefficients_equal_metafor() -> None:
    result = mk.dose_response(liu(), method="CE")
    assert result.beta[0] == pytest.approx(GOLDEN["liu_linear_CE"]["b"], rel=1e-9)  # R prints fifteen digits
    assert result.vcov[0, 0] == pytest.approx(GOLDEN["liu_linear_CE"]["v"], rel=1e-9)


def test_the_published_spline_is_met_and_its_likelihood_exceeded() -> None:
    """R dosresmeta 2.2.0, rcs(dose, 3), REML, on the unrounded data: its climb stops a little early."""
    data = liu()
    result = mk.dose_response(data, knots=3)
    assert result.knots == pytest.approx([0, 9.06, 45.855], abs=1e-4)
    assert result.beta == pytest.approx([-0.0306779651, 0.0942379747], abs=1e-4)
    at = result.predict([12, 24, 36, 60])
    # that early stop moves the curve by less than a fiftieth of its standard error (0.7 at a dose of 60)
    assert at.estimate == pytest.approx([-0.2921094216, -0.3029595525, -0.1054294490, 0.4883393221], abs=1e-2)
    theirs = np.array([[0.0001942917, -0.0010398329], [-0.0010398329, 0.0064239419]])
    assert height(data, result.knots, theirs) < result.log_likelihood


def height(data: mk.DoseData, knots: np.ndarray, psi: np.ndarray) -> float:
    """The restricted log-likelihood at a covariance between studies."""
    studies = [_study(data, name, knots, "greenland-longnecker") for name in data.studies]
    y, X = (np.concatenate([getattr(one, name) for one in studies]) for name in ("y", "X"))
    ends = np.cumsum([one.y.size for one in studies])
    errors = tuple((np.arange(end - one.y.size, end), one.S) for one, end in zip(studies, ends, strict=True))
    sampling = Sampling(variances=np.concatenate([np.diag(one.S) for one in studies]), correlated=errors)
    group = np.repeat(np.arange(len(studies)), [one.y.size for one in studies])
    term = Term(loadings=X, group=group, structure=unstructured(2))
    sd = np.sqrt(np.diag(psi))
    theta = np.array([*sd, psi[0, 1] / sd.prod()])
    return Blocks(made=batches(y, X, sampling, (term,)), terms=(term,)).fixed_part(theta).restricted


def test_the_reference_does_not_change_a_ratio_between_two_doses() -> None:
    result = mk.dose_response(liu(), knots=3)
    low, high = result.predict([10, 40]).estimate
    assert result.predict(40, reference=10).estimate[0] == pytest.approx(high - low, abs=1e-12)
    assert result.predict(10, reference=10).se[0] == pytest.approx(0, abs=1e-12)


def test_a_curve_is_never_extrapolated() -> None:
    result = mk.dose_response(liu())
    with pytest.raises(ModelError, match=r"outside those observed \(0 to 77.16 g a day\).*never extrapolated"):
        result.predict(45_000)


def test_the_quartiles_of_beulens_are_not_estimable() -> None:
    where = {"exposure": "menaquinones", "model": "multivariable 2 (+diet)"}
    data = mk.dose_data(ROOT / "datasets" / "beulens2010" / "beulens2010.xlsx", where=where)
    assert data.dose.tolist() == [16, 24.5, 32.9, 46.1]
    with pytest.raises(ModelError, match="not estimable: columns missing for Beulens 2010: cases, n"):
        mk.dose_response(data)


def test_a_study_with_one_dose_serves_one_stage_and_is_named_by_two() -> None:
    frame = pd.read_csv(ROOT / "datasets" / "teaching" / "liu2009.csv")
    short = frame[(frame.study != "Study 6") | (frame.dose < 10)]
    one, two = (mk.dose_response(mk.dose_data(short), knots=3, stages=stages) for stages in ("one", "two"))  # type: ignore[arg-type] # words
    assert (one.k, two.k) == (6, 5)
    assert two.left_out == ("Study 6",)
    assert "Study 6: fewer doses than the curve has coefficients" in str(two)


@pytest.mark.parametrize(
    "rows, code",
    [
        ([("A", 0, 1, None, None), ("A", 0, 2, 1.0, 4.0)], "MK-D05"),
        ([("A", 0, 1.2, 1.0, 1.5), ("A", 5, 2, 1.0, 4.0)], "MK-D04"),
        ([("A", 0, 1, None, None), ("A", 5, 2, 3.0, 4.0)], "MK-D06"),
    ],
)
def test_rows_that_cannot_be_right_are_named(rows: list[tuple[object, ...]], code: str) -> None:
    frame = pd.DataFrame(rows, columns=["study", "dose", "rr", "ci_low", "ci_high"])
    with pytest.raises(StudyDataError) as caught:
        mk.dose_data(frame)
    assert code in {problem.code for problem in caught.value.problems}


def test_more_cases_than_people_are_refused_with_their_cell() -> None:
    frame = pd.DataFrame(
        {"study": ["A", "A"], "dose": [0, 5], "rr": [1, 2], "se": [None, 0.2], "cases": [5, 9], "n": [50, 8],
         "design": ["ci", "ci"]}
    )  # fmt: skip
    with pytest.raises(StudyDataError, match="9 cases of 8"):
        mk.dose_data(frame)


@pytest.mark.parametrize("knots", [[1, 2], [3, 2, 5]])
def test_knots_that_cannot_bend_a_curve_are_refused(knots: list[float]) -> None:
    with pytest.raises(ModelError, match="three knots or more at rising doses"):
        mk.dose_response(liu(), knots=knots)


def test_unknown_words_are_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownOptionError, match="greenland-longnecker"):
        dose_response(liu(), covariance="GL")  # type: ignore[arg-type] # the mistake


def test_the_figure_draws_the_curve_within_the_doses_and_a_disc_for_each_category() -> None:
    result = mk.dose_response(liu(), knots=3)
    layout = dose_response_layout(result)
    (panel,) = layout.panels
    assert len(panel.discs) == 25 - 6
    solid = next(stroke for stroke in panel.strokes if not stroke.dashed)
    assert (solid.points[0], solid.points[-1][0]) == ((0.0, 1.0), 77.16)
    assert layout.alt.startswith("Dose–response curve of 6 studies")


def test_the_report_says_what_was_observed_and_its_numbers_fit_the_schema(tmp_path: Path) -> None:
    mk.dose_response_report("Alcohol", mk.dose_response(liu(), knots=3), about="alcohol").write(tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    found = results["results"]["dose-response"]["primary"]
    assert (found["kind"], found["k"], len(found["studies"])) == ("dose-response", 6, 6)
    assert "not the effect of a treatment" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_the_basis_of_a_straight_line_is_the_dose() -> None:
    assert basis(np.array([1.0, 2.0]), np.zeros(0)).tolist() == [[1.0], [2.0]]

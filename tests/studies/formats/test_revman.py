"""RevMan 5 reviews, data packages and CSV exports: the trials come in as entered, and as RevMan meant them."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from metak2.errors import StudyDataError
from metak2.models.revman_check import check_revman
from metak2.studies.formats.revman_web import read_analyses_web
from metak2.studies.read import open_book, read_studies
from tests.studies.formats import review


@pytest.fixture
def rm5(tmp_path: Path) -> Path:
    return review.write(tmp_path / "review.rm5", review.review_xml())


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return review.write(tmp_path / "package.zip", review.zipped(review.package_parts()))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return review.write(tmp_path / "export.csv", review.revman_csv())


@pytest.mark.parametrize("form", ["rm5", "package", "export"])
def test_every_form_of_a_review_gives_the_same_counts(form: str, request: pytest.FixtureRequest) -> None:
    table = read_studies(request.getfixturevalue(form), outcome="Tuberculosis")
    assert table.kind == "counts"
    assert sorted(table.study) == sorted(review.COUNTS)
    for i, study in enumerate(table.study):
        found = tuple(table.columns[name][i] for name in ("event_e", "n_e", "event_c", "n_c"))
        assert found == review.COUNTS[study]
    assert set(table.words("arm_e")) == {"BCG"}
    assert set(table.words("arm_c")) == {"No BCG"}
    assert table.columns["year"].tolist() == [float(study[-4:]) for study in table.study]


@pytest.mark.parametrize("form", ["rm5", "package", "export"])
def test_every_form_of_a_review_gives_the_same_means_and_no_zeros_that_fill_columns(
    form: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(form)
    table = read_studies(path, outcome="Quality of life")
    assert table.kind == "means"
    assert [tuple(table.columns[name][0] for name in ("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"))] == [
        review.MEANS[table.study[0]]
    ]
    assert "mean_e" not in open_book(path).sheets["binary"].columns


@pytest.mark.parametrize("form", ["rm5", "package"])
def test_generic_data_on_the_log_scale_are_ratios_with_the_standard_error_of_the_logarithm(
    form: str, request: pytest.FixtureRequest
) -> None:
    table = read_studies(request.getfixturevalue(form), outcome="Death")
    assert table.kind == "effects"
    assert set(table.words("measure")) == {"HR"}
    np.testing.assert_allclose(table.columns["estimate"], [0.8, 0.65, 1.1], rtol=1e-14)  # the logarithm has 17 digits
    assert table.columns["se"].tolist() == [0.2, 0.15, 0.3]
    assert table.traces["estimate"][0].raw == "-0.22314355131420971"
    assert table.traces["estimate"][0].rule == "antilogarithm"


def test_swapped_events_are_the_people_without_the_event(rm5: Path) -> None:
    table = read_studies(rm5, outcome="No tuberculosis, swapped")
    assert table.columns["event_e"].tolist() == [counts[0] for counts in review.RANDOM.values()]
    trace = table.traces["event_e"][0]
    assert (trace.cell, trace.raw) == ("1.2!Aronson 1948.EVENTS_1", "123 - 119")
    assert trace.rule == "people less events: RevMan swaps event and non-event"


def test_escaped_identifiers_lead_to_the_names_of_the_studies(rm5: Path) -> None:
    assert "Rosenthal-1 1960" in read_studies(rm5, outcome="Tuberculosis").study


def test_judgements_of_a_review_stand_in_risk_of_bias(rm5: Path, package: Path) -> None:
    (row,) = open_book(rm5).sheets["risk_of_bias"].rows
    assert {name: cell.value for name, cell in row.items()} == {
        "study": "Aronson 1948", "tool": "RoB 1", "D1": "low", "D2": "unclear",
    }  # fmt: skip
    sheet = open_book(package).sheets["risk_of_bias"]
    assert (sheet.rows[0]["D1"].value, sheet.rows[0]["overall"].value) == ("low", "some concerns")
    assert sheet.header["D1"].raw == "Randomisation"


def test_a_package_inside_another_archive_is_read(tmp_path: Path) -> None:
    inner = review.zipped(review.package_parts())
    path = review.write(tmp_path / "outer.zip", review.zipped({"files/7-data.zip": inner, "article.pdf": b"%PDF"}))
    assert len(read_studies(path, outcome="Tuberculosis")) == 4


def test_a_footnote_is_the_note_of_its_row(package: Path) -> None:
    assert set(read_studies(package, outcome="Quality of life").words("note")) == {"SDs from the authors"}


@pytest.mark.parametrize("form", ["rm5", "package", "export"])
def test_what_revman_stored_follows_from_the_data_beside_it(form: str, request: pytest.FixtureRequest) -> None:
    agreement = check_revman(request.getfixturevalue(form))
    assert [problem.line() for problem in agreement.problems] == []
    assert agreement.agrees
    told = {(found.analysis, found.quantity) for found in agreement.compared if found.of == "overall"}
    assert told >= {("1.1", name) for name in ("estimate", "ci_low", "ci_high", "chi2", "z", "df")}


def test_agreement_is_counted_in_digits(rm5: Path, package: Path) -> None:
    def digits(path: Path) -> int:
        (found,) = [
            c for c in check_revman(path).compared if (c.analysis, c.of, c.quantity) == ("1.1", "overall", "estimate")
        ]
        return found.digits

    assert digits(rm5) >= 14
    assert digits(package) == 6  # it is printed with six


def test_random_effects_logarithms_and_swapped_events_are_recomputed(rm5: Path) -> None:
    compared = {(c.analysis, c.quantity): c for c in check_revman(rm5).compared if c.of == "overall"}
    for key in (("1.2", "tau2"), ("1.2", "estimate"), ("1.2", "I2"), ("1.3", "estimate"), ("1.4", "estimate")):
        assert compared[key].digits >= 12, key


def test_a_number_that_does_not_follow_is_a_problem_with_both_numbers(tmp_path: Path) -> None:
    path = review.write(tmp_path / "review.rm5", review.review_xml(or_estimate="0.24473804043290625"))
    agreement = check_revman(path)
    assert not agreement.agrees
    (problem,) = agreement.problems
    assert (problem.code, problem.cell, problem.column) == ("MK-R01", "1.1!overall", "estimate")
    assert problem.message == ("RevMan's estimate is 0.24473804043290625, but the data beside it give 0.2347380404")


def test_a_review_with_a_document_type_is_refused(tmp_path: Path) -> None:
    head = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path = review.write(tmp_path / "review.rm5", review.review_xml(head))
    for read in (open_book, check_revman):
        with pytest.raises(StudyDataError, match=r"MK-X02  declares a document type \(DTD\), and is not read"):
            read(path)


@pytest.mark.parametrize(
    "content, told",
    [
        ("<html/>", "MK-R04  is not a RevMan 5 review: it holds no COCHRANE_REVIEW"),
        ("<COCHRANE_REVIEW>", "MK-F04  cannot be read: no element found"),
        ("", "MK-F04  cannot be read: no element found"),
        ("<COCHRANE_REVIEW>" + "<a>" * 300, "MK-R04  is not a RevMan 5 review: its elements are nested too deep"),
    ],
)
def test_a_file_that_is_no_review_is_an_error_and_not_a_traceback(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(StudyDataError, match=told):
        open_book(review.write(tmp_path / "review.rm5", content))


def test_a_package_without_its_settings_is_refused(tmp_path: Path) -> None:
    parts = review.package_parts()
    del parts["7-analysis-data/7-overall-estimates-and-settings.csv"]
    with pytest.raises(StudyDataError, match=r"it holds no file ending in -overall-estimates-and-settings\.csv"):
        open_book(review.write(tmp_path / "package.zip", review.zipped(parts)))


def test_a_package_without_a_column_it_must_have_is_refused(tmp_path: Path) -> None:
    parts = review.package_parts()
    name = "7-analysis-data/7-data-rows.csv"
    parts[name] = parts[name].replace("Study,", "Trial,", 1)
    with pytest.raises(StudyDataError, match=r"7-data-rows.csv has no column 'Study'"):
        open_book(review.write(tmp_path / "package.zip", review.zipped(parts)))


def test_a_package_of_the_second_version_names_its_estimator_interval_and_level(tmp_path: Path) -> None:
    parts = review.package_parts()
    name = next(part for part in parts if part.endswith("-overall-estimates-and-settings.csv"))
    table = list(csv.reader(io.StringIO(parts[name].removeprefix("\ufeff"))))
    table[0][table[0].index("Estimate CI")] = "CI/PI level"
    table[0] += ["Heterogeneity estimator", "CI method", "Outcome", "Effect T"]
    for row, said in zip(
        table[1:], (("REML", "HKSJ"), ("DerSimonian and Laird", "Wald-type"), ("Paule", "")), strict=True
    ):
        row += [*said, "REML by Hartung", "0.0"]
    first, second, third = read_analyses_web(
        review.write(tmp_path / "package.zip", review.zipped({**parts, name: review.csv_text(table)})), "package.zip"
    )
    assert (first.estimator, first.interval, first.level) == ("REML", "HK", 0.95)
    assert (second.estimator, second.interval) == ("DL", "z")
    assert (third.estimator, third.interval) == ("Paule", "z")

"""From a plan to fitted results: the plan's words are the functions' options."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from metak2.effects.front import effect_sizes
from metak2.errors import ModelError, PlanError, StudyDataError, UnknownOptionError
from metak2.models.pool import pool
from metak2.models.pooled import Pooled, Unpooled
from metak2.models.regress import regress
from metak2.plan.fit import fit_comparison
from metak2.plan.schema import read_plan
from metak2.report.comparison import Comparison
from metak2.robustness.bootstrap import Bootstrap, bootstrap
from metak2.robustness.gosh import Gosh
from metak2.robustness.leave_one_out import LeaveTwoOut
from metak2.studies.read import read_studies

Writer = Callable[..., Path]


@pytest.fixture
def fitted(project: Path, write_plan: Writer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Comparison]:
    monkeypatch.chdir(project)

    def fit(more: str = "") -> Comparison:
        plan = read_plan(write_plan(more))
        return fit_comparison(plan.comparisons[0], plan.path)

    return fit


Fitted = Callable[..., Comparison]


def primary(comparison: Comparison) -> Pooled:
    assert isinstance(comparison.primary, Pooled)
    return comparison.primary


def test_a_plan_gives_what_the_functions_give(fitted: Fitted, project: Path) -> None:
    by_hand = pool(effect_sizes(read_studies(project / "datasets/k2/k2.csv"), measure="RR"))
    planned = primary(fitted())
    assert (planned.estimate, planned.ci.low, planned.k) == (by_hand.estimate, by_hand.ci.low, 3)
    assert planned.effects.excluded[3] == "concern"


def test_the_options_of_the_primary_analysis_are_taken(fitted: Fitted) -> None:
    planned = primary(fitted('level = 0.9\n[primary]\nmethod = "DL"\ntest = "t"\nprediction = "z"\n'))
    assert (planned.method.name, planned.ci.rule, planned.level) == ("DL", "t", 0.9)
    assert planned.choices.prediction == "z"


def test_a_plan_may_show_studies_without_pooling_and_says_why(fitted: Fitted) -> None:
    shown = fitted('[primary]\npool = false\nwhy = "They share patients."\n').primary
    assert isinstance(shown, Unpooled)
    assert shown.why == "They share patients."


def test_who_is_excluded_is_the_plans_choice(fitted: Fitted) -> None:
    assert primary(fitted("exclude = []\n")).k == 4
    answers = fitted('[[sensitivity]]\nlabel = "with concern"\ninclude = "concern"\n').sensitivity
    assert answers["with concern"].k == 4


def test_sensitivity_analyses_change_one_thing_and_have_labels(fitted: Fitted) -> None:
    answers = fitted(
        '[[sensitivity]]\nmethod = "MH"\n[[sensitivity]]\nlabel = "Odds"\nmeasure = "OR"\n'
        '[[sensitivity]]\nlabel = "Old"\nconvention = "revman5"\n'
    ).sensitivity
    assert list(answers) == ["common effect, Mantel–Haenszel", "Odds", "Old"]
    assert answers["Odds"].measure.name == "OR"
    assert answers["Old"].convention.name == "revman5"


def test_a_sensitivity_analysis_keeps_the_method_of_the_primary_one(fitted: Fitted) -> None:
    answers = fitted('[primary]\nmethod = "PM"\n[[sensitivity]]\nlabel = "Odds"\nmeasure = "OR"\n').sensitivity
    assert answers["Odds"].method.name == "PM"


def test_a_sensitivity_analysis_may_ask_other_studies(fitted: Fitted) -> None:
    answers = fitted('[[sensitivity]]\nlabel = "high"\nstudies = { where = { dose = "high" } }\n').sensitivity
    assert answers["high"].effects.study == ("Chiba 2007", "Doi 2009")


def test_designs_and_subgroups_are_fitted_on_the_primary_analysis(fitted: Fitted) -> None:
    comparison = fitted(
        '[[sensitivity]]\ndesign = "leave-one-out"\n[[sensitivity]]\ndesign = "cumulative"\norder = "year"\n'
        '[[subgroups]]\nby = "dose"\n'
    )
    assert [refits.kind for refits in comparison.refits] == ["leave-one-out", "cumulative"]
    assert list(comparison.subgroups[0].groups) == ["low", "high"]
    assert comparison.sensitivity == {}


def test_a_design_needs_a_pooled_primary_analysis(fitted: Fitted) -> None:
    with pytest.raises(PlanError, match='design "leave-one-out" needs a pooled primary analysis'):
        fitted('[[sensitivity]]\ndesign = "leave-one-out"\n[primary]\npool = false\n')


def test_each_further_design_is_what_its_function_gives(fitted: Fitted) -> None:
    comparison = fitted(
        '[[sensitivity]]\ndesign = "gosh"\n[[sensitivity]]\ndesign = "leave-two-out"\n'
        '[[sensitivity]]\ndesign = "bootstrap"\nkind = "non-parametric"\nn = 200\nseed = 7\n'
        '[[sensitivity]]\ndesign = "fragility"\n[[sensitivity]]\ndesign = "influence"\n'
    )
    assert list(comparison.designs) == ["gosh", "leave-two-out", "bootstrap", "fragility", "influence"]
    drawn = comparison.designs["bootstrap"]
    by_hand = bootstrap(primary(comparison), kind="non-parametric", n=200, seed=7)
    assert isinstance(drawn, Bootstrap)
    assert (drawn.kind, drawn.seed) == ("non-parametric", 7)
    assert np.array_equal(drawn.estimate, by_hand.estimate, equal_nan=True)
    cloud, pairs = comparison.designs["gosh"], comparison.designs["leave-two-out"]
    assert isinstance(cloud, Gosh)
    assert isinstance(pairs, LeaveTwoOut)
    assert (len(cloud), len(pairs)) == (2**3 - 1, 3)  # of three pooled studies


def test_a_sample_of_subsets_has_the_size_and_seed_of_the_plan(fitted: Fitted) -> None:
    cloud = fitted('[[sensitivity]]\ndesign = "gosh"\nn = 5\nseed = 3\n').designs["gosh"]
    assert isinstance(cloud, Gosh)
    assert (len(cloud), cloud.seed) == (5, 3)


def test_a_regression_keeps_the_method_and_test_of_the_primary_analysis(fitted: Fitted) -> None:
    comparison = fitted(
        '[primary]\nmethod = "DL"\ntest = "z"\n[[regression]]\nmoderators = ["year"]\n'
        '[[regression]]\nlabel = "as metafor"\nmoderators = ["C(dose)"]\nmethod = "PM"\n'
        '[[regression]]\nlabel = "common"\nmoderators = "year"\nmethod = "CE"\n'
    )
    year, dose, common = comparison.regressions.values()
    assert list(comparison.regressions) == ["year", "as metafor", "common"]
    assert (year.choices.method.name, year.rule, year.k) == ("DL", "z", 3)
    assert (dose.choices.method.name, dose.coefficients.names) == ("PM", ("intercept", "C(dose)[low]"))
    assert (common.choices.method.name, common.rule) == ("CE", "z")
    by_hand = regress(primary(comparison).effects, "year", method="DL", test="z")
    assert np.array_equal(year.coefficients.estimate, by_hand.coefficients.estimate)


def test_weights_and_tau2_of_the_plan_are_those_of_pool(fitted: Fitted) -> None:
    equal = primary(fitted('[primary]\nweights = "equal"\n'))
    assert equal.estimate == pytest.approx(float(np.mean(equal.effects.yi[:3])), rel=1e-12)  # the unweighted mean
    assert primary(fitted("[primary]\ntau2 = 0.25\n")).tau2 == 0.25
    assert primary(fitted('[primary]\nmethod = "DL"\ntau2_interval = "J"\n')).choices.tau2_interval == "J"
    drawn = primary(fitted('[primary]\nprediction = "bootstrap"\ndraws = 2000\nseed = 5\n')).choices.options
    assert (drawn.draws, drawn.seed) == (2000, 5)


def test_a_tau2_that_was_given_does_not_follow_another_measure(fitted: Fitted) -> None:
    answers = fitted(
        '[primary]\ntau2 = 0.25\n[[sensitivity]]\nlabel = "RD"\nmeasure = "RD"\n'
        '[[sensitivity]]\nlabel = "t"\ntest = "t"\n[[sensitivity]]\nlabel = "CE"\nmethod = "CE"\n'
    ).sensitivity
    assert answers["RD"].choices.options.tau2 is None
    assert answers["t"].tau2 == 0.25
    assert answers["CE"].tau2 is None


CURVE = """
[specifications]
measures = ["OR"]
methods = ["CE", "DL"]
tests = "z"
predictions = ["t(k-2)"]
[[specifications.filter]]
name = "low doses"
column = "dose"
drop = "high"
"""


def test_the_planned_specification_is_the_primary_analysis(fitted: Fitted) -> None:
    comparison = fitted(CURVE)
    curve, planned = comparison.specifications, primary(comparison)
    assert curve is not None
    one = curve.specifications[curve.planned]
    assert (one.measure, one.method, one.test, one.filters) == ("RR", "REML", "HK", ("without trials of concern",))
    assert curve.estimate[curve.planned] == pytest.approx(planned.estimate, rel=1e-10)  # a batch and a single fit
    assert (curve.ci_low[curve.planned], curve.ci_high[curve.planned]) == pytest.approx(
        (planned.ci.low, planned.ci.high), rel=1e-10
    )
    assert {one.method for one in curve.specifications} == {"REML", "CE", "DL"}
    assert {"low doses"} < {name for one in curve.specifications for name in one.filters}


def test_a_planned_common_effect_predicts_nothing(fitted: Fitted) -> None:
    curve = fitted('[primary]\nmethod = "CE"\n[specifications]\nmethods = ["DL"]\n').specifications
    assert curve is not None
    assert curve.specifications[curve.planned].prediction == "none"


def test_a_plan_that_leaves_nobody_out_has_the_trials_of_concern_in_the_planned_specification(fitted: Fitted) -> None:
    curve = fitted("exclude = []\n[specifications]\n").specifications
    assert curve is not None
    assert (curve.specifications[curve.planned].filters, curve.k[curve.planned]) == ((), 4)
    assert set(curve.k) == {3, 4}


def test_specifications_with_weights_of_the_users_own_are_refused(fitted: Fitted) -> None:
    with pytest.raises(PlanError, match="specifications hold no weights"):
        fitted('[primary]\nweights = "equal"\n[specifications]\nmethods = ["DL"]\n')


@pytest.mark.parametrize("table", ["[[subgroups]]\nby = 'dose'", "[[regression]]\nmoderators = 'year'", CURVE])
def test_whatever_questions_the_pooled_effect_needs_one(fitted: Fitted, table: str) -> None:
    with pytest.raises(PlanError, match="needs a pooled primary analysis"):
        fitted(f"{table}\n[primary]\npool = false\n")


def test_the_median_control_risk_is_that_of_the_pooled_trials(fitted: Fitted) -> None:
    (absolute,) = fitted('[[absolute]]\nbaseline_risk = "median control"\nhorizon = "2 years"\n').absolute
    assert absolute.baseline_risk == pytest.approx(0.16, rel=1e-15)  # of 16/100, 18/118 and 11/62
    assert absolute.baseline_source == "the median risk of the pooled control arms"


def test_a_stated_baseline_risk_says_that_the_plan_states_it(fitted: Fitted) -> None:
    (absolute,) = fitted('[[absolute]]\nbaseline_risk = 0.3\nhorizon = "2 years"\n').absolute
    assert (absolute.baseline_risk, absolute.baseline_source) == (0.3, "as stated in the plan")


def test_words_and_columns_of_the_plan_reach_the_report(fitted: Fitted) -> None:
    comparison = fitted(
        'about = "K2"\ncolumns = ["dose"]\ndoubts = "Small."\ntext = ["One.", "Two."]\n'
        '[favours]\nleft = "K2"\nright = "none"\n'
    )
    assert (comparison.about, comparison.doubts, comparison.text) == ("K2", ("Small.",), ("One.", "Two."))
    assert (tuple(comparison.columns), comparison.favours) == (("dose",), ("K2", "none"))


@pytest.mark.parametrize(
    "more, error, told",
    [
        ('[primary]\nmethod = "REMl"\n', UnknownOptionError, 'did you mean "REML"'),
        ('[primary]\ntest = "hksj"\n', UnknownOptionError, "Allowed: HK, "),
        ('convention = "revman"\n', UnknownOptionError, 'did you mean "revman5"'),
        ('zero_cells = "all"\n', UnknownOptionError, "affected, none, treatment-arm"),
        ("level = 95\n", ModelError, r"such as 0\.95"),
        ('[[subgroups]]\nby = "does"\n', ModelError, 'did you mean "dose"'),
        ('[[sensitivity]]\ndesign = "cumulative"\norder = "yaer"\n', ModelError, 'did you mean "year"'),
        ('[[regression]]\nmoderators = ["yaer"]\n', ModelError, 'did you mean "year"'),
        ('[[sensitivity]]\ndesign = "bootstrap"\nkind = "parametrc"\n', UnknownOptionError, "parametric"),
        ('[specifications]\nmethods = ["REMl"]\n', UnknownOptionError, 'did you mean "REML"'),
        ('[[specifications.filter]]\nname = "a"\ncolumn = "doze"\nkeep = "b"\n', UnknownOptionError, '"dose"'),
        ('[primary]\nweights = "eqal"\n', UnknownOptionError, 'did you mean "equal"'),
        ('[[absolute]]\nbaseline_risk = 47\nhorizon = "1 y"\n', ModelError, "between 0 and 1"),
        ('[[sensitivity]]\nstudies = { where = { dose = "hihg" } }\n', StudyDataError, 'did you mean "high"'),
        ('[[sensitivity]]\nstudies = { where = { doze = "high" } }\n', StudyDataError, 'did you mean "dose"'),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_the_nearest(
    fitted: Fitted, more: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        fitted(more)

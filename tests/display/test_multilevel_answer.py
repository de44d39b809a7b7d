from pathlib import Path

import numpy as np
import pytest

import metak2 as mk
from metak2.display import multilevel_answer as told
from metak2.display.wording import coefficient_names
from metak2.errors import UnknownOptionError
from metak2.models.multilevel import MultilevelOptions
from metak2.models.multilevel_result import Multilevel

TEACHING = Path(__file__).parents[2] / "datasets" / "teaching"
SURGERY = mk.Wording(
    categories={"AL": "attachment level", "PD": "probing depth"}, favours=("non-surgical treatment", "surgery")
)


@pytest.fixture(scope="module")
def schools() -> mk.EffectSizes:
    return mk.effect_sizes(mk.read_studies(TEACHING / "konstantopoulos2011.csv"), measure="SMD")


@pytest.fixture(scope="module")
def surgery() -> Multilevel:
    trials = mk.read_studies(TEACHING / "berkey1998.csv", where={"outcome": ["PD", "AL"]}, label=["study", "outcome"])
    effects = mk.effect_sizes(trials, measure="MD")
    pairs = np.column_stack([effects.moderators["v1"], effects.moderators["v2"]]).astype(float)
    covariance = np.zeros((10, 10))
    for first in range(0, 10, 2):
        covariance[first : first + 2, first : first + 2] = pairs[first : first + 2]
    known = mk.covariance_from(covariance, study=effects.study)
    return mk.multilevel(effects, mk.Random(term="outcome | trial", structure="UN"), "C(outcome) - 1", covariance=known)


@pytest.mark.parametrize(
    "random, words",
    [
        ("district/school", "56 schools in 11 districts"),
        ("district", "56 effects in 11 districts"),
        ("study", "56 studies"),
        (["district", "year"], "56 effects in 11 districts and 6 years"),
    ],
)
def test_what_was_pooled_is_told_from_the_innermost_level_outwards(
    random: str | list[str], words: str, schools: mk.EffectSizes
) -> None:
    assert told.size(mk.multilevel(schools, random)) == words


def test_a_model_without_random_terms_pools_effects(schools: mk.EffectSizes) -> None:
    assert told.size(mk.multilevel(schools, options=MultilevelOptions(method="CE"))) == "56 effects"


def test_the_words_of_a_reviewer_stand_in_for_columns(schools: mk.EffectSizes) -> None:
    wording = mk.Wording(groups={"district": ("Bezirk", "Bezirke"), "school": ("Schule", "Schulen")})
    result = mk.multilevel(schools, "district/school")
    assert told.size(result, wording) == "56 Schulen in 11 Bezirke"
    assert "zwischen" not in told.held(result, wording)
    assert "between Schulen of one Bezirk" in told.held(result, wording)


def test_a_plural_that_english_cannot_make_is_told_as_groups_by_the_column() -> None:
    wording = mk.Wording()
    assert [wording.many(column) for column in ("country", "lab", "species", "病院", "study_arm")] == [
        "countries", "labs", "groups by species", "groups by 病院", "study arms",
    ]  # fmt: skip


def test_the_levels_are_told_with_their_share_and_where_new_groups_are_expected(schools: mk.EffectSizes) -> None:
    # shares and I² of Konstantopoulos: sigma2 0.0651 and 0.0327, typical sampling variance 0.0049 (metafor-project.org)
    result = mk.multilevel(schools, "district/school")
    assert told.held(result).startswith(
        "Of the variance of the true effects 67\u202f% lies between districts and 33\u202f% between schools of one "
        "district (I² 63\u202f% and 32\u202f%; the remaining 5\u202f% of what is seen is sampling error)"
    )
    assert told.prediction(result).startswith("In a new district the effect is expected within −0.414 to 0.783, a ")
    assert told.prediction(result).endswith("Both include 0: a new setting may well see no effect.")


def test_one_level_is_told_by_its_standard_deviation(schools: mk.EffectSizes) -> None:
    words = told.held(mk.multilevel(schools, "district"))
    assert words.startswith("True effects vary between districts with a standard deviation of 0.")


def test_each_outcome_is_called_by_its_name_with_whom_it_favours(surgery: Multilevel) -> None:
    # metafor-project.org, Berkey et al. 1998 (REML, V of the trials): AL -0.3392, PD 0.3534
    words = told.by_category(surgery, SURGERY)
    assert words.startswith("mean difference −0.339 (95\u202f% CI ")
    assert "for attachment level (AL), p = " in words
    assert ", which favours non-surgical treatment; 0.353 (" in words
    assert words.endswith(", which favours surgery")
    assert "C(" not in words + told.together(surgery, SURGERY) + told.prediction(surgery, SURGERY)
    assert "for attachment level and" in told.prediction(surgery, SURGERY)
    assert "the two correlate by 0.61" in told.together(surgery, SURGERY)


def test_coefficients_are_told_against_their_reference(schools: mk.EffectSizes, surgery: Multilevel) -> None:
    assert coefficient_names(mk.multilevel(surgery.effects, "trial", "C(outcome)"), SURGERY) == (
        "intercept", "probing depth (PD) against attachment level (AL)",
    )  # fmt: skip
    assert coefficient_names(mk.multilevel(schools, "district", "center(year)")) == (
        "intercept", "year (about its mean)",
    )  # fmt: skip


def test_words_for_what_the_model_does_not_have_are_refused_with_what_it_has(surgery: Multilevel) -> None:
    with pytest.raises(UnknownOptionError, match="trial"):
        mk.Wording(groups={"trail": ("trial", "trials")}).checked(surgery)
    with pytest.raises(UnknownOptionError, match="PD"):
        mk.Wording(categories={"DP": "probing depth"}).checked(surgery)


def test_the_steadiest_and_the_shakiest_cluster_are_named(schools: mk.EffectSizes) -> None:
    result = mk.multilevel(schools, "district/school")
    without = mk.cluster_influence(result, "district")
    lowest = without.clusters[int(np.argmin(without.estimate[:, 0]))]
    words = told.steadiness(result, without, "district")
    assert f"(without district {lowest}) and " in words

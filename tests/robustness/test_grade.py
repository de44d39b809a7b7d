"""Numbers suggest, people judge, and no certainty stands while a domain is blank."""

import numpy as np
import pytest

import metak2 as mk
from metak2.display.grade import statement as statement_of
from metak2.errors import ModelError
from metak2.robustness.grade import CERTAINTIES, LOWERING, Evidence, Graded
from metak2.robustness.grade_suggestions import imprecision, inconsistency, large_effect, publication_bias
from tests.effects.made_up import counts

QUESTION = mk.GradeQuestion(outcome="death", intervention="Vitamin K2")
SAME = [(f"Study {at}", 40, 200, 60, 200) for at in range(6)]
OPEN = [(f"Study {at}", 9, 40, 10, 40) for at in range(3)]


def judged(**other: str) -> dict[str, mk.Judgement]:
    """Every lowering domain without concern, apart from those named."""
    words = {**{domain: known[0] for domain, known in LOWERING.items()}, **other}
    return {domain: mk.Judgement(judgement=word, reason="As the group agreed.") for domain, word in words.items()}


def graded(evidence: Evidence = "randomised", **other: str) -> Graded:
    question = mk.GradeQuestion(outcome="death", intervention="Vitamin K2", evidence=evidence)
    return mk.grade(mk.pool(counts(SAME)), question=question, judgements=judged(**other))


def test_randomised_evidence_without_concern_is_of_high_certainty_and_observational_of_low() -> None:
    assert (graded().certainty, graded("observational").certainty) == ("high", "low")


@pytest.mark.parametrize(
    "lowered, certainty",
    [
        ({"risk_of_bias": "serious"}, "moderate"),
        ({"risk_of_bias": "very serious"}, "low"),
        ({"risk_of_bias": "serious", "imprecision": "serious"}, "low"),
        ({"risk_of_bias": "serious", "imprecision": "very serious"}, "very low"),
        ({"imprecision": "extremely serious", "publication_bias": "strongly suspected"}, "very low"),
    ],
)
def test_each_concern_lowers_the_certainty_by_its_levels_and_never_below_very_low(
    lowered: dict[str, str], certainty: str
) -> None:
    assert graded(**lowered).certainty == certainty


def test_observational_evidence_is_raised_by_a_large_effect_and_a_dose_response() -> None:
    assert graded("observational", large_effect="large").certainty == "moderate"
    assert graded("observational", large_effect="very large", dose_response="yes").certainty == "high"
    assert graded("observational", dose_response="yes", imprecision="serious").raised_though_lowered


@pytest.mark.parametrize("domain", sorted(LOWERING))
def test_one_blank_domain_leaves_no_certainty_and_is_named(domain: str) -> None:
    given = judged()
    del given[domain]
    one = mk.grade(mk.pool(counts(SAME)), question=QUESTION, judgements=given)
    assert (one.certainty, one.waiting) == (None, (domain,))
    assert f"Certainty: Not rated: {domain.replace('_', ' ')} waits for a person" in str(one)
    assert not any(f"{word}" in str(one).splitlines()[1] for word in CERTAINTIES)


@pytest.mark.parametrize(
    "given, problem",
    [
        ({"risk_of_bais": ("serious", "x")}, 'did you mean "risk_of_bias"'),
        ({"imprecision": ("seriuos", "x")}, 'did you mean "serious"'),
        ({"imprecision": ("", "x")}, "has no judgement"),
        ({"imprecision": ("serious", "  ")}, "needs its reason"),
        ({"publication_bias": ("serious", "x")}, "allowed: undetected, strongly suspected"),
        ({"large_effect": ("large", "x")}, "only observational evidence is raised"),
    ],
)
def test_a_judgement_that_cannot_stand_is_refused(given: dict[str, tuple[str, str]], problem: str) -> None:
    judgements = {domain: mk.Judgement(judgement=word, reason=why) for domain, (word, why) in given.items()}
    with pytest.raises(ModelError, match=problem):
        mk.grade(mk.pool(counts(SAME)), question=QUESTION, judgements=judgements)


def test_studies_that_agree_suggest_no_inconsistency_and_those_apart_do() -> None:
    apart = [("A", 10, 500, 100, 500), ("B", 100, 500, 10, 500), ("C", 12, 500, 90, 500), ("D", 95, 500, 15, 500)]
    assert inconsistency(mk.pool(counts(SAME))).judgement == "not serious"
    assert inconsistency(mk.pool(counts(apart))).judgement == "serious"
    assert inconsistency(mk.pool(counts(SAME[:1]))).judgement == ""


def test_pairs_of_intervals_that_do_not_meet_are_counted_by_hand() -> None:
    effects = mk.effects_from([0.0, 0.1, 5.0], study=["A", "B", "C"], measure="MD", se=[0.5, 0.5, 0.5])
    # A and B reach from −1 to 1.1, C from 4 to 6: C meets neither
    values = inconsistency(mk.pool(effects)).findings[0].values
    assert (values["apart"], values["pairs"]) == (2, 3)


def test_a_prediction_interval_that_includes_no_effect_counts_where_the_pooled_one_excludes_it() -> None:
    rng = np.random.default_rng(1)
    rows = [(f"S{at}", int(rng.integers(5, 30)), 100, int(rng.integers(35, 60)), 100) for at in range(12)]
    wide = [*rows, ("Other", 60, 100, 20, 100)]
    pooled = mk.pool(counts(wide))
    assert pooled.pi is not None
    assert pooled.ci.high < 0 < pooled.pi.high
    assert inconsistency(pooled).findings[0].values["predicted"] is True


def test_an_interval_that_leaves_benefit_and_harm_open_suggests_very_serious_imprecision() -> None:
    pooled = mk.pool(counts(OPEN), method="CE")
    assert pooled.displayed.ci_low < 0.75
    assert pooled.displayed.ci_high > 1.25
    assert imprecision(pooled, QUESTION).judgement == "very serious"


def test_thresholds_of_the_plan_replace_the_rough_guide() -> None:
    question = mk.GradeQuestion(outcome="death", intervention="K2", thresholds=(0.2, 5.0))
    found = imprecision(mk.pool(counts(OPEN), method="CE"), question)
    assert (found.judgement, found.findings[0].values["crossed"]) == ("serious", ())  # too few people all the same


def test_an_effect_beyond_doubt_in_too_few_people_suggests_serious_imprecision() -> None:
    few = mk.pool(counts([("A", 1, 60, 20, 60), ("B", 2, 50, 18, 50)]), method="CE")
    many = mk.pool(counts([("A", 100, 6000, 2000, 6000), ("B", 200, 5000, 1800, 5000)]), method="CE")
    assert few.displayed.ci_high < 1
    assert imprecision(few, QUESTION).judgement == "serious"
    assert imprecision(many, QUESTION).judgement == "not serious"


def test_below_ten_studies_nothing_is_suggested_about_unpublished_results() -> None:
    assert publication_bias(mk.pool(counts(SAME))).judgement == ""


def test_a_ratio_of_two_or_five_or_their_inverse_suggests_a_large_effect() -> None:
    def of(ratio: float) -> str:
        return large_effect(
            mk.pool(mk.effects_from([np.log(ratio)] * 2, study=["A", "B"], measure="RR", se=[0.1, 0.1]))
        ).judgement

    assert [of(ratio) for ratio in (1.5, 0.66, 2.5, 0.4, 6.0, 0.15)] == [
        "no",
        "no",
        "large",
        "large",
        "very large",
        "very large",
    ]


@pytest.mark.parametrize(
    "size, lowered, statement",
    [
        # Santesso et al. 2020, J Clin Epidemiol 119:126-135, as in table 15.6.b of the Cochrane Handbook
        ("large", {}, "Vitamin K2 results in a large reduction in death."),
        ("moderate", {}, "Vitamin K2 reduces death."),
        ("small", {"imprecision": "serious"}, "Vitamin K2 likely reduces death slightly."),
        ("trivial", {"imprecision": "serious"}, "Vitamin K2 likely results in little to no difference in death."),
        ("moderate", {"imprecision": "very serious"}, "Vitamin K2 may reduce death."),
        ("large", {"imprecision": "very serious"}, "Vitamin K2 may result in a large reduction in death."),
        (
            "large",
            {"imprecision": "extremely serious"},
            "The evidence is very uncertain about the effect of Vitamin K2",
        ),
        ("", {}, ""),
    ],
)
def test_the_statement_is_grades_own(size: str, lowered: dict[str, str], statement: str) -> None:
    question = mk.GradeQuestion(outcome="death", intervention="Vitamin K2", size=size)  # type: ignore[arg-type] # a word of SIZES
    one = mk.grade(mk.pool(counts(SAME)), question=question, judgements=judged(**lowered))
    assert statement_of(one).startswith(statement)
    assert bool(statement_of(one)) == bool(statement)


def test_no_statement_is_made_while_a_domain_waits() -> None:
    question = mk.GradeQuestion(outcome="death", intervention="Vitamin K2", size="large")
    assert statement_of(mk.grade(mk.pool(counts(SAME)), question=question)) == ""

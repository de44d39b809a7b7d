"""The sentences of a regression and of influence."""

import numpy as np

from metak2.display.moderators import influential, moderators
from metak2.effects.front import effects_from
from metak2.models.regress import regress
from metak2.robustness.influence import influence
from tests.effects.made_up import counts

TRIALS = [("A", 4, 40, 12, 40), ("B", 5, 80, 22, 80), ("C", 7, 50, 12, 50), ("D", 30, 300, 80, 300)]
EFFECTS = counts(TRIALS, dose=[10.0, 20.0, 30.0, 40.0], sex=["m", "f", "m", "f"])


def test_one_moderator_explains_and_several_explain() -> None:
    one = moderators(regress(EFFECTS, "dose", method="DL", test="z"))
    assert one.startswith("Over 4 studies the moderator dose explains ")
    assert "of the between-study variance τ² and is tested by chi² = " in one
    several = moderators(regress(EFFECTS, "dose + sex", method="CE", test="t"))
    assert "the moderators (dose and sex[m]) explain" in several
    assert "of the variance and are tested by F(2, 1) = " in several


def test_a_common_effect_leaves_no_tau2_to_tell() -> None:
    assert "τ²" not in moderators(regress(EFFECTS, "dose", method="CE"))
    assert "Left between the studies: τ² " in moderators(regress(EFFECTS, "dose", method="DL"))


def test_a_regression_through_the_origin_explains_no_share() -> None:
    told = moderators(regress(EFFECTS, "dose - 1", method="DL", test="z"))
    assert "Over 4 studies the moderator dose is tested by" in told


def test_an_outlier_is_named_with_the_rules_that_it_breaks() -> None:
    yi = [0.0, 0.02, -0.01, 0.01, 0.03, 0.37]  # DFFITS and DFBETAS of F 1.5, of the others below 0.4
    told = influential(influence(regress(effects_from(yi, study=list("ABCDEF"), vi=[0.01] * 6), method="CE")))
    assert "these studies stand out: F (DFFITS, Cook’s distance, DFBETAS)." in told


def test_studies_alike_are_said_to_be_so() -> None:
    alike = effects_from(np.full(6, 0.1), study=list("ABCDEF"), vi=np.full(6, 0.01))
    assert influential(influence(regress(alike, method="CE"))).startswith("No study breaks one of the rules of thumb")

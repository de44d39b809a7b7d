"""The analysis of liver cancer recurrence keeps its promises: what is pooled, what is not, and the numbers expected."""

import math
import runpy
from pathlib import Path

import pytest

from metak2.models.pooled import Pooled, Unpooled
from metak2.report.blocks import Caveat, Heading, Paragraph, Picture, Table
from metak2.report.report import Report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        script = runpy.run_path("analyses/k2_hcc_recurrence.py")
        report = script["report"]()
    assert isinstance(report, Report)
    return report


def primary(made: Report, name: str) -> object:
    comparison = made.results[name]
    assert isinstance(comparison, dict)
    return comparison["primary"]


def test_every_expected_number_is_found(made: Report) -> None:
    assert len(made.expectations) == 20
    assert [f"{e.of}: {e.quantity} {e.found}" for e in made.expectations if not e.met] == []


def test_recurrence_is_never_pooled_with_recurrence_or_death(made: Report) -> None:
    for name in made.results:
        result = primary(made, name)
        if isinstance(result, Pooled):
            outcomes = {
                outcome
                for outcome, why in zip(result.effects.words("outcome"), result.effects.excluded, strict=True)
                if not why
            }
            assert len(outcomes) == 1, name


def test_the_hazard_ratios_of_all_five_trials_stand_side_by_side(made: Report) -> None:
    result = primary(made, "hazard-ratios")
    assert isinstance(result, Unpooled)
    assert result.study == ("Yoshida 2011", "Mizuta 2006", "Kakizaki 2007", "Hosho 2008", "Ishizuka 2012")
    assert result.effects.excluded == ("", "", "", "not reported", "not reported")
    assert result.effects.words("ratio")[:3] == ("as reported", "reconstructed", "reconstructed")


def test_the_reconstructed_ratio_of_mizuta_follows_from_its_percentages_by_hand(made: Report) -> None:
    # Parmar 1998 on 12.5, 39, 64.3 per cent of 32 and 55.2, 83.2, 91.6 of 29: (recurred, at risk) per interval and arm.
    pairs = [((0, 12.5), (0, 55.2)), ((12.5, 39.0), (55.2, 83.2)), ((39.0, 64.3), (83.2, 91.6))]
    weighted = information = 0.0
    for (start_e, end_e), (start_c, end_c) in pairs:
        d1, r1 = 32 * (end_e - start_e) / 100, 32 * (1 - start_e / 100)
        d2, r2 = 29 * (end_c - start_c) / 100, 29 * (1 - start_c / 100)
        weight = 1 / (1 / d1 - 1 / r1 + 1 / d2 - 1 / r2)
        weighted += weight * math.log((d1 / r1) / (d2 / r2))
        information += weight
    result = primary(made, "reconstructed")
    assert isinstance(result, Pooled)
    at = result.study.index("Mizuta 2006")
    assert result.effects.yi[at] == pytest.approx(weighted / information, rel=1e-10)  # per cent to shares and back
    assert result.effects.vi[at] == pytest.approx(1 / information, rel=1e-10)  # as above


def test_two_small_trials_get_the_common_effect_and_no_prediction_interval(made: Report) -> None:
    result = primary(made, "reconstructed")
    assert isinstance(result, Pooled)
    assert (result.k, result.method.model, result.pi) == (2, "common effect", None)
    assert {interval.rule for interval in result.intervals} == {"z", "HK"}
    assert {note.code for note in result.notes} >= {"RECONSTRUCTED", "TWO_STUDIES"}


def test_one_trial_by_dose_is_never_pooled(made: Report) -> None:
    assert isinstance(primary(made, "yoshida-by-dose"), Unpooled)
    assert isinstance(primary(made, "published"), Unpooled)
    assert isinstance(primary(made, "whole-follow-up"), Unpooled)


def test_the_shared_placebo_of_the_two_doses_is_counted_once(made: Report) -> None:
    # 52 of 182 and 76 of 185 against the same 58 of 181: what the placebo arm contributes is their covariance
    shared = 1 / 58 - 1 / 181
    low, high = 1 / 52 - 1 / 182, 1 / 76 - 1 / 185
    correlation = shared / math.sqrt((low + shared) * (high + shared))
    both = (math.log(52 / 182) / low + math.log(76 / 185) / high) / (1 / low + 1 / high) - math.log(58 / 181)
    said = next(b.text for b in made.blocks if isinstance(b, Paragraph) and "share 181 people on placebo" in b.text)
    assert f"correlation {correlation:.2f}" in said
    assert f"risk ratio {math.exp(both):.2f}" in said
    together = math.sqrt(1 / (1 / low + 1 / high) + shared)
    alone = math.sqrt(1 / (1 / (low + shared) + 1 / (high + shared)))
    assert f"{100 * (1 - alone / together):.0f}\u202f% too small" in said


def test_the_summary_answers_and_doubts(made: Report) -> None:
    first = made.blocks[0]
    assert isinstance(first, Paragraph)
    for said in ("hazard ratio 1.15", "0.84 to 1.57", "reconstructed", "secondary page", "interim", "not pooled"):
        assert said in first.text


def test_the_wrong_pools_come_after_a_warning_and_without_a_picture(made: Report) -> None:
    blocks = list(made.blocks)
    start = next(i for i, b in enumerate(blocks) if isinstance(b, Heading) and b.text.startswith("Why this must not"))
    end = next(i for i, b in enumerate(blocks) if i > start and isinstance(b, Heading))
    assert isinstance(blocks[start + 1], Caveat)
    assert any(isinstance(block, Table) for block in blocks[start:end])
    assert not any(isinstance(block, Picture) for block in blocks[start:end])


def test_no_trial_of_primary_prevention_is_among_the_studies(made: Report) -> None:
    for name in made.results:
        result = primary(made, name)
        assert isinstance(result, (Pooled, Unpooled))
        assert not any("Habu" in study for study in result.study)

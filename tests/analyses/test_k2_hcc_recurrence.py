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

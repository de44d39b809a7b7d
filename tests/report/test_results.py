import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from metak2.effects.measures import measure_named
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem
from metak2.models.absolute import AbsoluteEffect
from metak2.models.pool import pool, side_by_side
from metak2.models.subgroups import pool_subgroups
from metak2.report.canonical_json import canonical_json
from metak2.report.expectations import Expectation
from metak2.report.results import to_json
from metak2.robustness.leave_one_out import leave_one_out
from metak2.studies.table import Conversion, read_only

ORIGINS = tuple(
    Origin(
        study=study,
        cells={"event_e": f"binary!E{row}", "n_e": f"binary!F{row}"},
        values={"event_e": 2.0, "n_e": 21.0},
        conversions=(Conversion(rule="RR", formula="log(2/21)", inputs={"event_e": 2.0}, output={"yi": 0.1}),),
    )
    for row, study in enumerate(("Habu 2004", "Yoshida 2011", "Ishizuka 2012"), start=2)
)


def effects(measure: str = "RR", scale: float = 1.0) -> EffectSizes:
    """Three studies with equal variances: the common effect is their mean, exactly."""
    return EffectSizes(
        measure=measure_named(measure),
        kind="counts",
        study=("Habu 2004", "Yoshida 2011", "Ishizuka 2012"),
        yi=read_only(np.array([0.1, 0.2, 0.6]) * scale),
        vi=read_only(np.array([0.04, 0.04, 0.04]) * scale**2),
        data={"event_e": read_only(np.array([2.0, 5.0, math.nan]))},
        moderators={"alloc": read_only(np.array(["random", "random", "other"], dtype=object))},
        excluded=("", "", ""),
        notes=(Note(code="zero_cells", values={"added": 0.5}, where=("Habu 2004",)),),
        problems=(CellProblem(code="MK-G01", severity="note", message="blank", cell="binary!E4"),),
        origins=ORIGINS,
        source="datasets/x/x.xlsx",
        selection={"outcome": "death", "experimental": ["MK-4"]},
    )


def read_back(result: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(canonical_json(to_json(result)))
    return found


def test_a_pooled_effect_is_written_on_both_scales() -> None:
    found = read_back(pool(effects(), method="CE"))
    assert found["scale"] == "log"
    assert found["estimate"] == pytest.approx(0.3, rel=1e-9)  # ten digits are kept
    assert found["se"] == pytest.approx(math.sqrt(0.04 / 3), rel=1e-9)
    assert found["displayed"]["estimate"] == pytest.approx(math.exp(0.3), rel=1e-9)
    assert found["displayed"]["ci_low"] == pytest.approx(math.exp(found["ci"]["low"]), rel=1e-9)


def test_every_field_of_a_pooled_effect_is_written() -> None:
    pooled = pool(effects(), method="REML")
    found = read_back(pooled)
    same = ("k", "estimate", "se", "statistic", "pval", "tau2", "Q", "Q_df", "Q_pval", "I2", "H2", "level")
    for name in same:
        assert found[name] == pytest.approx(getattr(pooled, name), rel=1e-9, abs=1e-12), name
    assert found["tau2_ci"]["rule"] == "Q-profile"
    assert found["pi"]["low"] == pytest.approx(pooled.pi.low, rel=1e-9)
    assert len(found["intervals"]) == len(pooled.intervals)
    words = {"kind": "pooled", "measure": "RR", "method": "REML", "convention": "metak2", "I2_rule": "from tau2"}
    assert words.items() <= found.items()
    assert {note["code"] for note in found["notes"]} == {note.code for note in pooled.notes}


def test_every_number_leads_to_its_cells() -> None:
    for study, origin in zip(read_back(pool(effects(), method="CE"))["studies"], ORIGINS, strict=True):
        assert study["study"] == origin.study
        assert study["origin"]["cells"] == origin.cells
        assert study["origin"]["values"] == origin.values
        assert study["origin"]["conversions"][0]["rule"] == "RR"


def test_studies_carry_weight_data_and_why_they_were_left_out() -> None:
    habu, yoshida, ishizuka = read_back(pool(effects().excluding("retracted", ("Ishizuka 2012",)), method="CE"))[
        "studies"
    ]
    assert (habu["weight"], yoshida["weight"], ishizuka["weight"]) == (50, 50, 0)
    assert (habu["excluded"], ishizuka["excluded"]) == ("", "retracted")
    assert (habu["data"]["event_e"], ishizuka["data"]["event_e"]) == (2, None)
    assert habu["displayed"]["estimate"] == pytest.approx(math.exp(0.1), rel=1e-9)


def test_where_the_numbers_were_read_and_what_was_noted_is_written() -> None:
    found = read_back(pool(effects(), method="CE"))
    assert found["source"] == "datasets/x/x.xlsx"
    assert found["selection"] == {"outcome": "death", "experimental": ["MK-4"]}
    assert found["effect_notes"] == [{"code": "zero_cells", "values": {"added": 0.5}, "where": ["Habu 2004"]}]
    assert found["problems"][0]["cell"] == "binary!E4"


def test_studies_side_by_side_have_no_estimate_and_say_why() -> None:
    found = read_back(side_by_side(effects(), why="Follow-up differs."))
    assert "estimate" not in found
    assert (found["kind"], found["why"]) == ("unpooled", "Follow-up differs.")
    assert [study["weight"] for study in found["studies"]] == [None, None, None]


def test_subgroups_stand_in_order_with_their_test() -> None:
    subgroups = pool_subgroups(effects(), by="alloc", method="CE")
    found = read_back(subgroups)
    assert [group["group"] for group in found["groups"]] == list(subgroups.groups)
    assert found["Q_between"] == pytest.approx(subgroups.Q_between, rel=1e-9)
    assert found["overall"]["studies"][0]["origin"]["cells"] == ORIGINS[0].cells
    assert [study["study"] for study in found["groups"][0]["studies"]] == ["Habu 2004", "Yoshida 2011"]


def test_each_refit_is_named_by_the_study_left_out() -> None:
    refits = leave_one_out(pool(effects(), method="CE"))
    found = read_back(refits)
    assert found["kind"] == "leave-one-out"
    assert [row["study"] for row in found["refits"]] == list(refits.study)
    assert found["refits"][0]["estimate"] == pytest.approx(0.4, rel=1e-9)  # the mean of 0.2 and 0.6
    assert found["refits"][0]["displayed"]["estimate"] == pytest.approx(math.exp(0.4), rel=1e-9)
    assert found["base"]["estimate"] == pytest.approx(0.3, rel=1e-9)
    assert "studies" not in found["base"]


def test_a_residue_of_pooling_is_zero() -> None:
    pooled = replace(pool(effects(), method="REML"), estimate=3e-17, tau2=2e-17, Q=1e-16)
    found = read_back(pooled)
    assert (found["estimate"], found["tau2"], found["Q"]) == (0, 0, 0)


def test_a_small_unit_is_not_a_residue() -> None:
    found = read_back(pool(effects("MD", scale=1e-7), method="REML"))
    assert found["estimate"] == pytest.approx(0.3e-7, rel=1e-9)
    assert found["displayed"]["ci_low"] == pytest.approx(found["ci"]["low"], rel=1e-9)
    assert found["studies"][0]["vi"] == pytest.approx(4e-16, rel=1e-9)
    assert found["tau2"] > 0


def test_a_tiny_p_value_is_kept() -> None:
    assert read_back(replace(pool(effects(), method="CE"), Q_pval=1.1e-26))["Q_pval"] == 1.1e-26


def test_an_absolute_effect_comes_with_its_number_needed_to_treat() -> None:
    effect = AbsoluteEffect(
        baseline_risk=0.5,
        baseline_source="median control risk",
        horizon="7 years",
        risk=0.25,
        risk_low=0.1,
        risk_high=0.45,
        difference=-0.25,
        difference_low=-0.4,
        difference_high=-0.05,
        event_is_good=False,
    )
    found = read_back(effect)
    assert (found["nnt"], found["includes_no_difference"], found["horizon"]) == (4, False, "7 years")


def test_an_expectation_says_whether_it_is_met() -> None:
    found = read_back(
        Expectation(of="primary", quantity="tau2", expected=0.31, found=0.32, rtol=1e-3, source="a paper")
    )
    assert (found["expected"], found["found"], found["met"]) == (0.31, 0.32, False)


def test_a_result_that_nobody_registered_is_written_field_by_field() -> None:
    @dataclass(frozen=True)
    class Fragility:
        index: int
        arm: str

    assert to_json({"fragility": Fragility(index=2, arm="control")}) == {"fragility": {"index": 2, "arm": "control"}}


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form of function is registered"):
        to_json(pool)

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from metak2.errors import ModelError, PlanError
from metak2.plan.run import run_plan
from metak2.report.results_schema import results_schema
from metak2.robustness.missing_cells import MissingCells, missing_cells

COUNTS = pd.DataFrame(
    {
        "study": ["A", "B", "C", "Small", "Large"],
        "event_e": [5, 8, 10, None, None],
        "n_e": [50, 60, 70, 10, 900],
        "event_c": [10, 12, 14, 3, 200],
        "n_c": [50, 60, 70, 10, 900],
    }
)


def asked(frame: pd.DataFrame = COUNTS, measure: str = "RR", **more: object) -> MissingCells:
    return missing_cells(mk.read_studies(frame), measure=measure, **more)  # type: ignore[arg-type] # options of the test


def test_the_table_of_the_large_trial_is_worth_more_than_that_of_the_small_one() -> None:
    result = asked()
    assert [one.study for one in result.cells] == ["Large", "Small"]
    assert [one.study for one in result.studies] == ["Large", "Small"]
    assert result.cells[0].width > result.cells[1].width > 0


def test_a_blank_is_filled_with_the_smallest_and_the_largest_risk_of_the_other_rows() -> None:
    large = asked().cells[0]
    risks = [5 / 50, 8 / 60, 10 / 70, 10 / 50, 12 / 60, 14 / 70, 3 / 10, 200 / 900]
    assert (large.low, large.high) == pytest.approx((min(risks), max(risks)))
    filled = COUNTS.copy()
    filled.loc[4, "event_e"] = round(900 * min(risks))
    by_hand = mk.pool(mk.effect_sizes(mk.read_studies(filled), measure="RR"))
    assert large.estimate[0] == pytest.approx(by_hand.estimate, rel=1e-12)  # the same fit
    assert large.ci_at_low == pytest.approx((by_hand.ci.low, by_hand.ci.high), rel=1e-12)


def test_a_stated_range_takes_the_place_of_the_other_rows() -> None:
    large = asked(ranges={"risk": (0.05, 0.5)}).cells[0]
    assert (large.low, large.high) == (0.05, 0.5)
    with pytest.raises(ModelError, match="'sd' is not one of risk, n"):
        asked(ranges={"sd": (1, 2)})
    with pytest.raises(ModelError, match="no range"):
        asked(ranges={"risk": (0.5, 0.1)})


def test_means_lack_a_range_of_their_sd_until_one_is_known() -> None:
    frame = pd.DataFrame(
        {"study": ["A", "B"], "mean_e": [1.0, 2.0], "sd_e": [np.nan, np.nan], "n_e": [20, 30], "mean_c": [0.5, 1.0],
         "sd_c": [np.nan, np.nan], "n_c": [20, 30]}
    )  # fmt: skip
    without = asked(frame, "MD")
    assert without.base is None
    assert {column for _, column in without.unranged} == {"sd_e", "sd_c"}
    assert "No plausible values are known for SD, experimental, SD, control" in str(without)
    known = asked(frame, "MD", ranges={"sd": (1.0, 3.0)})
    assert {(one.study, one.column) for one in known.cells} == {(s, c) for s in "AB" for c in ("sd_e", "sd_c")}
    # one study alone: the estimate is its difference whatever the SD, only the interval moves
    assert all(one.width == pytest.approx(0, abs=1e-12) for one in known.cells)


def test_arms_hold_between_a_third_and_two_thirds_of_the_people_randomised() -> None:
    frame = pd.DataFrame(
        {"study": ["A", "B"], "mean_e": [1.0, 2.0], "sd_e": [2, 2], "n_e": [20, np.nan], "mean_c": [0.5, 1.0],
         "sd_c": [2, 2], "n_c": [20, 30], "n_randomised": [40, 90]}
    )  # fmt: skip
    (cell,) = asked(frame, "MD").cells
    assert (cell.column, cell.low, cell.high, cell.alone) == ("n_e", 30, 60, True)


def test_a_full_table_has_nothing_to_weigh() -> None:
    assert "No blank cell with a plausible range keeps a study out" in str(asked(COUNTS.iloc[:3]))


def test_reported_effects_have_no_cells_to_weigh() -> None:
    frame = pd.DataFrame({"study": ["A"], "estimate": [0.8], "ci_low": [0.6], "ci_high": [1.1]})
    with pytest.raises(ModelError, match="counts or means"):
        asked(frame)


def test_a_plan_asks_what_its_blanks_are_worth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    COUNTS.to_csv(tmp_path / "trials.csv", index=False)
    plan = 'title = "T"\nstudies = { file = "trials.csv" }\nmeasure = "RR"\n[[sensitivity]]\ndesign = "missing-cells"\n'
    (tmp_path / "plan.toml").write_text(plan + "ranges = { risk = [0.05, 0.5] }\n", encoding="utf-8")
    run_plan(tmp_path / "plan.toml").write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "The blank that would move it most is events, experimental of Large" in text
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    assert results["results"]["primary"]["missing-cells"]["cells"][0]["study"] == "Large"
    (tmp_path / "plan.toml").write_text(plan + "ranges = { risk = [0.05] }\n", encoding="utf-8")
    with pytest.raises(PlanError, match="two numbers for risk"):
        run_plan(tmp_path / "plan.toml")

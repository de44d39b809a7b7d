"""`metak2 explain`: the steps of an analysis, and why another convention gives other numbers."""

import math
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

import metak2 as mk
from metak2.cli import main
from metak2.display.explain import explain
from metak2.errors import PlanError, UnknownOptionError
from metak2.models.conventions import CONVENTIONS
from metak2.plan.explain import difference, explain_plan

ROOT = Path(__file__).parents[2]
BCG = ROOT / "analyses" / "bcg.toml"


@pytest.fixture(scope="module")
def bcg() -> mk.EffectSizes:
    file = ROOT / "datasets" / "bcg" / "bcg.xlsx"
    studies = mk.read_studies(file, outcome="tuberculosis", experimental="BCG", control="no vaccination")
    return mk.effect_sizes(studies, measure="RR")


def test_every_step_of_bcg_is_told_with_its_numbers() -> None:
    told = explain_plan(BCG)
    for part in (
        "yi = ln((4/123)/(11/139)) = −0.8893;  vi = 1/4 − 1/123 + 1/11 − 1/139 = 0.3256",
        "Q = 152.2330 on 12 degrees of freedom",
        "τ² = 0.3132 by REML",
        "0.1197 to 1.1115 (Q-profile)",
        "1/(0.3256 + 0.3132) = 1.5654, 5.06",
        "= −0.7145 ± 2.1788 × 0.1808 = −1.1084 to −0.3206 (Hartung–Knapp)",
        "risk ratio 0.49 (0.33 to 0.73)",
        "0.14 to 1.76",
        'library(metafor); fit <- rma(measure="RR", ai=c(4,6,3,62,33,180,8,505,29,17,186,5,27)',
    ):
        assert part in told


def test_against_revman5_each_setting_moves_the_numbers_of_methods(bcg: mk.EffectSizes) -> None:
    # METHODS section 1, computed with metafor 3.8-1 and printed with five to seven digits
    found = difference(mk.pool(bcg), "revman5")
    moves = {move.setting: move for move in found.moves}
    assert moves["method"].alone["tau2"] == pytest.approx((0.3132433, 0.3087603), rel=1e-6)
    about = moves["Q of DerSimonian–Laird"]
    assert about.alone == {}
    assert about.last["tau2"] == pytest.approx((0.3087603, 0.3094969), rel=1e-6)
    assert about.last["estimate"] == pytest.approx((0.48962, 0.48959), abs=5e-6)
    assert about.last["CI low"] == pytest.approx((0.34492, 0.34478), abs=5e-6)
    assert about.last["CI high"] == pytest.approx((0.69504, 0.69522), abs=5e-6)
    assert found.together["estimate"][1] == pytest.approx(0.48959, abs=5e-6)
    assert found.together["tau2"][1] == pytest.approx(0.3094969, rel=1e-6)
    assert set(moves["prediction interval"].alone) == {"PI low", "PI high"}
    assert set(moves["I²"].alone) == {"I2"}
    assert set(moves["interval"].alone) == {"CI low", "CI high", "PI low", "PI high"}


def test_the_prediction_rules_of_methods_are_told_apart(bcg: mk.EffectSizes) -> None:
    # METHODS section 2, four decimals
    found = difference(mk.pool(bcg), "metafor")
    assert found.together["PI low"] == pytest.approx((0.1359, 0.1546), abs=5e-5)
    assert found.together["PI high"] == pytest.approx((1.7629, 1.5490), abs=5e-5)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_all_settings_together_are_the_convention(bcg: mk.EffectSizes, name: str) -> None:
    ours, theirs = mk.pool(bcg), mk.pool(bcg, convention=name)
    together = difference(ours, name).together
    shown = {"estimate": theirs.estimate, "CI low": theirs.ci.low, "CI high": theirs.ci.high}
    for quantity, value in shown.items():
        if quantity in together:
            assert math.log(together[quantity][1]) == pytest.approx(value, rel=1e-12)  # the same computation


@pytest.mark.parametrize("name", CONVENTIONS)
def test_against_itself_nothing_moves(bcg: mk.EffectSizes, name: str) -> None:
    found = difference(mk.pool(bcg, convention=name), name)
    assert (found.moves, found.together) == ((), {})


@pytest.mark.parametrize("method", ["MH", "CE", "DL", "PM"])
def test_any_method_can_be_set_against_any_convention_with_empty_cells(method: str) -> None:
    table = pd.DataFrame(
        {"study": list("ABCD"), "event_e": [0, 3, 5, 0], "n_e": [24, 60, 80, 33], "event_c": [4, 7, 6, 0],
         "n_c": [25, 58, 82, 30]}
    )  # fmt: skip
    pooled = mk.pool(mk.effect_sizes(table, measure="OR"), method=method)
    for name in CONVENTIONS:
        found = difference(pooled, name)
        assert any(move.setting == "method" for move in found.moves) == (CONVENTIONS[name].method != method)


def test_a_trial_without_variance_is_set_apart_for_methods_that_need_one() -> None:
    table = pd.DataFrame(
        {"study": list("ABC"), "event_e": [0, 3, 5], "n_e": [24, 60, 80], "event_c": [0, 7, 6], "n_c": [25, 58, 82]}
    )
    pooled = mk.pool(mk.effect_sizes(table, measure="RD", zero_cells="none"), method="MH")
    assert "tau2" in difference(pooled, "revman5").together


def test_a_setting_that_cannot_stand_alone_says_why(bcg: mk.EffectSizes) -> None:
    moves = {move.setting: move for move in difference(mk.pool(bcg, test="KR"), "revman5").moves}
    assert "Kenward–Roger" in moves["method"].refused


@pytest.mark.parametrize("k", [1, 2])
def test_one_or_two_studies_are_explained_without_a_prediction(k: int) -> None:
    effects = mk.effects_from([-0.5, 0.25][:k], study=["A", "B"][:k], vi=[0.1, 0.2][:k])
    told = explain(mk.pool(effects))
    assert "Prediction" not in told
    assert "library(metafor)" in told
    assert difference(mk.pool(effects), "metafor").against.name == "metafor"


def test_studies_with_equal_effects_are_explained() -> None:
    told = explain(mk.pool(mk.effects_from([0.5, 0.5, 0.5], study=["A", "B", "C"], vi=[0.1, 0.2, 0.3])))
    assert "nan" not in told
    assert "the larger of" in told


def test_dersimonian_laird_is_worked_to_its_tau2(bcg: mk.EffectSizes) -> None:
    told = explain(mk.pool(bcg, method="DL"))
    assert "= (152.2330 − 12)/(" in told
    assert "= 0.3088" in told


@pytest.mark.parametrize("method", ["MH", "CE"])
def test_a_common_effect_is_explained_without_tau2(bcg: mk.EffectSizes, method: str) -> None:
    told = explain(mk.pool(bcg, method=method))
    assert "τ²" not in told
    assert "Weights" in told


def run(monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setattr(sys, "argv", ["metak2", *args])
    try:
        main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def test_the_command_explains_a_plan_and_refuses_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", str(BCG), "--against", "revman5") == 0
    assert "0.3087603 → 0.3094969" in capsys.readouterr().out
    assert run(monkeypatch, "explain", str(BCG), "--against", "revman6") == 1
    assert "revman5" in capsys.readouterr().err
    assert run(monkeypatch, "explain", "nowhere.toml") == 1
    assert "one plan" in capsys.readouterr().err


def test_a_script_is_refused_and_a_convention_must_be_known() -> None:
    with pytest.raises(PlanError, match="one plan"):
        explain_plan(ROOT / "analyses" / "habu2004.py")
    with pytest.raises(UnknownOptionError):
        explain_plan(BCG, against="revman6")


def test_several_comparisons_are_told_one_after_another_and_what_is_not_pooled_says_so() -> None:
    told = explain_plan(ROOT / "analyses" / "k2_reviews.toml")
    assert "Hip fracture\n------------" in told
    assert "Not pooled. These reviews share trials" in told
    assert "No convention changes that" in explain_plan(ROOT / "analyses" / "k2_reviews.toml", against="revman5")


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    shutil.copytree(ROOT / "datasets" / "bcg", tmp_path / "datasets" / "bcg")
    plan = tmp_path / "bcg.toml"
    shutil.copy(BCG, plan)
    before = sorted(tmp_path.rglob("*"))
    explain_plan(plan)
    assert sorted(tmp_path.rglob("*")) == before

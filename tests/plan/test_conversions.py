"""A plan converts what papers print, tries other correlations, and says what cannot be."""

from pathlib import Path

import pytest

import metak2 as mk
from metak2.errors import PlanError
from metak2.plan.fit import fit_comparison
from metak2.plan.schema import read_plan

HEADER = "study,change_or_final,outcome,mean_e,sd_e,n_e,mean_c,sd_c,n_c,cluster_size"
ROWS = [
    f"Trial {at},{when},BMD,{mean + at},4,4{at},{mean - 0.3 * at},4.2,4{at},{'21' if at == 1 else ''}"
    for at in (1, 2, 3)
    for when, mean in (("baseline", 70.0), ("final", 71.5))
]
PLAN = """
title   = "Bone density"
measure = "MD"
studies = { file = "trials.csv", outcome = "BMD", where = { change_or_final = "final" } }

[conversions]
baseline     = { change_or_final = "baseline" }
correlation  = 0.7
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trials.csv").write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fitted(here: Path, more: str = "") -> mk.Comparison:
    (here / "plan.toml").write_text(PLAN + more, encoding="utf-8")
    plan = read_plan(here / "plan.toml")
    return fit_comparison(plan.comparisons[0], plan.path)


def by_hand(correlation: float) -> mk.Pooled:
    start, end = (
        mk.read_studies("trials.csv", outcome="BMD", where={"change_or_final": when}) for when in ("baseline", "final")
    )
    changes = mk.changes_from_baseline(start, end, correlation=correlation)
    return mk.pool(mk.effect_sizes(changes, measure="MD"))


def test_the_plan_pools_the_change_that_a_script_pools(here: Path) -> None:
    primary = fitted(here).primary
    assert isinstance(primary, mk.Pooled)
    assert (primary.estimate, primary.se) == (by_hand(0.7).estimate, by_hand(0.7).se)


def test_every_other_correlation_is_a_sensitivity_analysis_that_names_it(here: Path) -> None:
    found = fitted(here, "correlations = [0.0, 0.7, 0.9]\n").sensitivity
    assert list(found) == [f"correlation {r} of baseline with final value" for r in ("0", "0.9")]
    assert [pooled.se for pooled in found.values()] == [by_hand(0.0).se, by_hand(0.9).se]


def test_a_sensitivity_analysis_changes_one_conversion_and_keeps_the_others(here: Path) -> None:
    more = 'icc = 0.05\ndesign_effect = true\n[[sensitivity]]\nlabel = "no clusters"\n'
    comparison = fitted(here, more + "conversions = { design_effect = false }\n")
    assert isinstance(comparison.primary, mk.Pooled)
    assert comparison.primary.effects.vi[0] == pytest.approx(2 * by_hand(0.7).effects.vi[0], rel=1e-12)  # 1 + 20 × 0.05
    assert comparison.sensitivity["no clusters"].se == by_hand(0.7).se


def test_everything_that_cannot_be_is_told_at_once(here: Path) -> None:
    wrong = PLAN.replace("correlation  = 0.7", "correlations = [1.5]\nicc = 2\nmedian = true")
    (here / "plan.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(PlanError) as error:
        read_plan(here / "plan.toml")
    told = "\n".join(error.value.problems)
    for part in ("not 1.5", "icc is a number from 0 to 1", "a change needs both", "median"):
        assert part in told

import json
from pathlib import Path

import jsonschema
import pytest

import metak2 as mk
from metak2.errors import PlanError
from metak2.plan.run import run_plan
from metak2.report.results_schema import results_schema

PLAN = """
title = "Four trials"
studies = {{ file = "trials.csv" }}
measure = "OR"
{more}
"""
TRIALS = """study,year,event_e,n_e,event_c,n_c
A,1990,4,50,9,50
B,1992,10,120,14,118
C,1991,3,40,8,42
D,1995,20,200,22,201
"""
ASKED = """
[[sensitivity]]
design = "next-trial"
n = [100, 1000]

[[sensitivity]]
design = "new-trial"

[sequential]
delta = 0.7
diversity = 0.3
alpha = 0.05
power = 0.8
"""


def planned(folder: Path, more: str) -> mk.Report:
    (folder / "trials.csv").write_text(TRIALS, encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(PLAN.format(more=more), encoding="utf-8")
    return run_plan(path)


def test_a_plan_asks_for_the_next_trial_a_further_one_and_a_sequential_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    planned(tmp_path, ASKED).write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "A further trial of 1,000 people per arm" in text
    assert "Stated beforehand: odds ratio 0.7, diversity 30" in text
    assert "Wetterslev, Thorlund, Brok & Gluud 2009" in text.replace("&amp;", "&")
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    found = results["results"]["primary"]
    assert [one["n"] for one in found["next-trial"]] == [100, 1000]
    assert found["sequential"]["plan"]["delta"] == 0.7
    assert [look["study"] for look in found["sequential"]["looks"]] == ["A", "C", "B", "D"]
    assert {one["kind"] for one in (*found["next-trial"], found["new-trial"], found["sequential"])} == {
        "next-trial", "new-trial", "sequential"
    }  # fmt: skip


def test_a_sequential_analysis_with_anything_left_unsaid_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError) as caught:
        planned(tmp_path, "[sequential]\nalpha = 0.05\n")
    assert [line.split('"')[1] for line in caught.value.problems] == ["delta", "diversity", "power"]


def test_no_sequential_analysis_unless_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "sequential" not in str(planned(tmp_path, "").blocks)


@pytest.mark.parametrize(
    "more, words",
    [
        ('[[sensitivity]]\ndesign = "next-trial"\n', "needs n"),
        ('[[sensitivity]]\ndesign = "gosh"\nn = [1, 2]\n', "must be int"),
        ('[[sensitivity]]\ndesign = "new-trial"\nn = [1.5]\n', "whole numbers"),
    ],
)
def test_sizes_that_are_none_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError, match=words):
        planned(tmp_path, more)

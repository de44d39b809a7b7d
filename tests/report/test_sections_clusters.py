import json
from pathlib import Path

import jsonschema
import pytest

import metak2 as mk
from metak2.errors import PlanError
from metak2.plan.run import run_plan
from metak2.report.results_schema import results_schema

PLAN = """
title = "Six trials, two of them at two times"
studies = {{ file = "trials.csv", label = ["study", "time"] }}
measure = "RR"

[clusters]
{clusters}
"""
TRIALS = """study,time,event_e,n_e,event_c,n_c
A,6 months,4,50,9,50
A,12 months,7,50,12,50
B,6 months,10,120,14,118
C,6 months,3,40,8,42
C,12 months,6,40,9,42
D,6 months,20,200,22,201
E,6 months,12,90,15,92
F,6 months,9,60,8,61
"""


def planned(folder: Path, clusters: str) -> mk.Report:
    (folder / "trials.csv").write_text(TRIALS, encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(PLAN.format(clusters=clusters), encoding="utf-8")
    return run_plan(path)


def test_a_plan_with_clusters_combines_records_and_sweeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    planned(tmp_path, "correlation = 0.7\ncorrelations = [0.3, 0.5]").write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Effects of the same patients" in text
    assert "8 effects, 6 clusters" in text
    assert "A and C: several effects of the same patients combined into one (weighted mean" in text
    assert "0.7 (planned)" in text
    assert "MK-S18" in text
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    found = results["results"]["primary"]
    assert found["primary"]["k"] == 6
    assert found["clusters"]["correlations"] == [0.7, 0.3, 0.5]
    assert [fit["k"] for fit in found["clusters"]["fits"]] == [8, 8, 8]


def test_a_correlation_that_cannot_be_is_refused_with_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError, match=r"is a number from 0 to 1, not 1\.7"):
        planned(tmp_path, "correlation = 1.7")


def test_clusters_without_a_correlation_are_asked_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError, match='the key "correlation" is missing'):
        planned(tmp_path, 'by = "study"')

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import metak2 as mk
from metak2.errors import PlanError
from metak2.plan.run import run_plan
from metak2.report.results_schema import results_schema

PLAN = """
title = "Four trials"
studies = {{ file = "trials.csv" }}
measure = "OR"

[bayes]
tau_priors = ["half-normal(0.5)", "half-cauchy(0.5)"]
effect_prior = "normal(0, 2)"
thresholds = [1.0, 0.8]
{more}
"""
TRIALS = "study,event_e,n_e,event_c,n_c\nA,4,50,9,50\nB,10,120,14,118\nC,3,40,8,42\nD,20,200,22,201\n"


def planned(folder: Path, more: str = "") -> mk.Report:
    (folder / "trials.csv").write_text(TRIALS, encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(PLAN.format(more=more), encoding="utf-8")
    return run_plan(path)


def test_a_plan_with_priors_reports_the_posterior_and_names_every_prior(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    planned(tmp_path).write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Bayesian analysis" in text
    assert "priors: half-normal(0.5) for τ, normal(0, 2) on the analysis scale for the effect" in text
    assert "The probability that the odds ratio is below 0.8 is" in text
    assert "Röver 2020" in text
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    first, second = results["results"]["primary"]["bayes"]["posteriors"]
    assert (first["tau_prior"], second["tau_prior"]) == ("half-normal(0.5)", "half-cauchy(0.5)")
    assert first["coefficients"]["intercept"]["low"] < first["coefficients"]["intercept"]["median"]
    assert np.isfinite(first["bayes_factor_effect"])


def test_priors_for_a_question_that_is_not_pooled_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError, match="bayes needs a pooled primary analysis"):
        planned(tmp_path, "[primary]\npool = false\n")

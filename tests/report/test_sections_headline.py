"""A model of effects of the same patients as the planned answer: in words, figure, tables and results.json."""

import json
from pathlib import Path

import jsonschema
import pytest

import metak2 as mk
from metak2.errors import PlanError
from metak2.models.clustered_model import clustered_model
from metak2.plan.diff import Asked, compare
from metak2.plan.run import run_plan
from metak2.report.results_schema import results_schema

PLAN = """
title = "Seven trials, three of them at two times"
about = "the drug and fractures"
studies = {{ file = "trials.csv", label = ["study", "time"] }}
measure = "RR"

[clusters]
correlation = 0.6
{clusters}
"""
TRIALS = """study,time,event_e,n_e,event_c,n_c
A,6 months,4,150,19,150
A,12 months,7,150,22,150
B,6 months,10,120,14,118
C,6 months,23,140,8,142
C,12 months,26,140,9,142
D,6 months,20,200,22,201
E,6 months,12,90,15,92
E,12 months,20,90,25,92
F,6 months,9,160,28,161
G,6 months,30,210,26,212
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trials.csv").write_text(TRIALS, encoding="utf-8")
    return tmp_path


def planned(folder: Path, clusters: str, name: str = "plan.toml") -> Path:
    path = folder / name
    path.write_text(PLAN.format(clusters=clusters), encoding="utf-8")
    return path


def effects(folder: Path) -> mk.EffectSizes:
    return mk.effect_sizes(mk.read_studies(folder / "trials.csv", label=["study", "time"]), measure="RR")


def first(report: mk.Report) -> str:
    opening = report.blocks[0]
    assert isinstance(opening, mk.Paragraph)
    return opening.text


def test_the_robust_model_is_that_of_robust_and_its_variances_those_of_the_multilevel_model(folder: Path) -> None:
    found = clustered_model(effects(folder), correlation=0.6)
    alone = mk.robust(effects(folder), correlation=0.6)  # equal to clubSandwich's numbers, tests/models/test_robust.py
    assert found.robust is not None
    for name in ("estimate", "se", "df", "ci_low", "pval"):
        # one climb of the same likelihood, from the same start
        assert getattr(found.answer.coefficients, name) == pytest.approx(getattr(alone.coefficients, name), rel=1e-9)
    model = clustered_model(effects(folder), correlation=0.6, errors="multilevel").model
    assert [one.value for one in found.model.components] == [one.value for one in model.components]


@pytest.mark.parametrize("answer", ["robust", "multilevel"])
def test_the_report_answers_by_the_model_and_shows_the_combined_analysis_beside_it(answer: str, folder: Path) -> None:
    report = run_plan(planned(folder, f'answer = "{answer}"'))
    words = first(report)
    assert words.startswith("The drug and fractures: risk ratio ")
    assert "from 10 effects in 7 studies" in words
    assert ("cluster-robust errors with" in words) == (answer == "robust")
    assert "lies between studies and" in words
    assert "In a new study the effect is expected within" in words
    assert "With the effects of the same patients combined first: risk ratio" in words
    assert "the estimate lies from" in words
    names = [picture.name for picture in report.pictures]
    assert names[:2] == ["primary-forest", "primary-forest-combined"]
    headings = [block.text for block in report.blocks if isinstance(block, mk.Heading)]
    assert "With the effects of the same patients combined first" in headings
    assert "Effects of the same patients" not in headings


def test_results_json_holds_the_planned_answer_first_and_the_others_by_name(folder: Path) -> None:
    run_plan(planned(folder, 'answer = "robust"')).write(folder / "out")
    results = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    kinds = {name: one["kind"] for name, one in results["results"]["primary"].items() if "kind" in one}
    assert kinds["primary"] == "robust"
    assert kinds["model"] == "multilevel"
    assert kinds["combined"] == "pooled"
    assert kinds["clusters"] == "correlation-sensitivity"
    listed = (folder / "out" / "primary-all-studies.csv").read_text(encoding="utf-8").splitlines()
    assert len(listed) == 11  # a heading and ten effects; primary-studies.csv holds the seven combined ones
    run_plan(planned(folder, 'answer = "multilevel"')).write(folder / "again")
    again = json.loads((folder / "again" / "results.json").read_text(encoding="utf-8"))
    assert again["results"]["primary"]["primary"]["kind"] == "multilevel"


def test_the_forest_plot_holds_every_effect_below_its_study(folder: Path) -> None:
    report = run_plan(planned(folder, 'answer = "robust"'))
    rows = report.pictures[0].drawing.data()["rows"]
    assert isinstance(rows, list)
    kinds = [row["kind"] for row in rows]
    assert (kinds.count("heading"), kinds.count("study"), kinds.count("pooled")) == (7, 10, 1)
    (diamond,) = [row for row in rows if row["kind"] == "pooled"]
    found = mk.robust(effects(folder), correlation=0.6).coefficients
    assert diamond["mark"]["low"] == pytest.approx(
        float(mk.pool(effects(folder).take([1, 2])).measure.back(found.ci_low[0]))
    )


def test_clusters_are_called_as_the_plan_calls_them(folder: Path) -> None:
    report = run_plan(planned(folder, 'answer = "multilevel"\ncalled = ["trial", "trials"]'))
    assert "from 10 effects in 7 trials" in first(report)
    assert "between effects of one trial" in first(report)


def test_numbers_can_be_expected_of_the_model_and_of_the_combined_analysis(folder: Path) -> None:
    expected = clustered_model(effects(folder), correlation=0.6).answer.coefficients
    report = run_plan(
        planned(
            folder,
            f"""answer = "robust"
            [[expect]]
            of = "primary"
            estimate = {float(expected.estimate[0])!r}
            k = 10
            source = "robust()"
            [[expect]]
            of = "combined"
            k = 7
            source = "counted"
            """,
        )
    )
    assert [one.met for one in report.expectations] == [True, True, True]


def test_the_manuscript_tells_the_model_first(folder: Path) -> None:
    path = planned(folder, 'answer = "robust"')
    path.write_text("manuscript = true\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    text = "\n".join(block.text for block in run_plan(path).blocks if isinstance(block, mk.Paragraph))
    assert "All effects are modelled together by restricted maximum likelihood" in text
    assert "As a check the effects of the same patients were also combined first" in text


def test_a_model_as_the_answer_needs_a_pool_a_known_word_and_two_names(folder: Path) -> None:
    with pytest.raises(PlanError) as raised:
        run_plan(planned(folder, 'answer = "robost"\ncalled = ["trial"]'))
    assert raised.value.problems == (
        "clusters: answer 'robost' is not known; did you mean \"robust\"?",
        'clusters: called holds one and several clusters, such as ["study", "studies"], not [\'trial\']',
    )
    with pytest.raises(PlanError, match='answer = "robust" of clusters needs a pooled primary analysis'):
        run_plan(planned(folder, 'answer = "robust"\n[primary]\npool = false'))


def test_the_difference_between_two_answers_is_told_as_the_option_that_made_it(folder: Path) -> None:
    plans = [planned(folder, f'answer = "{answer}"', f"{answer}.toml") for answer in ("robust", "multilevel")]
    (compared,) = compare(plans[0].as_posix(), plans[1].as_posix(), Asked())
    assert [change.what for change in compared.found.changes] == ["clusters.answer"]
    assert ("primary", "CI low") in {(one.quantity.of, one.quantity.name) for one in compared.found.moved}

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import metak2 as mk
from metak2.models.absolute import absolute_effect
from metak2.models.pool import side_by_side
from metak2.models.subgroups import pool_subgroups
from metak2.report.canonical_json import canonical_json
from metak2.report.expectations import Expectation
from metak2.report.manifest import SCHEMA
from metak2.report.report import Report, results_json
from metak2.report.results_schema import results_schema
from metak2.robustness.leave_one_out import cumulative, leave_one_out
from tests.report.samples import sample_blocks

ROOT = Path(__file__).parents[2]
COMMITTED = sorted(ROOT.glob("reports/*/results.json"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(results_schema())
    return found


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """Every kind of result that a report writes by itself."""
    studies = mk.read_studies(
        ROOT / "datasets/bcg/bcg.xlsx", outcome="tuberculosis", experimental="BCG", control="no vaccination"
    )
    effects = mk.effect_sizes(studies, measure="RR")
    pooled, levels = mk.pool(effects), mk.multilevel(effects, "alloc/study")
    expectation = Expectation(
        of="primary", quantity="k", expected=13, found=pooled.k, rtol=0, source="Colditz 1994, JAMA 271:698-702"
    )
    report = Report(
        title="BCG",
        blocks=sample_blocks(),
        results={
            "primary": {
                "primary": pooled,
                "sensitivity": {"MH": mk.pool(effects, method="MH")},
                "subgroups": {"alloc": pool_subgroups(pooled, by="alloc")},
                "leave-one-out": leave_one_out(pooled),
                "cumulative": cumulative(pooled, order="year"),
                "absolute": [absolute_effect(pooled, baseline_risk=0.01, horizon="10 years")],
            },
            "together": {
                "primary": levels,
                "without": mk.cluster_influence(levels, "alloc"),
                "robust": mk.robust(effects, "alloc", correlation=0.6),
                "clusters": mk.correlation_sensitivity(effects, "alloc", correlations=[0.6, 0.2]),
            },
            "apart": {"primary": side_by_side(effects, why="They differ.", level=0.95)},
            "by hand": {"k": 13, "share": [0.1, None], "words": "as counted"},
        },
        expectations=(expectation,),
    )
    found: dict[str, Any] = json.loads(canonical_json(results_json(report)))
    return found


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with no name allowed that it does not describe."""
    made = copy.deepcopy(schema)
    open_names = {"summary", "tested-coefficient"}  # parts that stand in others, which name more
    named = [made, *(part for name, part in made["$defs"].items() if "properties" in part and name not in open_names)]
    for part in named:
        part["unevaluatedProperties"] = False
    made["$defs"]["refits"]["properties"]["base"]["unevaluatedProperties"] = False
    return made


def test_the_schema_is_a_schema_and_names_its_version(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:metak2:results:{SCHEMA}"


def test_every_kind_of_result_is_described_name_by_name(schema: dict[str, Any], results: dict[str, Any]) -> None:
    assert [(e.json_path, e.message) for e in Draft202012Validator(strict(schema)).iter_errors(results)] == []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.parent.name)
def test_a_committed_report_keeps_to_the_schema(path: Path, schema: dict[str, Any]) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    assert [(e.json_path, e.message) for e in Draft202012Validator(schema).iter_errors(found)] == []


def test_there_are_committed_reports_to_check() -> None:
    assert COMMITTED


@pytest.mark.parametrize(
    "path, value",
    [
        (("primary", "primary", "estimate"), "-0.71"),
        (("primary", "primary", "ci"), [-1.1, -0.3]),
        (("primary", "primary", "pval"), 1.2),
        (("primary", "sensitivity", "MH", "I2"), 192.2),
        (("primary", "sensitivity", "MH", "studies", 3, "yi"), "not estimable"),
        (("primary", "subgroups", "alloc", "groups", 0, "tau2"), -0.1),
        (("primary", "leave-one-out", "refits", 0, "k"), 11.5),
        (("primary", "cumulative", "base", "scale"), "ln"),
        (("primary", "absolute", 0, "baseline_risk"), 16),
        (("apart", "primary", "why"), None),
        (("together", "primary", "levels", 0, "share"), "most"),
        (("together", "primary", "coefficients", 0, "pval"), 1.2),
        (("together", "without", "clusters", 0, "estimate"), 0.1),
        (("together", "robust", "coefficients", "intercept", "df"), "many"),
        (("together", "clusters", "fits", 1, "clusters"), 0),
    ],
)
def test_a_result_that_cannot_be_read_as_described_is_found(
    path: tuple[str | int, ...], value: object, schema: dict[str, Any], results: dict[str, Any]
) -> None:
    wrong = copy.deepcopy(results)
    part = wrong["results"]
    for step in path[:-1]:
        part = part[step]
    assert path[-1] in part if isinstance(part, dict) else True
    part[path[-1]] = value
    assert list(Draft202012Validator(schema).iter_errors(wrong))


@pytest.mark.parametrize("name", ["estimate", "ci", "k", "notes", "studies"])
def test_a_name_that_a_reader_relies_on_cannot_be_left_out(
    name: str, schema: dict[str, Any], results: dict[str, Any]
) -> None:
    wrong = copy.deepcopy(results)
    del wrong["results"]["primary"]["subgroups"]["alloc"]["overall"][name]
    assert list(Draft202012Validator(schema).iter_errors(wrong))

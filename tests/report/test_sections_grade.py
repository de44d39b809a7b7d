"""The summary of findings: every format shows the same table, and no certainty while a domain is blank."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from metak2.errors import PlanError
from metak2.plan.run import run_plan
from metak2.report.blocks import Table
from metak2.report.canonical_json import canonical_json
from metak2.report.formats import FORMATS
from metak2.report.report import Report, rendered, results_json
from metak2.report.results_schema import results_schema
from metak2.robustness.grade import CERTAINTIES, LOWERING
from tests.report.readers import docx_lines, html_lines, pdf_text, xlsx_tables

CSV = """study,event_e,n_e,event_c,n_c
Ando 2001,8,100,16,100
<b>Baba</b> 2004,10,120,18,118
Chiba 2007,4,60,11,62
"""
HEAD = """title = "Fractures"
measure = "RR"
studies = { file = "datasets/k2.csv" }
[[absolute]]
baseline_risk = 0.1
horizon = "one year"
[[absolute]]
baseline_risk = 0.02
horizon = "one year"
"""
GRADE = '[grade]\noutcome = "hip fracture"\nintervention = "vitamin K2"\nsize = "moderate"\n'
ALL = "".join(f'{domain} = {{ judgement = "{words[0]}", reason = "Agreed." }}\n' for domain, words in LOWERING.items())
Planned = Callable[[str], Report]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets/k2.csv").write_text(CSV)

    def run(more: str) -> Report:
        (tmp_path / "k2.toml").write_text(HEAD + more)
        return run_plan(tmp_path / "k2.toml")

    return run


def tables(report: Report) -> dict[str, Table]:
    return {block.caption: block for block in report.blocks if isinstance(block, Table)}


def test_each_stated_risk_has_a_row_with_people_per_1000(planned: Planned) -> None:
    rows = tables(planned(GRADE + ALL))["Summary of findings"].rows
    assert [row[:2] for row in rows] == [
        ("Hip fracture, over one year", "100"),
        ("Hip fracture, over one year", "20"),
    ]
    assert {row[5] for row in rows} == {"560 (3 studies)"}  # 280 and 280 people in the sheet above


def test_with_every_domain_judged_the_certainty_and_its_statement_stand_there(planned: Planned) -> None:
    report = planned(
        GRADE + ALL.replace('imprecision = { judgement = "not serious"', 'imprecision = { judgement = "serious"')
    )
    table = tables(report)["Summary of findings"]
    assert {row[6] for row in table.rows} == {"⊕⊕⊕◯ moderate (a)"}
    assert {row[7] for row in table.rows} == {"Vitamin K2 likely reduces hip fracture."}
    assert "a Imprecision, serious: Agreed." in table.notes


@pytest.mark.parametrize("domain", sorted(LOWERING))
def test_a_blank_domain_leaves_the_certainty_out_of_every_format(planned: Planned, domain: str) -> None:
    kept = "".join(line for line in ALL.splitlines(keepends=True) if not line.startswith(domain))
    report = planned(GRADE + kept)
    files = rendered(report, formats=FORMATS)
    waits = f"Not rated: {domain.replace('_', ' ')} waits for a person"
    texts = {
        "html": "\n".join(html_lines(files["report.html"].decode())),
        "md": files["report.md"].decode(),
        "docx": "\n".join(docx_lines(files["report.docx"])),
        "pdf": pdf_text(files["report.pdf"]),
        "xlsx": str(xlsx_tables(files["report.xlsx"])["Summary of findings"]),
    }
    for name, text in texts.items():
        assert "".join(waits.split()) in "".join(text.split()), name
        assert "⊕" not in text, name
        assert not any(f"{word.capitalize()} certainty" in text for word in CERTAINTIES), name


def test_every_format_has_the_same_findings(planned: Planned) -> None:
    report = planned(GRADE + ALL)
    files = rendered(report, formats=FORMATS)
    row = tables(report)["Summary of findings"].rows[0]
    assert " ".join(" ".join(row).split()) in docx_lines(files["report.docx"])
    assert " ".join(" ".join(row).split()) in html_lines(files["report.html"].decode())
    assert "".join("".join(row).split()) in pdf_text(files["report.pdf"])
    assert list(row) in xlsx_tables(files["report.xlsx"])["Summary of findings"]
    assert f"| {' | '.join(row)} |" in files["report.md"].decode()


def test_judgements_and_suggestions_are_in_the_json_as_the_schema_describes(planned: Planned) -> None:
    found: dict[str, Any] = json.loads(canonical_json(results_json(planned(GRADE + ALL))))
    schema = json.loads(results_schema())
    told = found["results"]["primary"]["grade"]
    assert (told["certainty"], told["waiting"], told["participants"]) == ("high", [], 560)
    assert told["judgements"]["imprecision"] == {"judgement": "not serious", "reason": "Agreed."}
    assert {finding["code"] for finding in told["suggestions"]["imprecision"]["findings"]} == {
        "INTERVAL",
        "SIZE_RISKS",
    }
    assert list(Draft202012Validator(schema).iter_errors(found)) == []
    strict = {**schema, "$ref": "#/$defs/grade"}
    strict = {"$defs": {**schema["$defs"], "grade": {**schema["$defs"]["grade"], "additionalProperties": False}}}
    assert list(Draft202012Validator({**strict, "$ref": "#/$defs/grade"}).iter_errors(told)) == []
    told["certainty"] = "quite high"
    assert list(Draft202012Validator(schema).iter_errors(found))


def test_only_papers_that_were_used_are_cited(planned: Planned) -> None:
    rated = str(planned(GRADE + ALL).blocks)
    waiting = str(planned(GRADE).blocks)
    assert "Santesso et al. 2020" in rated
    assert "Santesso et al. 2020" not in waiting
    assert "1311-1316" not in rated  # nothing is raised


@pytest.mark.parametrize(
    "more, problem",
    [
        (GRADE + 'risk_of_bais = { judgement = "serious", reason = "x" }\n', 'did you mean "risk_of_bias"'),
        (GRADE + 'risk_of_bias = { judgement = "serious" }\n', "a judgement needs its reason"),
        (GRADE + 'risk_of_bias = { judgment = "serious", reason = "x" }\n', 'did you mean "judgement"'),
        (GRADE + 'risk_of_bias = { judgement = "seriuos", reason = "x" }\n', 'did you mean "serious"'),
        (GRADE + 'risk_of_bias = "serious"\n', "must be dict"),
        (GRADE + 'evidence = "randomized"\n', 'did you mean "randomised"'),
        (GRADE + "thresholds = [true]\n", "holds numbers"),
        (GRADE + "relative_reduction = 25\n", "a share between 0 and 1"),
        (GRADE + "smallest_difference = 0\n", "above 0"),
        ('[grade]\noutcome = "x"\n', 'the key "intervention" is missing'),
        ("[primary]\npool = false\n" + GRADE, "grade needs a pooled primary analysis"),
    ],
)
def test_a_grading_that_cannot_stand_is_refused(planned: Planned, more: str, problem: str) -> None:
    with pytest.raises(PlanError, match=problem):
        planned(more)


def test_all_that_is_wrong_is_told_at_once(planned: Planned) -> None:
    wrong = 'risk_of_bias = { judgement = "bad" }\nimprecision = { reason = "x" }\n'
    with pytest.raises(PlanError) as caught:
        planned(GRADE + wrong)
    assert len(caught.value.problems) == 3


def test_a_grading_for_several_outcomes_at_once_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k2.csv").write_text(CSV)
    (tmp_path / "k2.toml").write_text(
        'title = "T"\nmeasure = "RR"\nstudies = { file = "k2.csv" }\n' + GRADE + '[[comparison]]\nname = "one"\n'
    )
    with pytest.raises(PlanError, match="certainty belongs to an outcome"):
        run_plan(tmp_path / "k2.toml")

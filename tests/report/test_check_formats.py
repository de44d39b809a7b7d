"""What a check found, as text, JSON, SARIF and a page: the same problems in each, and nothing unescaped."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from metak2.errors import CellProblem, Severity, UnknownOptionError
from metak2.report.check_formats import LINES, as_text, render
from metak2.studies.answers import Answer
from metak2.studies.gate.outcome import Answered, CheckReport, NotRun

ANSWER = Answer(
    code="MK-S12", cell="trials!A9", action="accept", raw=("Total",), reason="a trial by Total & Sons",
    name="A. Reviewer", date="2026-11-22",
)  # fmt: skip


def problem(at: int = 5, *, severity: Severity = "error", code: str = "MK-T01", column: str = "events") -> CellProblem:
    return CellProblem(
        code=code, severity=severity, message=f"holds the date 2024-02-{at:02}", cell=f"trials!B{at}", column=column,
        raw=f"2024-02-{at:02}", suggestion="type the number",
    )  # fmt: skip


def report(*problems: CellProblem, **more: Any) -> CheckReport:  # noqa: ANN401 - passed on to a dataclass
    return CheckReport(source="my trials.csv", problems=problems, sheets=("trials",), cells=96, **more)


ONE = report(
    problem(5),
    problem(6),
    problem(7, severity="warning", code="MK-E10", column="estimate"),
    answered=(Answered(problem=problem(9, code="MK-S12"), answer=ANSWER),),
    not_run=(NotRun(code="MK-H01", reason="csv: hidden rows are not seen"),),
)


def test_text_tells_each_problem_and_says_what_could_not_run() -> None:
    assert as_text(ONE).splitlines() == [
        "my trials.csv: 96 cells in 1 sheet: 2 errors, 1 warning, 0 notes, 1 answered; 1 check could not run (MK-H01)",
        "errors",
        "  MK-T01  trials!B5  events  holds the date 2024-02-05 (type the number)",
        "  MK-T01  trials!B6  events  holds the date 2024-02-06 (type the number)",
        "warnings",
        "  MK-E10  trials!B7  estimate  holds the date 2024-02-07 (type the number)",
        "  accepted  MK-S12  trials!B9  a trial by Total & Sons (A. Reviewer, 2026-11-22)",
        "  not run  MK-H01  csv: hidden rows are not seen",
    ]


def test_where_there_are_too_many_those_of_a_column_share_a_line_that_names_their_cells() -> None:
    lines = as_text(report(*(problem(at) for at in range(1, 26)))).splitlines()
    places = ", ".join(f"B{at}" for at in range(2, 12))
    assert lines[2:] == [
        f"  MK-T01  trials!B1  events  holds the date 2024-02-01 (type the number); also {places} and 14 more"
    ]


def test_notes_of_one_code_share_a_line_that_names_their_cells_and_columns() -> None:
    notes = [problem(at, severity="note", code="MK-L01", column=f"column {at}") for at in (1, 2, 3)]
    assert as_text(report(*notes)).splitlines()[2:] == [
        "  MK-L01  trials!B1  column 1  holds the date 2024-02-01 (type the number); also B2 column 2, B3 column 3"
    ]


def test_a_terminal_is_not_flooded_and_is_told_where_the_rest_is() -> None:
    text = as_text(report(*(problem(at % 28 + 1, column=f"column {at}") for at in range(60))))
    assert len(text.splitlines()) <= LINES + 4
    assert f"and {60 - LINES} more: --format html or --annotate" in text


def test_json_holds_every_problem_and_every_answer() -> None:
    content = json.loads(render(ONE, "json"))
    assert [one["cell"] for one in content["problems"]] == ["trials!B5", "trials!B6", "trials!B7"]
    assert content["problems"][0] == {
        "code": "MK-T01", "severity": "error", "message": "holds the date 2024-02-05", "cell": "trials!B5",
        "column": "events", "raw": "2024-02-05", "suggestion": "type the number",
    }  # fmt: skip
    assert content["answered"][0]["answer"]["reason"] == "a trial by Total & Sons"
    assert content["not_run"] == [{"code": "MK-H01", "reason": "csv: hidden rows are not seen"}]
    assert content["exit_code"] == 1


def test_sarif_has_a_rule_for_each_code_and_a_place_for_each_result() -> None:
    log = json.loads(render(ONE, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["MK-E10", "MK-H01", "MK-S12", "MK-T01"]
    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("MK-T01", "error"), ("MK-T01", "error"), ("MK-E10", "warning"), ("MK-S12", "error"),
    ]  # fmt: skip
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20trials.csv", "index": 0}, "region": {"startLine": 5},
    }  # fmt: skip
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "trials!B5"
    assert run["results"][3]["suppressions"][0]["justification"] == "a trial by Total & Sons"
    assert run["invocations"][0]["toolExecutionNotifications"][0]["associatedRule"] == {"id": "MK-H01", "index": 1}
    assert len({json.dumps(result["partialFingerprints"]) for result in run["results"]}) == 4


def test_the_page_shows_everything_and_runs_nothing() -> None:
    evil = CellProblem(code="MK-C03", severity="error", message="'<script>alert(1)</script>' is no count", cell="t!A1")
    page = render(report(evil, *ONE.problems, answered=ONE.answered, not_run=ONE.not_run), "html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    assert "Total &amp; Sons" in page
    for one in (*ONE.problems, problem(9)):
        assert one.cell in page
    assert "MK-H01: csv: hidden rows are not seen" in page
    body = page.partition("<body>")[2].partition("</body>")[0]
    assert fromstring(f"<body>{body}</body>").tag == "body"  # every element is closed


def test_another_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownOptionError, match=r"format='xml' is not known.*html, json, sarif, text"):
        render(ONE, "xml")


def test_the_formats_agree_on_a_real_file(tmp_path: Path) -> None:
    from metak2.studies.gate.workbook import check_workbook  # noqa: PLC0415 - only this test reads a file

    (tmp_path / "trials.csv").write_text("study,event_e,n_e,event_c,n_c\nA 2001,25,20,5,21\nB 2002,3,40,6,42\n")
    found = check_workbook(tmp_path / "trials.csv")
    readers: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("json", lambda text: json.loads(text)["problems"][0]["code"]),
        ("sarif", lambda text: json.loads(text)["runs"][0]["results"][0]["ruleId"]),
        ("html", lambda text: "MK-C07" if ">MK-C07</td>" in text else ""),
        ("text", lambda text: text.splitlines()[2].split()[0]),
    )
    assert [read(render(found, style)) for style, read in readers] == ["MK-C07"] * 4

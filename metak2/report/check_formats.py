"""What `metak2 check` found, as text for a terminal, JSON, SARIF 2.1.0 for code hosts, and a page for a reader."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from metak2.errors import CellProblem, UnknownOptionError
from metak2.studies.checks import CHECKS
from metak2.studies.gate.outcome import ORDER, CheckReport
from metak2.studies.rows import within
from metak2.version import __version__

PLACES = 10  # of the other cells in a line that stands for several
LINES = 20  # on a terminal; the page, the workbook and the machine formats hold everything
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "note": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Problems of one code that are told in one line: the first of them, and where the others stand."""

    first: CellProblem
    others: tuple[CellProblem, ...] = ()

    def line(self) -> str:
        places = [
            " ".join(filter(None, (within(other.cell), other.column if other.column != self.first.column else "")))
            for other in self.others
        ]
        rest = len(places) - PLACES
        listed = ", ".join(places[:PLACES]) + (f" and {rest} more" if rest > 0 else "")
        return f"  {self.first.line()}{f'; also {listed}' if places else ''}"


def render(report: CheckReport, style: str) -> str:
    """The report in one of the styles text, json, sarif, html. UnknownOptionError for another."""
    if style not in STYLES:
        raise UnknownOptionError("format", style, STYLES)
    return STYLES[style](report)


def as_text(report: CheckReport) -> str:
    """About twenty lines, errors first; then what was answered and what could not run.

    Notes of one code share a line; where there are too many errors and warnings, so do those of one code and column.
    """
    groups = _groups(report.problems)
    lines = [report.verdict()]
    shown = groups[:LINES]
    for severity in ORDER:
        mine = [group for group in shown if group.first.severity == severity]
        if mine:
            lines += [f"{severity}s", *(group.line() for group in mine)]
    hidden = sum(len(group.others) + 1 for group in groups[LINES:])
    if hidden:
        lines.append(f"  … and {hidden} more: --format html or --annotate shows all of them")
    for answered in report.answered:
        answer, problem = answered.answer, answered.problem
        by = f"({answer.name}, {answer.date})"
        lines.append(f"  accepted  {problem.code}  {problem.cell}  {answer.reason} {by}")
    for answer in report.applied:
        lines.append(f"  {answer.action}  {answer.code}  {answer.cell}  {answer.reason} ({answer.name}, {answer.date})")
    reasons: dict[str, list[str]] = {}
    for skipped in report.not_run:
        reasons.setdefault(skipped.reason, []).append(skipped.code)
    lines += [f"  not run  {', '.join(codes)}  {reason}" for reason, codes in reasons.items()]
    return "\n".join(lines) + "\n"


def as_json(report: CheckReport) -> str:
    """Every problem, answer and check that could not run."""
    content = {
        "source": report.source,
        "metak2": __version__,
        "verdict": report.verdict(),
        "exit_code": report.exit_code,
        "cells": report.cells,
        "sheets": list(report.sheets),
        "problems": [asdict(problem) for problem in report.problems],
        "answered": [{"problem": asdict(one.problem), "answer": asdict(one.answer)} for one in report.answered],
        "applied": [asdict(answer) for answer in report.applied],
        "not_run": [asdict(skipped) for skipped in report.not_run],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def as_sarif(report: CheckReport) -> str:
    """SARIF 2.1.0 (OASIS 2020): a rule per code, a result per problem; an accepted one is a suppressed result."""
    found = [*report.problems, *(one.problem for one in report.answered)]
    codes = sorted({problem.code for problem in found} | {skipped.code for skipped in report.not_run})
    results = [_result(report.source, problem, codes) for problem in report.problems]
    for one in report.answered:
        suppressed = {"kind": "external", "status": "accepted", "justification": one.answer.reason}
        results.append({**_result(report.source, one.problem, codes), "suppressions": [suppressed]})
    driver = {
        "name": "metak2",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    notifications = [
        {
            "level": "note",
            "message": {"text": f"{skipped.code} could not run: {skipped.reason}"},
            "associatedRule": {"id": skipped.code, "index": codes.index(skipped.code)},
        }
        for skipped in report.not_run
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "artifacts": [{"location": {"uri": quote(report.source)}}],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def as_html(report: CheckReport) -> str:
    """One self-contained page: no script, nothing from the network; all text escaped."""
    environment = Environment(
        loader=PackageLoader("metak2.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    meanings = {problem.code: CHECKS[problem.code].meaning for problem in report.problems if problem.code in CHECKS}
    return environment.get_template("check.html.j2").render(report=report, meanings=meanings, severities=tuple(ORDER))


STYLES: Mapping[str, Callable[[CheckReport], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "html": as_html,
}


def _groups(problems: Sequence[CellProblem]) -> list[_Group]:
    found: dict[tuple[object, ...], list[CellProblem]] = {}
    each = sum(problem.severity != "note" for problem in problems) <= LINES
    for at, problem in enumerate(problems):
        own: object = at if each else problem.column
        sheet = problem.cell.rpartition("!")[0]
        found.setdefault((problem.code, sheet, "" if problem.severity == "note" else own), []).append(problem)
    return [_Group(first=first, others=tuple(others)) for first, *others in found.values()]


def _rule(code: str) -> dict[str, Any]:
    meaning = CHECKS[code].meaning if code in CHECKS else code
    return {"id": code, "shortDescription": {"text": meaning}}


def _result(source: str, problem: CellProblem, codes: Sequence[str]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(source), "index": 0}}
    row = "".join(filter(str.isdigit, problem.cell.rpartition("!")[2]))
    if row and source.lower().endswith((".csv", ".tsv", ".txt")):
        physical["region"] = {"startLine": int(row)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if problem.cell:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.cell, "kind": "member"}]
    advice = f" ({problem.suggestion})" if problem.suggestion else ""
    where = f"{problem.cell}: " if problem.cell else ""
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": LEVELS[problem.severity],
        "message": {"text": f"{where}{problem.message}{advice}"},
        "locations": [location],
        "partialFingerprints": {"cell/v1": f"{problem.code}:{problem.cell}:{problem.raw}"},
    }

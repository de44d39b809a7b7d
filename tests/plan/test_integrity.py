"""`metak2 integrity` and the plan's key retraction_watch: a notice takes a trial out of the pool and says so."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from metak2.cli import app
from metak2.plan.integrity import integrity_of
from metak2.plan.run import run_plan
from tests.studies.made_up_notices import notices_file

WritePlan = Callable[..., Path]
TRIALS = """\
study,event_e,n_e,event_c,n_c,doi,integrity_status
Ando 2001,8,100,16,100,10.5555/ando.1,
Baba 2004,10,120,18,118,10.5555/baba.1,
Chiba 2007,4,60,11,62,,
Doi 2009,1,90,20,90,https://doi.org/10.5555/doi.1,concern
"""
RETRACTED = {"OriginalPaperDOI": "10.5555/baba.1", "Record ID": "9"}


def prepared(project: Path, write_plan: WritePlan, more: str = "") -> tuple[Path, Path]:
    (project / "datasets" / "k2" / "k2.csv").write_text(TRIALS, encoding="utf-8")
    file = notices_file(project, RETRACTED)
    return write_plan(more), file


def test_a_trial_with_a_notice_is_shown_and_not_pooled_in_a_plan_that_names_the_file(
    project: Path, write_plan: WritePlan
) -> None:
    plan, _ = prepared(project, write_plan, 'retraction_watch = "notices.csv"\n')
    report = run_plan(plan)
    (pooled, integrity) = (report.results["primary"][name] for name in ("primary", "integrity"))  # type: ignore[index] # of the results' shape
    assert dict(zip(pooled.study, pooled.effects.excluded, strict=True)) == {
        "Ando 2001": "", "Baba 2004": "retracted", "Chiba 2007": "", "Doi 2009": "concern"}  # fmt: skip
    assert {way: other.k for way, other in integrity.items()} == {"without retracted trials": 3, "all trials": 4}
    assert [entry.path for entry in report.inputs] == ["datasets/k2/k2.csv", "notices.csv"]


def test_the_command_names_the_notice_and_gives_the_three_answers(project: Path, write_plan: WritePlan) -> None:
    plan, file = prepared(project, write_plan)
    found = integrity_of(plan, file)
    assert found.news
    lines = found.text.splitlines()
    assert lines[1] == (
        "  Baba 2004: retracted, by doi (Retraction of 2020-03-09 of 10.5555/baba.1 (record 9)); the sheet says nothing"
    )
    assert [line.rpartition(", ")[2] for line in lines if "risk ratio" in line] == [
        "2 studies",
        "3 studies",
        "4 studies",
    ]
    assert "without DOI and PubMed number, not looked up: Chiba 2007" in found.text


def test_the_command_takes_a_workbook_and_its_exit_code_says_whether_there_is_news(
    project: Path, write_plan: WritePlan
) -> None:
    _, file = prepared(project, write_plan)
    book = project / "datasets" / "k2" / "k2.csv"
    ask = ["integrity", str(book), "--retraction-watch", str(file)]
    assert CliRunner().invoke(app, ask).exit_code == 1
    book.write_text(TRIALS.replace("10.5555/baba.1,", "10.5555/baba.1,retracted"), encoding="utf-8")
    result = CliRunner().invoke(app, ask)
    assert (result.exit_code, "Baba 2004: retracted" in result.output) == (0, True)

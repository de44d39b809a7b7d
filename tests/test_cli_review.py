"""The commands of a reviewer's evening: trace, reconcile, export, watch."""

from pathlib import Path

import pytest

from tests.test_cli import Command, csv, metak2, project, xlsx

__all__ = ["metak2", "project"]  # the fixtures of the command line
pytestmark = pytest.mark.usefixtures("project")

A = [["study", "event_e", "n_e", "event_c", "n_c"], ["Ando 2001", 8, 100, 16, 100], ["Baba 2004", 10, 120, 18, 118]]
B = [A[0], ["Ando 2001", 8, 100, 15, 100], A[2]]


def test_trace_answers_where_a_number_comes_from(metak2: Command) -> None:
    assert metak2("run", "analyses/k2.toml").code == 0
    answer = metak2("trace", "reports/k2", "0.50")  # 8/100 against 16/100
    assert answer.code == 0
    assert "0.50 has 1 origin in reports/k2" in answer.out
    assert "k2!B2 “8” → event_e 8" in answer.out


def test_trace_exits_with_1_where_the_number_is_not_and_2_where_it_is_none(metak2: Command) -> None:
    assert metak2("run", "analyses/k2.toml").code == 0
    assert metak2("trace", "reports/k2", "123.45").code == 1
    assert metak2("trace", "nowhere", "0.50").code == 1
    assert metak2("trace", "reports/k2", "half").code == 2


def test_reconcile_lists_what_to_decide_and_exits_with_1(metak2: Command) -> None:
    a, b = xlsx("A.xlsx", trials=A), xlsx("B.xlsx", trials=B)
    answer = metak2("reconcile", a, b, "--out", "third.xlsx")
    assert answer.code == 1
    assert "Ando 2001\n  event_c: A “16” [trials!D2], B “15” [trials!D2]\n" in answer.out
    assert "trials, event_c: 50.0 % of 2 rows, Cohen's κ 0.33" in answer.out
    assert Path("third.xlsx").is_file()
    again = metak2("reconcile", a, b, "--out", "third.xlsx")
    assert again.code == 1
    assert "MK-R03" in again.err


def test_two_extractions_that_agree_exit_with_0(metak2: Command) -> None:
    answer = metak2("reconcile", xlsx("A.xlsx", trials=A), xlsx("B.xlsx", trials=A))
    assert answer.code == 0
    assert "No disagreement." in answer.out


def test_export_writes_a_folder_for_each_analysis(metak2: Command) -> None:
    answer = metak2("export", "analyses/k2.toml", "--out", "out")
    assert answer.code == 0
    assert sorted(path.name for path in Path("out/k2").iterdir()) == [
        "manifest.json", "primary-effects.csv", "primary-live.xlsx", "primary-revman.csv", "primary.R",
    ]  # fmt: skip


def test_export_of_an_analysis_that_cannot_be_run_names_its_cells(metak2: Command) -> None:
    csv("study,event_e,n_e,event_c,n_c", "Ando 2001,800,100,16,100")
    answer = metak2("export", "analyses/k2.toml")
    assert answer.code == 1
    assert "k2!B2" in answer.err


def test_watch_takes_one_analysis(metak2: Command) -> None:
    assert metak2("watch", "analyses").code == 2
    assert metak2("watch", "analyses/none.toml").code == 1


@pytest.mark.parametrize("command", ["trace", "reconcile", "export", "watch"])
def test_help_is_there_for_every_command(metak2: Command, command: str) -> None:
    answer = metak2(command, "--help")
    assert answer.code == 0
    assert "Usage: " in answer.out

"""What a plan cannot mean is refused by name: nothing is guessed, no answer is lost, nothing ends in a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import MetaError
from metak2.plan.fit import fit_comparison
from metak2.plan.run import run
from metak2.plan.schema import read_plan

Writer = Callable[..., Path]

CSV = """study,event_e,n_e,event_c,n_c,dose,integrity_status
Ando 2001,8,100,16,100,low,ok
Baba 2004,10,120,18,118,low,ok
Chiba 2007,4,60,11,62,high,concern
"""
HEAD = 'title = "T"\nmeasure = "RR"\nstudies = { file = "datasets/k2.csv" }\n'


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "analyses").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets/k2.csv").write_text(CSV)
    (tmp_path / "datasets/e.csv").write_text("study,estimate,ci_low,ci_high\nA,.5,.3,.9\nB,.7,.5,.98\nC,.6,.4,.9\n")

    def write(more: str, head: str = HEAD) -> Path:
        (tmp_path / "analyses/k2.toml").write_text(head + more)
        return tmp_path / "analyses/k2.toml"

    return write


@pytest.mark.parametrize(
    "more",
    [
        '[[absolute]]\nbaseline_risk = "median"\nhorizon = "1 y"\n',
        '[[sensitivity]]\ndesign = "leave-one-out"\n[[sensitivity]]\ndesign = "leave-one-out"\n',
        '[[sensitivity]]\ndesign = "cumulative"\norder = "dose"\n[[sensitivity]]\ndesign = "cumulative"\n',
        '[[subgroups]]\nby = "dose"\n[[subgroups]]\nby = "dose"\n',
        '[[comparison]]\nname = "a b"\n',
        'exclude = ["retractd"]\n',
        '[[sensitivity]]\nlabel = "x"\ninclude = ["concrn"]\n',
        '[[sensitivity]]\nmethod = "DL"\ntest = "z"\n[[sensitivity]]\nmethod = "DL"\ntest = "z"\n',
        '[[expect]]\nof = "primary"\nsource = "x"\n',
    ],
    ids=str,
)
def test_is_refused_by_name(plan: Writer, tmp_path: Path, more: str) -> None:
    with pytest.raises(MetaError):
        run(plan(more), tmp_path / "out")


def test_a_median_control_risk_needs_counts(plan: Writer, tmp_path: Path) -> None:
    head = 'title = "T"\nmeasure = "HR"\nstudies = { file = "datasets/e.csv" }\n'
    with pytest.raises(MetaError):
        run(plan('[[absolute]]\nbaseline_risk = "median control"\nhorizon = "1 y"\n', head), tmp_path / "out")


def test_another_measure_keeps_the_test_of_the_primary_analysis(plan: Writer) -> None:
    read = read_plan(plan('[primary]\nmethod = "DL"\ntest = "z"\n[[sensitivity]]\nlabel = "odds"\nmeasure = "OR"\n'))
    fitted = fit_comparison(read.comparisons[0], read.path)
    assert fitted.primary.ci.rule == fitted.sensitivity["odds"].choices.test == "z"


def test_subgroups_keep_the_prediction_rule_of_the_primary_analysis(plan: Writer) -> None:
    read = read_plan(plan('exclude = []\n[primary]\nprediction = "none"\n[[subgroups]]\nby = "dose"\n'))
    fitted = fit_comparison(read.comparisons[0], read.path)
    assert fitted.subgroups[0].overall.pi is None

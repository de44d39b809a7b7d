"""The command line: its answers, its exit codes, and what bad input gets. Never a traceback, never half a report."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook

from metak2.cli import main
from metak2.version import __version__

HEADER = "study,event_e,n_e,event_c,n_c"
SOUND = [HEADER, "Ando 2001,8,100,16,100", "Baba 2004,10,120,18,118", "Chiba 2007,4,60,11,62"]
pytestmark = pytest.mark.usefixtures("project")

PLAN = 'title = "K2"\nmeasure = "RR"\nstudies = { file = "datasets/k2.csv" }\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command did: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def metak2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process; an error that is not a user's message escapes and fails the test."""

    def command(*args: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["metak2", *map(str, args)])
        code: object = 0
        try:
            main()
        except SystemExit as stopped:
            code = stopped.code or 0
        captured = capsys.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in captured.out + captured.err
        return Answer(code=code, out=captured.out, err=captured.err)

    return command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the working folder: datasets/k2.csv and analyses/k2.toml."""
    for folder in ("datasets", "analyses"):
        (tmp_path / folder).mkdir()
    (tmp_path / "datasets" / "k2.csv").write_text("\n".join(SOUND) + "\n", encoding="utf-8")
    (tmp_path / "analyses" / "k2.toml").write_text(PLAN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def csv(*lines: str) -> Path:
    path = Path("datasets/k2.csv")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def xlsx(name: str, **sheets: Sequence[Sequence[object]]) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        worksheet = workbook.create_sheet(title)
        for row in rows:
            worksheet.append(list(row))
    workbook.save(name)
    return Path(name)


def test_the_version_is_told(metak2: Command) -> None:
    assert metak2("--version") == Answer(code=0, out=f"metak2 {__version__}\n", err="")


@pytest.mark.parametrize("command", [(), ("run",), ("pool",), ("new",), ("verify",), ("schema",)])
def test_help_is_there_for_every_command(metak2: Command, command: tuple[str, ...]) -> None:
    answer = metak2(*command, "--help")
    assert answer.code == 0
    assert "Usage: " in answer.out


@pytest.mark.parametrize(
    "args", [("bogus",), ("run",), ("pool",), ("pool", "x.csv"), ("new",), ("pool", "x.csv", "--measur", "RR")]
)
def test_a_command_used_wrongly_exits_with_2_and_says_how_it_is_used(metak2: Command, args: tuple[str, ...]) -> None:
    answer = metak2(*args)
    assert answer.code == 2
    assert "Usage: " in answer.err


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['metak2', '--help']\n"
        "from metak2.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print('LOADED', *sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {name.partition(".")[0] for name in told.partition("LOADED")[2].split()}
    assert "typer" in loaded
    assert not loaded & {"numpy", "scipy", "pandas", "statsmodels", "matplotlib", "openpyxl", "jinja2", "rich"}


@pytest.mark.slow
def test_the_module_runs_as_a_command_and_prints_any_sign_to_any_terminal(project: Path) -> None:
    ascii_terminal = {**os.environ, "PYTHONIOENCODING": "ascii"}
    args = [sys.executable, "-m", "metak2", "pool", "datasets/k2.csv", "-m", "RR"]
    ran = subprocess.run(args, cwd=project, capture_output=True, check=True, env=ascii_terminal)
    assert "■" in ran.stdout.decode("utf-8")
    assert ran.stderr == b""


def test_a_quick_answer_from_a_csv_file_is_a_forest_with_its_numbers(metak2: Command) -> None:
    answer = metak2("pool", "datasets/k2.csv", "--measure", "RR")
    assert (answer.code, answer.err) == (0, "")
    assert "Ando 2001" in answer.out
    assert "■" in answer.out
    assert "Pooled (REML)" in answer.out
    assert "convention metak2" in answer.out


def test_a_quick_answer_from_a_workbook_is_the_same_as_from_its_csv_file(metak2: Command) -> None:
    rows: list[list[object]] = [HEADER.split(",")]
    rows += [[name, *map(int, numbers)] for name, *numbers in (line.split(",") for line in SOUND[1:])]
    xlsx("k2.xlsx", trials=rows)
    assert metak2("pool", "k2.xlsx", "-m", "RR").out == metak2("pool", "datasets/k2.csv", "-m", "RR").out


def test_a_quick_answer_takes_method_and_convention(metak2: Command) -> None:
    assert "Mantel–Haenszel" in metak2("pool", "datasets/k2.csv", "-m", "OR", "--method", "MH").out
    assert "convention revman5" in metak2("pool", "datasets/k2.csv", "-m", "OR", "--convention", "revman5").out


def test_a_quick_answer_from_a_long_workbook_names_outcome_and_arms(metak2: Command) -> None:
    repository = Path(__file__).parents[1]
    book = repository / "datasets" / "habu2004" / "habu2004.xlsx"
    args = ("--sheet", "binary", "--outcome", "hepatocellular carcinoma", "--experimental", "MK-4 45 mg")
    answer = metak2("pool", book, "-m", "RR", *args, "--control", "no K2")
    assert answer.code == 0
    assert "0.20 (0.05 to 0.82)" in answer.out
    wrong = metak2("pool", book, "-m", "RR", *args, "--control", "no K3")
    assert (wrong.code, 'did you mean "no K2"' in wrong.err) == (1, True)


WRONG = {
    "a word where a count belongs": ("Ando 2001,n/k,100,16,100", ("B2", "event_e", "'n/k'")),
    "negative events": ("Ando 2001,-8,100,16,100", ("B2", "event_e", "-8")),
    "fractional events": ("Ando 2001,8.5,100,16,100", ("B2", "event_e", "8.5")),
    "events above the total": ("Ando 2001,8,100,160,100", ("D2", "event_c", "160", "100", "E2")),
    "an arm of nobody": ("Ando 2001,0,0,16,100", ("C2", "n_e", "0")),
    "the same study twice": ("Baba 2004,8,100,16,100", ("A3", "study", "'Baba 2004'", "A2")),
}


@pytest.mark.parametrize("line, told", WRONG.values(), ids=WRONG)
def test_a_wrong_cell_is_told_by_address_column_and_value(metak2: Command, line: str, told: tuple[str, ...]) -> None:
    csv(HEADER, line, *SOUND[2:])
    answer = metak2("pool", "datasets/k2.csv", "-m", "RR")
    assert (answer.code, answer.out) == (1, "")
    (problem,) = [text for text in answer.err.splitlines() if text.startswith("  MK-")]
    for part in told:
        assert part in problem
    assert "1 problem in datasets/k2.csv" in answer.err


def test_all_wrong_cells_are_told_at_once(metak2: Command) -> None:
    csv(HEADER, "Ando 2001,x,100,-3,100", "Baba 2004,130,120,1.5,118", "Chiba 2007,0,0,4,60", "Ando 2001,1,9,2,9")
    answer = metak2("pool", "datasets/k2.csv", "-m", "RR")
    assert answer.code == 1
    assert "6 problems in datasets/k2.csv" in answer.err
    assert set(re.findall(r"MK-\w\d\d  \S*?([A-E]\d)\b", answer.err)) == {"B2", "D2", "B3", "D3", "C4", "A5"}


@pytest.mark.parametrize("sd", ["0", "-1"])
def test_a_standard_deviation_of_nothing_or_less_is_told_with_the_way_out(metak2: Command, sd: str) -> None:
    csv("study,mean_e,sd_e,n_e,mean_c,sd_c,n_c", f"A,1,{sd},20,2,1,20", "B,1,1,20,2,1,20")
    answer = metak2("pool", "datasets/k2.csv", "-m", "MD")
    assert answer.code == 1
    for part in ("C2", "sd_e", f"the SD is {sd}", "must be above 0", "leave it blank"):
        assert part in answer.err


def test_an_interval_that_does_not_hold_its_estimate_is_told(metak2: Command) -> None:
    csv("study,estimate,ci_low,ci_high", "A,0.5,0.6,0.9", "B,0.7,0.5,0.9")
    answer = metak2("pool", "datasets/k2.csv", "-m", "HR")
    assert answer.code == 1
    for part in ("MK-E02", "B2", "estimate", "0.5", "0.6", "0.9"):
        assert part in answer.err


def test_a_missing_column_is_told_with_the_nearest_that_is_there(metak2: Command) -> None:
    csv("study,event_e,n_e,evnt_c,n_c", *SOUND[1:])
    answer = metak2("pool", "datasets/k2.csv", "-m", "RR")
    assert answer.code == 1
    assert "event_c" in answer.err
    assert 'did you mean "evnt_c"' in answer.err


def test_a_missing_file_and_a_missing_sheet_are_told_with_what_there_is(metak2: Command) -> None:
    missing = metak2("pool", "datasets/k3.csv", "-m", "RR")
    assert (missing.code, 'no file datasets/k3.csv; did you mean "k2.csv"' in missing.err) == (1, True)
    xlsx("book.xlsx", trials=[HEADER.split(",")], notes=[["nothing"]])
    sheet = metak2("pool", "book.xlsx", "-m", "RR", "--sheet", "trails")
    assert sheet.code == 1
    assert 'no sheet "trails"; did you mean "trials"' in sheet.err
    assert '"notes"' in sheet.err


@pytest.mark.parametrize(
    "name, content",
    [("book.xlsx", b"not a workbook"), ("k2.csv", b"study\xff\n"), ("k2.txt", b"x"), ("empty.csv", b"")],
)
def test_a_file_that_cannot_be_read_says_why(metak2: Command, name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    answer = metak2("pool", name, "-m", "RR")
    assert answer.code == 1
    assert re.search(rf"problem in {name}\n  MK-F0\d", answer.err)


@pytest.mark.parametrize(
    "args, told",
    [
        (("-m", "rr"), 'did you mean "RR"'),
        (("-m", "RR", "--method", "REMl"), 'did you mean "REML"'),
        (("-m", "RR", "--convention", "cochran"), 'did you mean "cochrane"'),
        (("-m", "MD"), "measures for counts: RR, OR, RD, PETO"),
        (("-m", "RR", "--method", "PETO"), "use CE or a random-effects method instead"),
    ],
)
def test_an_unknown_word_is_refused_with_what_is_allowed(metak2: Command, args: tuple[str, ...], told: str) -> None:
    answer = metak2("pool", "datasets/k2.csv", *args)
    assert (answer.code, answer.out) == (1, "")
    assert told in answer.err


def test_trials_that_cannot_be_pooled_are_counted_by_reason(metak2: Command) -> None:
    csv(HEADER, "A,0,10,0,10", "B,0,20,0,20")
    answer = metak2("pool", "datasets/k2.csv", "-m", "RR")
    assert answer.code == 1
    assert "no study can be pooled: 2 double zero" in answer.err


def test_a_blank_cell_is_a_note_beside_the_answer(metak2: Command) -> None:
    csv(*SOUND, "Doi 2009,,90,20,90")
    answer = metak2("pool", "datasets/k2.csv", "-m", "RR")
    assert answer.code == 0
    assert "Doi 2009" in answer.out
    assert re.search(r"MK-G01  \S*B5  event_e", answer.err)


def test_an_unknown_key_in_a_plan_is_told_and_no_report_is_written(metak2: Command) -> None:
    Path("analyses/k2.toml").write_text(PLAN + '[primary]\nmethd = "DL"\ntset = "z"\n', encoding="utf-8")
    answer = metak2("run", "analyses/k2.toml")
    assert answer.code == 1
    assert 'primary: the key "methd" is not known; did you mean "method"?' in answer.err
    assert 'primary: the key "tset" is not known; did you mean "test"?' in answer.err
    assert not Path("reports").exists()


def test_an_unknown_format_is_told_before_anything_is_run(metak2: Command) -> None:
    answer = metak2("run", "--format", "dcox", "analyses/k2.toml")
    assert (answer.code, answer.out) == (1, "")
    assert 'did you mean "docx"' in answer.err
    assert not Path("reports").exists()


@pytest.mark.slow
def test_formats_are_chosen_by_the_plan_or_for_one_run(metak2: Command) -> None:
    plan = Path("analyses/k2.toml")
    plan.write_text('formats = ["docx", "xlsx"]\n' + PLAN, encoding="utf-8")
    assert metak2("run", plan).code == 0
    assert sorted(path.name for path in Path("reports/k2").glob("report.*")) == ["report.docx", "report.xlsx"]
    assert metak2("run", "-f", "md", "-f", "pdf", plan).code == 0
    assert sorted(path.name for path in Path("reports/k2").glob("report.*")) == ["report.md", "report.pdf"]
    assert metak2("verify").code == 0


@pytest.mark.slow
def test_a_missing_word_template_is_told_and_the_old_report_stays(metak2: Command) -> None:
    plan = Path("analyses/k2.toml")
    assert metak2("run", plan).code == 0
    before = {path.name: path.read_bytes() for path in Path("reports/k2").iterdir()}
    plan.write_text('formats = "docx"\ntemplate = "journal.dotx"\n' + PLAN, encoding="utf-8")
    answer = metak2("run", plan)
    assert answer.code == 1
    assert "the Word template" in answer.err
    assert "journal.dotx" in answer.err
    assert {path.name: path.read_bytes() for path in Path("reports/k2").iterdir()} == before


def test_the_schema_of_the_results_is_printed(metak2: Command) -> None:
    answer = metak2("schema")
    assert (answer.code, json.loads(answer.out)["title"]) == (0, "results.json of a metak2 report")


@pytest.mark.slow
def test_a_failing_analysis_keeps_the_old_report_and_leaves_no_half_of_a_new_one(metak2: Command) -> None:
    assert metak2("run", "analyses/k2.toml").code == 0
    folder = Path("reports/k2")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    csv(HEADER, "Ando 2001,x,100,16,100")
    answer = metak2("run", "analyses/k2.toml")
    assert answer.code == 1
    assert "'x'" in answer.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in Path("reports").iterdir()] == ["k2"]


@pytest.mark.slow
def test_one_failing_analysis_does_not_stop_the_others(metak2: Command) -> None:
    Path("analyses/a_broken.toml").write_text('title = "Broken"\n', encoding="utf-8")
    answer = metak2("run", "--out", "out", "analyses")
    assert answer.code == 1
    assert "analyses/a_broken.toml" in answer.err
    assert "analyses/k2.toml → " in answer.out
    assert [path.name for path in Path("out").iterdir()] == ["k2"]


@pytest.mark.slow
def test_expected_numbers_that_are_not_found_exit_with_1_and_a_line_each(metak2: Command) -> None:
    expect = '[[expect]]\nof = "primary"\nk = 7\nQ_pval = 2.0\nsource = "wishful"\n'
    Path("analyses/k2.toml").write_text(PLAN + expect, encoding="utf-8")
    answer = metak2("run", "analyses/k2.toml")
    assert answer.code == 1
    lines = [line for line in answer.err.splitlines() if "expected" in line]
    assert [line.split(": ")[2].split()[0] for line in lines] == ["k", "Q_pval"]
    assert all(line.startswith("analyses/k2.toml: primary, primary: ") for line in lines)


@pytest.mark.slow
def test_a_new_review_runs_is_verified_and_is_never_overwritten(metak2: Command) -> None:
    Path("analyses/k2.toml").unlink()
    made = metak2("new", "my_review")
    assert made.out.split()[:2] == ["datasets/my_review/my_review.xlsx", "analyses/my_review.toml"]
    assert metak2("run", "analyses/my_review.toml").code == 0
    assert metak2("verify").code == 0
    again = metak2("new", "my_review")
    assert (again.code, again.err.count("already there; nothing was written")) == (1, 2)
    report = Path("reports/my_review/report.md")
    report.write_text(report.read_text(encoding="utf-8").replace("0.52", "0.53"), encoding="utf-8")
    changed = metak2("verify")
    assert changed.code == 1
    assert "report.md" in changed.err


@pytest.mark.parametrize("name", ["../outside", "My Review", "a/b"])
def test_a_review_stays_in_its_folder(metak2: Command, project: Path, name: str) -> None:
    answer = metak2("new", name)
    assert answer.code == 1
    assert "lower-case letters" in answer.err
    assert not (project.parent / "outside").exists()


def test_a_path_that_leads_nowhere_is_told(metak2: Command) -> None:
    answer = metak2("run", "analyses/none.toml")
    assert (answer.code, "there is no such file or folder" in answer.err) == (1, True)
    answer = metak2("run", "datasets/k2.csv")
    assert (answer.code, "an analysis is a .toml plan or a .py script" in answer.err) == (1, True)

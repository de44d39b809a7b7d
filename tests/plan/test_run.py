"""Running an analysis: the project is found, nothing is half written, and what is wrong is said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import PlanError, StudyDataError
from metak2.plan.run import analyses_in, project_of, run

Writer = Callable[..., Path]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def write_script(project: Path) -> Writer:
    def write(text: str, name: str = "script.py") -> Path:
        path = project / "analyses" / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.slow
def test_a_plan_run_from_another_folder_finds_its_project(
    write_plan: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plan = write_plan('[[expect]]\nof = "primary"\nk = 3\nsource = "three trials without concern"\n')
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    ran = run(plan, Path("out"))
    assert ran.folder == elsewhere / "out" / "k2"
    assert ran.unmet == ()
    results = json.loads((ran.folder / "results.json").read_text(encoding="utf-8"))
    assert results["results"]["primary"]["primary"]["k"] == 3
    inputs = (ran.folder / "manifest.json").read_text(encoding="utf-8")
    assert "datasets/k2/k2.csv" in inputs
    assert "analyses/k2.toml" in inputs
    assert str(tmp_path) not in inputs
    assert Path.cwd() == elsewhere


@pytest.mark.slow
def test_an_expected_number_that_is_not_found_leaves_a_report_and_a_line(write_plan: Writer, tmp_path: Path) -> None:
    ran = run(write_plan('[[expect]]\nof = "primary"\nk = 4\nsource = "wishful"\n'), tmp_path / "out")
    assert ran.unmet == ("primary, primary: k is 3, expected 4 within 1e-06 (wishful)",)
    assert (ran.folder / "report.md").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bcg.toml", "k2_reviews.toml"])
def test_the_plans_of_this_repository_meet_their_expectations(name: str, tmp_path: Path) -> None:
    ran = run(REPOSITORY / "analyses" / name, tmp_path)
    assert ran.unmet == ()
    assert {"report.md", "report.html", "results.json", "manifest.json"} <= {path.name for path in ran.folder.iterdir()}


@pytest.mark.slow
def test_a_script_that_gives_a_report_is_run_and_leaves_no_bytecode(write_script: Writer, tmp_path: Path) -> None:
    script = write_script('import metak2 as mk\n\n\ndef report():\n    return mk.Report(title="T", blocks=())\n')
    ran = run(script, tmp_path / "out")
    assert "# T" in (ran.folder / "report.md").read_text(encoding="utf-8")
    assert not list(script.parent.glob("__pycache__"))


@pytest.mark.parametrize(
    "text, told",
    [
        ("x = 1\n", "must define report()"),
        ("report = 3\n", "must define report()"),
        ("def report():\n    return 3\n", "must give a metak2.Report, not int"),
        ("def report():\n    pass\n", "must give a metak2.Report, not NoneType"),
    ],
)
def test_a_script_without_a_report_is_told_what_to_define(
    write_script: Writer, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(PlanError) as raised:
        run(write_script(text), tmp_path / "out")
    assert told in str(raised.value)
    assert "analyses/script.py" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_a_script_that_raises_shows_its_author_the_error_and_writes_nothing(
    write_script: Writer, tmp_path: Path
) -> None:
    with pytest.raises(PlanError, match="line 2: ZeroDivisionError: division by zero"):
        run(write_script("def report():\n    return 1 / 0\n"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_data_problem_in_a_script_is_the_data_problem(write_script: Writer, tmp_path: Path) -> None:
    script = write_script('import metak2 as mk\n\n\ndef report():\n    mk.read_studies("datasets/k2/none.csv")\n')
    with pytest.raises(StudyDataError, match=r"no file datasets/k2/none\.csv"):
        run(script, tmp_path / "out")


def test_a_missing_data_file_is_named_with_the_nearest_that_is_there(write_plan: Writer, tmp_path: Path) -> None:
    plan = write_plan(base='title = "T"\nmeasure = "RR"\nstudies = { file = "datasets/k2/k3.csv" }\n')
    with pytest.raises(StudyDataError, match=r'no file datasets/k2/k3\.csv; did you mean "k2\.csv"'):
        run(plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_project_is_the_nearest_folder_above_with_datasets(project: Path) -> None:
    assert project_of(project / "analyses" / "k2.toml") == project
    nested = project / "inner"
    (nested / "datasets").mkdir(parents=True)
    assert project_of(nested / "analyses" / "k2.toml") == nested


def test_a_folder_stands_for_its_plans_and_scripts_in_order(project: Path) -> None:
    folder = project / "analyses"
    for name in ("b.toml", "a.py", "_private.py", "notes.md"):
        (folder / name).touch()
    assert [path.name for path in analyses_in(folder)] == ["a.py", "b.toml"]


@pytest.mark.parametrize(
    "name, told",
    [
        ("none.toml", "there is no such file or folder"),
        ("datasets/k2/k2.csv", "an analysis is a .toml plan or a .py script"),
        ("datasets/k2", "there is no .toml plan and no .py script in it"),
    ],
)
def test_what_is_no_analysis_says_what_one_is(project: Path, name: str, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        analyses_in(project / name)

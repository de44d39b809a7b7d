"""The repository that `metak2 new` lays out: its workflow, hooks and commands are those of the command line."""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml  # type: ignore[import-untyped] # its types are a package of their own, and two tests read YAML

from metak2.cli import app
from metak2.plan.new import new_review

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined] # the app is a group of commands


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    new_review("my_review", tmp_path)
    return tmp_path


def steps(repository: Path) -> list[dict[str, Any]]:
    workflow = yaml.safe_load((repository / ".github/workflows/metak2.yml").read_text(encoding="utf-8"))
    assert set(workflow) == {"name", True, "permissions", "jobs"}  # YAML 1.1 reads the key "on" as true
    (job,) = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def hooks(repository: Path) -> list[dict[str, Any]]:
    (repo,) = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    found: list[dict[str, Any]] = repo["hooks"]
    return found


def run(repository: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=repository,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_workflow_checks_runs_and_verifies_in_that_order(repository: Path) -> None:
    said = [step["run"].split()[1] for step in steps(repository) if step.get("run", "").startswith("metak2 ")]
    assert said == ["check", "run", "verify", "diff"]
    assert all(re.fullmatch(r"[\w/-]+@v\d+", step["uses"]) for step in steps(repository) if "uses" in step)


def test_every_command_that_is_written_exists_with_its_options(repository: Path) -> None:
    texts = [step.get("run", "") for step in steps(repository)] + [hook["entry"] for hook in hooks(repository)]
    texts += (repository / "README.md").read_text(encoding="utf-8").splitlines()
    written = [line.partition("#")[0] for text in texts for line in text.splitlines() if line.startswith("metak2 ")]
    assert len(written) >= 9
    for line in written:
        name, *words = shlex.split(line.partition(">>")[0])[1:]
        options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options, line


def test_the_versions_that_wrote_the_reports_are_pinned(repository: Path) -> None:
    lines = (repository / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:]
    pinned = dict(line.split("==") for line in lines)
    assert pinned["metak2[docx,formats,pdf]"] == version("metak2")
    for name in ("numpy", "scipy", "matplotlib", "fonttools", "lxml", "typst", "contourpy", "pyparsing"):
        assert pinned[name] == version(name)
    assert not {"pytest", "mypy", "ruff"} & pinned.keys()


def test_lock_files_of_an_open_workbook_are_ignored(repository: Path) -> None:
    run(repository, "git init -q")
    lock = repository / "datasets/my_review/~$my_review.xlsx"
    lock.write_bytes(b"somebody")
    assert run(repository, "git check-ignore -q datasets/my_review/~\\$my_review.xlsx").returncode == 0
    assert run(repository, "git check-ignore -q datasets/my_review/my_review.xlsx").returncode == 1
    (check, _) = hooks(repository)
    assert re.search(check["files"], "datasets/my_review/my_review.xlsx")
    assert re.search(check["exclude"], "datasets/my_review/~$my_review.xlsx")


@pytest.mark.slow
def test_the_steps_of_the_workflow_pass_on_a_new_review_and_fail_on_a_changed_cell(repository: Path) -> None:
    commit = "git add -A && git -c user.name=A -c user.email=a@example.org commit -qm review"
    prepared = run(repository, f"git init -q && metak2 run analyses && {commit}")
    assert prepared.returncode == 0, prepared.stderr
    summary = str(repository / "summary.md")
    for step in steps(repository):
        if step.get("run", "").startswith("metak2"):
            done = run(repository, step["run"], BASE="HEAD", GITHUB_STEP_SUMMARY=summary)
            assert done.returncode == 0, done.stdout + done.stderr
    changed = run(repository, "sed -i 's/REML\"/DL\"  /' analyses/my_review.toml && metak2 verify analyses reports")
    assert changed.returncode == 1
    assert "analyses/my_review.toml has changed since the report was written" in changed.stderr


def test_a_second_review_shares_what_the_first_one_laid_out(repository: Path) -> None:
    (repository / "README.md").write_text("mine", encoding="utf-8")
    written = new_review("another", repository)
    assert [path.name for path in written] == ["another.xlsx", "another.toml"]
    assert (repository / "README.md").read_text(encoding="utf-8") == "mine"

"""The README tells the truth: its examples run, its commands exist, its links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import assert_command_exists

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLES = [text for language, text in BLOCKS if language == "python"]
SHELL = [line.partition("#")[0].strip() for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
LINKS = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target and target != "reports"]


def test_there_is_something_to_try() -> None:
    assert EXAMPLES
    assert any(line.startswith("make ") for line in SHELL)
    assert any(line.startswith("metak2 ") for line in SHELL)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs_in_a_copy_of_the_project(example: str, tmp_path: Path) -> None:
    (tmp_path / "datasets").symlink_to(REPOSITORY / "datasets")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("line", [line for line in SHELL if line.startswith("make ")])
def test_a_make_target_that_is_shown_exists(line: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in line.split()[1:]:
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("line", [line for line in SHELL if line.startswith("metak2 ")])
def test_a_command_that_is_shown_exists_with_its_options(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_command_exists(line, monkeypatch, capsys)


@pytest.mark.parametrize("target", sorted(set(LINKS)))
def test_a_link_leads_somewhere(target: str) -> None:
    if target.startswith("reports/"):  # written by `make reports` from the analysis of the same name
        assert list((REPOSITORY / "analyses").glob(f"{Path(target).parts[1]}.*"))
        return
    assert (REPOSITORY / target).exists()

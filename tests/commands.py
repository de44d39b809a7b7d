"""Commands that documents show: each must exist, with the options that stand beside it."""

import shlex
import sys

import pytest

from metak2.cli import main


def assert_command_exists(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the command tells every option of the line."""
    _, command, *rest = shlex.split(line)
    monkeypatch.setattr(sys, "argv", ["metak2", command, "--help"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    told = capsys.readouterr().out
    assert all(word in told for word in rest if word.startswith("-"))

"""`metak2 check` says what is wrong with a file, honours answers, and tells a program by its exit code."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.cli import main
from tests.studies.formats import review

Check = Callable[..., tuple[int, str]]
SOUND = "study,event_e,n_e,event_c,n_c\nAndo 2001,8,100,16,100\nBaba 2004,10,120,18,118\n"


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    def command(*args: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["metak2", "check", *map(str, args)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return int(str(stopped.value.code or 0)), captured.out + captured.err

    return command


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "trials.csv"
    path.write_text(SOUND.replace("10,120", "25,20"), encoding="utf-8")
    return path


def test_an_open_error_is_exit_code_one_with_its_cell(check: Check, sheet: Path) -> None:
    code, said = check(sheet)
    assert code == 1
    assert "MK-C07  trials!B3  event_e  25 events among 20 people" in said


def test_a_sound_text_file_is_exit_code_zero_and_never_clean_without_what_could_not_be_seen(
    check: Check, tmp_path: Path
) -> None:
    (tmp_path / "trials.csv").write_text(SOUND, encoding="utf-8")
    code, said = check(tmp_path / "trials.csv")
    assert code == 0
    assert "checks could not run" in said


def test_json_and_sarif_can_be_read_by_a_program(check: Check, sheet: Path) -> None:
    code, said = check(sheet, "--format", "json")
    assert code == 1
    assert "MK-C07" in json.dumps(json.loads(said))
    _, sarif = check(sheet, "--format", "sarif")
    results = json.loads(sarif)["runs"][0]["results"]
    assert "MK-C07" in {result["ruleId"] for result in results}


def test_an_unknown_format_and_a_missing_file_are_usage_errors(check: Check, sheet: Path, tmp_path: Path) -> None:
    assert check(sheet, "--format", "yaml")[0] == 2
    assert check(tmp_path / "none.csv")[0] == 2


def test_the_mapping_is_written_once_and_never_over_one_that_is_there(check: Check, sheet: Path) -> None:
    code, said = check(sheet, "--map")
    assert code == 0
    assert "trials.map.toml" in said
    assert check(sheet, "--map")[0] == 2


def test_a_revman_file_whose_stored_result_does_not_follow_is_told(check: Check, tmp_path: Path) -> None:
    right = review.write(tmp_path / "right.rm5", review.review_xml())
    wrong = review.write(tmp_path / "wrong.rm5", review.review_xml(or_estimate="0.5"))
    assert "MK-R01" not in check(right)[1]
    assert "MK-R01" in check(wrong)[1]

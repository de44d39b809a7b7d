"""A report is reproducible: the same bytes on a second run, in another folder, time zone and hash seed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("datasets", "analyses")


def run_in(folder: Path, *, time_zone: str, hash_seed: str) -> dict[str, bytes]:
    """Copy data and analyses into the folder, run them all there as `make reports` does, and read what was written."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part)
    environment = {
        **os.environ,
        "TZ": time_zone,
        "PYTHONHASHSEED": hash_seed,
        "LC_ALL": "C",
        "MPLCONFIGDIR": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-m", "metak2", "run", "--out", "reports", "analyses"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reports = folder / "reports"
    return {path.relative_to(reports).as_posix(): path.read_bytes() for path in reports.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_all_reports_are_the_same_bytes_in_another_folder_time_zone_and_hash_seed(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "another place").mkdir()
    first = run_in(tmp_path / "one", time_zone="Pacific/Kiritimati", hash_seed="1")
    second = run_in(tmp_path / "another place", time_zone="America/St_Johns", hash_seed="2")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert {name.split("/")[0] for name in first} == {path.stem for path in (ROOT / "analyses").iterdir()}

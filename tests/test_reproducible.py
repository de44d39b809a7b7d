"""A report is reproducible: the same bytes on a second run, in another folder, time zone, language and hash seed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from metak2.report.formats import FORMATS

ROOT = Path(__file__).parents[1]
PARTS = ("datasets", "analyses")


def run_in(folder: Path, *, time_zone: str, language: str, hash_seed: str, elsewhere: bool) -> dict[str, bytes]:
    """Copy data and analyses into the folder, run them all as `make reports` does in every format, read what came.

    `elsewhere` runs them from another working folder.
    """
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part)
    environment = {
        **os.environ,
        "TZ": time_zone,
        "PYTHONHASHSEED": hash_seed,
        "LC_ALL": language,
        "LANG": language,
        "MPLCONFIGDIR": str(folder),
        "HOME": str(folder),
        "SOURCE_DATE_EPOCH": hash_seed,
    }
    formats = [word for name in FORMATS for word in ("--format", name)]
    paths = [str(folder / "reports"), str(folder / "analyses")] if elsewhere else ["reports", "analyses"]
    done = subprocess.run(
        [sys.executable, "-m", "metak2", "run", *formats, "--out", *paths],
        cwd=folder.parent if elsewhere else folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reports = folder / "reports"
    return {path.relative_to(reports).as_posix(): path.read_bytes() for path in reports.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_all_reports_in_all_formats_are_the_same_bytes_wherever_and_whenever_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "別の 場所").mkdir()
    other = "de_DE.UTF-8" if "de_DE.utf8" in _languages() else "C.UTF-8"
    first = run_in(tmp_path / "one", time_zone="Pacific/Kiritimati", language="C", hash_seed="1", elsewhere=False)
    second = run_in(tmp_path / "別の 場所", time_zone="America/St_Johns", language=other, hash_seed="2", elsewhere=True)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    stems = {path.stem for path in (ROOT / "analyses").iterdir()}
    assert {f"{stem}/report.{name}" for stem in stems for name in FORMATS} <= first.keys()


def _languages() -> set[str]:
    """The languages installed here; German writes a decimal comma."""
    done = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False)
    return set(done.stdout.split())

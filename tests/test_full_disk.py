"""A disk that fills up while a report is written: a clear error, and the old report as it was."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 60_000  # bytes a file may have: more than the plan's tables, less than a figure at 300 dpi


def run(folder: Path, *, limited: bool) -> subprocess.CompletedProcess[str]:
    """Write the report of the one analysis; `limited` lets the system refuse any file above the limit."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    return subprocess.run(
        [sys.executable, "-m", "metak2", "run", "analyses"],
        cwd=folder,
        preexec_fn=limit if limited else None,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_file_that_the_system_refuses_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "analyses").mkdir()
    data = tmp_path / "datasets/k2.csv"
    data.write_text(
        "study,event_e,n_e,event_c,n_c\nAndo 2001,8,100,16,100\nBaba 2004,10,120,18,118\n", encoding="utf-8"
    )
    plan = 'title = "K2"\nmeasure = "RR"\nstudies = { file = "datasets/k2.csv" }\n'
    (tmp_path / "analyses/k2.toml").write_text(plan, encoding="utf-8")
    assert run(tmp_path, limited=False).returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "reports/k2").iterdir()}
    assert max(map(len, before.values())) > LIMIT

    data.write_text(data.read_text(encoding="utf-8").replace("8,100", "9,100"), encoding="utf-8")
    refused = run(tmp_path, limited=True)
    assert refused.returncode == 1
    assert "cannot write the report to" in refused.stderr
    assert "What stood there before is untouched" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "reports/k2").iterdir()} == before
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["k2"]

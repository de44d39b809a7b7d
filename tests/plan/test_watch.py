"""Watching a plan: what Excel does to a file while it saves, and what starts a run."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

import metak2.plan.watch as watching
from metak2.plan.watch import Watch, WatchError, is_lock, watch

ROWS = [["study", "event_e", "n_e", "event_c", "n_c"], ["Ando 2001", 8, 100, 16, 100], ["Baba 2004", 10, 120, 18, 118]]


@pytest.fixture
def saved(project: Path) -> Callable[..., Path]:
    """Save the workbook as Excel does: under a made-up name, then renamed over the old one."""

    def save(events: int = 8) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "trials"
        for row in ROWS:
            sheet.append(row)
        sheet["B2"] = events
        path = project / "datasets" / "k2" / "k2.xlsx"
        book.save(path.with_name("5F2A1C00"))
        path.with_name("5F2A1C00").replace(path)
        return path

    return save


@pytest.fixture
def watched(project: Path, write_plan: Callable[..., Path], saved: Callable[..., Path]) -> Watch:
    saved()
    base = 'title = "K2"\nmeasure = "RR"\nstudies = { file = "datasets/k2/k2.xlsx" }\n'
    return Watch(plan=write_plan(base=base), out=project / "reports")


def test_the_first_look_writes_report_and_problem_list(watched: Watch, project: Path) -> None:
    refreshed = watched.refresh()
    assert refreshed is not None
    assert refreshed.folder == project / "reports" / "k2"
    assert (project / "reports" / "k2" / "report.html").is_file()
    assert refreshed.problems == (project / "reports" / "k2-k2-problems.html",)
    assert refreshed.problems[0].is_file()


def test_a_save_that_changes_nothing_starts_nothing(watched: Watch, project: Path) -> None:
    watched.refresh()
    path = project / "datasets" / "k2" / "k2.xlsx"
    content = path.read_bytes()
    path.write_bytes(content)
    assert watched.refresh() is None


def test_a_save_by_rename_is_seen_and_changes_the_report(watched: Watch, saved: Callable[..., Path]) -> None:
    first = watched.refresh()
    assert first is not None
    assert first.folder is not None
    before = (first.folder / "results.json").read_bytes()
    path = saved(events=12)
    assert watched.concerns([path, path.with_name("5F2A1C00")])
    assert watched.refresh() is not None
    assert (first.folder / "results.json").read_bytes() != before


def test_lock_files_and_strangers_are_nobodys_business(watched: Watch, project: Path) -> None:
    folder = project / "datasets" / "k2"
    assert not watched.concerns([folder / "~$k2.xlsx", folder / ".~lock.k2.xlsx#", folder / "5F2A1C00"])
    assert watched.concerns([folder / "k2.answers.toml"])
    assert watched.concerns([watched.plan])
    assert is_lock(Path("~$k2.xlsx"))


def test_a_mistake_in_the_workbook_is_told_and_the_last_report_stands(
    watched: Watch, saved: Callable[..., Path]
) -> None:
    first = watched.refresh()
    assert first is not None
    assert first.folder is not None
    before = (first.folder / "report.html").read_bytes()
    saved(events=1200)
    refreshed = watched.refresh()
    assert refreshed is not None
    assert refreshed.folder is None
    assert "no report in" in refreshed.text()
    assert "MK-C07  trials!B2  event_e  1200 events among 100 people" in refreshed.text()
    assert "MK-C07" in refreshed.problems[0].read_text(encoding="utf-8")
    assert (first.folder / "report.html").read_bytes() == before


def test_a_plan_that_cannot_be_read_is_told_and_watched_on(watched: Watch) -> None:
    good = watched.plan.read_text(encoding="utf-8")
    watched.plan.write_text(good + "[primary", encoding="utf-8")
    refreshed = watched.refresh()
    assert refreshed is not None
    assert refreshed.folder is None
    assert refreshed.trouble
    watched.plan.write_text(good, encoding="utf-8")
    mended = watched.refresh()
    assert mended is not None
    assert mended.folder is not None


def test_a_file_that_is_away_for_a_moment_is_waited_for(
    watched: Watch, saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.refresh()
    path = saved(events=11)
    away = path.rename(path.with_name("5F2A1C01"))
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        away.replace(path)

    monkeypatch.setattr(time, "sleep", sleep)
    refreshed = watched.refresh()
    assert refreshed is not None
    assert refreshed.folder is not None
    assert len(slept) == 1


def test_a_half_written_workbook_is_told_when_patience_ends(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.refresh()
    path = watched.files()[1]
    path.write_bytes(path.read_bytes()[:300])
    monkeypatch.setattr(watching, "PATIENCE", 0.1)
    refreshed = watched.refresh()
    assert refreshed is not None
    assert refreshed.folder is None
    assert "k2.xlsx" in refreshed.text()


def test_pictures_that_take_longer_are_written_after_the_reviewer_has_seen_the_page(watched: Watch) -> None:
    refreshed = watched.refresh()
    assert refreshed is not None
    assert refreshed.folder is not None
    assert {path.suffix for path in refreshed.folder.glob("primary-forest.*")} == {".svg"}
    watched.complete()
    assert {path.suffix for path in refreshed.folder.glob("primary-forest.*")} == {".svg", ".png", ".pdf"}


def test_a_script_s_workbooks_are_known_once_it_has_run(saved: Callable[..., Path], project: Path) -> None:
    saved()
    script = project / "analyses" / "own.py"
    script.write_text(
        "import metak2 as mk\nfrom metak2.report.compose import report as make\n\n\ndef report():\n"
        '    effects = mk.effect_sizes(mk.read_studies("datasets/k2/k2.xlsx"), measure="RR")\n'
        '    return make("Own", primary=mk.pool(effects))\n',
        encoding="utf-8",
    )
    own = Watch(plan=script, out=project / "reports")
    assert own.folders() == (script.parent,)
    assert own.refresh() is not None
    assert project / "datasets" / "k2" / "k2.xlsx" in own.files()


def test_the_loop_refreshes_once_at_the_start_and_once_for_each_save_that_matters(
    watched: Watch, saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def batches(_folders: tuple[Path, ...]) -> Iterator[set[Path]]:
        path = saved(events=9)
        yield {path.with_name("~$k2.xlsx")}
        yield {path}
        yield {path}

    monkeypatch.setattr(watching, "_changes", lambda: batches)
    told: list[str] = []
    watch(watched.plan, watched.out, told.append)
    assert len(told) == 2
    assert all("reports/k2 in" in line.replace(os.sep, "/") for line in told)


def test_without_watchfiles_the_command_says_what_to_install(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(WatchError, match=r"pip install 'metak2\[watch\]'"):
        watch(watched.plan, watched.out, print)

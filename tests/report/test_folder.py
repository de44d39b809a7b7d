import errno
from dataclasses import dataclass
from pathlib import Path

import pytest

from metak2.report.folder import OutputError, write_whole
from metak2.report.formats import FORMATS
from metak2.report.manifest import MANIFEST
from tests.report.samples import Sketch, sample_report


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritable(Sketch):
    """A drawing whose PNG cannot be made."""

    error: Exception

    def png(self) -> bytes:
        raise self.error


def contents(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def test_a_second_report_replaces_the_first_whole(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    again = sample_report(blocks=(), title="Without pictures").write(tmp_path / "bcg")
    assert again == folder
    assert sorted(contents(folder)) == [MANIFEST, "report.html", "report.md", "results.json"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def test_a_renderer_that_fails_leaves_the_old_report_whole(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = contents(folder)
    with pytest.raises(RuntimeError, match="no canvas"):
        sample_report(Unwritable(error=RuntimeError("no canvas"))).write(folder)
    assert contents(folder) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def test_a_disk_that_fills_up_leaves_the_old_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = contents(folder)
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "results.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"No space left on device\. What stood there before is untouched"):
        sample_report(title="Another").write(folder)
    assert contents(folder) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def test_a_swap_that_fails_half_way_puts_the_old_report_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = contents(folder)
    rename = Path.rename

    def locked(path: Path, target: Path) -> Path:
        if path.name.endswith(".writing"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", locked)
    with pytest.raises(OutputError, match="Permission denied"):
        sample_report(title="Another").write(folder)
    assert contents(folder) == before


def test_a_report_that_word_holds_open_is_told_and_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample_report().write(tmp_path / "bcg", formats=FORMATS)
    before = contents(folder)
    rename = Path.rename

    def held(path: Path, target: Path) -> Path:
        if path == folder:  # Windows refuses to rename a folder of which a file is open
            raise PermissionError(errno.EACCES, "Access is denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(OutputError, match=r"Access is denied\. What stood there .* close files of the report"):
        sample_report(title="Another").write(folder, formats=FORMATS)
    assert contents(folder) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def test_an_old_report_that_cannot_be_removed_does_not_stop_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    with monkeypatch.context() as patch:
        patch.setattr("os.rmdir", _refuse)
        patch.setattr("os.unlink", _refuse)
        sample_report(title="Another").write(folder)
    assert "Another" in (folder / "report.md").read_text(encoding="utf-8")
    sample_report(title="A third").write(folder)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def _refuse(*_path: object, **_options: object) -> None:
    raise PermissionError(errno.EACCES, "Access is denied")


@pytest.mark.parametrize("name", ["report.docx", "report.pdf", "report.xlsx", "forest.png"])
def test_a_disk_that_fills_up_in_any_format_leaves_the_old_report_whole(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sample_report(formats=FORMATS).write(tmp_path / "bcg")
    before = contents(folder)
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == name:
            write(path, data[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        sample_report(title="Another").write(folder, formats=FORMATS)
    assert contents(folder) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def test_a_run_that_died_between_the_renames_is_finished_by_the_next(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    folder.rename(tmp_path / ".bcg.previous")
    (tmp_path / "bcg").mkdir()
    sample_report().write(folder)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bcg"]


def test_the_old_report_comes_back_when_the_run_after_a_crash_fails_too(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = contents(folder)
    folder.rename(tmp_path / ".bcg.previous")
    with pytest.raises(OutputError, match="Is a directory"):
        write_whole(folder, {".": b""})
    assert contents(folder) == before


def test_a_folder_that_may_not_be_written_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(_path: Path, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(OutputError, match=r"cannot write the report to .*bcg: Permission denied.*--out"):
        sample_report().write(tmp_path / "bcg")


def test_a_file_in_the_place_of_the_folder_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "bcg").write_text("mine")
    with pytest.raises(OutputError, match="Not a directory"):
        sample_report().write(tmp_path / "bcg")
    assert (tmp_path / "bcg").read_text() == "mine"


def test_files_of_somebody_else_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds what metak2 did not write \(notes.txt\)"):
        sample_report().write(tmp_path)
    folder = sample_report().write(tmp_path / "bcg")
    (folder / "comments.docx").write_text("mine")
    with pytest.raises(OutputError, match=r"comments\.docx"):
        sample_report().write(folder)


def test_a_folder_with_a_broken_manifest_is_left_alone(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    (folder / MANIFEST).write_text("{")
    with pytest.raises(OutputError, match="did not write"):
        sample_report().write(folder)


def test_folders_above_are_made(tmp_path: Path) -> None:
    assert sample_report().write(tmp_path / "deep" / "reports" / "bcg").is_dir()

"""A disk that is full while a workbook is made is an error that says so, whichever library stumbles over it."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from metak2.report.exports import write_exports
from metak2.studies.saved_workbook import SavingError, saved_bytes
from tests.report.export_cases import cases
from tests.report.samples import sample_report

LxmlError = type("SerialisationError", (Exception,), {})  # lxml.etree has it where lxml is installed


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), LxmlError("IO_ENOSPC")])
def test_an_export_onto_a_full_disk_leaves_the_earlier_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    report = sample_report(results={"primary": {"primary": cases()["reml-hk"]}})
    folder = write_exports(report, tmp_path / "bcg")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(Workbook, "save", full)
    with pytest.raises(SavingError, match=r"no room for temporary files \(.*Make room, or set TMPDIR"):
        write_exports(report, tmp_path / "bcg")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_mistake_that_is_no_full_disk_is_not_called_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise KeyError("sheet")

    monkeypatch.setattr(Workbook, "save", wrong)
    with pytest.raises(KeyError, match="sheet"):
        saved_bytes(Workbook())


def test_a_workbook_is_its_file() -> None:
    workbook = Workbook()
    workbook.worksheets[0].append(["study", 3])
    again = load_workbook(io.BytesIO(saved_bytes(workbook)))
    assert [cell.value for cell in again.worksheets[0][1]] == ["study", 3]

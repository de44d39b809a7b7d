"""Small workbooks as a reviewer would keep them, written where the test wants them."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import pytest
from openpyxl import Workbook

from metak2.errors import StudyDataError
from metak2.studies import Selection, read_studies

Rows = Sequence[Sequence[Any]]
BINARY = ["study", "outcome", "time", "arm", "events", "total", "derived", "note"]
CONTINUOUS = [
    *("study", "outcome", "site", "time", "arm", "n", "n_randomised", "statistic", "mean", "dispersion"),
    *("dispersion_low", "dispersion_high", "dispersion_type", "dispersion_inferred", "dispersion_evidence"),
    *("unit", "change_or_final", "note"),
]
EFFECTS = [
    *("study", "outcome", "time", "experimental", "control", "measure", "estimate", "se", "ci_low", "ci_high"),
    *("level", "p", "p_sided", "adjusted_for", "note"),
]


@pytest.fixture
def write_book(tmp_path: Path) -> Callable[..., Path]:
    def write(sheets: Mapping[str, Rows], name: str = "trials.xlsx") -> Path:
        workbook = Workbook()
        workbook.remove(workbook.worksheets[0])
        for title, rows in sheets.items():
            worksheet = workbook.create_sheet(title)
            for row in rows:
                worksheet.append(list(row))
        workbook.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: Rows, name: str = "trials.csv", encoding: str = "utf-8-sig") -> Path:
        with (tmp_path / name).open("w", encoding=encoding, newline="") as handle:
            csv.writer(handle).writerows(rows)
        return tmp_path / name

    return write


@pytest.fixture
def errors_in() -> Callable[..., list[tuple[str, str, str, str]]]:
    """Code, cell, column and message of each error that reading raises."""

    def read(source: str | Path, **selection: Unpack[Selection]) -> list[tuple[str, str, str, str]]:
        with pytest.raises(StudyDataError) as raised:
            read_studies(source, **selection)
        return [(found.code, found.cell, found.column, found.message) for found in raised.value.problems]

    return read


def arm_row(study: str, arm: str, events: object, total: object, time: object = "12 months") -> list[object]:
    return [study, "recurrence", time, arm, events, total, "no", None]


@pytest.fixture
def two_trials() -> list[list[object]]:
    """Two trials of K2 against no treatment, one row per arm."""
    return [
        list(BINARY),
        arm_row("Habu 2004", "K2", 2, 21),
        arm_row("Habu 2004", "none", 9, 19),
        arm_row("Mizuta 2006", "K2", 4, 32),
        arm_row("Mizuta 2006", "none", 16, 29),
    ]

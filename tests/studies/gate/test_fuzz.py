"""Mutated workbooks, CSV and RevMan files: never a traceback, never silently a number that is not the known truth.

The seed is printed with a failure. METAK2_FUZZ_SEED and METAK2_FUZZ_EXAMPLES make other and longer runs (`make fuzz`).
"""

import csv
import math
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import Font

from metak2.errors import StudyDataError
from metak2.models.revman_check import check_revman
from metak2.studies.gate.book import check_book
from metak2.studies.gate.tables import tables_of
from metak2.studies.read import open_book
from tests.studies.formats import review
from tests.studies.gate.mutations import MUTATIONS, OF_COUNTS, OF_SPREADS, Cell

SEED = int(os.environ.get("METAK2_FUZZ_SEED", "20261122"))
EXAMPLES = int(os.environ.get("METAK2_FUZZ_EXAMPLES", "50"))
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

Table = tuple[Sequence[str], Sequence[str], Sequence[Sequence[Any]]]  # header, role of each column, rows
COUNTS = [("Alder 2001", 12, 120, 20, 118), ("Birch 2004", 31, 1204, 44, 1187), ("Cole 2006", 7, 96, 15, 101),
          ("Dahl 2009", 18, 150, 27, 149), ("Elm 2011", 9, 77, 16, 80), ("Fir 2014", 22, 203, 35, 199)]  # fmt: skip
MEANS = [("Alder 2001", 12.3, 4.1, 90, 14.0, 4.3, 95), ("Birch 2004", 11.8, 3.9, 110, 13.4, 4.0, 108),
         ("Cole 2006", 12.6, 4.4, 121, 14.1, 4.2, 118), ("Dahl 2009", 12.0, 4.0, 104, 13.8, 4.4, 103),
         ("Elm 2011", 11.5, 4.2, 140, 13.1, 3.8, 137), ("Fir 2014", 12.9, 4.3, 97, 14.6, 4.1, 99)]  # fmt: skip
RATIOS = [("Alder 2001", 0.71, 0.52, 0.97), ("Birch 2004", 0.83, 0.66, 1.04), ("Cole 2006", 0.64, 0.42, 0.98),
          ("Dahl 2009", 0.9, 0.71, 1.14), ("Elm 2011", 0.77, 0.58, 1.02)]  # fmt: skip
OF_COUNTS_WIDE = ("", "events", "n", "events", "n")
OF_MEANS_WIDE = ("", "mean", "sd", "people", "mean", "sd", "people")
TABLES: dict[str, Table] = {
    "counts": (("study", "event_e", "n_e", "event_c", "n_c"), OF_COUNTS_WIDE, COUNTS),
    "Zählungen": (("Autor", "Ereignisse Verum", "n Verum", "Ereignisse Placebo", "n Placebo"), OF_COUNTS_WIDE, COUNTS),
    "bras": (
        ("Étude", "Bras", "Décès", "Effectif"),
        ("", "", "events", "n"),
        [row for s, a, n, c, m in COUNTS for row in ((s, "K2", a, n), (s, "Aucun", c, m))],
    ),
    "means": (("study", "mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"), OF_MEANS_WIDE, MEANS),
    "média": (
        ("Autor (año)", "Media intervención", "DS intervención", "N intervención", "Media control", "DS control",
         "N control"),
        OF_MEANS_WIDE,
        MEANS,
    ),
    "ratios": (("Study", "HR", "95% CI lower", "95% CI upper"), ("", "estimate", "ci_low", "ci_high"), RATIOS),
}  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, dict[tuple[int, int], tuple[str, Cell]]]:
    """A table's name, and for one to three of its cells the name of a mutation and what it makes of the truth."""
    name = draw(st.sampled_from(sorted(TABLES)))
    _, roles, rows = TABLES[name]
    places = st.tuples(st.integers(0, len(rows) - 1), st.sampled_from([at for at, role in enumerate(roles) if role]))
    made = {}
    for row, column in draw(st.lists(places, min_size=1, max_size=3, unique_by=lambda place: place[0])):
        role = roles[column]
        more = OF_COUNTS if role in {"events", "n"} else OF_SPREADS if role == "sd" else {}
        known = {**MUTATIONS, **more}
        mutation = draw(st.sampled_from(sorted(known)))
        made[row, column] = (mutation, known[mutation](rows[row][column], role))
    return name, made


def write_workbook(path: Path, header: Sequence[str], rows: list[list[Any]]) -> Path:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(list(header))
    for number, row in enumerate(rows, start=2):
        for column, cell in enumerate(row, start=1):
            found = cell if isinstance(cell, Cell) else Cell(content=cell)
            place = sheet.cell(row=number, column=column, value=found.content)
            if found.number_format:
                place.number_format = found.number_format
            if found.struck:
                place.font = Font(strike=True)
    workbook.save(path)
    return path


def write_text(path: Path, header: Sequence[str], rows: list[list[Any]], delimiter: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows([[shown(cell) for cell in row] for row in rows])
    return path


def shown(cell: Any) -> str:  # noqa: ANN401 - whatever a cell may hold
    """What Excel writes into a CSV file: what the cell shows, not what it holds."""
    content = cell.content if isinstance(cell, Cell) else cell
    if isinstance(cell, Cell) and cell.number_format:
        return f"{content:.0%}"
    if isinstance(content, datetime):
        return f"{content:%d-%b}"
    if isinstance(content, time):
        return f"{content:%H:%M}"
    if isinstance(content, str) and content.startswith("="):
        return content[1:].removesuffix("+0")
    return "" if content is None else str(content)


def untrue(path: Path, name: str, made: dict[tuple[int, int], tuple[str, Cell]]) -> Iterator[str]:
    """Each number that is not the truth and of which nothing is said at its cell; each truth that is not read."""
    book = open_book(path)
    found = check_book(book)
    (tables,) = tables_of(book).values()
    read = {entry.cell.rpartition("!")[2]: entry for row in tables[0].rows for entry in row.values()}
    _, roles, rows = TABLES[name]
    for number, row in enumerate(rows):
        for column, truth in enumerate(row):
            if not roles[column]:
                continue
            address = f"{'ABCDEFG'[column]}{number + 2}"
            named = re.compile(rf"\b{address}\b")
            said = [problem for problem in found if named.search(f"{problem.cell} {problem.message}")]
            value = read[address].value
            blank = isinstance(value, float) and math.isnan(value)
            told = bool(said) if blank else any(problem.severity != "note" for problem in said)
            mutation, cell = made.get((number, column), ("", None))
            if value != truth and not told:
                yield f"{address} {mutation} {cell}: read as {value}, truth {truth}, said {said}"
            if number not in {at for at, _ in made} and any(problem.severity == "error" for problem in said):
                yield f"{address} is as it should be: {said}"


def spoil(name: str, made: dict[tuple[int, int], tuple[str, Cell]]) -> list[list[Any]]:
    rows = [list(row) for row in TABLES[name][2]]
    for (row, column), (_, cell) in made.items():
        rows[row][column] = cell
    return rows


@seed(SEED)
@BOUNDED
@given(spoiled())
def test_a_workbook_with_spoiled_cells_is_never_silently_another_number(tmp_path: Path, case: Any) -> None:  # noqa: ANN401 - drawn
    name, made = case
    print(f"METAK2_FUZZ_SEED={SEED}")  # noqa: T201 - the seed of a failure
    path = write_workbook(tmp_path / "trials.xlsx", TABLES[name][0], spoil(name, made))
    assert list(untrue(path, name, made)) == []


@seed(SEED)
@BOUNDED
@given(spoiled(), st.sampled_from(",;\t"))
def test_a_csv_file_with_spoiled_cells_is_never_silently_another_number(
    tmp_path: Path,
    case: Any,  # noqa: ANN401 - drawn
    delimiter: str,
) -> None:
    name, made = case
    print(f"METAK2_FUZZ_SEED={SEED}")  # noqa: T201 - the seed of a failure
    path = write_text(tmp_path / "trials.csv", TABLES[name][0], spoil(name, made), delimiter)
    assert list(untrue(path, name, made)) == []


NUMBER = re.compile(r'\b(EVENTS_[12]|TOTAL_[12]|MEAN_[12]|SD_[12]|ESTIMATE|SE)="([^"]*)"')
XML = review.review_xml()
USED = [found for found in NUMBER.finditer(XML) if not (found[1].startswith("TOTAL") and found[2] == "0")]
RM5 = {
    "one more": lambda value: str(float(value) + 1),
    "ten times": lambda value: value + "0" if "." not in value else str(float(value) * 10),
    "negative": lambda value: f"-{value}",
    "decimal comma": lambda value: value.replace(".", ",") if "." in value else f"{value},0",
    "blank": lambda _: "",
    "word": lambda _: "n/a",
    "spaces": lambda value: f" {value} ",
    "half": lambda value: str(float(value) / 2),
    "infinite": lambda _: "1e999",
}


@seed(SEED)
@BOUNDED
@given(st.sampled_from(range(len(USED))), st.sampled_from(sorted(RM5)))
def test_a_spoiled_number_of_a_revman_file_no_longer_gives_what_revman_stored(
    tmp_path: Path, at: int, mutation: str
) -> None:
    print(f"METAK2_FUZZ_SEED={SEED}")  # noqa: T201 - the seed of a failure
    found = USED[at]
    new = RM5[mutation](found[2])
    path = tmp_path / "review.rm5"
    path.write_text(XML[: found.start(2)] + new + XML[found.end(2) :], encoding="utf-8")
    try:
        told = [*check_revman(path).problems, *check_book(open_book(path))]
        told = [problem for problem in told if problem.severity != "note"]
    except StudyDataError as error:
        told = list(error.problems)
    assert told or new.strip() == found[2], f"{found[1]} {found[2]} → {new!r}"


@pytest.mark.parametrize("name", TABLES)
def test_what_is_not_spoiled_is_read_as_it_stands(tmp_path: Path, name: str) -> None:
    path = write_workbook(tmp_path / "trials.xlsx", TABLES[name][0], spoil(name, {}))
    assert list(untrue(path, name, {})) == []
    assert [problem for problem in check_book(open_book(path)) if problem.severity != "note"] == []

"""Sheets as tired people keep them, in several layouts and languages: what is wrong is found at its cell, no more."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from metak2.studies.gate.workbook import check_workbook

WriteBook = Callable[..., Path]
Rows = Sequence[Sequence[Any]]
MAY_1948 = datetime(1948, 5, 1)  # noqa: DTZ001 - a spreadsheet's dates have no time zone
COUNTS = ["study", "event_e", "n_e", "event_c", "n_c"]
MEANS = ["study", "mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"]
HONEST = [["Ames 2001", 12, 100, 15, 98], ["Bohr 2004", 9, 77, 11, 80], ["Curie 2008", 5, 60, 9, 61]]
ALIKE = [["Ames 2001", 12.1, 4.1, 60, 13.4, 4.3, 62], ["Bohr 2002", 11.8, 3.9, 55, 13.1, 4.0, 57],
         ["Curie 2003", 12.6, 4.4, 72, 13.9, 4.2, 70], ["Dirac 2006", 12.0, 4.0, 48, 13.3, 4.1, 49]]  # fmt: skip

SHEETS: dict[str, tuple[Rows, list[tuple[str, str]]]] = {
    "German, a title, a date, a point for thousands, a percentage in the cell, a sum": (
        [["Extraktion, Stand 3.4.2024"], [None], ["Autor", "Verum", None, "Plazebo", None],
         [None, "Ereignisse", "Gesamt", "Ereignisse", "Gesamt"], ["Müller 2001", 12, 98, 20, 101],
         ["Schön 2003", MAY_1948, 88, 9, 90], ["Groß 2005", 7, "1.204", 15, 1198],
         ["Weiß 2007", "5 (4,9%)", 103, 11, 99], ["Zwischensumme", 28, 1548, 58, 1539]],
        [("MK-T01", "B6"), ("MK-C02", "C7"), ("MK-T15", "B8"), ("MK-S12", "A9")]),
    "French, a row per arm, an arm None, events above the total, a comma, the whole below": (
        [["Étude", "Bras", "Décès", "Effectif"], ["Dupont 2001", "K2", 5, 100], ["Dupont 2001", "None", 9, 102],
         ["Lefèvre 2004", "K2", 25, 20], ["Lefèvre 2004", "None", 7, 22], ["Martin 2008", "K2", "3,5", 60],
         ["Martin 2008", "None", 8, 61], ["Ensemble", "K2", 33, 180], ["Ensemble", "None", 24, 185]],
        [("MK-C07", "C4"), ("MK-T09", "C6"), ("MK-S12", "A8"), ("MK-S12", "A9")]),
    "Spanish, a subtotal between the trials and a grand total": (
        [["Autor (año)", "Eventos intervención", "Total intervención", "Eventos control", "Total control"],
         *HONEST, ["Subtotal", 26, 237, 35, 239], ["Núñez 2003", 5, 60, 9, 63], ["Total general", 31, 297, 44, 302]],
        [("MK-S12", "A5"), ("MK-S12", "A7")]),
    "a sum without a name, above the last trial": (
        [COUNTS, *HONEST, ["Vitamin K", 26, 237, 35, 239], ["Dalton 2010", 4, 70, 6, 66]],
        [("MK-S12", "A5")]),
    "Japanese, wide digits that are read, more events than people, a sum": (
        [["研究", "介入群 イベント数", "介入群 例数", "対照群 イベント数", "対照群 例数"], ["佐藤 2001", 5, 60, 9, 61],
         ["鈴木 2003", 4, 55, "１２", 54], ["高橋 2005", 61, 60, 8, 62], ["合計", 70, 175, 29, 177]],
        [("MK-C07", "B4"), ("MK-S12", "A5")]),
    "dates as text, in two languages and orders": (
        [COUNTS, *HONEST, ["Dalton 2010", "21-Mar", 70, 6, 66], ["Euler 2011", "Mai 48", 70, 6, 65],
         ["Fermi 2012", 6, "2. Mrz", 8, 64], ["Gauss 2013", "21.02.2024", 71, 7, 68]],
        [("MK-T01", "B5"), ("MK-T01", "B6"), ("MK-T01", "C7"), ("MK-T01", "B8")]),
    "a date's number without any date beside it": (
        [COUNTS, *HONEST, ["Dalton 2010", 4, 45372, 6, 66]], [("MK-B07", "B5"), ("MK-T08", "C5")]),
    "per cent for counts, as a fraction and as it is": (
        [COUNTS, *HONEST, ["Dalton 2010", 0.15, 120, 22, 118], ["Euler 2011", 15.2, 125, 30, 122]],
        [("MK-C08", "B5"), ("MK-C02", "B6")]),
    "a standard error in both arms": (
        [MEANS, *ALIKE, ["Euler 2010", 12.2, 0.5, 66, 13.6, 0.52, 68]], [("MK-M05", "C6")]),
    "a standard error in one arm": (
        [MEANS, *ALIKE, ["Euler 2010", 12.2, 4.2, 66, 13.6, 0.52, 68]], [("MK-M05", "F6")]),
    "a mean that has a minus sign too many": (
        [MEANS, *ALIKE, ["Euler 2010", -12.2, 4.2, 66, 13.6, 4.1, 68]], [("MK-B07", "B6"), ("MK-E15", "B6")]),
    "a trial in mg/dL among those in mmol/L": (
        [MEANS, ["Ames 2001", 5.6, 1.0, 40, 5.9, 1.1, 41], ["Bohr 2002", 5.9, 1.1, 47, 6.2, 1.1, 46],
         ["Curie 2003", 104, 19, 54, 110, 20, 51], ["Dirac 2006", 5.7, 0.9, 61, 6.1, 1.0, 56],
         ["Euler 2010", 5.5, 1.0, 68, 5.8, 1.0, 61]], [("MK-M07", "C4")]),
    "a p value that does not follow from means and SDs": (
        [[*MEANS, "p"], [*ALIKE[0], 0.089], [*ALIKE[1], 0.6], [*ALIKE[2], 0.073]], [("MK-E12", "H3")]),
    "means with SDs in one cell: a comma, a sign, a bracket that is not read": (
        [["Author", "Intervention mean ± SD", "Intervention n", "Control mean ± SD", "Control n"],
         ["Ames 2001", "12.3 ± 4.5", 40, "13.9±4.4", 41], ["Bohr 2002", "11.9 (4.2)", 50, "13,2 ± 0,6", 51],
         ["Curie 2003", "12.1 ± 4.4", 60, "1,150 ± 4.1", 61]], [("MK-T15", "D3"), ("MK-T15", "D4")]),
    "effects with limits in one cell: a comma, an estimate outside": (
        [["Study", "OR (95% CI)"], ["Ames 2001", "0.80 (0.65–0.98)"], ["Bohr 2002", "1,10 (0,84-1,44)"],
         ["Curie 2003", "0.9 (0.95-1.3)"]], [("MK-T15", "B3"), ("MK-E02", "B4")]),
    "hazard ratios: limits swapped, outside, a log, off centre, a p value of another analysis": (
        [["Study", "HR", "95% CI lower", "95% CI upper", "p-value"], ["Ames 2001", 0.75, 0.60, 0.94, 0.012],
         ["Bohr 2002", 0.80, 0.98, 0.65, 0.03], ["Curie 2003", 1.25, 0.50, 0.90, 0.01],
         ["Dirac 2004", 0.70, 0.50, 0.98, 0.40], ["Euler 2006", -0.22, 0.6, 1.06, 0.12],
         ["Fermi 2008", 0.62, 0.21, 0.83, 0.171]],
        [("MK-E03", "C3"), ("MK-E02", "B4"), ("MK-E04", "B6"), ("MK-E11", "E5"), ("MK-E10", "B7")]),
    "shown as per cent in a column of ordinary numbers": (
        [MEANS, *ALIKE[:3], ["Dirac 2006", "PERCENT", 4.0, 48, 13.3, 4.1, 49]], [("MK-T16", "B5")]),
    "two lines in a cell are not thousands": (
        [COUNTS, *HONEST, ["Dalton 2010", 4, "110\n111", 6, 66]], [("MK-T15", "C5")]),
    "a study's name in merged cells of a sheet with a row for each arm": (
        [["Study", "Arm", "Events", "N"], ["Ames 2001", "drug", 5, 60], ["MERGED", "placebo", 9, 61]],
        [("MK-H06", "A3")]),
    "an arm of one person has no SD": (
        [MEANS, *ALIKE[:3], ["Dirac 2006", 12.0, 4.0, 1, 13.3, 4.1, 49]], [("MK-M10", "D5")]),
}  # fmt: skip


def write(write_book: WriteBook, rows: Rows) -> Path:
    from openpyxl import load_workbook  # noqa: PLC0415 - marks that a list of rows cannot hold

    path = write_book({"Sheet": rows})
    workbook = load_workbook(path)
    sheet = workbook.worksheets[0]
    for row in list(sheet.iter_rows()):
        for cell in row:
            if cell.value == "MERGED":
                sheet.merge_cells(start_row=cell.row - 1, end_row=cell.row, start_column=1, end_column=1)
            elif cell.value == "PERCENT":
                cell.value, cell.number_format = 0.118, "0.0%"
    workbook.save(path)
    return path


@pytest.mark.parametrize("name", SHEETS)
def test_what_is_wrong_in_a_tired_reviewer_s_sheet_is_found_at_its_cell(write_book: WriteBook, name: str) -> None:
    rows, expected = SHEETS[name]
    found = check_workbook(write(write_book, rows)).problems
    told = [(problem.code, problem.cell.rpartition("!")[2]) for problem in found if problem.severity != "note"]
    assert sorted(told) == sorted(expected)


@pytest.mark.parametrize(
    "rows",
    [
        [COUNTS, *HONEST],
        [MEANS, *ALIKE],
        [["Study", "Arm", "Events", "N"], *([s, arm, a, n] for s, e, ne, c, nc in HONEST
                                            for arm, a, n in (("low dose", e, ne), ("none", c, nc)))],
        [["Study", "OR", "95% CI lower", "95% CI upper", "P"], ["Ames 2001", 0.8, 0.6, 1.1, 0.15],
         ["Bohr 2002", 0.52, 0.27, 0.98, 0.04], ["Curie 2003", 1.10, 0.84, 1.44, 0.49],
         ["Dirac 2006", 0.9, 0.8, 1.0, 0.05]],
        [["Autor", "MW Verum", "SD Verum", "n Verum", "MW Kontrolle", "SD Kontrolle", "n Kontrolle"], *ALIKE],
    ],
)  # fmt: skip
def test_an_honest_sheet_raises_no_alarm(write_book: WriteBook, rows: Rows) -> None:
    found = check_workbook(write_book({"Sheet": rows})).problems
    assert [problem for problem in found if problem.severity != "note"] == []


def test_a_fraction_of_which_excel_made_a_month_is_offered_as_such(write_book: WriteBook) -> None:
    path = write_book({"Sheet": [COUNTS, *HONEST, ["Dalton 2010", MAY_1948, 48, 6, 66]]})
    (problem,) = [problem for problem in check_workbook(path).problems if problem.code == "MK-T01"]
    assert '"5/48" (5 of 48)' in problem.suggestion


def test_a_number_of_which_a_german_excel_made_a_day_is_offered_as_such(write_book: WriteBook) -> None:
    day = datetime(2026, 5, 12)  # noqa: DTZ001 - a spreadsheet's dates have no time zone
    path = write_book({"Sheet": [MEANS, *ALIKE[:3], ["Dirac 2006", day, 4.0, 48, 13.3, 4.1, 49]]})
    (problem,) = [problem for problem in check_workbook(path).problems if problem.code == "MK-T01"]
    assert 'or of the number "12.5" where it expects a comma' in problem.suggestion

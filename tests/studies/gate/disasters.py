"""A workbook with every disaster of the table, one row each, and the same workbook repaired.

`number` is the row of the table of disasters; `broken` and `repaired` are the row's cells by column; `found` is what
the check must say: code, cell's column, message. A cell may be a `Look`: a value with what is done to its cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

Found = tuple[str, str, str]  # code, column letter ("" = the sheet), message
COUNTS = ("study", "arm_e", "arm_c", "event_e", "n_e", "event_c", "n_c")
MEANS = ("study", "mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c")
EFFECTS = ("study", "outcome", "measure", "estimate", "se", "ci_low", "ci_high", "level", "p")


@dataclass(frozen=True, kw_only=True)
class Look:
    """A value, and how its cell looks."""

    value: Any
    struck: bool = False
    fill: str = ""
    number_format: str = ""


@dataclass(frozen=True, kw_only=True)
class Disaster:
    number: str
    sheet: str
    broken: Sequence[Any]
    repaired: Sequence[Any] | None  # None: the row goes
    found: Sequence[Found] = field(default_factory=tuple)
    hidden: bool = False
    merge: str = ""


def counts(number: str, study: str, cells: Mapping[str, Any], *found: Found, **more: Any) -> Disaster:  # noqa: ANN401 - passed on to a dataclass
    honest: dict[str, Any] = {
        "study": study, "arm_e": "K2", "arm_c": "placebo", "event_e": 12, "n_e": 100 + len(study), "event_c": 20,
        "n_c": 98 + 2 * len(study) + sum(map(ord, study)) % 50,
    }  # fmt: skip
    repaired = more.pop("repaired", [honest[column] for column in COUNTS])
    broken = [(honest | dict(cells))[column] for column in COUNTS]
    return Disaster(number=number, sheet="counts", broken=broken, repaired=repaired, found=found, **more)


def means(number: str, study: str, cells: Mapping[str, Any], *found: Found, **more: Any) -> Disaster:  # noqa: ANN401 - passed on to a dataclass
    letters = sum(map(ord, study))
    step = letters % 23 / 10
    own = letters % 89 / 100  # no two trials print the same SDs
    honest: dict[str, Any] = {
        "study": study, "mean_e": round(12.4 + step, 1), "sd_e": round(4.0 + step / 5 + own, 2), "n_e": 64,
        "mean_c": round(14.3 + step, 1), "sd_c": round(4.2 + step / 7 + own, 2), "n_c": 60 + letters % 7,
    }  # fmt: skip
    repaired = more.pop("repaired", [honest[column] for column in MEANS])
    broken = [(honest | dict(cells))[column] for column in MEANS]
    return Disaster(number=number, sheet="means", broken=broken, repaired=repaired, found=found, **more)


def effect(number: str, study: str, broken: Sequence[Any], repaired: Sequence[Any] | None, *found: Found) -> Disaster:
    """One effect: measure, estimate, se, ci_low, ci_high, level, p."""
    fill = [study, f"outcome of {study}"]
    row = None if repaired is None else [*fill, *repaired]
    return Disaster(number=number, sheet="effects", broken=[*fill, *broken], repaired=row, found=found)


DAY = datetime(2026, 2, 21)  # noqa: DTZ001 - a spreadsheet's dates have no time zone

DISASTERS: tuple[Disaster, ...] = (
    counts("1", "Alder 2001", {"event_e": DAY}, ("MK-T01", "D", "holds the date 2026-02-21")),
    counts(
        "1",
        "Birch 2002",
        {"event_e": 46074},
        ("MK-T08", "D", "46074 is Excel's number for 2026-02-21, and a date stands in a count column of this sheet"),
    ),
    counts("2", "Cedar 2003", {"event_e": "12"}, ("MK-T05", "D", "'12' is text; read as 12")),
    means("3", "Dill 2004", {"mean_e": "12,5"}, ("MK-T09", "B", "'12,5' has a decimal comma; it would be 12.5")),
    counts("3", "Elder 2005", {"n_e": "1,150"}, ("MK-T10", "E", "'1,150' may be 1.15 or 1150")),
    counts("4", "Fern 2006", {"n_e": "1\u00a0204"}, ("MK-T11", "E", "'1\u00a0204' is text; read as 1204")),
    effect(
        "5",
        "Gorse 2007",
        ["MD", "\u22122.5", 1, None, None, None, None],
        ["MD", -2.5, 1, None, None, None, None],
        ("MK-T12", "D", "'\u22122.5' is text; read as -2.5"),
    ),
    counts("5", "Holly 2008", {"event_e": "12\u201314"}, ("MK-T13", "D", "'12\u201314' is a range, not one number")),
    counts(
        "6",
        "Ivy 2009",
        {"event_e": "=ROUND(0.1*E2,0)"},
        ("MK-T04", "D", "the file holds no result of =ROUND(0.1*E2,0)"),
    ),
    means("7", "Jute 2010", {"sd_e": "#DIV/0!"}, ("MK-T03", "C", "the formula's result is #DIV/0!")),
    counts(
        "8",
        "Kale 2011",
        {"arm_c": "None"},
        ("MK-A10", "C", "'None' is kept as a name; other programs read it as a blank"),
    ),
    counts("9", "Larch 2012", {"event_e": "012"}, ("MK-T14", "D", "'012' is text; read as 12")),
    counts("9", "Maple 2013", {"event_e": True}, ("MK-T02", "D", "holds TRUE, not a number")),
    counts("12", "Nettle 2014", {}, ("MK-H01", "A", "row {row} (Nettle 2014) is hidden"), hidden=True),
    counts(
        "12",
        "Oak 2015",
        {"event_e": Look(value=13, struck=True)},
        ("MK-H05", "D", "'13' is struck through, and would still be used"),
    ),
    counts(
        "12",
        "Pine 2016",
        {"study": Look(value="Pine 2016", fill="FFFF00")},
        ("MK-H07", "A", "one cell is filled with the colour FFFF00; what it stands for is not read"),
    ),
    counts(
        "13",
        "Quince 2017",
        {"event_c": 12, "n_c": None},
        ("MK-H06", "G", "lies in the merged cells F{row}:G{row}, and only the first of them holds a value"),
        merge="F{row}:G{row}",
    ),
    means(
        "14",
        "Rose 2018",
        {"mean_e": "12.3 (4.5)", "sd_e": None},
        ("MK-T15", "B", "'12.3 (4.5)' holds more than one number: a mean and its SD, or its SE"),
        ("MK-G01", "C", "blank: not reported; fill it and run again"),
    ),
    means(
        "14",
        "Sage 2019",
        {"mean_c": "3.1 ± 1.2", "sd_c": None},
        ("MK-T15", "E", "'3.1 ± 1.2' holds more than one number: a mean and its SD, or its SE"),
        ("MK-G01", "F", "blank: not reported; fill it and run again"),
    ),
    effect(
        "14",
        "Teak 2020",
        ["HR", "0.80 (0.65–0.98)", None, None, None, None, None],
        ["HR", 0.80, None, 0.65, 0.98, None, None],
        (
            "MK-T15",
            "D",
            (
                "'0.80 (0.65–0.98)' holds more than one number: an estimate and its limits, or a median "
                "and its quartiles or range"
            ),
        ),
        ("MK-G01", "E", "blank: not reported; fill it and run again"),
    ),
    means(
        "14",
        "Ulex 2021",
        {"mean_e": "45 [30; 60]"},
        (
            "MK-T15",
            "B",
            (
                "'45 [30; 60]' holds more than one number: an estimate and its limits, or a median and its "
                "quartiles or range"
            ),
        ),
    ),
    counts(
        "14", "Vine 2022", {"event_e": "3/21"}, ("MK-T15", "D", "'3/21' holds more than one number: events of people")
    ),
    counts("14", "Willow 2023", {"event_e": "15 %"}, ("MK-T16", "D", "'15 %' is a percentage where a count belongs")),
    effect(
        "15",
        "Yew 2001",
        ["MD", 1.5, 0.9, None, None, None, "<0.05"],
        ["MD", 1.5, 0.9, None, None, None, None],
        ("MK-E08", "I", "'<0.05' is a bound, not an exact p value"),
    ),
    effect(
        "15",
        "Zinnia 2002",
        ["MD", 1.4, 0.9, None, None, None, "NS"],
        ["MD", 1.4, 0.9, None, None, None, None],
        ("MK-E08", "I", "'NS' is a bound, not an exact p value"),
    ),
    means(
        "15",
        "Aster 2003",
        {"n_c": 999},
        ("MK-G02", "G", "999 is far from the rest of the column, and often stands for a missing value"),
    ),
    counts(
        "16",
        "Briar 2004",
        {"event_e": Look(value=0.15, number_format="0%"), "n_e": 100},
        ("MK-C08", "D", "0.15, shown as 15% is a percentage, not a count of events"),
    ),
    counts("17", "Clover 2005", {"event_e": 125}, ("MK-C07", "D", "125 events among 111 people (n_e in E{row})")),
    counts("17", "Daisy 2006", {"event_e": 0, "n_e": 0}, ("MK-C04", "E", "an arm of 0 people")),
    means("17", "Erica 2007", {"sd_e": -4.1}, ("MK-M02", "C", "the SD is -4.1, and must be above 0")),
    means("17", "Flax 2008", {"sd_e": 0}, ("MK-M02", "C", "the SD is 0, and must be above 0")),
    effect(
        "17",
        "Gale 2009",
        ["HR", 1.5, None, 0.2, 0.9, 95, None],
        ["HR", 0.42, None, 0.2, 0.9, 95, None],
        ("MK-E02", "D", "1.5 is not inside its interval 0.2 to 0.9 (ci_low in F{row}, ci_high in G{row})"),
    ),
    effect(
        "17",
        "Hazel 2010",
        ["HR", 0.5, None, 0.91, 0.27, 95, None],
        ["HR", 0.5, None, 0.27, 0.91, 95, None],
        ("MK-E03", "F", "lower limit 0.91 is above the upper 0.27 (ci_high in G{row})"),
    ),
    effect(
        "17",
        "Iris 2011",
        ["HR", 0.45, None, 0.07, 0.83, 95, None],
        ["HR", 0.45, None, 0.25, 0.81, 95, None],
        ("MK-E10", "D", "0.45 is not in the middle of 0.07 to 0.83, which on the log scale is 0.241"),
    ),
    *(means("", f"Honest {year}", {}) for year in range(1991, 1999)),
    means(
        "18",
        "Juniper 2012",
        {"sd_e": 0.53, "sd_c": 0.56},
        (
            "MK-M05",
            "C",
            (
                "0.53 is called an SD, but those of the other {others} trials are about {typical}; as a "
                "standard error it would be an SD of {as_sd}"
            ),
        ),
    ),
    counts(
        "19", "Alder 2001", {}, ("MK-S02", "A", "'Alder 2001', 'K2', 'placebo' were already used in A2"), repaired=None
    ),
    counts(
        "19",
        "Cédar 2003",
        {"event_e": 17, "event_c": 24},
        (
            "MK-S13",
            "A",
            "'Cédar 2003' here and 'Cedar 2003' in A4 differ only in case, accents, punctuation or 'et al.'",
        ),
        repaired=["Lime 2013", "K2", "placebo", 17, 160, 24, 161],
    ),
    counts("19", "Myrtle 2014", {"event_e": 14, "n_e": 88, "event_c": 23, "n_c": 91}),
    counts(
        "19",
        "Nigella 2015",
        {"event_e": 14, "n_e": 88, "event_c": 23, "n_c": 91},
        ("MK-S14", "A", "'Nigella 2015' has the same numbers as 'Myrtle 2014' in A{before}: 14, 88, 23, 91"),
    ),
    counts("20", "Olive (10 mg)", {"event_e": 5, "n_e": 50, "event_c": 9, "n_c": 48}),
    counts(
        "20",
        "Olive (20 mg)",
        {"event_e": 4, "n_e": 51, "event_c": 9, "n_c": 48},
        ("MK-A06", "F", "the control arm 'placebo' of 'Olive' is also used in F{before}: its people would count twice"),
        repaired=None,
    ),
    means(
        "21",
        "Poppy 2016",
        {"mean_e": 16.9, "mean_c": 14.4},
        (
            "MK-E15",
            "B",
            (
                "the effect of 'Poppy 2016' ({own}) points away from the other {compared} trials (mean "
                "{mean}); with its sign turned it would agree"
            ),
        ),
    ),
    counts(
        "11",
        "Total",
        {"event_e": 480, "n_e": 4000, "event_c": 800, "n_c": 4100},
        ("MK-S12", "A", "'Total' is no trial: its name is that of a sum or a pooled result"),
        repaired=None,
    ),
)


def sheets_of(*, repaired: bool) -> dict[str, list[Disaster]]:
    found: dict[str, list[Disaster]] = {}
    for disaster in DISASTERS:
        if not repaired or disaster.repaired is not None:
            found.setdefault(disaster.sheet, []).append(disaster)
    return found


def rows_of(*, repaired: bool) -> dict[int, int]:
    """Position in DISASTERS → its row."""
    next_row: dict[str, int] = {}
    rows = {}
    for at, disaster in enumerate(DISASTERS):
        if not repaired or disaster.repaired is not None:
            rows[at] = next_row.setdefault(disaster.sheet, 2)
            next_row[disaster.sheet] += 1
    return rows


def write_disasters(path: Path, *, repaired: bool) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, columns in (("counts", COUNTS), ("means", MEANS), ("effects", EFFECTS)):
        sheet = workbook.create_sheet(name)
        sheet.append(list(columns))
        for row, disaster in enumerate(sheets_of(repaired=repaired)[name], start=2):
            cells = disaster.repaired if repaired else disaster.broken
            assert cells is not None
            for column, cell in enumerate(cells, start=1):
                look = cell if isinstance(cell, Look) else Look(value=cell)
                place = sheet.cell(row=row, column=column, value=look.value)
                if look.struck:
                    place.font = Font(strike=True)
                if look.fill:
                    place.fill = PatternFill("solid", start_color=look.fill)
                if look.number_format:
                    place.number_format = look.number_format
            if not repaired:
                sheet.row_dimensions[row].hidden = disaster.hidden
                if disaster.merge:
                    sheet.merge_cells(disaster.merge.format(row=row))
    workbook.save(path)
    return path

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

import metak2 as mk
from metak2.report.blocks import Column, Table
from metak2.report.effect_table import effect_table
from metak2.report.report import rendered
from tests.report.readers import shown, xlsx_tables
from tests.report.samples import HOSTILE, sample_report

EFFECTS = mk.effects_from(yi=[-0.89, -1.59], vi=[0.33, 0.19], measure="RR", study=["Aronson 1948", "=1+1"])


def made(**more: Any) -> bytes:  # noqa: ANN401 - whatever a report takes
    return rendered(sample_report(**more), formats=("xlsx",))["report.xlsx"]


def book(**more: Any) -> Workbook:  # noqa: ANN401 - whatever a report takes
    return load_workbook(io.BytesIO(made(**more)))


@pytest.mark.parametrize(
    "text, value",
    [
        ("0.41", 0.41),
        ("−0.284", -0.284),
        ("0", 0),
        ("191064", 191064),
        ("−7", -7),
        ("1.0", 1.0),
    ],
)
def test_a_plain_number_is_a_number_that_shows_as_printed(text: str, value: float) -> None:
    table = Table("T", (Column("Study"), Column("RR", "right")), (("A", text),))
    cell = book(blocks=(table,))["T"]["B4"]
    assert (cell.data_type, cell.value) == ("n", value)
    assert shown(cell) == text


@pytest.mark.parametrize(
    "text", ["0.41 (0.13 to 1.26)", "92\u202f%", "–", "∞", "< 0.001", "007", "1e5", "0·41", "=1+1", "12345678901234567"]
)
def test_whatever_else_is_text_as_printed(text: str) -> None:
    table = Table("T", (Column("Study"), Column("RR", "right")), ((text, text),))
    sheet = book(blocks=(table,))["T"]
    assert [(sheet[at].data_type, sheet[at].value) for at in ("A4", "B4")] == [("s", text)] * 2
    assert sheet["A4"].quotePrefix


def test_a_year_as_a_study_s_name_stays_a_name() -> None:
    table = Table("T", (Column("Study"),), (("1948",),))
    assert book(blocks=(table,))["T"]["A4"].data_type == "s"


def test_tables_of_one_name_and_names_that_excel_forbids_get_sheets_of_their_own() -> None:
    captions = ("Trials", "TRIALS", "Trials", "a/b:c*d?[e]", "'", "x" * 200, "x" * 200, "Contents")
    tables = tuple(Table(caption, (Column("Study"),), (("A",),)) for caption in captions)
    names = book(blocks=tables).sheetnames
    assert names == [
        "Contents",
        "Trials",
        "TRIALS 2",
        "Trials 3",
        "a b c d  e",
        "Table",
        "x" * 27,
        f"{'x' * 27} 2",
        "Contents 2",
    ]
    assert len({name.casefold() for name in names}) == len(names)


def test_the_contents_lead_to_every_sheet() -> None:
    tables = tuple(Table(caption, (Column("Study"),), (("A",),)) for caption in ("Smith's trials", "Other choices"))
    found = book(blocks=tables, effect_tables={"primary": effect_table(mk.pool(EFFECTS))})
    links = [row[0].hyperlink.location for row in found["Contents"].iter_rows() if row[0].hyperlink]
    assert links == ["'Smith''s trials'!A1", "'Other choices'!A1", "'primary studies'!A1"]
    assert found.sheetnames[1:] == ["Smith's trials", "Other choices", "primary studies"]


def test_the_effect_sizes_are_there_with_all_digits() -> None:
    sheet = book(effect_tables={"primary": effect_table(mk.pool(EFFECTS))})["primary studies"]
    heads = [cell.value for cell in sheet[1]]
    assert [sheet.cell(row=2, column=heads.index(name) + 1).value for name in ("study", "yi", "vi")] == [
        "Aronson 1948",
        -0.89,
        0.33,
    ]
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=1+1", "s")


def test_the_head_of_a_table_stays_in_sight_and_is_printed_on_every_page() -> None:
    sheet = book()["The trials"]
    assert sheet.freeze_panes == "B4"
    assert sheet.print_title_rows == "$3:$3"


def test_notes_stand_below_the_table() -> None:
    rows = xlsx_tables(made())["The trials"]
    assert [row[0] for row in rows[-2:]] == ["RR, risk ratio.", "* adjusted"]


def test_the_same_report_gives_the_same_bytes_twice() -> None:
    assert made(names=HOSTILE) == made(names=HOSTILE)

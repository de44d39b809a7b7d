"""Any layout a reviewer keeps: title rows, headers of two rows, other languages, two numbers in a cell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from metak2.errors import StudyDataError
from metak2.studies import read_studies
from metak2.studies.mapping import mapping_path, write_mapping
from metak2.studies.read import map_columns, open_book

WriteBook = Callable[..., Path]
Rows = list[list[Any]]
NUMBERS = ("event_e", "n_e", "event_c", "n_c")
WIDE = ["study", *NUMBERS]


def counts(path: Path, **asked: str) -> list[list[float]]:
    table = read_studies(path, **asked)
    return [[float(table.columns[name][i]) for name in NUMBERS] for i in range(len(table))]


def codes(path: Path, **asked: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.cell) for problem in read_studies(path, **asked).problems]


def merged(path: Path, *ranges: str) -> Path:
    workbook = load_workbook(path)
    for reference in ranges:
        workbook.worksheets[0].merge_cells(reference)
    workbook.save(path)
    return path


TWO_ROWS: Rows = [
    ["Table 2. Recurrence by trial"],
    [],
    ["Study", "Intervention", None, "Control", None],
    [None, "Events", "Total", "Events", "Total"],
    ["Habu 2004", 2, 21, 9, 19],
    ["Mizuta 2006", 4, 32, 16, 29],
    [],
    ["* read from the survival curve"],
]


def test_a_header_of_two_rows_with_merged_cells_below_a_title_is_one_name_for_each_column(
    write_book: WriteBook,
) -> None:
    path = merged(write_book({"trials": TWO_ROWS}), "B3:C3", "D3:E3", "A3:A4", "A1:E1")
    table = read_studies(path)
    assert table.study == ("Habu 2004", "Mizuta 2006")
    assert counts(path) == [[2, 21, 9, 19], [4, 32, 16, 29]]
    assert table.cells["n_c"] == ("trials!E5", "trials!E6")
    told = {problem.code: problem.message for problem in table.problems}
    assert told["MK-L02"] == "the column names are taken from rows 3 and 4"
    assert told["MK-L06"] == "a note below the table, not a study: '* read from the survival curve'"
    assert told["MK-L01"] == "'Control / Total' is read as n_c"


@pytest.mark.parametrize(
    "groups, arms",
    [
        (("MK-4 45 mg", "alfacalcidol"), ("MK-4 45 mg", "alfacalcidol")),
        (("MK-4 45 mg", "Placebo"), ("MK-4 45 mg", "Placebo")),
    ],
)
def test_groups_of_columns_named_by_their_treatments_are_the_arms(
    write_book: WriteBook, groups: tuple[str, str], arms: tuple[str, str]
) -> None:
    rows = [["Study", groups[0], None, groups[1], None], *TWO_ROWS[3:6]]
    table = read_studies(merged(write_book({"trials": rows}), "B1:C1", "D1:E1", "A1:A2"))
    assert (table.words("arm_e")[0], table.words("arm_c")[0]) == arms
    assert [table.columns[name][0] for name in NUMBERS] == [2, 21, 9, 19]


def test_a_control_that_stands_first_is_the_control(write_book: WriteBook) -> None:
    rows = [["Study", "Placebo", None, "MK-4", None], *TWO_ROWS[3:6]]
    table = read_studies(merged(write_book({"trials": rows}), "B1:C1", "D1:E1", "A1:A2"))
    assert table.words("arm_c") == ("Placebo", "Placebo")
    assert [table.columns[name][0] for name in NUMBERS] == [9, 19, 2, 21]


def test_a_header_of_two_rows_in_a_text_file_has_blanks_for_merged_cells(write_csv: WriteBook) -> None:
    assert counts(write_csv(TWO_ROWS[2:6])) == [[2, 21, 9, 19], [4, 32, 16, 29]]


def test_a_row_of_repeated_words_is_no_second_header(write_csv: WriteBook) -> None:
    rows = [["study", "D1", "D2", "D3", "overall", ""], ["A", "low", "low", "high", "high", ""]]
    sheet = open_book(write_csv(rows)).sheets["risk_of_bias"]
    assert [row["study"].value for row in sheet.rows] == ["A"]


@pytest.mark.parametrize(
    "header",
    [
        ["Trial", "Events (treatment)", "N (treatment)", "Events (placebo)", "N (placebo)"],
        ["study ", "Event_E", "N_E", "Event_C", "N_C"],
        ["studlab", "event.e", "n.e", "event.c", "n.c"],
        ["Study", "Exp events", "Exp total", "Ctrl events", "Ctrl total"],
        ["Autor (Jahr)", "Ereignisse Intervention", "n\u00a0Intervention", "Ereignisse Kontrolle", "n Kontrolle"],
        ["Étude", "Événements traitement", "Effectif traitement", "Événements témoin", "Effectif témoin"],
        ["Estudio", "Eventos intervención", "Total intervención", "Eventos control", "Total control"],
        ["Studio", "Eventi trattamento", "Totale trattamento", "Eventi controllo", "Totale controllo"],
        ["Estudo", "Eventos intervenção", "Total intervenção", "Eventos controle", "Total controle"],
        ["Studie", "Gebeurtenissen interventie", "Aantal interventie", "Gebeurtenissen controle", "Aantal controle"],
        ["著者", "介入群 イベント数", "介入群 例数", "対照群 イベント数", "対照群 例数"],
        ["研究", "试验组 事件数", "试验组 例数", "对照组 事件数", "对照组 例数"],
        ["Author", "ai", "n1i", "ci", "n2i"],
    ],
)
def test_columns_are_known_in_several_wordings_and_languages(write_book: WriteBook, header: list[str]) -> None:
    path = write_book({"Data ": [header, ["Habu 2004", 2, 21, 9, 19]]})
    assert counts(path) == [[2, 21, 9, 19]]
    assert read_studies(path).study == ("Habu 2004",)
    assert read_studies(path, sheet="Data ").cells["event_e"] == ("Data!B2",)


@pytest.mark.parametrize(
    "header",
    [
        ["Study", "Group", "Events", "Total"],
        ["著者", "群", "イベント数", "例数"],
        ["Étude", "Groupe", "Événements", "Effectif"],
    ],
)
def test_one_row_per_arm_is_known_in_other_words_too(write_book: WriteBook, header: list[str]) -> None:
    rows = [header, ["Habu 2004", "K2", 2, 21], ["Habu 2004", "none", 9, 19]]
    assert counts(write_book({"Sheet1": rows}), experimental="K2", control="none") == [[2, 21, 9, 19]]


def test_a_sheet_that_has_a_layout_keeps_its_moderators(write_book: WriteBook) -> None:
    rows = [[*WIDE, "treatment", "author"], ["A", 1, 20, 2, 20, "oral", "Smith"]]
    table = read_studies(write_book({"trials": rows}))
    assert table.words("treatment") == ("oral",)
    assert table.words("author") == ("Smith",)
    assert table.problems == ()


def test_means_with_a_standard_error_are_read_as_such(write_book: WriteBook) -> None:
    header = ["Study", "Mean E", "SE E", "n E", "Mean C", "SE C", "n C"]
    table = read_studies(write_book({"t": [header, ["A", 5.1, 0.2, 20, 5.9, 0.25, 21]]}))
    assert table.columns["dispersion_e"].tolist() == [0.2]
    assert table.words("dispersion_type_c") == ("SEM",)


def test_a_ratio_names_its_measure(write_book: WriteBook) -> None:
    table = read_studies(write_book({"t": [["Trial", "HR (95% CI)"], ["A", "0.80 (0.65–0.98)"]]}))
    assert [table.columns[name][0] for name in ("estimate", "ci_low", "ci_high")] == [0.8, 0.65, 0.98]
    assert table.words("measure") == ("HR",)
    assert table.traces["ci_high"][0].rule == "number 3 of 3 in the cell"
    assert table.traces["ci_high"][0].raw == "0.80 (0.65–0.98)"


def test_two_numbers_in_a_cell_are_parted_where_the_header_says_which(write_book: WriteBook) -> None:
    header = ["Study", "Mean (SD) treatment", "n treatment", "Mean (SD) placebo", "n placebo"]
    table = read_studies(write_book({"t": [header, ["A", "12.3 (4.5)", 20, "13 ± 4", 21]]}))
    assert [table.columns[name][0] for name in ("mean_e", "sd_e", "mean_c", "sd_c")] == [12.3, 4.5, 13, 4]


def test_a_cell_that_does_not_hold_two_numbers_is_an_error_there(write_book: WriteBook) -> None:
    header = ["Study", "Mean (SD) treatment", "n treatment", "Mean (SD) placebo", "n placebo"]
    path = write_book({"t": [header, ["A", "about twelve", 20, "13 ± 4", 21]]})
    with pytest.raises(StudyDataError, match="MK-M01  t!B2  mean_e  'about twelve' is not a number"):
        read_studies(path)


def test_the_total_below_is_an_error_and_not_a_study(write_book: WriteBook) -> None:
    rows = [WIDE, ["A", 1, 20, 2, 20], ["B", 3, 30, 4, 30], ["Total", 4, 50, 6, 50]]
    with pytest.raises(StudyDataError, match="MK-S12  trials!A4  study  'Total' is no trial"):
        read_studies(write_book({"trials": rows}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_text_file_is_read_in_any_encoding_with_any_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [WIDE, ["Müller 2004", "2", "21", "9", "19"]]
    path = tmp_path / "trials.csv"
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    assert counts(path) == [[2, 21, 9, 19]]
    assert read_studies(path).study == ("Müller 2004",)
    told = [code for code, _ in codes(path)]
    assert told == ([] if (encoding.startswith("utf-8"), delimiter) == (True, ",") else ["MK-L03"])


def test_decimal_commas_of_a_file_with_semicolons_are_decimals(tmp_path: Path) -> None:
    header = "study;mean_e;sd_e;n_e;mean_c;sd_c;n_c"
    (tmp_path / "trials.csv").write_text(f"{header}\nA;12,5;3,1;1.020;13,25;4;21\n")
    table = read_studies(tmp_path / "trials.csv")
    assert [table.columns[name][0] for name in ("mean_e", "sd_e", "mean_c", "n_e")] == [12.5, 3.1, 13.25, 1020]
    assert table.traces["mean_e"][0].rule == "decimal comma"
    assert table.traces["n_e"][0].rule == "thousands point"


def test_a_mapping_is_guessed_once_and_then_kept(write_book: WriteBook) -> None:
    path = write_book({"Data ": [["Liste"], ["Autor", "Fälle IG", "n IG", "Fälle KG", "n KG"], ["A", 2, 21, 9, 19]]})
    with pytest.raises(StudyDataError):
        read_studies(path)
    columns = {"Autor": "study", "Fälle IG": "event_e", "n IG": "n_e", "Fälle KG": "event_c", "n KG": "n_c"}
    lines = "\n".join(f'"{found}" = "{meant}"' for found, meant in columns.items())
    mapping_path(path).write_text(
        f'[sheets."Data "]\nheader = 2\n[sheets."Data ".columns]\n{lines}\n', encoding="utf-8"
    )
    assert counts(path) == [[2, 21, 9, 19]]
    with pytest.raises(FileExistsError):
        write_mapping(path, map_columns(path))


def test_the_mapping_that_is_written_reads_the_sheet_as_the_guess_did(write_book: WriteBook) -> None:
    path = merged(write_book({"trials": TWO_ROWS}), "B3:C3", "D3:E3", "A3:A4")
    before = counts(path)
    written = write_mapping(path, map_columns(path))
    assert written.name == "trials.map.toml"
    assert "header = [3, 4]" in written.read_text(encoding="utf-8")
    assert counts(path) == before
    assert "MK-L01" not in [code for code, _ in codes(path)]


def test_a_mapping_may_part_cells_name_sheets_and_add_constants(write_book: WriteBook) -> None:
    path = write_book({"Blatt1": [["Nr", "T", "nT", "K", "nK"], ["A", "12,5 (0,2)", 20, "13,5 (0,3)", 21]]})
    mapping_path(path).write_text(
        '[sheets.Blatt1]\nname = "continuous"\ndecimal = ","\n[sheets.Blatt1.columns]\nNr = "study"\n'
        'T = ["mean_e", "dispersion_e"]\nnT = "n_e"\nK = ["mean_c", "dispersion_c"]\nnK = "n_c"\n'
        '[sheets.Blatt1.constants]\ndispersion_type_e = "SEM"\ndispersion_type_c = "SEM"\n',
        encoding="utf-8",
    )
    table = read_studies(path, sheet="continuous")
    assert [table.columns[name][0] for name in ("mean_e", "dispersion_c")] == [12.5, 0.3]
    assert table.words("dispersion_type_e") == ("SEM",)


@pytest.mark.parametrize(
    "content, told",
    [
        ("[sheets.Nowhere]\nheader = 1", "MK-L04  Nowhere  the column mapping names 'Nowhere'"),
        ('[sheets.trials.columns]\nevent = "event_e"', "MK-L04  trials  event  the column mapping names 'event'"),
        ("[sheets.trials]\nheadr = 1", 'MK-L05  .*unknown key .headr.; did you mean "header"'),
        ("[sheets.trials]\nheader = 0", "MK-L05  .*header is one or two row numbers"),
        ('[sheets.trials]\ndecimal = ";"', 'MK-L05  .*decimal is "." or ","'),
        ("[sheets.trials.columns]\nstudy = 1", "MK-L05  .*is a column, or a list of columns"),
        ('[sheets.trials.columns]\nn_e = "n_c"\nn_c = "n_c"', "MK-L05  .*two columns are read as n_c"),
        ("sheets = 1", "MK-L05  .*`sheets` is no table"),
        ("[sheets", "MK-L05  the column mapping cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_mapping_is_told(write_book: WriteBook, content: str, told: str) -> None:
    path = write_book({"trials": [WIDE, ["A", 1, 20, 2, 20]]})
    mapping_path(path).write_text(content, encoding="utf-8")
    with pytest.raises(StudyDataError, match=told):
        read_studies(path)


def test_a_cell_keeps_its_comment_as_source_and_its_raw_text(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "trials"
    for row in (WIDE, ["Habu 2004", 2, "21 ", 9, 19]):
        sheet.append(row)
    sheet["B2"].comment = Comment("Anna:\nTable 2, p 345", "Anna")
    workbook.save(tmp_path / "trials.xlsx")
    table = read_studies(tmp_path / "trials.xlsx")
    trace = table.traces["event_e"][0]
    assert (trace.cell, trace.raw, trace.rule, trace.source) == ("trials!B2", "2", "", "Table 2, p 345")
    trace = table.traces["n_e"][0]
    assert (trace.raw, trace.rule) == ("21", "text read as a number")


def test_what_a_sheet_hides_or_marks_is_seen(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "trials"
    for row in (
        [*WIDE, "note"],
        ["A", 1, 20, 2, 20, "x"],
        ["B", 1, 20, 2, 20],
        ["C", 1, 20, 2, 20],
        ["D", 0.15, 20, 2, 20],
    ):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["F"].hidden = True
    sheet["B4"].font = Font(strike=True)
    sheet["C4"].fill = PatternFill("solid", start_color="FFFF00")
    sheet["B5"].number_format = "0%"
    sheet.merge_cells("D4:D5")
    workbook.create_sheet("old").sheet_state = "hidden"
    workbook.save(tmp_path / "trials.xlsx")
    book = open_book(tmp_path / "trials.xlsx")
    rows = book.sheets["trials"].rows
    assert [row["event_e"].hidden for row in rows] == ["", "row", "", ""]
    assert rows[0]["note"].hidden == "column"
    assert (rows[2]["event_e"].struck, rows[2]["n_e"].fill) == (True, "FFFF00")
    assert (rows[2]["event_c"].merged, rows[3]["event_c"].merged) == ("D4:D5", "D4:D5")
    assert rows[3]["event_e"].number_format == "0%"
    assert book.sheets["old"].hidden
    assert book.unseen == ()


def test_rows_that_a_filter_hides_are_told_apart(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in (WIDE, ["A", 1, 20, 2, 20], ["B", 1, 20, 2, 20]):
        sheet.append(row)
    sheet.auto_filter.ref = "A1:E3"
    sheet.auto_filter.add_filter_column(0, ["A"])
    sheet.row_dimensions[3].hidden = True
    workbook.save(tmp_path / "trials.xlsx")
    (sheet_read,) = open_book(tmp_path / "trials.xlsx").sheets.values()
    assert [row["study"].hidden for row in sheet_read.rows] == ["", "filter"]

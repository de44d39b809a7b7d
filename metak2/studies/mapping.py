"""The column mapping beside a sheet, `trials.map.toml`: guessed once by `metak2 check --map`, kept and changed by hand.

[sheets."Data "]
name = "binary"                            # the sheet's name in metak2
header = [3, 4]                            # rows of the column names
decimal = ","                              # of numbers that stand as text
[sheets."Data ".columns]                   # column in the file → column of metak2
"Intervention / Ereignisse" = "event_e"
"Mittelwert (SD)" = ["mean_e", "sd_e"]     # two numbers in one cell
[sheets."Data ".constants]                 # the same in every row
dispersion_type_e = "SEM"
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metak2.errors import CellProblem, StudyDataError, did_you_mean
from metak2.studies.checks.reading import mapping_unreadable

SHEET_KEYS = ("name", "header", "decimal", "columns", "constants")
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SheetMapping:
    """How one sheet is read: rows of the header, columns of the file → columns of metak2, and constants."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    header: tuple[int, ...] = ()
    decimal: str = ""
    name: str = ""


BookMapping = Mapping[str, SheetMapping]


def mapping_path(path: Path) -> Path:
    """Where the mapping of a workbook lies: `trials.map.toml` beside `trials.xlsx`."""
    return path.with_name(f"{path.stem}.map.toml")


def read_mapping(path: Path) -> BookMapping | None:
    """The mapping beside the workbook, None where there is none. StudyDataError lists every mistake in it."""
    beside = mapping_path(path)
    if not beside.is_file():
        return None
    source = beside.as_posix()
    try:
        if beside.stat().st_size > MOST_BYTES:
            raise StudyDataError([mapping_unreadable("it is larger than a mapping can be")], source=source)
        content = tomllib.loads(beside.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyDataError([mapping_unreadable(str(error))], source=source) from error
    problems = [*_unknown(content, ("sheets",), ""), *_mistakes(content.get("sheets", {}))]
    if problems:
        raise StudyDataError(problems, source=source)
    return {name: _sheet_mapping(said) for name, said in content.get("sheets", {}).items()}


def write_mapping(path: Path, mapping: BookMapping) -> Path:
    """Write the mapping beside the workbook and say where. FileExistsError where there is one: it is kept."""
    beside = mapping_path(path)
    import tomlkit  # noqa: PLC0415 - needed only where a mapping is written

    document = tomlkit.document()
    document.add(tomlkit.comment(f"How the columns of {path.name} are read. Yours to change; metak2 keeps it."))
    sheets = tomlkit.table(is_super_table=True)
    for title, said in mapping.items():
        table = tomlkit.table()
        if said.name:
            table["name"] = said.name
        if said.header:
            table["header"] = list(said.header)
        if said.decimal:
            table["decimal"] = said.decimal
        table["columns"] = {
            found: targets[0] if len(targets) == 1 else list(targets) for found, targets in said.columns.items()
        }
        if said.constants:
            table["constants"] = dict(said.constants)
        sheets[title] = table
    document["sheets"] = sheets
    with beside.open("x", encoding="utf-8", newline="\n") as handle:
        handle.write(tomlkit.dumps(document))
    return beside


def _sheet_mapping(said: Mapping[str, Any]) -> SheetMapping:
    header = said.get("header", [])
    return SheetMapping(
        columns={
            found: (target,) if isinstance(target, str) else tuple(target)
            for found, target in said.get("columns", {}).items()
        },
        constants=dict(said.get("constants", {})),
        header=(header,) if isinstance(header, int) else tuple(header),
        decimal=said.get("decimal", ""),
        name=said.get("name", ""),
    )


def _mistakes(sheets: object) -> Iterable[CellProblem]:
    if not isinstance(sheets, dict):
        yield mapping_unreadable("`sheets` is no table")
        return
    for name, said in sheets.items():
        if not isinstance(said, dict):
            yield mapping_unreadable(f'sheets."{name}" is no table')
            continue
        yield from _unknown(said, SHEET_KEYS, f'sheets."{name}": ')
        if not all(isinstance(number, int) and number > 0 for number in _listed(said.get("header", []))):
            yield mapping_unreadable(f'sheets."{name}".header is one or two row numbers, such as [3, 4]')
        if not isinstance(said.get("name", ""), str):
            yield mapping_unreadable(f'sheets."{name}".name is a text')
        if said.get("decimal", ".") not in {".", ","}:
            yield mapping_unreadable(f'sheets."{name}".decimal is "." or ","')
        yield from _wrong_targets(name, said)


def _wrong_targets(name: str, said: Mapping[str, Any]) -> Iterable[CellProblem]:
    columns, constants = said.get("columns", {}), said.get("constants", {})
    if not isinstance(columns, dict) or not isinstance(constants, dict):
        yield mapping_unreadable(f'sheets."{name}": columns and constants are tables')
        return
    for found, target in columns.items():
        if not all(isinstance(part, str) for part in _listed(target)):
            yield mapping_unreadable(f'sheets."{name}".columns."{found}" is a column, or a list of columns')
    targets = [part for target in columns.values() for part in _listed(target) if part]
    for twice in sorted({str(part) for part in targets if targets.count(part) > 1}):
        yield mapping_unreadable(f'sheets."{name}": two columns are read as {twice}')
    for constant, value in constants.items():
        if not isinstance(value, str):
            yield mapping_unreadable(f'sheets."{name}".constants.{constant} is a text')


def _unknown(said: Mapping[str, Any], allowed: Sequence[str], where: str) -> Iterable[CellProblem]:
    for key in said:
        if key not in allowed:
            yield mapping_unreadable(f"{where}unknown key '{key}'{did_you_mean(key, allowed)}")


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]

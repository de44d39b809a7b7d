"""What people answered to the problems of a sheet: `trials.answers.toml` beside `trials.xlsx`, never in it.

Each answer names a code and a cell, and accepts, corrects or excludes, with a reason, a name and a date. It holds the
content it was given for: a changed cell voids it.

    [[answer]]
    code   = "MK-H01"
    cell   = "trials!A12"
    action = "exclude"          # accept, correct or exclude
    raw    = "Ito 2013"         # what the cell held; for a column, a list of what its cells held
    reason = "retracted, see integrity sheet"
    name   = "A. Reviewer"
    date   = 2026-11-22

`correct` takes a `value`, or for a column `read_as`: the columns that get the numbers in a cell, in order, or
"decimal comma" or "thousands comma". `exclude` drops the row of the cell, the column, or the sheet.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.answering import (
    answer_incomplete,
    answer_key_unknown,
    answer_not_accepting,
    answer_not_readable,
    answer_void,
    answer_without_cell,
)

KEYS = ("code", "cell", "action", "raw", "reason", "name", "date", "value", "read_as")
NEEDED = ("code", "cell", "action", "raw", "reason", "name", "date")
ACTIONS = ("accept", "correct", "exclude")
COMMAS = ("decimal comma", "thousands comma")
NEVER_ACCEPTED = frozenset(
    f"MK-{code}"
    for code in (
        *("T01", "T02", "T03", "T04", "T09", "T10", "T13", "T15", "T16"),
        *("C01", "C02", "C03", "C07", "C08", "M01", "M02", "M03"),
        *("E01", "E03", "E04", "E05", "E06", "E07", "E08", "S01", "S02", "S03", "S08", "S09"),
    )
)
"""Problems that leave open which value to use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `raw` holds the contents it was given for; `cell` is a cell, a column ("trials!F") or a sheet."""

    code: str
    cell: str
    action: str
    raw: tuple[str, ...]
    reason: str
    name: str
    date: str
    value: float | str | None = None
    read_as: tuple[str, ...] = ()

    def covers(self, cell: str) -> bool:
        """Whether the cell is the one named, or lies in the column or sheet named."""
        if cell == self.cell:
            return True
        sheet, _, reference = cell.rpartition("!")
        wanted_sheet, _, wanted = self.cell.rpartition("!")
        if "!" not in self.cell:
            return sheet == self.cell
        return wanted.isalpha() and sheet == wanted_sheet and reference.rstrip("0123456789") == wanted


def answers_beside(path: str | os.PathLike[str]) -> Path:
    """Where the answers to this file stand: `trials.answers.toml` beside `trials.xlsx`."""
    return Path(path).with_suffix(".answers.toml")


def read_answers(path: str | os.PathLike[str]) -> tuple[Answer, ...]:
    """The answers in a file, () where there is none. StudyDataError lists what is wrong with it."""
    place = Path(path)
    if not place.is_file():
        return ()
    from tomlkit import parse  # noqa: PLC0415 - only needed where there are answers
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - as above

    name = place.as_posix()
    try:
        document = parse(place.read_text(encoding="utf-8-sig")).unwrap()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise StudyDataError([answer_not_readable(" ".join(str(error).split()))], source=name) from error
    problems = [answer_key_unknown("", key, ("answer",)) for key in document if key != "answer"]
    answers = []
    entries = document.get("answer", [])
    for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        found = _wrong(number, entry)
        problems += found
        if not found:
            answers.append(_answer(entry))
    if problems or not isinstance(entries, list):
        raise StudyDataError(problems or [answer_not_readable("answer is no list of [[answer]]")], source=name)
    return tuple(answers)


def add_answer(path: str | os.PathLike[str], answer: Answer) -> None:
    """Write one more answer at the end of the file; what stands there, comments included, is kept."""
    import tomlkit  # noqa: PLC0415 - only needed where there are answers

    place = Path(path)
    document = tomlkit.parse(place.read_text(encoding="utf-8-sig")) if place.is_file() else tomlkit.document()
    tables = document.get("answer")
    if tables is None:
        tables = tomlkit.aot()
        document.append("answer", tables)
    entry = tomlkit.table()
    for key in ("code", "cell", "action"):
        entry.add(key, getattr(answer, key))
    entry.add("raw", answer.raw[0] if len(answer.raw) == 1 else list(answer.raw))
    if answer.value is not None:
        entry.add("value", answer.value)
    if answer.read_as:
        entry.add("read_as", answer.read_as[0] if len(answer.read_as) == 1 else list(answer.read_as))
    for key in ("reason", "name"):
        entry.add(key, getattr(answer, key))
    entry.add("date", date.fromisoformat(answer.date))
    tables.append(entry)
    written = place.with_name(f".{place.name}.{os.getpid()}.writing")
    try:
        written.write_text(tomlkit.dumps(document), encoding="utf-8")
        written.replace(place)
    finally:
        written.unlink(missing_ok=True)


def settle(
    problems: Iterable[CellProblem], answers: Sequence[Answer]
) -> tuple[list[CellProblem], list[tuple[CellProblem, Answer]], list[CellProblem]]:
    """The problems still open, those accepted with their answer, and what is wrong with the answers themselves."""
    still_open, answered, void = [], [], {}
    for problem in problems:
        accepting = acceptance(problem, answers)
        if accepting is not None:
            answered.append((problem, accepting))
            continue
        still_open.append(problem)
        for answer in answers:
            if answer.action == "accept" and (answer.code, answer.cell) == (problem.code, problem.cell):
                void[answer] = answer_void(problem.cell, answer.code, answer.raw[0], problem.raw)
    return still_open, answered, list(void.values())


def acceptance(problem: CellProblem, answers: Iterable[Answer]) -> Answer | None:
    """The answer that accepts the problem for the content its cell has now, None where there is none."""
    return next(
        (
            answer
            for answer in answers
            if answer.action == "accept"
            and answer.code == problem.code
            and answer.covers(problem.cell)
            and problem.raw in answer.raw
        ),
        None,
    )


def nowhere(answers: Sequence[Answer], used: Iterable[Answer], cells: Mapping[str, str]) -> list[CellProblem]:
    """MK-Q02 for each answer whose cell is not there any more."""
    done = set(used)
    known = {cell.rpartition("!")[0] for cell in cells} | set(cells)
    return [
        answer_without_cell(answer.cell, answer.code)
        for answer in answers
        if answer not in done and answer.cell not in known and not any(answer.covers(cell) for cell in cells)
    ]


def _wrong(number: int, entry: object) -> list[CellProblem]:
    if not isinstance(entry, dict):
        return [answer_not_readable(f"answer {number} is no table")]
    cell = str(entry.get("cell", f"answer {number}"))
    problems = [answer_key_unknown(cell, key, KEYS) for key in entry if key not in KEYS]
    problems += [answer_incomplete(cell, f"{key} is missing") for key in NEEDED if key not in entry]
    if problems:
        return problems
    action = entry["action"]
    if action not in ACTIONS:
        problems.append(answer_incomplete(cell, f"action is {action!r}, not one of {', '.join(ACTIONS)}"))
    if action == "correct" and ("value" in entry) == ("read_as" in entry):
        problems.append(answer_incomplete(cell, "correct needs either a value or read_as"))
    if action != "correct" and ("value" in entry or "read_as" in entry):
        problems.append(answer_incomplete(cell, f"{action} takes no value"))
    if not isinstance(entry.get("value", 0), (int, float, str)) or isinstance(entry.get("value"), bool):
        problems.append(answer_incomplete(cell, "value is neither a number nor a text"))
    problems += [
        answer_incomplete(cell, f"{key} is empty") for key in ("reason", "name") if not str(entry[key]).strip()
    ]
    if not _day(entry["date"]):
        problems.append(answer_incomplete(cell, f"date is {entry['date']!r}, not a day such as 2026-11-22"))
    if action == "accept" and entry["code"] in NEVER_ACCEPTED:
        problems.append(answer_not_accepting(cell, str(entry["code"])))
    return problems


def _day(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return ""


def _answer(entry: Mapping[str, Any]) -> Answer:
    value = entry.get("value")
    return Answer(
        code=str(entry["code"]),
        cell=str(entry["cell"]),
        action=str(entry["action"]),
        raw=_several(entry["raw"]),
        reason=str(entry["reason"]),
        name=str(entry["name"]),
        date=_day(entry["date"]),
        value=float(value) if isinstance(value, (int, float)) else value,
        read_as=_several(entry.get("read_as", ())),
    )


def _several(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, (list, tuple)) else (str(value),)

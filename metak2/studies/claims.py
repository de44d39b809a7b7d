"""What articles claim, and the cells of the datasets that it is to be held against."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks import published as checks
from metak2.studies.checks.files import missing_column
from metak2.studies.read import read_sheet
from metak2.studies.sheet import CellValue, Sheet, text_of

_FIRST_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Basis = Literal[
    "trial", "review of trials", "before and after", "cohort", "in vitro", "animal", "statistic", "food", "kinetics",
    "advice", "mechanism",
]  # fmt: skip
Rule = Literal["as printed", "per cent lower", "sum", "effect", "none"]
Role = Literal["value", "effect", "beside"]
Scope = Literal["finding", "general"]
Direction = Literal["lower", "higher", ""]

BASES: tuple[Basis, ...] = get_args(Basis)
RULES: tuple[Rule, ...] = get_args(Rule)
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

CLAIM_COLUMNS = (
    "claim", "article", "topic", "sentence", "number", "to", "unit", "basis", "rule", "scope", "direction", "note",
)  # fmt: skip
EVIDENCE_COLUMNS = ("claim", "dataset", "sheet", "cell", "row_of", "role", "unit", "note")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """A cell that a claim is held against.

    `value` is what stands in it; `row` is its whole row, by column; `role` is "value" (the claim's number is to be
    found here), "effect" (the claimed effect is judged by this result) or "beside" (shown, not judged).
    """

    claim: str
    dataset: str
    sheet: str
    cell: str
    row_of: str
    role: Role
    unit: str
    note: str
    column: str
    value: float | str
    row: Mapping[str, CellValue]

    @property
    def number(self) -> float | None:
        """The value, or the first number of a text such as "45 mg/day" or "per 10 ug/day"."""
        if isinstance(self.value, float):
            return self.value
        found = _FIRST_NUMBER.search(self.value)
        return float(found.group()) if found else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claim:
    """One claim of an article in our own words.

    `number` (to `to`, where it is a range) is None where the article gives none; `decimals` are those it prints;
    `basis` is what the claim rests on; `rule` how its number follows from the evidence; `scope` whether it tells what a
    study found or says in general what is so; `direction` the effect claimed.
    """

    name: str
    article: str
    topic: str
    sentence: str
    number: float | None
    to: float | None
    decimals: int
    unit: str
    basis: Basis
    rule: Rule
    scope: Scope
    direction: Direction
    note: str
    cell: str
    evidence: tuple[Evidence, ...]


def read_claims(path: str | os.PathLike[str], datasets: str | os.PathLike[str]) -> tuple[Claim, ...]:
    """The claims of the sheet `claims`, each with its cells of the sheet `evidence`, looked up in `datasets`.

    A dataset is a folder with a workbook of its name. Columns: claim, article, topic, sentence, number, to, unit,
    basis, rule, scope, direction, note; and claim, dataset, sheet, cell, row_of, role, unit, note, where `row_of` names
    the study that must stand in the row, so that an inserted row is noticed.

    Raises
    ------
    StudyDataError
        With every link that leads to no evidence, or to another study's, and every word that is not allowed.
    """
    claims, links = read_sheet(path, "claims"), read_sheet(path, "evidence")
    problems = [*_columns(claims, CLAIM_COLUMNS), *_columns(links, EVIDENCE_COLUMNS)]
    if problems:
        raise StudyDataError(problems, source=claims.source)
    problems = [*_wrong_words(claims), *_named_twice(claims), *_wrong_links(links, claims)]
    found: dict[str, list[Evidence]] = {}
    for row in links.rows:
        evidence = _looked_up(row, Path(datasets), problems)
        if evidence is not None:
            found.setdefault(evidence.claim, []).append(evidence)
    if problems:
        raise StudyDataError(problems, source=claims.source)
    return tuple(_claim(row, tuple(found.get(text_of(row["claim"]), ()))) for row in claims.rows)


def _columns(sheet: Sheet, needed: tuple[str, ...]) -> Iterator[CellProblem]:
    yield from (missing_column(sheet.name, name, sheet.columns) for name in needed if name not in sheet.columns)


def _wrong_words(claims: Sheet) -> Iterator[CellProblem]:
    words: Mapping[str, tuple[str, ...]] = {"basis": BASES, "rule": RULES, "scope": SCOPES, "direction": DIRECTIONS}
    for row in claims.rows:
        for column in ("claim", "sentence"):
            if not text_of(row[column]):
                yield checks.nameless(row[column].address, column)
        for column, allowed in words.items():
            if text_of(row[column]) not in allowed:
                yield checks.unknown_word(row[column].address, column, text_of(row[column]), filter(None, allowed))
        for column in ("number", "to"):
            if not row[column].is_blank and not isinstance(row[column].value, (int, float)):
                yield checks.not_a_printed_number(row[column].address, column, text_of(row[column]))


def _named_twice(claims: Sheet) -> Iterator[CellProblem]:
    first: dict[str, str] = {}
    for row in claims.rows:
        name, cell = text_of(row["claim"]), row["claim"].address
        if name in first:
            yield checks.named_twice(cell, "claim", name, first[name])
        first.setdefault(name, cell)


def _wrong_links(links: Sheet, claims: Sheet) -> Iterator[CellProblem]:
    names = [text_of(row["claim"]) for row in claims.rows]
    for row in links.rows:
        if text_of(row["claim"]) not in names:
            yield checks.claim_unknown(row["claim"].address, text_of(row["claim"]), names)
        if text_of(row["role"]) not in ROLES:
            yield checks.unknown_word(row["role"].address, "role", text_of(row["role"]), ROLES)


def _looked_up(link: Mapping[str, CellValue], datasets: Path, problems: list[CellProblem]) -> Evidence | None:
    """The evidence behind a link; what is wrong with the link goes to `problems`."""
    dataset, sheet, cell = (text_of(link[name]) for name in ("dataset", "sheet", "cell"))
    here, address = f"{dataset} {sheet}!{cell}", link["cell"].address
    try:
        rows = read_sheet(datasets / dataset / f"{dataset}.xlsx", sheet).rows
    except StudyDataError as error:
        problems.append(checks.no_evidence_there(address, here, error.problems[0].message))
        return None
    for row in rows:
        for column, value in row.items():
            if value.address == f"{sheet}!{cell}":
                return _evidence(link, row, column, problems)
    problems.append(checks.no_evidence_there(address, here, "no row of the sheet has this cell"))
    return None


def _evidence(
    link: Mapping[str, CellValue], row: Mapping[str, CellValue], column: str, problems: list[CellProblem]
) -> Evidence | None:
    dataset, sheet, cell, row_of = (text_of(link[name]) for name in ("dataset", "sheet", "cell", "row_of"))
    here, address, found = f"{dataset} {sheet}!{cell}", link["cell"].address, row[column]
    holder = text_of(next(iter(row.values())))
    if holder != row_of:
        problems.append(checks.other_study_there(address, here, holder, row_of))
        return None
    if found.is_blank:
        problems.append(checks.no_evidence_there(address, here, "the cell is blank"))
        return None
    role: Role = next((role for role in ROLES if role == text_of(link["role"])), "beside")
    number = isinstance(found.value, (int, float)) and not isinstance(found.value, bool)
    return Evidence(
        claim=text_of(link["claim"]),
        dataset=dataset,
        sheet=sheet,
        cell=cell,
        row_of=row_of,
        role=role,
        unit=text_of(link["unit"]),
        note=text_of(link["note"]),
        column=column,
        value=float(str(found.value)) if number else text_of(found),
        row=row,
    )


def _claim(row: Mapping[str, CellValue], evidence: tuple[Evidence, ...]) -> Claim:
    number, to = (float(text_of(row[name])) if text_of(row[name]) else None for name in ("number", "to"))
    return Claim(
        name=text_of(row["claim"]),
        article=text_of(row["article"]),
        topic=text_of(row["topic"]),
        sentence=text_of(row["sentence"]),
        number=number,
        to=to,
        decimals=len(text_of(row["number"]).partition(".")[2]),
        unit=text_of(row["unit"]),
        basis=next(basis for basis in BASES if basis == text_of(row["basis"])),
        rule=next(rule for rule in RULES if rule == text_of(row["rule"])),
        scope=next(scope for scope in SCOPES if scope == text_of(row["scope"])),
        direction=next(word for word in DIRECTIONS if word == text_of(row["direction"])),
        note=text_of(row["note"]),
        cell=row["claim"].address,
        evidence=evidence,
    )

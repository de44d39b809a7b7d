"""RevMan 5's export of data and analyses as CSV: rows of comparisons, outcomes, subgroups and studies in one table.

A row is an outcome where it names a data type, a subgroup where its subgroup number is not 0 and it has no study's
order; columns that a type does not use are filled with 0.
"""

from collections.abc import Mapping, Sequence

from metak2.studies.formats.revman import Kind, RevmanAnalysis, RevmanRow, book_of, measure_of, number_of, studies_sheet
from metak2.studies.grid import Grid
from metak2.studies.sheet import Book, CellValue, text_of
from metak2.studies.wording import plain_words

KINDS: Mapping[str, Kind] = {"DIC": "counts", "CON": "means", "GIV": "effects", "IPD": "O-E", "IOE": "O-E"}
ENTERED: Mapping[Kind, Mapping[str, str]] = {
    "counts": {"event_e": "events 1", "n_e": "total 1", "event_c": "events 2", "n_c": "total 2"},
    "means": {"mean_e": "mean 1", "sd_e": "sd 1", "n_e": "total 1",
              "mean_c": "mean 2", "sd_c": "sd 2", "n_c": "total 2"},
    "effects": {"estimate": "effect estimate", "se": "se", "n_e": "total 1", "n_c": "total 2"},
    "O-E": {"o_e": "o e", "variance": "var", "n_e": "total 1", "n_c": "total 2"},
}  # fmt: skip
STORED = {
    "estimate": "effect estimate", "ci_low": "ci start", "ci_high": "ci end", "weight": "weight", "se": "se",
    "chi2": "q", "Q_pval": "p q", "I2": "i2 q", "tau2": "tau2", "z": "z", "p": "p z", "df": "df",
}  # fmt: skip
NEEDED = ("comparison number", "outcome number", "name", "data type", "effect measure")
Line = Mapping[str, CellValue]


def is_revman_csv(grid: Grid) -> bool:
    """Whether the first row holds the columns of RevMan's export."""
    names = {plain_words(text_of(cell)) for cell in grid.rows[0][1]} if grid.rows else set()
    return names.issuperset(NEEDED)


def read_revman_csv(grid: Grid, source: str) -> Book:
    """Sheets studies, binary, continuous and effects."""
    analyses = analyses_of(grid)
    studies = [(row.study, row.year) for analysis in analyses for row in analysis.rows]
    beside = {"studies": studies_sheet(source, studies)} if studies else {}
    return book_of(source, analyses, written_as="revman csv", beside=beside)


def analyses_of(grid: Grid) -> list[RevmanAnalysis]:
    """Every analysis of the export, in its order."""
    names = [plain_words(text_of(cell)) for cell in grid.rows[0][1]]
    lines = [dict(zip(names, cells, strict=False)) for _, cells in grid.rows[1:]]
    comparisons = {_say(line, "comparison number"): _say(line, "name") for line in lines if _is_comparison(line)}
    found: list[RevmanAnalysis] = []
    for index, line in enumerate(lines):
        if _say(line, "data type"):
            following = next((later for later in range(index + 1, len(lines)) if _ends(lines[later])), len(lines))
            found.append(_analysis(line, lines[index + 1 : following], comparisons))
    return found


def _is_comparison(line: Line) -> bool:
    return _say(line, "outcome number") in {"0", ""}


def _ends(line: Line) -> bool:
    return bool(_say(line, "data type")) or _is_comparison(line)


def _analysis(head: Line, lines: Sequence[Line], comparisons: Mapping[str, str]) -> RevmanAnalysis:
    kind = KINDS.get(_say(head, "data type").upper(), "effects")
    number = f"{_say(head, 'comparison number')}.{_say(head, 'outcome number')}"
    measure = measure_of(_say(head, "effect measure"), log=True)
    rows, subgroups = [], {}
    subgroup = ""
    for line in lines:
        if _say(line, "subgroup number") not in {"0", ""} and _is_subgroup(line):
            subgroup = _say(line, "name")
            subgroups[subgroup] = _stored(line)
        else:
            rows.append(_row(line, kind, subgroup if _say(line, "subgroup number") not in {"0", ""} else ""))
    return RevmanAnalysis(
        number=number,
        name=_say(head, "name"),
        comparison=comparisons.get(_say(head, "comparison number"), ""),
        kind=kind,
        measure=measure,
        method={"PETO": "PETO", "P": "PETO"}.get(
            _say(head, "statistical method").upper(), _say(head, "statistical method")
        ),
        random=_say(head, "analysis model").casefold().startswith("random"),
        rows=tuple(rows),
        stored=_stored(head),
        stored_subgroups=subgroups,
        log=kind in {"counts", "O-E"},
        arms=(_say(head, "group label 1") or "Experimental", _say(head, "group label 2") or "Control"),
    )


def _is_subgroup(line: Line) -> bool:
    """A subgroup's row has results of its own; a study's row has a place in the order."""
    return not _say(line, "user defined order") and bool(_say(line, "q") or _say(line, "df") or _say(line, "z"))


def _row(line: Line, kind: Kind, subgroup: str) -> RevmanRow:
    columns = ENTERED[kind]
    entered = {name: _say(line, column) for name, column in columns.items() if _say(line, column)}
    return RevmanRow(
        study=_say(line, "name"),
        year=_say(line, "year of study"),
        subgroup=subgroup,
        entered=entered,
        stored=_stored(line),
        cells={name: line[column].address for name, column in columns.items() if column in line},
    )


def _stored(line: Line) -> dict[str, str]:
    """RevMan's results; all of them 0 means that none were calculated."""
    found = {name: _say(line, column) for name, column in STORED.items() if _say(line, column)}
    telling = [number_of(found.get(name, "")) for name in ("estimate", "ci_low", "ci_high")]
    return found if any(value == value and value != 0 for value in telling) else {}  # noqa: PLR0124 - not NaN


def _say(line: Line, column: str) -> str:
    return text_of(line.get(column))

"""RevMan Web data packages (.zip): data rows, overall estimates and settings, subgroups, studies, risk of bias.

Read by the names of the columns, so that more of them do no harm. Columns that a type of data does not use hold 0.0,
and "#N/A" stands for nothing. A package may lie inside another archive, once. (Cochrane, "Version 1 data package".)
Packages since September 2024 have the columns "Heterogeneity estimator", "CI method" and "CI/PI level" as well.
"""

from collections.abc import Mapping
from pathlib import Path

from metak2.errors import StudyDataError
from metak2.studies.checks.reading import archive_in_archive, not_this_format
from metak2.studies.delimited import decode, find_delimiter, split_lines
from metak2.studies.formats.revman import Kind, RevmanAnalysis, RevmanRow, book_of, measure_of, number_of, studies_sheet
from metak2.studies.formats.risk_of_bias import RISK_OF_BIAS, risk_of_bias_sheet
from metak2.studies.guards import open_archive, read_bytes, read_part
from metak2.studies.sheet import Book, column_letter

ROWS, SETTINGS, SUBGROUPS = "-data-rows.csv", "-overall-estimates-and-settings.csv", "-subgroup-estimates.csv"
STUDIES, BIAS = "-study-information.csv", "-risk-of-bias.csv"
NEEDED = {
    ROWS: ("Analysis group", "Analysis number", "Study"),
    SETTINGS: ("Analysis group", "Analysis number", "Data type", "Effect measure"),
}
ENTERED: Mapping[Kind, Mapping[str, str]] = {
    "counts": {"event_e": "Experimental cases", "n_e": "Experimental N",
               "event_c": "Control cases", "n_c": "Control N"},
    "means": {"mean_e": "Experimental mean", "sd_e": "Experimental SD", "n_e": "Experimental N",
              "mean_c": "Control mean", "sd_c": "Control SD", "n_c": "Control N"},
    "effects": {"estimate": "GIV Mean", "se": "GIV SE", "n_e": "Experimental N", "n_c": "Control N"},
    "O-E": {"o_e": "O-E", "variance": "Variance", "n_e": "Experimental N", "n_c": "Control N"},
}  # fmt: skip
STORED = {
    "estimate": "Mean", "ci_low": "CI start", "ci_high": "CI end", "weight": "Weight", "tau2": "Heterogeneity Tau²",
    "chi2": "Heterogeneity Chi²", "df": "Heterogeneity df", "Q_pval": "Heterogeneity P", "I2": "Heterogeneity I²",
    "z": "Effect Z", "t": "Effect T", "p": "Effect P",
}  # fmt: skip
ESTIMATORS = {"REML": ("reml", "restricted"), "DL": ("dersimonian", "dl")}
INTERVALS = {"HK": ("hksj", "hartung", "knapp"), "z": ("wald", "normal")}
NOTHING = frozenset({"", "#N/A", "N/A", "NA"})
Line = Mapping[str, str]
Files = Mapping[str, tuple[str, list[Line]]]  # ending → name of the file, its lines


def read_data_package(path: Path, source: str) -> Book:
    """Sheets binary, continuous, effects, studies and risk_of_bias of the package."""
    files = read_package(path, source)
    analyses = analyses_in(files)
    years = {line.get("Study", ""): line.get("Year", "") for line in files[STUDIES][1]} if STUDIES in files else {}
    years |= {row.study: row.year for analysis in analyses for row in analysis.rows if row.year}
    beside = {"studies": studies_sheet(source, list(years.items()))} if years else {}
    if BIAS in files:
        judged = _judged(files[BIAS][1])
        if any(judged.values()):
            beside[RISK_OF_BIAS] = risk_of_bias_sheet(source, judged, tool="", title=files[BIAS][0])
    return book_of(source, analyses, written_as="data package", beside=beside)


def read_analyses_web(path: Path, source: str) -> list[RevmanAnalysis]:
    """The analyses of the package with RevMan's own results."""
    return analyses_in(read_package(path, source))


def read_package(path: Path, source: str) -> Files:
    """The package's tables. StudyDataError where it is none, lacks a column, or would do harm."""
    files = _files(read_bytes(path, source), source, depth=0)
    lacking = [ending for ending in NEEDED if ending not in files]
    if lacking:
        reason = f"it holds no file ending in {' or '.join(lacking)}"
        raise StudyDataError([not_this_format("a RevMan Web data package", reason)], source=source)
    problems = [
        not_this_format("a RevMan Web data package", f"{files[ending][0]} has no column '{column}'")
        for ending, columns in NEEDED.items()
        for column in columns
        if files[ending][1] and column not in files[ending][1][0]
    ]
    if problems:
        raise StudyDataError(problems, source=source)
    return files


def _files(content: bytes, source: str, depth: int) -> dict[str, tuple[str, list[Line]]]:
    found: dict[str, tuple[str, list[Line]]] = {}
    with open_archive(content, source) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        for name in names:
            ending = next((end for end in (ROWS, SETTINGS, SUBGROUPS, STUDIES, BIAS) if name.endswith(end)), "")
            inner = name.lower().endswith(".zip")
            if not ending and not inner:
                continue
            if inner and depth >= 2:
                raise StudyDataError([archive_in_archive(name)], source=source)
            part = read_part(archive, name, source)
            if inner:
                found = {**_files(part, source, depth + 1), **found}
            else:
                found[ending] = (name.rpartition("/")[2], _lines(part, name, source))
    return found


def _lines(content: bytes, name: str, source: str) -> list[Line]:
    text, _ = decode(content, source)
    rows = split_lines(text, find_delimiter(text), name, source)
    header = [column.strip() for column in rows[0]] if rows else []
    return [
        {column: "" if cell.strip() in NOTHING else cell.strip() for column, cell in zip(header, row, strict=False)}
        for row in rows[1:]
        if any(cell.strip() for cell in row)
    ]


def analyses_in(files: Files) -> list[RevmanAnalysis]:
    """Every analysis of the package, in the order of its settings."""
    by_analysis: dict[str, list[tuple[int, Line]]] = {}
    for number, line in enumerate(files[ROWS][1], start=2):
        by_analysis.setdefault(_number(line), []).append((number, line))
    subgroups: dict[str, dict[str, Mapping[str, str]]] = {}
    for line in files.get(SUBGROUPS, ("", []))[1]:
        subgroups.setdefault(_number(line), {})[line.get("Subgroup", "")] = _stored(line)
    name = files[ROWS][0].removesuffix(".csv")
    return [
        _analysis(line, by_analysis.get(_number(line), []), subgroups.get(_number(line), {}), name)
        for line in files[SETTINGS][1]
    ]


def _analysis(
    said: Line, rows: list[tuple[int, Line]], subgroups: Mapping[str, Mapping[str, str]], file: str
) -> RevmanAnalysis:
    log = said.get("Log-scale data", "").casefold() == "true"
    kind = _kind(said.get("Data type", ""))
    measure = measure_of(said.get("Effect measure", ""), log=log or kind == "O-E")
    method = said.get("Statistical method", "").upper()
    level = number_of((said.get("CI/PI level") or said.get("Estimate CI", "95%")).rstrip("% "))
    model = said.get("Analysis model", "").casefold()
    wanted = said.get("Overall estimates", "true").casefold() != "false"
    return RevmanAnalysis(
        number=_number(said),
        name=said.get("Analysis name", "") or f"Analysis {_number(said)}",
        comparison=said.get("Analysis group name", ""),
        kind=kind,
        measure=measure,
        method="PETO" if method.startswith("PETO") or measure == "PETO" else method or "IV",
        random=model.startswith("random"),
        rows=tuple(_row(line, number, kind, file) for number, line in rows),
        stored=_stored(said) if wanted else {},
        stored_subgroups=subgroups,
        log=log,
        swapped=kind == "counts" and said.get("Swap event and non-event", "").casefold() == "true",
        level=level / 100 if level > 1 else level if level > 0.5 else 0.95,
        arms=(said.get("Experimental group label") or said.get("Experimental intervention") or "Experimental",
              said.get("Control group label") or said.get("Control intervention") or "Control"),
        estimator=_one_of(said.get("Heterogeneity estimator", ""), ESTIMATORS, "DL"),
        interval=_one_of(said.get("CI method", ""), INTERVALS, "z"),
    )  # fmt: skip


def _one_of(said: str, wordings: Mapping[str, tuple[str, ...]], silent: str) -> str:
    """Our name of a setting, `silent` where nothing is said, else what is said."""
    words = said.casefold()
    named = (name for name, known in wordings.items() if any(word in words for word in known))
    return next(named, said) if said else silent


def _kind(said: str) -> Kind:
    words = said.casefold()
    if words.startswith("dich"):
        return "counts"
    if words.startswith("cont") and "contrast" not in words:
        return "means"
    return "O-E" if "o-e" in words or "individual" in words or "time-to-event" in words else "effects"


def _row(line: Line, number: int, kind: Kind, file: str) -> RevmanRow:
    columns = ENTERED[kind]
    if kind in {"counts", "means"} and _only_contrast(line):
        columns = ENTERED["effects"]
    letters = {column: index for index, column in enumerate(line)}
    return RevmanRow(
        study=line.get("Study", ""),
        year=line.get("Study year", ""),
        subgroup=line.get("Subgroup", ""),
        entered={name: line[column] for name, column in columns.items() if line.get(column)},
        stored=_stored(line),
        cells={
            name: f"{file}!{column_letter(letters[column])}{number}"
            for name, column in columns.items()
            if column in line
        },
        footnote=line.get("Footnotes", ""),
    )


def _only_contrast(line: Line) -> bool:
    """A study entered as a contrast: a standard error, and no people in its arms."""
    people = [number_of(line.get(column, "")) for column in ("Experimental N", "Control N")]
    return number_of(line.get("GIV SE", "")) > 0 and not any(value > 0 for value in people)


def _stored(line: Line) -> dict[str, str]:
    """RevMan's results; estimate and limits all 0 means that none were calculated."""
    found = {name: line[column] for name, column in STORED.items() if line.get(column)}
    return found if any(number_of(found.get(name, "0")) != 0 for name in ("estimate", "ci_low", "ci_high")) else {}


def _judged(lines: list[Line]) -> dict[str, dict[str, str]]:
    before = ("Domain (judgement): ", "Overall (judgement)")
    return {
        line.get("Study", ""): {
            column.removeprefix(before[0]): text
            for column, text in line.items()
            if column.startswith(before) or "judgement" in column.casefold()
        }
        for line in lines
    }


def _number(line: Line) -> str:
    return f"{line.get('Analysis group', '')}.{line.get('Analysis number', '')}"

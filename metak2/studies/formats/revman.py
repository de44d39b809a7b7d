"""What RevMan's exports have in common: analyses with settings, the data of each study, and RevMan's own results.

`book_of` makes sheets of them; `models.revman_check` recomputes the results that RevMan stored.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from metak2.studies.sheet import NOTHING_BUT_VALUES, Book, CellValue, Sheet, sheet_from_cells

Kind = Literal["counts", "means", "effects", "O-E"]

MEASURES: Mapping[str, str] = {
    "or": "OR", "odds ratio": "OR", "rr": "RR", "risk ratio": "RR", "rd": "RD", "risk difference": "RD",
    "peto_or": "PETO", "peto odds ratio": "PETO", "md": "MD", "mean difference": "MD",
    "smd": "SMD", "std. mean difference": "SMD", "standardized mean difference": "SMD",
    "standardised mean difference": "SMD", "hr": "HR", "hazard ratio": "HR", "rate ratio": "IRR", "irr": "IRR",
}  # fmt: skip
RATIOS = frozenset({"OR", "RR", "PETO", "HR", "IRR"})
COUNTS = ("event_e", "n_e", "event_c", "n_c")
MEANS = ("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c")
SHEETS: Mapping[Kind, str] = {"counts": "binary", "means": "continuous", "effects": "effects", "O-E": "effects"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RevmanRow:
    """One study in an analysis: what was entered (`event_e`, `mean_e`, `estimate`, `o_e` …) and what RevMan made of it.

    `entered` and `stored` hold the text of the file; `cells` the address of what was entered.
    """

    study: str
    year: str = ""
    subgroup: str = ""
    entered: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    footnote: str = ""

    def number(self, name: str) -> float:
        """A number that was entered, NaN where there is none."""
        return number_of(self.entered.get(name, ""))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RevmanAnalysis:
    """One analysis (forest plot) with its settings, rows and RevMan's results.

    `stored` and each of `stored_subgroups` lead from estimate, ci_low, ci_high, tau2, chi2, df, I2, z, p (and what else
    the file has) to the text of the file; ratios are ratios, not their logarithms. `log` says that generic data are
    logarithms; `swapped` that RevMan analyses those without the event.
    """

    number: str
    name: str
    comparison: str
    kind: Kind
    measure: str
    method: str
    random: bool
    rows: tuple[RevmanRow, ...]
    stored: Mapping[str, str]
    stored_subgroups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    log: bool = False
    swapped: bool = False
    level: float = 0.95
    arms: tuple[str, str] = ("Experimental", "Control")
    estimator: str = "DL"
    interval: str = "z"


def number_of(text: str) -> float:
    """The number that the text of a RevMan file stands for, NaN for blank, "#N/A" and words."""
    try:
        found = float(text)
    except ValueError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def measure_of(wording: str, *, log: bool = False) -> str:
    """metak2's name of an effect measure, "GEN" where it has none."""
    found = MEASURES.get(" ".join(wording.casefold().split()), "GEN")
    return found if log or found not in {"HR", "IRR"} else "GEN"


def ratio_of(logarithm: float) -> float:
    """The ratio whose natural logarithm this is."""
    return float(10 ** (logarithm * math.log10(math.e)))


def book_of(
    source: str,
    analyses: Sequence[RevmanAnalysis],
    *,
    written_as: str,
    beside: Mapping[str, Sheet] | None = None,
) -> Book:
    """Sheets binary, continuous and effects with one row per study of each analysis, and those given `beside`."""
    outcomes = _outcomes(analyses)
    lines: dict[str, list[dict[str, CellValue]]] = {}
    for analysis, outcome in zip(analyses, outcomes, strict=True):
        for row in analysis.rows:
            kind = _kind(analysis, row)
            lines.setdefault(SHEETS[kind], []).append(_line(analysis, row, outcome, kind))
    sheets = {name: _sheet(source, name, found) for name, found in lines.items()}
    return Book(source=source, sheets={**(beside or {}), **sheets}, format=written_as, unseen=NOTHING_BUT_VALUES)


def studies_sheet(source: str, studies: Iterable[tuple[str, str]]) -> Sheet:
    """The sheet `studies` with study and year."""
    years: dict[str, str] = {}
    for study, year in studies:
        years[study] = years.get(study) or year
    rows = [
        {"study": _text(study, f"studies!{study}.NAME"), "year": _number(year, f"studies!{study}.YEAR")}
        for study, year in years.items()
    ]
    return _sheet(source, "studies", rows)


def _outcomes(analyses: Sequence[RevmanAnalysis]) -> list[str]:
    """The names of the analyses, with their numbers where a name is used twice."""
    names = [analysis.name for analysis in analyses]
    return [
        f"{analysis.number} {analysis.name}" if names.count(analysis.name) > 1 else analysis.name
        for analysis in analyses
    ]


def _kind(analysis: RevmanAnalysis, row: RevmanRow) -> Kind:
    """What was entered for the study: generic data may stand in an analysis of counts or means."""
    if analysis.kind in {"counts", "means"} and "estimate" in row.entered:
        return "effects"
    return analysis.kind


def _line(analysis: RevmanAnalysis, row: RevmanRow, outcome: str, kind: Kind) -> dict[str, CellValue]:
    where = f"{analysis.number}!{row.study}"
    line = {
        "study": _text(row.study, f"{where}.STUDY"),
        "outcome": _text(outcome, f"{analysis.number}!NAME"),
        "comparison": _text(analysis.comparison, f"{analysis.number}!COMPARISON"),
        "analysis": _text(analysis.number, f"{analysis.number}!NO"),
        "subgroup": _text(row.subgroup, f"{where}.SUBGROUP"),
        "arm_e": _text(analysis.arms[0], f"{analysis.number}!GROUP_LABEL_1"),
        "arm_c": _text(analysis.arms[1], f"{analysis.number}!GROUP_LABEL_2"),
    }
    if kind == "counts":
        line |= {name: _entered(row, name) for name in COUNTS}
        line |= {f"event_{side}": _swapped(row, side) for side in "ec"} if analysis.swapped else {}
    elif kind == "means":
        line |= {name: _entered(row, name) for name in MEANS}
    else:
        line |= _effect(analysis, row, kind)
    return {**line, "note": _text(row.footnote, f"{where}.FOOTNOTE")}


def _effect(analysis: RevmanAnalysis, row: RevmanRow, kind: Kind) -> dict[str, CellValue]:
    """A generic effect: ratios as such, their standard error on the logarithm."""
    if kind == "O-E":
        estimate, se = one_step(row.number("o_e"), row.number("variance"))
        rules = ("(O-E) / V", "1 / square root of V")
        cells = (row.cells.get("o_e", ""), row.cells.get("variance", ""))
    else:
        estimate, se = row.number("estimate"), row.number("se")
        rules = ("", "")
        cells = (row.cells.get("estimate", ""), row.cells.get("se", ""))
    ratio = analysis.measure in RATIOS
    shown = ratio_of(estimate) if ratio else estimate
    rule = ", ".join(part for part in (rules[0], "antilogarithm" if ratio else "") if part)
    return {
        "measure": _text("OR" if analysis.measure == "PETO" else analysis.measure, f"{analysis.number}!EFFECT_MEASURE"),
        "estimate": _value(shown, cells[0], row.entered.get("estimate", row.entered.get("o_e", "")), rule),
        "se": _value(se, cells[1], row.entered.get("se", row.entered.get("variance", "")), rules[1]),
        **{name: _entered(row, name) for name in ("n_e", "n_c") if row.entered.get(name)},
    }


def one_step(o_e: float, variance: float) -> tuple[float, float]:
    """The logarithm of the ratio and its standard error from observed less expected events; NaN where V is 0."""
    if not variance > 0:
        return math.nan, math.nan
    return o_e / variance, 1 / math.sqrt(variance)


def _swapped(row: RevmanRow, side: str) -> CellValue:
    events, total = row.number(f"event_{side}"), row.number(f"n_{side}")
    raw = f"{row.entered.get(f'n_{side}', '')} - {row.entered.get(f'event_{side}', '')}"
    rule = "people less events: RevMan swaps event and non-event"
    return _value(total - events, row.cells.get(f"event_{side}", ""), raw, rule)


def _entered(row: RevmanRow, name: str) -> CellValue:
    return _number(row.entered.get(name, ""), row.cells.get(name, ""))


def _number(text: str, address: str) -> CellValue:
    value = number_of(text)
    shown: float | str | None = (text or None) if math.isnan(value) else value
    return CellValue(value=shown, address=address, raw=text)


def _value(value: float, address: str, raw: str, rule: str) -> CellValue:
    known = None if math.isnan(value) else value
    return CellValue(value=known, address=address, raw=raw if known is not None else "", rule=rule)


def _text(text: str, address: str) -> CellValue:
    return CellValue(value=text or None, address=address, raw=text)


def _sheet(source: str, name: str, lines: Sequence[Mapping[str, CellValue]]) -> Sheet:
    columns = list(dict.fromkeys(column for line in lines for column in line))
    header = [CellValue(value=column, address=f"{name}!{column}", raw=column) for column in columns]
    body = [[line.get(column, CellValue(value=None, address="")) for column in columns] for line in lines]
    return sheet_from_cells(source, name, header, body)

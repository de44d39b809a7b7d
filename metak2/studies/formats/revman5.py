"""RevMan 5 reviews (.rm5): one XML file with the analyses, their data and RevMan's own results.

`LOG_EFFECT_SIZE` and `LOG_CI_*` are decimal logarithms; study identifiers are escaped ("STD-MRC_x002d_1" is "MRC-1");
`SWAP_EVENTS` turns events into non-events. A file with a document type is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from xml.parsers import expat

from metak2.errors import StudyDataError
from metak2.studies.checks.files import unreadable
from metak2.studies.checks.reading import document_type, not_this_format
from metak2.studies.formats.revman import Kind, RevmanAnalysis, RevmanRow, book_of, measure_of, number_of, studies_sheet
from metak2.studies.formats.risk_of_bias import RISK_OF_BIAS, risk_of_bias_sheet
from metak2.studies.guards import RefusedError, read_bytes
from metak2.studies.sheet import Book, Sheet

OUTCOMES: Mapping[str, Kind] = {"DICH": "counts", "CONT": "means", "IV": "effects", "IPD": "O-E"}
ENTERED: Mapping[Kind, Mapping[str, str]] = {
    "counts": {"event_e": "EVENTS_1", "n_e": "TOTAL_1", "event_c": "EVENTS_2", "n_c": "TOTAL_2"},
    "means": {"mean_e": "MEAN_1", "sd_e": "SD_1", "n_e": "TOTAL_1",
              "mean_c": "MEAN_2", "sd_c": "SD_2", "n_c": "TOTAL_2"},
    "effects": {"estimate": "ESTIMATE", "se": "SE", "n_e": "TOTAL_1", "n_c": "TOTAL_2"},
    "O-E": {"o_e": "O_E", "variance": "VAR", "n_e": "TOTAL_1", "n_c": "TOTAL_2"},
}  # fmt: skip
STORED = {
    "estimate": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END", "weight": "WEIGHT", "tau2": "TAU2",
    "chi2": "CHI2", "df": "DF", "I2": "I2", "z": "Z", "p": "P_Z", "Q_pval": "P_CHI2", "se": "SE",
}  # fmt: skip
LOGARITHMS = {"estimate": "LOG_EFFECT_SIZE", "ci_low": "LOG_CI_START", "ci_high": "LOG_CI_END"}
TEXTS = frozenset({"NAME", "GROUP_LABEL_1", "GROUP_LABEL_2", "EFFECT_MEASURE", "FOOTNOTE", "DESCRIPTION"})
JUDGEMENTS = {"YES": "low", "NO": "high", "UNKNOWN": "unclear", "LOW": "low", "HIGH": "high", "UNCLEAR": "unclear"}

DEEPEST = 200  # a review's elements lie some ten deep
MOST_KEPT = 30_000  # elements; the largest Cochrane reviews have a few thousand

_ESCAPED = re.compile("_x([0-9a-fA-F]{4})_")
_KEPT = re.compile(
    r"COCHRANE_REVIEW|STUDY|COMPARISON|(DICH|CONT|IV|IPD)_(OUTCOME|SUBGROUP|DATA)|QUALITY_ITEM(_DATA_ENTRY)?"
)


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """An element that is kept: its attributes, the texts directly below it, and the kept elements inside it."""

    tag: str
    attributes: Mapping[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    inside: list["Node"] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute, "" where there is none."""
        return self.attributes.get(name, "")


def read_revman5(path: Path, source: str) -> Book:
    """Sheets binary, continuous, effects, studies and risk_of_bias of the review."""
    root = parse_review(read_bytes(path, source), source)
    analyses = analyses_in(root)
    years = {_study_name(node): node.get("YEAR") for node in _all(root, "STUDY")}
    used = {row.study for analysis in analyses for row in analysis.rows}
    beside = {}
    if used:
        beside["studies"] = studies_sheet(source, [(study, years.get(study, "")) for study in sorted(used)])
    judged = _risk_of_bias(root, source)
    return book_of(source, analyses, written_as="rm5", beside=beside | judged)


def read_analyses5(path: Path, source: str) -> list[RevmanAnalysis]:
    """The analyses of the review with RevMan's own results."""
    return analyses_in(parse_review(read_bytes(path, source), source))


@dataclass(slots=True, eq=False)
class _Reader:
    """Keeps the elements that matter while expat goes through the file once."""

    kept: list[Node] = field(default_factory=lambda: [Node(tag="", attributes={})])
    open_tags: list[str] = field(default_factory=lambda: [""])
    texts: list[str] = field(default_factory=lambda: [""])
    count: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.open_tags.append(tag)
        self.texts.append("")
        if len(self.open_tags) > DEEPEST:
            raise RefusedError(not_this_format("a RevMan 5 review", "its elements are nested too deep"))
        if _KEPT.fullmatch(tag):
            self.count += 1
            if self.count > MOST_KEPT:
                reason = f"it holds more than {MOST_KEPT:,} studies and results"
                raise RefusedError(not_this_format("a RevMan 5 review", reason))
            node = Node(tag=tag, attributes=attributes)
            self.kept[-1].inside.append(node)
            self.kept.append(node)

    def end(self, tag: str) -> None:
        self.open_tags.pop()
        text = self.texts.pop()
        if tag in TEXTS and self.kept[-1].tag == self.open_tags[-1]:
            self.kept[-1].texts[tag] = " ".join(text.split())
        elif self.open_tags[-1] in TEXTS:
            self.texts[-1] += text
        if self.kept[-1].tag == tag and len(self.kept) > 1:
            self.kept.pop()

    def characters(self, text: str) -> None:
        if self.open_tags[-1] in TEXTS or self.open_tags[-1] == "P":
            self.texts[-1] += text

    @staticmethod
    def refuse(*_: object) -> None:
        raise RefusedError(document_type(""))


def parse_review(content: bytes, source: str) -> Node:
    """The elements that matter. StudyDataError where it is no review, is malformed or declares a document type."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.characters, reader.refuse
    try:
        parser.ParseFile(BytesIO(content))
    except RefusedError as refused:
        raise StudyDataError([refused.problem], source=source) from refused
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise StudyDataError([unreadable(str(error))], source=source) from error
    top = reader.kept[0].inside
    if [node.tag for node in top] != ["COCHRANE_REVIEW"]:
        raise StudyDataError([not_this_format("a RevMan 5 review", "it holds no COCHRANE_REVIEW")], source=source)
    return top[0]


def analyses_in(root: Node) -> list[RevmanAnalysis]:
    """Every analysis of the review, in its order."""
    names = {node.get("ID"): _study_name(node) for node in _all(root, "STUDY")}
    years = {node.get("ID"): node.get("YEAR") for node in _all(root, "STUDY")}
    found = []
    for comparison in _all(root, "COMPARISON"):
        for outcome in comparison.inside:
            kind = OUTCOMES.get(outcome.tag.removesuffix("_OUTCOME"))
            if kind is not None and outcome.tag.endswith("_OUTCOME"):
                found.append(_analysis(comparison, outcome, kind, (names, years)))
    return found


def _analysis(
    comparison: Node, outcome: Node, kind: Kind, known: tuple[Mapping[str, str], Mapping[str, str]]
) -> RevmanAnalysis:
    number = f"{comparison.get('NO') or '1'}.{outcome.get('NO') or '1'}"
    log = outcome.get("LOG_DATA") == "YES" or kind in {"counts", "O-E"}
    measure = measure_of(outcome.get("EFFECT_MEASURE") or outcome.texts.get("EFFECT_MEASURE", ""), log=log)
    if kind == "O-E" and measure == "GEN":
        measure = "OR" if "odds" in outcome.texts.get("EFFECT_MEASURE", "").casefold() else "HR"
    rows, subgroups = [], {}
    for node in outcome.inside:
        if node.tag.endswith("_SUBGROUP"):
            name = node.texts.get("NAME", "") or node.get("ID")
            subgroups[name] = stored_in(node, measure)
            rows += [_row(number, data, kind, name, known) for data in node.inside if data.tag.endswith("_DATA")]
        elif node.tag.endswith("_DATA"):
            rows.append(_row(number, node, kind, "", known))
    level = number_of(outcome.get("CI_TOTAL"))
    return RevmanAnalysis(
        number=number,
        name=outcome.texts.get("NAME", "") or f"Analysis {number}",
        comparison=comparison.texts.get("NAME", ""),
        kind=kind,
        measure=measure,
        method=outcome.get("METHOD") or ("PETO" if kind == "O-E" else "IV"),
        random=outcome.get("RANDOM") == "YES",
        rows=tuple(rows),
        stored=stored_in(outcome, measure) if outcome.get("TOTALS") in {"", "YES"} else {},
        stored_subgroups=subgroups if outcome.get("TOTALS") != "NO" else {},
        log=log,
        swapped=kind == "counts" and outcome.get("SWAP_EVENTS") == "YES",
        level=level / 100 if level > 1 else 0.95,
        arms=(outcome.texts.get("GROUP_LABEL_1") or "Experimental", outcome.texts.get("GROUP_LABEL_2") or "Control"),
    )


def _row(
    number: str, node: Node, kind: Kind, subgroup: str, known: tuple[Mapping[str, str], Mapping[str, str]]
) -> RevmanRow:
    identifier = node.get("STUDY_ID")
    study = known[0].get(identifier) or unescaped(identifier).removeprefix("STD-")
    entered = {name: node.get(attribute) for name, attribute in ENTERED[kind].items() if node.get(attribute)}
    return RevmanRow(
        study=study,
        year=known[1].get(identifier, ""),
        subgroup=subgroup,
        entered=entered,
        stored={} if node.get("ESTIMABLE") == "NO" else stored_in(node, ""),
        cells={name: f"{number}!{study}.{ENTERED[kind][name]}" for name in ENTERED[kind]},
        footnote=node.texts.get("FOOTNOTE", ""),
    )


def stored_in(node: Node, measure: str) -> dict[str, str]:
    """RevMan's results in an element; where only the decimal logarithm of a ratio is kept, the ratio."""
    if node.get("ESTIMABLE") == "NO":
        return {}
    found = {name: node.get(attribute) for name, attribute in STORED.items() if node.get(attribute)}
    for name, attribute in LOGARITHMS.items():
        if measure and name not in found and node.get(attribute):
            found[name] = repr(10 ** number_of(node.get(attribute)))
    return found


def unescaped(identifier: str) -> str:
    """A study's identifier with its signs.

    >>> unescaped("STD-MRC_x002d_1")
    'STD-MRC-1'
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), identifier)


def _study_name(node: Node) -> str:
    return " ".join(node.get("NAME").split()) or unescaped(node.get("ID")).removeprefix("STD-")


def _all(node: Node, tag: str) -> list[Node]:
    found = [inside for inside in node.inside if inside.tag == tag]
    return found + [deeper for inside in node.inside if inside.tag != tag for deeper in _all(inside, tag)]


def _risk_of_bias(root: Node, source: str) -> dict[str, Sheet]:
    names = {node.get("ID"): _study_name(node) for node in _all(root, "STUDY")}
    judged: dict[str, dict[str, str]] = {}
    for item in _all(root, "QUALITY_ITEM"):
        domain = item.texts.get("NAME", "") or item.get("ID")
        for entry in item.inside:
            study = names.get(entry.get("STUDY_ID")) or unescaped(entry.get("STUDY_ID")).removeprefix("STD-")
            judged.setdefault(study, {})[domain] = JUDGEMENTS.get(entry.get("RESULT"), "")
    return {RISK_OF_BIAS: risk_of_bias_sheet(source, judged, tool="RoB 1")} if judged else {}

"""MK-S12 to S16: rows that are no trial, and trials that stand twice."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from metak2.errors import CellProblem
from metak2.studies.rows import within

_TOTAL = re.compile(
    r"(?:sub-?|sous-?|zwischen-?|grand |over)?"
    r"(?:total|totals|all|pooled|pooled effect|summary|sum|mean|average|median|overall|all (?:studies|trials))"
    r"(?: *\(?95 ?% ?(?:ci|ki|ic)\)?| effect| estimate| general| geral| général| generale|:| *\(.*\))?"
    r"|(?:zwischen|gesamt)summe|insgesamt|gesamt(?:ergebnis|effekt)?|summe|alle(?: studien)?|mittelwert|durchschnitt"
    r"|ensemble|somme|totaux|toutes(?: les études)?|moyenne|combined|media|promedio|conjunto|todos|suma(?:toria)?|soma"
    r"|totale|tutti|insieme|somma|totaal|alle studies|gemiddelde|razem|ogółem|łącznie|итого|всего|сумма|среднее"
    r"|summa|totalt|yhteensä|celkem|toplam|σύνολο|合計|小計|総計|平均|全体|总计|合计|總計|共计|汇总|합계|총계|전체|المجموع",
    re.IGNORECASE,
)
_ET_AL = re.compile(r"\bet al\b\.?|\band colleagues\b")
_YEAR = re.compile(r"\b[12l][0-9ol]{3}\b")
_AGES = re.compile(r"\bage[ds]?\b[^0-9<>≤≥]{0,12}(<=|>=|<|>|≤|≥|under|over|at least|at most|up to)\s*([0-9]{1,3})\b")


def is_total(label: str) -> bool:
    """Whether the name is one that a row of sums or a pooled result has.

    >>> is_total("Total (95% CI)"), is_total("Totalis 2004")
    (True, False)
    """
    return _TOTAL.fullmatch(label.strip()) is not None


def total_row(cell: str, label: str, why: str) -> CellProblem:
    """MK-S12: a row of totals or a pooled result among the trials."""
    return CellProblem(
        code="MK-S12",
        severity="error",
        message=f"'{label}' is no trial: {why}",
        cell=cell,
        column="study",
        raw=label,
        suggestion="delete the row; or answer: exclude it, or accept it as a trial",
    )


def normal_name(name: str) -> str:
    """The name without case, accents, punctuation, spaces and "et al."; O and l in a year are digits.

    >>> normal_name("Müller et al., 2004") == normal_name("MULLER 2OO4")
    True
    """
    year = _YEAR.sub(lambda found: found[0].replace("o", "0").replace("l", "1"), _ET_AL.sub(" ", name.casefold()))
    letters = unicodedata.normalize("NFKD", year)
    return "".join(letter for letter in letters if letter.isalnum())


def one_study_two_names(cell: str, name: str, other: str, at: str) -> CellProblem:
    """MK-S13: two names that differ only in case, accents, spaces, punctuation or "et al."."""
    return CellProblem(
        code="MK-S13",
        severity="warning",
        message=f"'{name}' here and '{other}' in {within(at)} differ only in case, accents, punctuation or 'et al.'",
        cell=cell,
        column="study",
        raw=name,
        suggestion="if it is one study, give it one name; if not, say in the names what tells them apart",
    )


def one_paper_twice(cell: str, study: str, shared: tuple[str, str], other: tuple[str, str]) -> CellProblem:
    """MK-S17: two studies have one DOI, PubMed number or registration, so their patients may be the same."""
    column, raw = shared
    name, at = other
    return CellProblem(
        code="MK-S17",
        severity="warning",
        message=f"'{study}' has the {column} of '{name}' in {within(at)}: their patients may be the same",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="pool one of them only, or say what tells the patients apart",
    )


def numbers_twice(cell: str, study: str, other: str, at: str, numbers: Sequence[str]) -> CellProblem:
    """MK-S14: two studies with the same numbers in both arms: one trial under two names, or a row filled down."""
    return CellProblem(
        code="MK-S14",
        severity="warning",
        message=f"'{study}' has the same numbers as '{other}' in {within(at)}: {', '.join(numbers)}",
        cell=cell,
        column="study",
        raw=study,
        suggestion="check whether it is one trial published twice, or a row copied down",
    )


def times_mixed(cell: str, times: Mapping[str, str]) -> CellProblem:
    """MK-S15: trials with different follow-up stand in one outcome, each once, so that all would be pooled as one."""
    listed = ", ".join(f"'{time}' ({within(at)})" for time, at in list(times.items())[:6])
    return CellProblem(
        code="MK-S15",
        severity="warning",
        message=f"{len(times)} follow-up times in one outcome: {listed}",
        cell=cell,
        column="time",
        suggestion="pool one time with at=, or say in the plan why they may be taken as one",
    )


def age_against_words(cell: str, column: str, raw: str, age: float, at: str) -> CellProblem:
    """MK-S16: the mean age is outside the ages that the population's description allows."""
    return CellProblem(
        code="MK-S16",
        severity="warning",
        message=f"'{raw}', but the mean age is {age:g} ({within(at)})",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="check the sign: ≤ and ≥ are easily exchanged",
    )


def age_allowed(text: str, age: float) -> bool:
    """Whether a mean age agrees with words such as "aged >= 70"; True where there are none.

    >>> age_allowed("men aged <= 70", 77)
    False
    """
    for sign, limit in _AGES.findall(text.casefold()):
        below = sign in {"<", "<=", "≤", "under", "at most", "up to"}
        if (below and age > float(limit)) or (not below and age < float(limit)):
            return False
    return True

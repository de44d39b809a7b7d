"""How a judgement of risk of bias is drawn: a colour, a sign and a letter, so that none of them is needed alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metak2.plots.chart_marks import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementMark:
    """The colour, the sign on it and its colour, the letter beside it, and the words of the legend."""

    tone: Tone
    sign: str
    letter: str
    words: str
    on: Tone = "ink"


NOT_ASSESSED = JudgementMark(tone="white", sign="", letter="", words="Not assessed")
MARKS: Mapping[str, JudgementMark] = {
    "low": JudgementMark(tone="green", sign="+", letter="L", words="Low"),
    "some concerns": JudgementMark(tone="yellow", sign="?", letter="S", words="Some concerns"),
    "unclear": JudgementMark(tone="yellow", sign="?", letter="U", words="Unclear"),
    "moderate": JudgementMark(tone="yellow", sign="~", letter="M", words="Moderate"),
    "serious": JudgementMark(tone="orange", sign="−", letter="S", words="Serious"),
    "high": JudgementMark(tone="red", sign="−", letter="H", words="High", on="white"),
    "critical": JudgementMark(tone="dark red", sign="×", letter="C", words="Critical", on="white"),
    "no information": JudgementMark(tone="pale", sign="i", letter="N", words="No information"),
    "": NOT_ASSESSED,
}
"""From the best to the worst; what nobody judged is white and empty, never green."""
TOOLS: Mapping[str, tuple[str, ...]] = {
    "RoB 2": ("low", "some concerns", "high"),
    "ROBINS-I": ("low", "moderate", "serious", "critical", "no information"),
    "RoB 1": ("low", "unclear", "high"),
}


def levels(tool: str, found: Iterable[str]) -> tuple[str, ...]:
    """The judgements a legend explains: all of the tool, and whatever else was judged, in the order of `MARKS`."""
    wanted = {*TOOLS.get(tool, ()), *found}
    return tuple(level for level in MARKS if level in wanted)

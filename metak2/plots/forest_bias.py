"""Risk of bias beside the studies of a forest plot: a sign on a coloured disc for each domain and overall."""

from collections.abc import Mapping
from types import MappingProxyType

from metak2.effects.sizes import EffectSizes
from metak2.plots.labels import NO_BREAK
from metak2.plots.marks import Column
from metak2.studies.join_bias import OVERALL, PREFIX

SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "low": "+",
        "some concerns": "?",
        "moderate": "?",
        "unclear": "?",
        "high": "\u2212",
        "serious": "\u2212",
        "critical": "\u00d7",
        "no information": "\u00b7",
    }
)
DISCS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "+": ("#bfe5b0", "#000000"),
        "?": ("#e09a2b", "#000000"),
        "\u2212": ("#a51526", "#ffffff"),
        "\u00d7": ("#3f0a12", "#ffffff"),
        "\u00b7": ("#ffffff", "#000000"),
    }
)
"""Colour of the disc and of the sign; the discs stand apart in grey and for the colour-blind."""
TOOLS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "RoB 2": {
            "D1": "randomisation",
            "D2": "deviations from the intended treatment",
            "D3": "missing outcome data",
            "D4": "measurement of the outcome",
            "D5": "selection of the reported result",
        }
    }
)


class BiasColumns:
    """One narrow column for each judged domain and one for the overall judgement; none where nothing is judged."""

    __slots__ = ("_effects", "_judged", "columns")

    def __init__(self, effects: EffectSizes) -> None:
        self._effects = effects
        self._judged = [
            name for name in effects.moderators if name.startswith(PREFIX) and any(map(_sign, effects.words(name)))
        ]
        self.columns = tuple(
            Column(key=name, title=(_short(name),), align="center", after_plot=True, judgements=True)
            for name in self._judged
        )

    def cells(self, row: int) -> tuple[str, ...]:
        """The signs of one study, "" where it is not judged."""
        return tuple(_sign(self._effects.words(column.key)[row]) for column in self.columns)

    def legend(self) -> str:
        """What the letters and signs mean; "" without judgements."""
        if not self.columns:
            return ""
        tools = sorted({tool for tool in self._effects.words(f"{PREFIX}tool") if tool})
        domains = TOOLS.get(tools[0], {}) if len(tools) == 1 else {}
        shown = [column.key.removeprefix(PREFIX) for column in self.columns]
        named = [f"{domain} {domains[domain]}" for domain in shown if domain in domains]
        named += [f"{_short(OVERALL)} overall"] if OVERALL in shown else []
        words = {word for column in self.columns for word in self._effects.words(column.key)}
        signs = [f"{sign}{NO_BREAK}{word}" for word, sign in SIGNS.items() if word in words]
        told = "; ".join(part for part in (", ".join(named), ", ".join(signs)) if part)
        return f"Risk of bias{f' ({tools[0]})' if len(tools) == 1 else ''}: {told}."


def _sign(word: str) -> str:
    return SIGNS.get(word, "")


def _short(name: str) -> str:
    domain = name.removeprefix(PREFIX)
    return "All" if domain == OVERALL else domain

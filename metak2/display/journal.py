"""What a journal's style decides, and the style that is being written in.

A style is one frozen object. Whoever formats a number asks `active()`; a report, a plan or a figure sets it for its own
duration with `written_in`, as `decimal.localcontext` does for precision. No stored number ever depends on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

PRule = Literal["two figures", "two decimals"]
Group = Literal["study", "moderators", "arms", "effect", "plot", "weight", "bias"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How numbers are written.

    `to` joins the limits of an interval, `to_negative` where one of them is negative; `cell_to` and `brackets` are for
    an interval behind its estimate in a table or figure. `p_rule` is "two figures" below 0.1 (at most `p_decimals`
    decimals), or "two decimals" (three below 0.01); nothing is written below `p_floor`, and `p_ceiling` in place of 1.
    """

    point: str = "."
    to: str = " to "
    to_negative: str = " to "
    cell_to: str = " to "
    brackets: tuple[str, str] = ("(", ")")
    equals: str = " = "
    below: str = " < "
    percent: str = "\u202f%"
    p_letter: str = "p"
    p_zero: bool = True
    p_rule: PRule = "two figures"
    p_decimals: int = 4
    p_floor: float = 0.001
    p_ceiling: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line below a forest plot: `parts` between `head` and `end`, told of {tau2} {Q} {df} {p} {I2} {statistic}.

    A part about something that does not exist (τ² of a common effect, df of a z test) is left out.
    """

    head: str
    parts: tuple[str, ...]
    joint: str
    end: str = ""

    def filled(self, values: dict[str, str]) -> str:
        """The line with its values; a part whose value is "" is left out."""
        missing = ["{" + name + "}" for name, value in values.items() if not value]
        kept = (part for part in self.parts if not any(name in part for name in missing))
        return self.head + self.joint.join(part.format(**values) for part in kept) + self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestStyle:
    """What a forest plot shows, in which order and colour.

    Attributes
    ----------
    first, first_grouped
        Title of the first column, without and with subgroups.
    order
        The groups of columns from left to right, "plot" among them; no "weight" where weights are not shown.
    counts, rates, means
        Captions of an arm's columns: one joins its numbers ("events/total"), more show them apart.
    above
        Whether the measure stands above the plot; else it is the label of the axis.
    model
        Whether the head of the effects names weights and model, as RevMan does ("IV, Random").
    favours, favours_above
        The word before the arm, and whether it stands above the plot in bold or below the axis.
    squares
        Colours of counts, of means and of anything else; the shape alone carries the meaning.
    total, subtotal
        Label of the pooled rows, "" for the method's own name.
    spaced
        Whether an empty row stands before the pooled one.
    heterogeneity, overall, between
        The lines below; None for the report's own sentences.
    """

    first: str = "Study"
    first_grouped: str = "Study or subgroup"
    order: tuple[Group, ...] = ("study", "moderators", "arms", "plot", "weight", "effect", "bias")
    counts: tuple[str, ...] = ("events/total",)
    rates: tuple[str, ...] = ("events/person-time",)
    means: tuple[str, ...] = ("mean (SD)", "n")
    weight_title: tuple[str, ...] = ("Weight", "(%)")
    weight_sign: bool = False
    above: bool = False
    model: bool = False
    favours: str = "Favours"
    favours_above: bool = False
    squares: tuple[str, str, str] = ("#1f3b6f", "#1f3b6f", "#1f3b6f")
    diamond: str = "#000000"
    dashed_summary: bool = True
    spaced: bool = True
    total: str = ""
    subtotal: str = "Subtotal"
    heterogeneity: Line | None = None
    overall: Line | None = None
    between: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStyle:
    """One style: its name, the journal, where its rules come from, its numbers and its forest plot."""

    name: str
    label: str
    source: str
    numbers: NumberStyle
    forest: ForestStyle


PLAIN = JournalStyle(
    name="plain",
    label="metak2's own",
    source="No journal's: ours, after the recommendations for figures of the Cochrane Handbook.",
    numbers=NumberStyle(),
    forest=ForestStyle(),
)

_WRITTEN: ContextVar[JournalStyle] = ContextVar("journal_style", default=PLAIN)


def active() -> JournalStyle:
    """The style that is being written in; plain where nobody chose one."""
    return _WRITTEN.get()


@contextmanager
def written_in(style: JournalStyle) -> Iterator[JournalStyle]:
    """Everything that is formatted inside is in this style."""
    token = _WRITTEN.set(style)
    try:
        yield style
    finally:
        _WRITTEN.reset(token)

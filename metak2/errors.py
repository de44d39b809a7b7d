"""What can go wrong, drawn as a tree. Catch `MetaError` to catch them all.

MetaError
  ├ StudyDataError      the extracted data cannot be right; names the cells
  ├ PlanError           the plan cannot be read; names the table and the key
  ├ UnknownOptionError  an option is not one of the documented spellings (also a ValueError)
  ├ WrongTypeError      an argument is another kind of object than the function takes (also a TypeError)
  └ ModelError          the data are fine, but this model cannot be fitted to them
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning", "note"]
LONGEST_REPR = 40  # what a message shows of an object


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """One thing that is wrong, or worth a look, in one cell of the extracted data.

    `cell` is an address such as ``binary!E5`` (sheet and cell) or ``""`` where the problem belongs to a whole sheet;
    `raw` is the content as it stands; `message` says what is wrong; `suggestion` is the way out.
    """

    code: str
    severity: Severity
    message: str
    cell: str = ""
    column: str = ""
    raw: str = ""
    suggestion: str = ""

    def line(self) -> str:
        """The problem as one line: code, cell, column, message, way out."""
        way_out = f" ({self.suggestion})" if self.suggestion else ""
        return "  ".join(part for part in (self.code, self.cell, self.column, self.message + way_out) if part)


class MetaError(Exception):
    """The root of every error that metak2 raises on purpose."""


class StudyDataError(MetaError):
    """The extracted data cannot be right. `problems` holds all of them, each with its cell."""

    def __init__(self, problems: Sequence[CellProblem], *, source: str) -> None:
        self.problems = tuple(problems)
        self.source = source
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        super().__init__("\n".join([f"{count} in {source}", *(f"  {problem.line()}" for problem in self.problems)]))


class PlanError(MetaError):
    """The plan cannot be read. `problems` names table and key for each one."""

    def __init__(self, problems: Sequence[str], *, source: str) -> None:
        self.problems = tuple(problems)
        self.source = source
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        super().__init__("\n".join([f"{count} in {source}", *(f"  {problem}" for problem in self.problems)]))


IN_R: Mapping[str, str] = MappingProxyType(
    {
        "FE": "CE", "EE": "CE", "common": "CE", "fixed": "CE", "knha": "HK", "hksj": "HK", "adhoc": "HK-adhoc",
        "QP": "Q-profile", "HTS": "t(k-2) Wald", "Riley": "t(k-2)", "GEN": "UN", "GDIAG": "DIAG", "stepfun": "step",
        "halfnorm": "half-normal", "negexp": "negative exponential", "negexppow": "negative exponential power",
        "binom": "binomial", "chi-sq": "chi-squared", "Naive-F": "F", "two.sided": "two-sided", "only0": "affected",
    }
)  # fmt: skip
"""Words of R's packages for options that have another name here; as elsewhere, case does not matter."""


class UnknownOptionError(MetaError, ValueError):
    """An option is not one of the documented spellings; the message lists those that are."""

    def __init__(self, option: str, value: object, allowed: Iterable[str]) -> None:
        names = sorted(allowed)
        near = _renamed(str(value), names) or did_you_mean(str(value), names) or "."
        super().__init__(f"{option}={value!r} is not known{near} Allowed: {', '.join(names)}.")
        self.option = option
        self.value = value
        self.allowed = tuple(names)


class WrongTypeError(MetaError, TypeError):
    """Arguments are other kinds of objects than a function takes; the message says what makes the right ones."""

    def __init__(
        self, function: str, wrong: Sequence[tuple[str, object, tuple[str, ...]]], makers: Mapping[str, str]
    ) -> None:
        lines = []
        for name, value, accepted in wrong:
            ways = [f"{one}, made by {makers[one]}" if one in makers else one for one in accepted]
            lines.append(f"{function}(): {name} is {_shown(value)}; it takes {' or '.join(ways)}")
        super().__init__("\n".join(lines))


def _shown(value: object) -> str:
    kind, text = type(value).__name__, repr(value)
    if value is None:
        return text
    return f"the {kind} {text}" if len(text) <= LONGEST_REPR else f"an object of type {kind}"


class ModelError(MetaError):
    """The data are fine, but this model cannot be fitted to them; the message says what to use instead."""


def _renamed(word: str, names: Sequence[str]) -> str:
    """What R's word is called here, or an empty string."""
    ours = {theirs.casefold(): name for theirs, name in IN_R.items() if name in names}
    return f'; here it is called "{ours[word.casefold()]}".' if word.casefold() in ours else ""


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """``'; did you mean "REML"?'`` or an empty string, comparing without regard to case."""
    by_folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""

"""One row of the table: what is timed, beside whom, and how fast it is to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Call = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What issue 5 asks for: so many times as fast as metafor, or so many CPU milliseconds."""

    ratio: float | None = None
    milliseconds: float | None = None

    def __str__(self) -> str:
        return f"{self.ratio:,.0f} x" if self.ratio is not None else f"{self.milliseconds:,.0f} ms"

    def reached(self, ours: float, metafor: float | None) -> str:
        """Whether these seconds reach it; "–" where there is no metafor to be compared with."""
        if self.milliseconds is not None:
            return "yes" if 1e3 * ours <= self.milliseconds else "no"
        if self.ratio is None or metafor is None:
            return "–"
        return "yes" if metafor / ours >= self.ratio else "no"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peer:
    """A call of another package that does `1 / share` of the work."""

    call: Call
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """One row of the table.

    `metafor` is a line of R that does `1 / share` of the work; `prepare` is evaluated before, untimed.
    """

    name: str
    ours: Call
    goal: Goal | None = None
    prepare: str = ""
    metafor: str = ""
    share: float = 1.0
    peers: Mapping[str, Peer] = field(default_factory=dict)

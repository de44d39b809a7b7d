"""What a check found: open problems, answered ones, and the checks that this kind of file does not let run."""

from collections.abc import Sequence
from dataclasses import dataclass

from metak2.errors import CellProblem
from metak2.studies.answers import Answer

ORDER = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A check that could not run, by its code, and why."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A problem and the answer that somebody gave to it."""

    problem: CellProblem
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckReport:
    """Everything `metak2 check` says of one file.

    Attributes
    ----------
    problems
        Those without an answer, errors first, then in the order of the file.
    answered
        Those somebody accepted, with the answer.
    applied
        Corrections and exclusions that were made before checking.
    not_run
        Checks that this format does not let run; a file is never called clean without them.
    cells
        Cells that hold something.
    """

    source: str
    problems: tuple[CellProblem, ...]
    answered: tuple[Answered, ...] = ()
    applied: tuple[Answer, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    sheets: tuple[str, ...] = ()
    cells: int = 0

    def count(self, severity: str) -> int:
        """How many open problems have this severity."""
        return sum(problem.severity == severity for problem in self.problems)

    @property
    def exit_code(self) -> int:
        """0 where no error is open, else 1."""
        return 1 if self.count("error") else 0

    def verdict(self) -> str:
        """One sentence; "clean" never stands in it without the checks that could not run."""
        counts = [f"{self.count(name)} {name}{'' if self.count(name) == 1 else 's'}" for name in ORDER]
        given = len(self.answered) + len(self.applied)
        answered = f", {given} answered" if given else ""
        where = f"{self.source}: {self.cells} cells in {len(self.sheets)} sheet{'' if len(self.sheets) == 1 else 's'}"
        blind = f"{len(self.not_run)} check{'' if len(self.not_run) == 1 else 's'} could not run"
        unseen = (
            f"; {blind} ({', '.join(dict.fromkeys(skipped.code for skipped in self.not_run))})"
            if blind[0] != "0"
            else ""
        )
        if not self.problems and not given:
            return f"{where}: clean{unseen}"
        return f"{where}: {', '.join(counts)}{answered}{unseen}"


def in_order(problems: Sequence[CellProblem]) -> tuple[CellProblem, ...]:
    """Each problem once, errors first, otherwise in the order found."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: ORDER[problem.severity]))

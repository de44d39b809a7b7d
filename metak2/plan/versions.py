"""An analysis in two versions, with the data of each, run with any of what differs between them."""

from collections.abc import Iterable, Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metak2.models.pooled import Pooled, Unpooled
from metak2.plan.fit import fit_comparison
from metak2.plan.fit_network import network_of
from metak2.plan.options import PlanChanges, plan_changes
from metak2.plan.quantities import Numbers, core_results, numbers_of
from metak2.plan.run import project_of, run_plan
from metak2.plan.schema import NETWORK, files_of, read_plan
from metak2.report.compose import results_of
from metak2.studies.changes import BookChanges, Change, book_changes
from metak2.studies.read import answers_to, open_book
from metak2.studies.reading_log import recording
from metak2.studies.standing_in import StandIn, standing_in

Results = Mapping[str, object]
QUESTIONS = ("specifications", "bayes", "absolute")
"""What a plan asks beside answers, subgroups and regressions; run only where every number is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An analysis as it stood: its plan or script, its project, and what it read by name; `label` says when."""

    label: str
    analysis: Path
    root: Path
    books: Mapping[str, StandIn]
    tables: tuple[Mapping[str, Any], ...]


def version_of(analysis: Path, label: str, instead: Mapping[Path, StandIn] | None = None) -> Version:
    """The analysis run once, so that everything it reads is known; MetaError where it cannot be run."""
    analysis = analysis.resolve()
    root = project_of(analysis)
    with chdir(root), standing_in(instead or {}), recording() as log:
        if analysis.suffix == ".py":
            tables: tuple[Mapping[str, Any], ...] = ()
            run_plan(analysis)
        else:
            tables = read_plan(analysis.relative_to(root)).tables
            for table in tables:
                _results_of(_core(table), analysis, every=False)
        books = {read.path: StandIn(book=open_book(read.path), answers=answers_to(read.path)) for read in tuple(log)}
    return Version(label=label, analysis=analysis, root=root, books=books, tables=tables)


@dataclass(slots=True, kw_only=True)
class Versions:
    """Two versions of an analysis. `every` runs and compares all that the analysis asks, not the answers only."""

    old: Version
    new: Version
    every: bool = False
    changes: tuple[Change, ...] = field(init=False)
    _books: dict[str, BookChanges] = field(init=False)
    _plan: PlanChanges = field(init=False)
    _where: list[tuple[str, object]] = field(init=False)
    _before: dict[str, tuple[Mapping[str, Any], Results]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Find what differs: cells and rows of each file, answers, options, the script."""
        old, new = self.old, self.new
        shared = [name for name in old.books if name in new.books]
        self._books = {name: book_changes(old.books[name].book, new.books[name].book) for name in shared}
        self._plan = plan_changes(self._asked(old), self._asked(new))
        found: list[tuple[Change, tuple[str, object]]] = []
        for name, changed in self._books.items():
            found += [(change, (name, at)) for at, change in enumerate(changed.changes)]
            found += [(change, (name, cell)) for change, cell in _answers(name, old.books[name], new.books[name])]
        found += [(change, ("plan", at)) for at, change in enumerate(self._plan.changes)]
        if _text(old.analysis) != _text(new.analysis) and new.analysis.suffix == ".py":
            script = Change(kind="script", where=new.analysis.name, what="the script", old=old.label, new=new.label)
            found.append((script, ("script", 0)))
        self.changes = tuple(change for change, _ in found)
        self._where = [where for _, where in found]

    def numbers(self, which: Iterable[int]) -> Numbers:
        """The numbers of the old version with these changes made, by their place."""
        results = self.results(which)
        return {
            quantity: value
            for name, entry in results.items()
            for quantity, value in numbers_of(name, entry, every=self.every).items()
        }

    def results(self, which: Iterable[int]) -> Results:
        """The results of the old version with these changes made. MetaError where that cannot be run."""
        chosen = [self._where[at] for at in which]
        books, touched = self._standing(chosen)
        with standing_in(books):
            if self.new.analysis.suffix == ".py":
                script = self.new if ("script", 0) in chosen or len(chosen) == len(self.changes) else self.old
                return run_plan(script.analysis).results
            tables = self._plan.made([at for name, at in chosen if name == "plan" and isinstance(at, int)])
            with chdir(self.new.root):
                return {table["name"]: self._fitted(table, touched) for table in tables}

    def answers(self) -> tuple[dict[str, Pooled | Unpooled], dict[str, Pooled | Unpooled]]:
        """The primary result of each comparison, before and after."""
        return _primaries(self.results(())), _primaries(self.results(range(len(self.changes))))

    def _fitted(self, table: Mapping[str, Any], touched: frozenset[str]) -> Results:
        """The results of a comparison; what neither its options nor its files touch was fitted before."""
        name = table["name"]
        known = self._before.get(name)
        if known is not None and known[0] == table and not (_files(table) & touched):
            return known[1]
        results = _results_of(table, self.new.analysis, every=self.every)
        if not touched:
            self._before[name] = (table, results)
        return results

    def _asked(self, version: Version) -> tuple[Mapping[str, Any], ...]:
        return version.tables if self.every else tuple(_core(table) for table in version.tables)

    def _standing(self, chosen: list[tuple[str, object]]) -> tuple[dict[Path, StandIn], frozenset[str]]:
        """What stands in for each file, and the files in which something is changed."""
        standing: dict[Path, StandIn] = {}
        everything = len(chosen) == len(self.changes)
        for name in dict.fromkeys((*self.old.books, *self.new.books)):
            if name not in self._books:
                stood = (self.old.books if name in self.old.books else self.new.books)[name]
            elif everything:
                stood = self.new.books[name]
            else:
                stood = self._mixed(name, [at for where, at in chosen if where == name])
            for root in (self.old.root, self.new.root):
                standing[(root / name).resolve()] = stood
        return standing, frozenset(name for name, _ in chosen)

    def _mixed(self, name: str, chosen: list[object]) -> StandIn:
        old, new = self.old.books[name], self.new.books[name]
        cells = {at for at in chosen if isinstance(at, str)}
        kept = [answer for answer in old.answers if answer.cell not in cells]
        book = self._books[name].made([at for at in chosen if isinstance(at, int)])
        return StandIn(book=book, answers=(*kept, *(answer for answer in new.answers if answer.cell in cells)))


def _core(table: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison without what asks more of its answer than another answer."""
    core = {key: value for key, value in table.items() if key not in {*QUESTIONS, "expect"}}
    if "sensitivity" in core:
        core["sensitivity"] = [entry for entry in core["sensitivity"] if "design" not in entry]
    return core


def _results_of(table: Mapping[str, Any], analysis: Path, *, every: bool) -> Results:
    """The results of a comparison, or of the network; `every` is all of them, else the answers only."""
    if NETWORK in table:
        planned = network_of(table[NETWORK])
        if every:
            return planned.sections()[1]
        return {} if planned.fitted is None else {"primary": planned.fitted}
    comparison = fit_comparison(table, analysis)
    return results_of(comparison) if every else core_results(comparison)


def _files(table: Mapping[str, Any]) -> set[str]:
    """The files that a comparison or the network reads."""
    return {Path(file).as_posix() for file in files_of(table)}


def _answers(name: str, old: StandIn, new: StandIn) -> list[tuple[Change, str]]:
    """The answers beside a file that differ, by the cell they are given to."""
    found = []
    file = Path(name).with_suffix(".answers.toml").name
    for cell in dict.fromkeys(answer.cell for answer in (*old.answers, *new.answers)):
        was, now = ([answer for answer in side.answers if answer.cell == cell] for side in (old, new))
        if was != now:
            said = [", ".join(f"{answer.code} {answer.action}" for answer in side) for side in (was, now)]
            change = Change(kind="answer", where=file, what=f"answer to {cell}", old=said[0], new=said[1])
            found.append((change, cell))
    return found


def _primaries(results: Results) -> dict[str, Pooled | Unpooled]:
    found = {}
    for name, entry in results.items():
        primary = entry.get("primary") if isinstance(entry, Mapping) else entry
        if isinstance(primary, (Pooled, Unpooled)):
            found[name] = primary
    return found


def _text(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")

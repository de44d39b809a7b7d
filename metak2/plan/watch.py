"""Run an analysis again whenever its plan or a workbook it reads is saved.

Excel saves into a file with a made-up name, then renames it, and leaves a lock file `~$trials.xlsx` beside it;
LibreOffice leaves `.~lock.trials.ods#`. So folders are watched and not files, lock files are nobody's business, a file
that is away or half written is waited for, and a save that changed no byte starts nothing.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from zipfile import is_zipfile

from metak2.errors import MetaError, PlanError
from metak2.plan.expect import unmet
from metak2.plan.run import project_of, run_plan
from metak2.plan.schema import read_plan
from metak2.report.check_formats import as_html, as_text
from metak2.report.folder import write_whole
from metak2.report.report import Report, rendered
from metak2.studies.gate.workbook import check_workbook

PATIENCE = 2.0  # seconds that a file may be away or half written between Excel's two renames
_STEP = 0.05
_BESIDE = (".answers.toml", ".map.toml")  # what metak2 reads beside a workbook
_ZIPPED = frozenset({".xlsx", ".xlsm", ".ods"})
Tell = Callable[[str], None]


class WatchError(MetaError):
    """There is nothing to watch with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What one save led to: the report's folder or why there is none, the problem lists, how long it took."""

    folder: Path | None
    trouble: tuple[str, ...]
    problems: tuple[Path, ...]
    seconds: float

    def text(self) -> str:
        """One line for the terminal, and what is wrong below it."""
        if self.folder is None:
            head = f"no report in {self.seconds:.1f} s; the last one stands as it was"
        else:
            head = f"{self.folder.as_posix()} in {self.seconds:.1f} s"
        return "\n".join([head, *(f"  {line}" for line in self.trouble)])


@dataclass(slots=True, kw_only=True)
class Watch:
    """An analysis that is watched: `plan`, a plan or a script, and the folder `out` its report goes to."""

    plan: Path
    out: Path
    _read: tuple[Path, ...] = field(default=(), init=False)
    _seen: str = field(default="", init=False)
    _report: Report | None = field(default=None, init=False)

    def files(self) -> tuple[Path, ...]:
        """The plan, the workbooks it reads, and what stands beside them; those of a script once it has run."""
        books = dict.fromkeys((*self._named(), *self._read))
        beside = [book.with_name(book.stem + ending) for book in books for ending in _BESIDE]
        return tuple(path.resolve() for path in (self.plan, *books, *beside))

    def folders(self) -> tuple[Path, ...]:
        """The folders in which these files are renamed and replaced."""
        return tuple(dict.fromkeys(path.parent for path in self.files() if path.parent.is_dir()))

    def concerns(self, changed: Iterable[Path]) -> bool:
        """Whether one of the files was touched; a lock file is not one of them."""
        names = {os.path.normcase(path) for path in self.files()}
        return any(os.path.normcase(path.resolve()) in names for path in changed if not is_lock(path))

    def refresh(self) -> Refreshed | None:
        """Run and write the report with SVG pictures, and the problem lists; None where no byte has changed."""
        began = time.perf_counter()
        now = self._settled()
        if now == self._seen:
            return None
        self._seen, self._report = now, None
        trouble: list[str] = []
        folder = None
        try:
            self._report = run_plan(self.plan)
            trouble += unmet(self._report.expectations)
            folder = self._write(quick=True)
        except MetaError as error:
            trouble += str(error).splitlines()
        problems = tuple(self._problems(trouble))
        return Refreshed(folder=folder, trouble=tuple(trouble), problems=problems, seconds=time.perf_counter() - began)

    def complete(self) -> None:
        """Write the last report again with its PNG and PDF pictures, which take longer than a reviewer waits."""
        if self._report is not None:
            self._write(quick=False)
            self._report = None

    def _write(self, *, quick: bool) -> Path:
        report = self._report
        if report is None:
            raise PlanError(["was not run"], source=self.plan.as_posix())
        root = project_of(self.plan)
        self._read = tuple(root / read.path for read in report.inputs)
        folder = self.out.resolve() / self.plan.stem
        return write_whole(folder, rendered(report, pictures=("svg",))) if quick else report.write(folder)

    def _named(self) -> list[Path]:
        """The workbooks that a plan names; none where it is a script or cannot be read."""
        if self.plan.suffix == ".py":
            return []
        try:
            files = read_plan(self.plan).files
        except (MetaError, OSError):
            return []
        return [project_of(self.plan) / name for name in files]

    def _settled(self) -> str:
        """The fingerprint of every file, once each is there and whole; after `PATIENCE` as they are."""
        until = time.perf_counter() + PATIENCE
        while time.perf_counter() < until and not all(
            _whole(path) for path in (self.plan, *self._named(), *self._read)
        ):
            time.sleep(_STEP)
        digest = sha256()
        for path in self.files():
            digest.update(repr((path.as_posix(), _content(path))).encode())
        return digest.hexdigest()

    def _problems(self, trouble: list[str]) -> Iterator[Path]:
        """The problem list of each workbook, as a page beside the report and as lines for the terminal."""
        for book in dict.fromkeys((*self._named(), *self._read)):
            try:
                found = check_workbook(book)
            except MetaError as error:
                trouble += str(error).splitlines()
                continue
            if found.problems:
                told = {line.strip() for line in trouble}
                trouble += [line for line in as_text(found).splitlines() if line.strip() not in told]
            yield _replace(self.out.resolve() / f"{self.plan.stem}-{book.stem}-problems.html", as_html(found))


def watch(plan: Path, out: Path, tell: Tell) -> None:
    """Refresh now and on every save, until interrupted. `WatchError` where watchfiles is not installed."""
    changes = _changes()
    watched = Watch(plan=plan, out=out)
    _refresh(watched, tell)
    while True:
        folders = watched.folders()
        for changed in changes(folders):
            if watched.concerns(changed):
                _refresh(watched, tell)
            if watched.folders() != folders:
                break
        else:
            return


def is_lock(path: Path) -> bool:
    """Whether the file is the mark of an open document.

    >>> is_lock(Path("~$trials.xlsx")), is_lock(Path(".~lock.trials.ods#")), is_lock(Path("trials.xlsx"))
    (True, True, False)
    """
    return path.name.startswith(("~$", ".~lock."))


def _refresh(watched: Watch, tell: Tell) -> None:
    refreshed = watched.refresh()
    if refreshed is not None:
        tell(refreshed.text())
        watched.complete()


def _changes() -> Callable[[tuple[Path, ...]], Iterator[set[Path]]]:
    """What tells of changed files in folders: each batch of paths, until the user interrupts."""
    try:
        from watchfiles import watch as changes  # noqa: PLC0415 - an extra that only this command needs
    except ImportError as error:
        raise WatchError("watching needs watchfiles: pip install 'metak2[watch]'") from error

    def batches(folders: tuple[Path, ...]) -> Iterator[set[Path]]:
        found = changes(*folders, watch_filter=None, debounce=200, step=50, recursive=False, raise_interrupt=False)
        for batch in found:
            yield {Path(path) for _, path in batch}

    return batches


def _whole(path: Path) -> bool:
    """Whether the file is there and, where it is a zip, has its end."""
    return path.is_file() and (path.suffix.lower() not in _ZIPPED or is_zipfile(path))


def _content(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _replace(path: Path, text: str) -> Path:
    """The file whole or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        incoming.write_text(text, encoding="utf-8")
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    return path

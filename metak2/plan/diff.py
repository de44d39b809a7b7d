"""`metak2 diff`: two versions of an analysis, found wherever they stand, and what moved between them."""

import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from metak2.errors import MetaError, PlanError
from metak2.models.pooled import Pooled, Unpooled
from metak2.plan.attribution import Attribution, attribute
from metak2.plan.recorded import compare_folders
from metak2.plan.run import analyses_in, project_of
from metak2.plan.schema import read_plan
from metak2.plan.versions import Version, Versions, version_of
from metak2.studies.changes import Change
from metak2.studies.read import answers_to, open_book
from metak2.studies.standing_in import StandIn

ANALYSES = (".toml", ".py")


class DiffError(MetaError):
    """What was given cannot be compared; the message says what can."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """The attribution of one analysis, and the primary answers of either version by comparison, for the figures."""

    found: Attribution
    old: Mapping[str, Pooled | Unpooled]
    new: Mapping[str, Pooled | Unpooled]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `metak2 diff` was asked: the `plan` of workbooks, the folder `analyses` of revisions, `every` number."""

    plan: Path | None = None
    analyses: Path = Path("analyses")
    every: bool = False


def compare(old: str, new: str, asked: Asked) -> tuple[Compared, ...]:
    """Compare two workbooks under a plan, two analyses, two reports or two git revisions; "" is what stands now.

    Raises
    ------
    DiffError
        The two are not of one kind, or cannot be found.
    MetaError
        A version cannot be run.
    """
    first, second = Path(old), Path(new) if new else None
    if _is_analysis(first):
        if second is None or not _is_analysis(second):
            raise DiffError(f"{old} is an analysis; the second must be one, too, not {new or 'nothing'}")
        pair = version_of(first, first.as_posix()), version_of(second, second.as_posix())
        return (_compared(*pair, f"{first.as_posix()}, {second.as_posix()}", asked),)
    if first.is_file():
        return (_workbooks(first, second, asked),)
    if first.is_dir():
        if second is None or not second.is_dir():
            raise DiffError(f"{old} is the folder of a report; the second must be one, too, not {new or 'nothing'}")
        found, before, after = compare_folders(first, second, every=asked.every)
        return (Compared(found=found, old=before, new=after),)
    return tuple(_revisions(old, new, asked))


def _is_analysis(path: Path) -> bool:
    return path.suffix in ANALYSES and path.is_file()


def _compared(old: Version, new: Version, name: str, asked: Asked) -> Compared:
    versions = Versions(old=old, new=new, every=asked.every)
    found = attribute(versions.numbers, versions.changes, analysis=name, versions=(old.label, new.label))
    before, after = versions.answers()
    return Compared(found=found, old=before, new=after)


def _workbooks(old: Path, new: Path | None, asked: Asked) -> Compared:
    if asked.plan is None:
        raise DiffError(f"{old} is a workbook; say with --plan which analysis reads it")
    plan = asked.plan.resolve()
    file = _read_by(plan, (old, new) if new else (old,))
    second = new or project_of(plan) / file
    versions = [
        version_of(plan, path.as_posix(), {(project_of(plan) / file).resolve(): _standing(path, file, plan)})
        for path in (old, second)
    ]
    return _compared(versions[0], versions[1], asked.plan.as_posix(), asked)


def _read_by(plan: Path, books: tuple[Path, ...]) -> str:
    """The file of the plan that the workbooks are versions of: the one given or named alike, or the only one."""
    if plan.suffix == ".py":
        raise DiffError(f"{plan.name} is a script; workbooks are compared under a plan (.toml)")
    files = read_plan(plan).files
    given = {book.resolve() for book in books}
    for alike in (
        [file for file in files if (project_of(plan) / file).resolve() in given],
        [file for file in files if Path(file).name in {book.name for book in books}],
        files,
    ):
        if len(alike) == 1:
            return str(alike[0])
    raise DiffError(f"{plan.name} reads {', '.join(files)}; give one of them, or a workbook of the same name")


def _standing(path: Path, file: str, plan: Path) -> StandIn:
    """The workbook as if it were the plan's file, with the answers beside it, else with those beside the file."""
    book = replace(open_book(path), source=Path(file).as_posix())
    if list(book.sheets) == [path.stem]:  # a text file: its one sheet is named for the file
        (sheet,) = book.sheets.values()
        book = replace(book, sheets={Path(file).stem: replace(sheet, name=Path(file).stem)})
    return StandIn(book=book, answers=answers_to(path) or answers_to(project_of(plan) / file))


def _revisions(old: str, new: str, asked: Asked) -> Iterator[Compared]:
    top = Path(_git("rev-parse", "--show-toplevel", why=f"{old} is no file, and here is no git repository"))
    wanted = asked.plan or asked.analyses
    inside = Path(os.path.relpath(wanted.resolve(), top))
    with TemporaryDirectory(prefix="metak2-diff-") as scratch:
        roots = [_checked_out(name, Path(scratch) / str(at), top) for at, name in enumerate((old, new))]
        here, there = (_analyses(root / inside) for root in roots)
        if not here and not there:
            raise DiffError(f"neither version has an analysis in {inside.as_posix()}; say where with --analyses")
        for name in dict.fromkeys((*there, *here)):
            told = (inside if inside.name == name else inside / name).as_posix()
            labels = (old, new or "now")
            if name in here and name in there:
                yield _compared(version_of(here[name], labels[0]), version_of(there[name], labels[1]), told, asked)
            else:
                yield _one_sided(here.get(name), there.get(name), told, labels)


def _one_sided(old: Path | None, new: Path | None, name: str, labels: tuple[str, str]) -> Compared:
    """An analysis that only one version has: every number of it came or went with it."""
    only = version_of((old or new or Path()), labels[0 if old else 1])
    numbers = Versions(old=only, new=only).numbers(())
    change = Change(kind="script", where=name, what="the analysis", old="there" * bool(old), new="there" * bool(new))
    found = attribute(
        lambda made: numbers if bool(made) == bool(new) else {}, (change,), analysis=name, versions=labels
    )
    return Compared(found=found, old={}, new={})


def _analyses(path: Path) -> dict[str, Path]:
    try:
        return {found.name: found for found in analyses_in(path)}
    except PlanError:
        return {}


def _checked_out(revision: str, into: Path, top: Path) -> Path:
    """The files of a revision in a folder of their own; for "", the files as they stand."""
    if not revision:
        return top
    words = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    commit = _git(*words, why=f"{revision} is no file and no git revision")
    command = ["git", "-C", str(top), "archive", "--format=tar", commit]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - a resolved revision, no shell
    if done.returncode:
        raise DiffError(f"git cannot give {revision}: {done.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(into, filter="data")
    return into


def _git(*words: str, why: str) -> str:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607 - git of the user
    except FileNotFoundError as error:
        raise DiffError(f"{why}; git is not installed") from error
    if done.returncode:
        raise DiffError(f"{why} ({done.stderr.strip()})")
    return done.stdout.strip()

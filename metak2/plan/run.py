"""Running an analysis: a TOML plan or a Python script in, a written report out."""

import importlib.util
import sys
import traceback
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass, replace
from hashlib import sha256
from os import PathLike
from pathlib import Path
from types import ModuleType

from metak2.display.journals import journal_style
from metak2.errors import MetaError, PlanError
from metak2.plan.expect import expectations_of, unmet
from metak2.plan.fit import fit_comparison
from metak2.plan.fit_network import PlannedNetwork, network_expectations, network_of
from metak2.plan.overlaps import blocks_of, overlap_of
from metak2.plan.schema import NETWORK, Plan, read_plan
from metak2.report.comparison import Comparison
from metak2.report.compose import full_report
from metak2.report.for_journal import for_journal
from metak2.report.network_report import Further, beside_comparisons, network_told
from metak2.report.report import Report
from metak2.report.tables_network import network_effects
from metak2.studies.reading_log import ParsedInput, recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A written report: its folder, and the expected numbers that were not found, one line each."""

    folder: Path
    unmet: tuple[str, ...]


def analyses_in(path: Path) -> list[Path]:
    """The plans and scripts a path names: the file itself, or every .toml and .py of a folder, sorted."""
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.suffix in {".toml", ".py"} and not p.name.startswith("_"))
        if not found:
            raise PlanError(["there is no .toml plan and no .py script in it"], source=path.as_posix())
        return found
    if not path.exists():
        raise PlanError(["there is no such file or folder"], source=path.as_posix())
    if path.suffix not in {".toml", ".py"}:
        raise PlanError(["an analysis is a .toml plan or a .py script"], source=path.as_posix())
    return [path]


def run_plan(path: str | PathLike[str]) -> Report:
    """The report of a plan or script, not yet written, with the fingerprints of everything that was read.

    Paths inside an analysis are relative to its project: the nearest folder above it that holds a `datasets` folder,
    else the analysis' own folder.
    """
    path = Path(path).resolve()
    root = project_of(path)
    named = path.relative_to(root)
    with chdir(root), recording() as inputs:
        made = _from_script(named) if path.suffix == ".py" else _from_plan(read_plan(named))
        return replace(made, inputs=tuple(inputs), analysis=_fingerprint(named))


def run(path: Path, out: Path, *, formats: tuple[str, ...] = ()) -> Ran:
    """Run one analysis and write `out/<stem>/`, in these formats or, if none, in those that the analysis names."""
    report = run_plan(path)
    folder = report.write(out.resolve() / path.stem, formats=formats or None)
    return Ran(folder=folder, unmet=tuple(unmet(report.expectations)))


def project_of(path: Path) -> Path:
    """The nearest folder above an analysis that holds a `datasets` folder, else the analysis' own folder."""
    return next((folder for folder in path.resolve().parents if (folder / "datasets").is_dir()), path.resolve().parent)


def _from_plan(plan: Plan) -> Report:
    comparisons = [fit_comparison(table, plan.path) for table in plan.comparisons]
    planned = None if plan.network is None else network_of(plan.network)
    expectations = tuple(
        expectation
        for table, comparison in zip(plan.comparisons, comparisons, strict=True)
        for expectation in expectations_of(table, comparison, plan.path)
    )
    if planned is not None and plan.network is not None:
        expectations += network_expectations(plan.network, planned, plan.path)
    shared = {f"overlap-{at}": (overlap_of(one), one) for at, one in enumerate(plan.overlaps, start=1)}
    with journal_style(plan.style):
        after = [block for name, (found, one) in shared.items() for block in blocks_of(found, one, name)]
        more = Further(summary=plan.summary, after=tuple(after), expectations=expectations)
        made = _composed(plan, comparisons, planned, more)
    results = {**made.results, **{name.replace("-", "_"): found for name, (found, _) in shared.items()}}
    template = Path(plan.template).resolve() if plan.template else None
    return replace(made, results=results, data_date=plan.data_date, formats=plan.formats, template=template)


def _composed(plan: Plan, comparisons: Sequence[Comparison], planned: PlannedNetwork | None, more: Further) -> Report:
    """The comparisons, the network beside them, or the network alone."""
    told = None if planned is None else planned.sections()
    if planned is not None and told is not None and not comparisons:
        return network_told(plan.title, told, planned.data, more)
    network = [] if planned is None or told is None else beside_comparisons(told, planned.story.about)
    made = full_report(
        plan.title,
        comparisons=comparisons,
        summary=more.summary,
        after=[*network, *more.after],
        expectations=more.expectations,
    )
    made = for_journal(made, comparisons=comparisons, sections=plan.sections)
    if planned is None or told is None:
        return made
    tables = {**made.effect_tables, NETWORK: network_effects(planned.data)}
    return replace(made, results={**made.results, NETWORK: told[1]}, effect_tables=tables)


def _from_script(path: Path) -> Report:
    """Import the script, which writes nothing on import, and call its `report()`."""
    spec = importlib.util.spec_from_file_location(f"metak2_analysis_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PlanError(["cannot be imported as a Python script"], source=path.as_posix())
    module = importlib.util.module_from_spec(spec)
    remembered, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
        made = _called(module, path)
    except MetaError:
        raise
    except Exception as error:  # a script may raise anything; the other analyses still run
        raise PlanError([_where(error, path)], source=path.as_posix()) from error
    finally:
        sys.dont_write_bytecode = remembered
    return made


def _called(module: ModuleType, path: Path) -> Report:
    function = getattr(module, "report", None)
    if not callable(function):
        raise PlanError(["a script must define report() -> metak2.Report"], source=path.as_posix())
    made = function()
    if not isinstance(made, Report):
        raise PlanError([f"report() must give a metak2.Report, not {type(made).__name__}"], source=path.as_posix())
    return made


def _where(error: Exception, path: Path) -> str:
    """The error with the last line of the script that led to it."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(path.name)]
    if isinstance(error, SyntaxError):
        lines = [error.lineno]
    line = f"line {lines[-1]}: " if lines else ""
    return f"{line}{type(error).__name__}: {error}"


def _fingerprint(path: Path) -> ParsedInput:
    """The SHA-256 of a plan's or script's text; line ends do not count, so a checkout on Windows gives the same."""
    text = path.read_bytes().replace(b"\r\n", b"\n")
    return ParsedInput(path=path.as_posix(), sha256=sha256(text).hexdigest())

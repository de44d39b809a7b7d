"""Whether the committed reports still follow from the committed data."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from metak2.errors import MetaError
from metak2.plan.run import run
from metak2.report.compare import Verdict, compare_reports
from metak2.report.formats import formats_written


def verify(analyses: Sequence[Path], reports: Path) -> Verdict:
    """Run every analysis into a temporary folder and compare each report with the committed one.

    Differences are also: an expected number that is not found, an analysis that cannot be run or has no report, a
    report without an analysis, and two analyses that write the same report.
    """
    by_name: dict[str, Path] = {}
    found = Verdict()
    for path in analyses:
        if path.stem in by_name:
            found += _difference(f"{path}: writes the same report as {by_name[path.stem]}; rename one of them")
        else:
            by_name[path.stem] = path
            found += _verified(path, reports)
    return found + _without_analysis(by_name, reports)


def update(analyses: Sequence[Path], reports: Path) -> tuple[Path, ...]:
    """Write those reports anew that no longer follow, in the formats they were written in; their folders."""
    stale = [path for path in analyses if _verified(path, reports).differences]
    return tuple(run(path, reports, formats=_formats_of(reports / path.stem)).folder for path in stale)


def _verified(path: Path, reports: Path) -> Verdict:
    with TemporaryDirectory(prefix="metak2-verify-") as scratch:
        try:
            ran = run(path, Path(scratch), formats=_formats_of(reports / path.stem))
        except MetaError as error:
            return _difference(f"{path}: cannot be run: " + "; ".join(line.strip() for line in str(error).splitlines()))
        unmet = Verdict(differences=tuple(f"{path}: {line}" for line in ran.unmet))
        return unmet + compare_reports(reports / path.stem, ran.folder)


def _formats_of(committed: Path) -> tuple[str, ...]:
    """Those the committed report was written in, whatever `metak2 run --format` was told."""
    return formats_written(entry.name for entry in committed.iterdir()) if committed.is_dir() else ()


def _without_analysis(by_name: dict[str, Path], reports: Path) -> Verdict:
    found = Verdict()
    for folder in sorted(reports.iterdir()) if reports.is_dir() else []:
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in by_name:
            found += _difference(f"{folder}: no analysis writes this report")
    return found


def _difference(line: str) -> Verdict:
    return Verdict(differences=(line,))

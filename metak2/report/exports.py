"""Results to take elsewhere: each pooled effect as table, metafor script, RevMan CSV and workbook that calculates."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from metak2.errors import ModelError
from metak2.models.pooled import Pooled
from metak2.report.effect_table import as_csv, effect_table
from metak2.report.folder import write_whole
from metak2.report.live_workbook import live_workbook
from metak2.report.manifest import MANIFEST, Sources, manifest_json
from metak2.report.metafor_script import metafor_script
from metak2.report.report import Report
from metak2.report.revman_csv import revman_csv


def exported(pooled: Pooled, name: str, title: str) -> dict[str, bytes]:
    """The files of one pooled effect by name; no script where metafor has no such method or interval."""
    files = {
        f"{name}-effects.csv": as_csv(effect_table(pooled)).encode(),
        f"{name}-revman.csv": revman_csv(pooled, title).encode(),
        f"{name}-live.xlsx": live_workbook(pooled),
    }
    try:
        files[f"{name}.R"] = metafor_script(pooled, title).encode()
    except ModelError as error:
        files[f"{name}-no-R.txt"] = f"{error}\n".encode()
    return files


def write_exports(report: Report, folder: Path) -> Path:
    """Write the exports of every primary result of a report, all of them or none.

    `ModelError` where the report pools nothing; `OutputError` where the folder cannot be written or holds other files.
    """
    files: dict[str, bytes] = {}
    for name, pooled in primaries(report.results):
        files |= exported(pooled, name, report.title)
    if not files:
        raise ModelError(f"{report.title}: nothing was pooled, so there is nothing to export")
    sources = Sources(inputs=report.inputs, analysis=report.analysis)
    return write_whole(folder, {**files, MANIFEST: manifest_json(sources, files).encode()})


def primaries(results: Mapping[str, object]) -> Iterator[tuple[str, Pooled]]:
    """The headline of each comparison by name."""
    for name, result in results.items():
        found = result.get("primary") if isinstance(result, Mapping) else result
        if isinstance(found, Pooled):
            yield name, found

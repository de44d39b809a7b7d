"""A report's folder, written whole or not at all."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from metak2.errors import MetaError
from metak2.report.manifest import MANIFEST
from metak2.report.manifest_reading import ManifestError, read_manifest


class OutputError(MetaError):
    """The report cannot be written there; what stood there before is untouched."""


def write_whole(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files into a new folder beside `folder`, then put it in the place of the old one.

    The old folder is kept until the new one is complete. A folder that holds anything metak2 did not write is refused.
    """
    folder = Path(os.path.realpath(folder))
    incoming = folder.with_name(f".{folder.name}.{os.getpid()}.writing")
    previous = folder.with_name(f".{folder.name}.previous")
    with _explained(folder):
        _finish_interrupted(folder, previous)
        _refuse_foreign(folder)
        try:
            incoming.mkdir(parents=True)
            for name, content in files.items():
                (incoming / name).write_bytes(content)
            _swap(incoming, folder, previous)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
    return folder


def _swap(incoming: Path, folder: Path, previous: Path) -> None:
    if not folder.exists():
        incoming.rename(folder)
        return
    folder.rename(previous)
    try:
        incoming.rename(folder)
    except OSError:
        previous.rename(folder)
        raise
    shutil.rmtree(previous, ignore_errors=True)  # the new report stands; what stays of the old one goes with the next


def _finish_interrupted(folder: Path, previous: Path) -> None:
    """A run that died between the two renames left the old report beside its place."""
    if previous.exists():
        if folder.exists():
            shutil.rmtree(previous)
        else:
            previous.rename(folder)


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    present = {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}
    foreign = sorted(present - _written_before(folder))
    if foreign:
        shown = ", ".join(foreign[:5]) + (" …" if len(foreign) > 5 else "")
        raise OutputError(
            f"{folder} holds what metak2 did not write ({shown}), and a report replaces its whole folder. "
            "Move these files elsewhere or choose another folder; nothing was written."
        )


def _written_before(folder: Path) -> set[str]:
    try:
        return {MANIFEST, *read_manifest(folder).files}
    except ManifestError:
        return set()


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write the report to {folder}: {error.strerror or error}. What stood there before is untouched. "
            "Make room, close files of the report that another program holds open, or make the folder writable, "
            "or choose another with --out."
        ) from error

"""Whether a committed report still follows from the data: five gates, each with one line per difference.

They are: 1 fingerprints of data and analysis, 2 numbers, 3 figures by structure, 4 text and tables, 5 bytes (on equal
platforms).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from metak2.report.figure_gate import figure_difference
from metak2.report.manifest import MANIFEST
from metak2.report.manifest_reading import Manifest, ManifestError, read_manifest
from metak2.report.number_gate import number_differences
from metak2.report.pdf_gate import can_read, pdf_differences
from metak2.report.table_gate import csv_differences, workbook_differences
from metak2.report.text_gate import docx_text, html_figures, html_text, html_unseen, text_differences

RESULTS = "results.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`differences`, one line each, fail a check; `information` says what could not be compared here."""

    differences: tuple[str, ...] = ()
    information: tuple[str, ...] = ()

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            differences=self.differences + other.differences, information=self.information + other.information
        )


def compare_reports(committed: Path, fresh: Path) -> Verdict:
    """Compare the folder of a committed report with one written just now from the same analysis."""
    if not committed.is_dir():
        return Verdict(differences=(f"{committed}: there is no report; run `metak2 run`",))
    try:
        old, new = read_manifest(committed), read_manifest(fresh)
    except ManifestError as error:
        return Verdict(differences=(str(error),))
    lines = [f"{committed / MANIFEST}: {line}" for line in fingerprint_differences(old, new)]
    present = {entry.name for entry in committed.iterdir() if not entry.name.startswith(".")}
    why = _incomparable(old, new)
    for name in sorted((present | old.files.keys() | new.files.keys()) - {MANIFEST}):
        found = list(_file_differences(name, committed, fresh)) or list(
            _byte_differences(committed / name, old.files.get(name), "" if why else new.files[name])
        )
        lines += [f"{committed / name}: {line}" for line in found]
    information = [f"{committed}: bytes are not comparable here ({why})"] if why else []
    if not can_read() and any(name.endswith(".pdf") for name in present):
        information.append(f"{committed}: the text of PDFs is not compared here; install pypdf")
    return Verdict(differences=tuple(lines), information=tuple(information))


def fingerprint_differences(old: Manifest, new: Manifest) -> Iterator[str]:
    """Gate 1: what was read is not what is there now."""
    if old.schema != new.schema:
        yield f"written under schema {old.schema} of results.json, which is now {new.schema}; run `metak2 run`"
    for committed, fresh in ((old.analysis, new.analysis), (old.inputs, new.inputs)):
        for path in sorted(committed.keys() | fresh.keys()):
            if path not in fresh:
                yield f"{path} was read and no longer is; run `metak2 run`"
            elif path not in committed:
                yield f"{path} is read and was not; run `metak2 run`"
            elif committed[path] != fresh[path]:
                yield f"{path} has changed since the report was written; run `metak2 run`"


def _file_differences(name: str, committed: Path, fresh: Path) -> Iterator[str]:
    """Gates 2 to 4 for one file of the report."""
    old, new = committed / name, fresh / name
    if not new.exists():
        yield "no analysis writes this file"
    elif not old.exists():
        yield "is missing; run `metak2 run`"
    else:
        try:
            yield from _content_differences(name, old, new)
        except (ValueError, OSError) as error:
            yield f"cannot be read ({error})"


def _content_differences(name: str, old: Path, new: Path) -> Iterator[str]:
    """What differs between two files of one name; nothing where their bytes are the same."""
    before, after = old.read_bytes(), new.read_bytes()
    if before == after:
        return
    if name == RESULTS:
        yield from number_differences(_numbers(old), _numbers(new))
    elif name.endswith((".docx", ".xlsx", ".pdf")):
        yield from _container_differences(name, before, after)
    else:
        compare = _TEXTS.get(old.suffix)
        yield from compare(_text(old), _text(new)) if compare else ()


def _container_differences(name: str, before: bytes, after: bytes) -> Iterator[str]:
    if name.endswith(".docx"):
        yield from text_differences(docx_text(before), docx_text(after))
    elif name.endswith(".xlsx"):
        yield from workbook_differences(before, after)
    elif can_read():
        yield from pdf_differences(before, after)


def _figure_differences(before: str, after: str) -> Iterator[str]:
    difference = figure_difference(before, after)
    if difference:
        yield difference


def _page_differences(before: str, after: str) -> Iterator[str]:
    """The text of a page, what its links and marks say, then the figures inside it."""
    for part in (html_text, html_unseen):
        yield from text_differences(part(before), part(after))
    old, new = html_figures(before), html_figures(after)
    for at, (one, other) in enumerate(zip(old, new, strict=False), start=1):
        yield from (f"figure {at}: {line}" for line in _figure_differences(one, other))
    if len(old) != len(new):
        yield f"{len(old)} figures became {len(new)}"


_TEXTS: Mapping[str, Callable[[str, str], Iterator[str]]] = {
    ".svg": _figure_differences,
    ".md": text_differences,
    ".html": _page_differences,
    ".csv": csv_differences,
}


def _byte_differences(file: Path, recorded: str | None, fresh: str) -> Iterator[str]:
    """Gate 5: a file edited since it was written or, where `fresh` is not "", written with other bytes now."""
    found = sha256(file.read_bytes()).hexdigest()
    if found != recorded:
        yield "was changed after it was written: its SHA-256 is not the one in manifest.json"
    elif fresh and found != fresh:
        yield "is written with other bytes now, though data, numbers and text are the same"


def _incomparable(old: Manifest, new: Manifest) -> str:
    """Why bytes cannot be compared; "" where they can."""
    if old.metak2 != new.metak2:
        return f"metak2 {old.metak2} wrote the report, this is {new.metak2}"
    names = sorted(old.platform.keys() | new.platform.keys())
    return ", ".join(
        f"{name} {old.platform.get(name, 'not recorded')} then, {new.platform.get(name, 'not recorded')} now"
        for name in names
        if old.platform.get(name) != new.platform.get(name)
    )


def _numbers(file: Path) -> dict[str, object]:
    """The content of results.json without the version, which may change alone."""
    content = json.loads(_text(file))
    if not isinstance(content, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the file is wrong, not the code
    content.pop("metak2", None)
    return content


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")

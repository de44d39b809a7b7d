"""The formats of a report: which there are, the file each writes, and what each needs installed.

A format whose library is an extra is loaded when it is first asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

from metak2.errors import MetaError, UnknownOptionError
from metak2.report.html import html
from metak2.report.manuscript import Manuscript
from metak2.report.markdown import markdown
from metak2.report.workbook import report_workbook

Render = Callable[[Manuscript], bytes]

STEM = "report"
FORMATS = ("html", "md", "docx", "pdf", "xlsx")
DEFAULT_FORMATS = ("html", "md")
LIBRARIES: Mapping[str, tuple[str, ...]] = {"docx": ("python-docx", "lxml"), "pdf": ("typst",), "xlsx": ("openpyxl",)}
"""The distributions whose versions decide a format's bytes, beyond those that every report needs."""


class MissingExtraError(MetaError):
    """A format was asked for whose library is not installed; the message says how to install it."""


def known_formats(asked: Iterable[str]) -> tuple[str, ...]:
    """The formats asked for, each once, in the order of `FORMATS`; `UnknownOptionError` for any other word.

    >>> known_formats(["docx", "html", "docx"])
    ('html', 'docx')
    """
    wanted = (asked,) if isinstance(asked, str) else tuple(asked)
    for name in wanted:
        if name not in FORMATS:
            raise UnknownOptionError("format", name, FORMATS)
    return tuple(name for name in FORMATS if name in wanted)


def formats_written(files: Iterable[str]) -> tuple[str, ...]:
    """The formats of a report whose folder holds these files.

    >>> formats_written(["manifest.json", "report.docx", "report.md"])
    ('md', 'docx')
    """
    present = frozenset(files)
    return tuple(name for name in FORMATS if f"{STEM}.{name}" in present)


def renderers(formats: Iterable[str]) -> dict[str, Render]:
    """The renderer of each format; `MissingExtraError` before anything is drawn where a library is missing."""
    return {name: _ALWAYS_THERE.get(name) or _of_an_extra(name) for name in formats}


def _of_an_extra(name: str) -> Render:
    """`render` of the module that is named for the format, as is its extra."""
    try:
        render: Render = import_module(f"metak2.report.{name}").render
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("metak2"):
            raise
        needed = " and ".join(LIBRARIES[name])
        raise MissingExtraError(
            f"a report in the format {name} needs {needed}, which is not installed: pip install metak2[{name}]"
        ) from error
    return render


_ALWAYS_THERE: Mapping[str, Render] = {
    "html": lambda manuscript: html(manuscript.document, dict(manuscript.svgs)).encode(),
    "md": lambda manuscript: markdown(manuscript.document).encode(),
    "xlsx": lambda manuscript: report_workbook(manuscript.document, manuscript.effect_tables),
}

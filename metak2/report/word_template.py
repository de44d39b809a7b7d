"""The user's Word template: a .docx or .dotx whose styles, page and headers a report takes over."""

import io
import zipfile
from pathlib import Path

from metak2.errors import MetaError

_TYPES = "[Content_Types].xml"
_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TEMPLATE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"


class TemplateError(MetaError):
    """The Word template is missing or is no Word document; nothing was written."""


def read_template(path: Path) -> bytes:
    """The template as a .docx; a .dotx becomes one.

    Raises
    ------
    TemplateError
        There is no such file, it cannot be read, or Word did not write it as .docx or .dotx.
    """
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            types = parts.read(_TYPES)
    except OSError as error:
        raise TemplateError(
            f"the Word template {path} cannot be read: {error.strerror or error}. Nothing was written."
        ) from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise TemplateError(_refusal(path)) from error
    if _DOCUMENT in types:
        return content
    if _TEMPLATE in types:
        return _with_types(content, types.replace(_TEMPLATE, _DOCUMENT))
    raise TemplateError(_refusal(path))


def _refusal(path: Path) -> str:
    return f"the Word template {path} is no .docx or .dotx file. Save it as .docx in Word; nothing was written."


def _with_types(content: bytes, types: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, types if name == _TYPES else old.read(name))
    return out.getvalue()

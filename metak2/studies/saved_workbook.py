"""An openpyxl workbook as bytes, or an error that says why not."""

from io import BytesIO
from typing import Protocol

from metak2.errors import MetaError


class Saveable(Protocol):
    """An openpyxl workbook."""

    def save(self, filename: BytesIO, /) -> None:
        """Write it."""


class SavingError(MetaError):
    """A workbook cannot be made; nothing was written."""


def saved_bytes(workbook: Saveable) -> bytes:
    """The workbook's file. SavingError where there is no room for the temporary files openpyxl writes sheets to."""
    out = BytesIO()
    try:
        workbook.save(out)
    except Exception as error:
        # lxml, which openpyxl uses where it is installed, has an error of its own for a full disk
        if isinstance(error, OSError) or type(error).__name__ == "SerialisationError":
            raise SavingError(
                f"a workbook cannot be made: no room for temporary files ({error}). What stood there before is "
                "untouched. Make room, or set TMPDIR to a folder that has some."
            ) from error
        raise
    return out.getvalue()

"""The sentences at the end of a report: what was read, where the numbers stand, which version wrote it."""

from metak2.studies.reading_log import ParsedInput
from metak2.version import __version__

VERSION_LINE = "Written by metak2 "
SOFTWARE_LINE = "Software: metak2 "
VERSION_LINES = (VERSION_LINE, SOFTWARE_LINE)  # begin the lines of the text that a new version may change

_NUMBERS = (
    "Every number of this report, with the cells it came from, stands in results.json beside it; "
    "manifest.json holds the fingerprints."
)


def provenance(inputs: tuple[ParsedInput, ...]) -> tuple[str, ...]:
    """One sentence per file that was read, then where to look further, then the version."""
    return (
        *(f"Data read: {read.path} (content SHA-256 {read.sha256[:12]})." for read in inputs),
        _NUMBERS,
        f"{VERSION_LINE}{__version__}.",
    )

"""Do two PDFs say the same? Their text, where a library to read it is installed."""

from collections.abc import Iterator
from io import BytesIO

from metak2.report.provenance import VERSION_LINE


def can_read() -> bool:
    """Whether the text of a PDF can be read here."""
    try:
        import pypdf as _  # noqa: F401, PLC0415 - an extra that only this gate needs
    except ModuleNotFoundError:
        return False
    return True


def pdf_differences(committed: bytes, fresh: bytes) -> Iterator[str]:
    """The first words that differ, with the page they stand on. ValueError where one is no PDF."""
    old, new = _pages(committed), _pages(fresh)
    for page, (before, after) in enumerate(zip(old, new, strict=False), start=1):
        at = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
        if at is None and len(before) != len(after):
            at = min(len(before), len(after))
        if at is not None:
            said = [" ".join(words[max(at - 2, 0) : at + 4]) for words in (before, after)]
            yield f"page {page}: “{said[0]}” became “{said[1]}”"
            return
    if len(old) != len(new):
        yield f"{len(old)} pages became {len(new)}"


def _pages(content: bytes) -> list[list[str]]:
    """The words of each page without the version, which may change alone."""
    from pypdf import PdfReader  # noqa: PLC0415 - an extra that only this gate needs
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - as above

    try:
        return [_words(page.extract_text()) for page in PdfReader(BytesIO(content)).pages]
    except PyPdfError as error:
        raise ValueError(f"no PDF: {error}") from error


def _words(text: str) -> list[str]:
    words = " ".join(text.split())
    before, found, after = words.partition(VERSION_LINE)
    return (before + after.partition(" ")[2] if found else words).split()

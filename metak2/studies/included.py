"""The references of the included studies, matched with the rows of the workbook."""

import os
from pathlib import Path

from metak2.studies.formats.references import Matched, match_references, read_references
from metak2.studies.read import open_book


def included_references(workbook: str | os.PathLike[str], references: str | os.PathLike[str]) -> Matched:
    """Each study of the workbook with its references in a .ris, .bib or .nbib file, and the references of no study.

    StudyDataError where either file cannot be read.
    """
    return match_references(read_references(Path(references)), open_book(workbook))

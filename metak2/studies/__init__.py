"""What was extracted from the trial reports, and from which cell: workbooks, CSV files and DataFrames become tables."""

from metak2.studies.assemble import pair_arms
from metak2.studies.read import read_sheet, read_studies
from metak2.studies.reading_log import ParsedInput, recording
from metak2.studies.selection import Selection
from metak2.studies.sheet import CellValue, Sheet
from metak2.studies.table import StudyTable

__all__ = [
    "CellValue",
    "ParsedInput",
    "Selection",
    "Sheet",
    "StudyTable",
    "pair_arms",
    "read_sheet",
    "read_studies",
    "recording",
]

"""The PRISMA 2020 flow diagram."""

import os

from metak2.errors import StudyDataError
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.flow_layout import flow_layout
from metak2.studies.checks.files import missing_sheet
from metak2.studies.formats.flow import FLOW, Flow, read_flow
from metak2.studies.read import open_book


def prisma(source: str | os.PathLike[str] | Flow, *, title: str = "") -> Drawing:
    """The flow diagram of the sheet `flow`: stage, count and, for some stages, a reason or source.

    New and updated reviews, with and without other methods, by the stages that the sheet has. StudyDataError names
    every cell whose count does not follow from the others.
    """
    flow = source if isinstance(source, Flow) else flow_in(source)
    return draw_chart(flow_layout(flow, title=title))


def flow_in(path: str | os.PathLike[str]) -> Flow:
    """The flow of a workbook; StudyDataError where it has none."""
    book = open_book(path)
    flow = read_flow(book)
    if flow is None:
        raise StudyDataError([missing_sheet(FLOW, list(book.sheets))], source=book.source)
    return flow

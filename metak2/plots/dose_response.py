"""The picture of a dose–response curve."""

from metak2.models.dose_response_result import DoseResponse
from metak2.plots.chart import draw_chart
from metak2.plots.dose_response_layout import dose_response_layout
from metak2.plots.drawing import Drawing
from metak2.shown import show_svg


def dose_response_plot(result: DoseResponse, *, title: str = "") -> Drawing:
    """Relative risk over dose with its limits, and what the studies observed."""
    return draw_chart(dose_response_layout(result, title=title))


show_svg.register(DoseResponse, lambda result: dose_response_plot(result).svg())

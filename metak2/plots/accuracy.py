"""The pictures of a diagnostic test."""

from metak2.models.accuracy_result import Accuracy
from metak2.plots.accuracy_layout import coupled_forest_layout, sroc_layout
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.shown import show_svg


def sroc_plot(result: Accuracy, *, title: str = "") -> Drawing:
    """The summary ROC plot with confidence and prediction regions."""
    return draw_chart(sroc_layout(result, title=title))


def coupled_forest(result: Accuracy, *, title: str = "") -> Drawing:
    """Sensitivity and specificity side by side."""
    return draw_chart(coupled_forest_layout(result, title=title))


show_svg.register(Accuracy, lambda result: sroc_plot(result).svg())

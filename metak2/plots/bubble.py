"""The bubble plot of a meta-regression."""

from metak2.models.regression_result import Regression
from metak2.plots.bubble_layout import bubble_layout
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing


def bubble_plot(result: Regression, *, title: str = "", label: str = "") -> Drawing:
    """Effects against one numeric moderator, as large as their weights, with the regression line and its limits."""
    return draw_chart(bubble_layout(result, title=title, label=label))

"""The figures of questions that stay open, and in a notebook."""

from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.new_trial_layout import new_trial_layout
from metak2.plots.sequential_layout import sequential_layout
from metak2.robustness.new_trial import NewTrial
from metak2.robustness.sequential import SequentialAnalysis
from metak2.shown import show_svg


def sequential_plot(result: SequentialAnalysis, *, title: str = "") -> Drawing:
    """The cumulative Z between its boundaries. Exploratory."""
    return draw_chart(sequential_layout(result, title=title))


def new_trial_plot(result: NewTrial, *, title: str = "") -> Drawing:
    """What one further trial would have to observe, by its size."""
    return draw_chart(new_trial_layout(result, title=title))


show_svg.register(SequentialAnalysis, lambda result: sequential_plot(result).svg())
show_svg.register(NewTrial, lambda result: new_trial_plot(result).svg())

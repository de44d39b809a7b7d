"""The GOSH plot."""

from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.gosh_layout import gosh_layout
from metak2.robustness.gosh import Gosh


def gosh_plot(cloud: Gosh, *, title: str = "") -> Drawing:
    """Estimate against I² of every subset; two colours where one study splits the cloud."""
    return draw_chart(gosh_layout(cloud, title=title))

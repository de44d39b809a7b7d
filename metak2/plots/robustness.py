"""The figures of leave-two-out, bootstrap, fragility, specifications and overlap, and what a notebook shows of them."""

from metak2.plots.bootstrap_layout import bootstrap_layout
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.fragility_layout import fragility_layout
from metak2.plots.gosh import gosh_plot
from metak2.plots.overlap_layout import overlap_layout
from metak2.plots.pairs_layout import pairs_layout
from metak2.plots.specification_layout import specification_layout
from metak2.robustness.bootstrap import Bootstrap
from metak2.robustness.fragility import Fragility
from metak2.robustness.gosh import Gosh
from metak2.robustness.leave_one_out import LeaveTwoOut
from metak2.robustness.overlap import Overlap
from metak2.robustness.specification import SpecificationCurve
from metak2.shown import show_svg


def leave_two_out_plot(result: LeaveTwoOut, *, title: str = "") -> Drawing:
    """A triangle of pairs, coloured by how far their absence moves the answer."""
    return draw_chart(pairs_layout(result, title=title))


def bootstrap_plot(result: Bootstrap, *, title: str = "") -> Drawing:
    """Histograms of the bootstrapped effect and tau²."""
    return draw_chart(bootstrap_layout(result, title=title))


def fragility_plot(result: Fragility, *, title: str = "") -> Drawing:
    """The interval after each changed outcome, and without the studies that carry the conclusion."""
    return draw_chart(fragility_layout(result, title=title))


def specification_plot(curve: SpecificationCurve, *, title: str = "") -> Drawing:
    """The specification curve, the planned specification marked."""
    return draw_chart(specification_layout(curve, title=title))


def overlap_plot(found: Overlap, *, title: str = "") -> Drawing:
    """The citation matrix of reviews and trials."""
    return draw_chart(overlap_layout(found, title=title))


show_svg.register(Gosh, lambda result: gosh_plot(result).svg())
show_svg.register(LeaveTwoOut, lambda result: leave_two_out_plot(result).svg())
show_svg.register(Bootstrap, lambda result: bootstrap_plot(result).svg())
show_svg.register(Fragility, lambda result: fragility_plot(result).svg())
show_svg.register(SpecificationCurve, lambda result: specification_plot(result).svg())

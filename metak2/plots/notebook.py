"""The picture of a result in a notebook cell: its forest plot. matplotlib is loaded when the first one is drawn."""

from metak2.models.multilevel_result import Multilevel
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.robustness.prior_sensitivity import PriorSensitivity
from metak2.robustness.refits import Refits
from metak2.shown import show_svg


@show_svg.register(Pooled)
@show_svg.register(Unpooled)
@show_svg.register(Subgroups)
@show_svg.register(Refits)
@show_svg.register(PriorSensitivity)
@show_svg.register(Multilevel)
def forest_svg(result: Pooled | Unpooled | Subgroups | Refits | PriorSensitivity | Multilevel) -> str:
    """The forest plot as SVG."""
    from metak2.plots.forest import forest

    return forest(result).svg()

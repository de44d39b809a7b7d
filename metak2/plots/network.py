"""The pictures of a network."""

from metak2.models.network_consistency import Designs
from metak2.models.network_data import NetworkData, NetworkMap, network_map
from metak2.models.network_funnel import AdjustedFunnel
from metak2.models.network_ranking import Ranking
from metak2.models.network_result import Network
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.network_forest_layout import network_forest_layout
from metak2.plots.network_funnel_layout import adjusted_funnel_layout
from metak2.plots.network_graph_layout import network_graph_layout
from metak2.plots.network_heat_layout import net_heat_layout
from metak2.plots.network_rank_layout import rankogram_layout
from metak2.shown import show_svg


def network_graph(shown: Network | NetworkData | NetworkMap, *, title: str = "", statement: bool = True) -> Drawing:
    """Treatments and comparisons, and below them, unless `statement` is off, what cannot be estimated."""
    data = shown.data if isinstance(shown, Network) else shown
    return draw_chart(
        network_graph_layout(
            network_map(data) if isinstance(data, NetworkData) else data, title=title, statement=statement
        )
    )


def network_forest(network: Network, *, title: str = "") -> Drawing:
    """Every treatment against the reference, with its prediction interval."""
    return draw_chart(network_forest_layout(network, title=title))


def rankogram(result: Ranking, *, title: str = "") -> Drawing:
    """The probability of every rank for every treatment."""
    return draw_chart(rankogram_layout(result, title=title))


def net_heat_plot(result: Designs, *, title: str = "") -> Drawing:
    """Which design makes which other one inconsistent."""
    return draw_chart(net_heat_layout(result, title=title))


def adjusted_funnel_plot(result: AdjustedFunnel, *, title: str = "") -> Drawing:
    """The comparison-adjusted funnel plot."""
    return draw_chart(adjusted_funnel_layout(result, title=title))


show_svg.register(NetworkMap, lambda result: network_graph(result).svg())
show_svg.register(Network, lambda result: network_forest(result).svg())
show_svg.register(Ranking, lambda result: rankogram(result).svg())
show_svg.register(Designs, lambda result: net_heat_plot(result).svg())

"""The pictures of risk of bias: the traffic light plot and the summary by domain."""

from metak2.models.pooled import Pooled
from metak2.plots.bias_summary_layout import bias_summary_layout
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.traffic_light_layout import traffic_light_layout
from metak2.studies.risk_of_bias import RiskOfBias


def traffic_light(judged: RiskOfBias, *, title: str = "") -> Drawing:
    """Every judgement of every study by colour, sign and letter; what nobody judged is "not assessed"."""
    return draw_chart(traffic_light_layout(judged, title=title))


def bias_summary(judged: RiskOfBias, *, weights: Pooled | None = None, title: str = "") -> Drawing:
    """Stacked bars by domain: shares of the studies or, with a pooled result as `weights`, of its weight.

    `ModelError` where a weighted study has no row, or a study several.
    """
    return draw_chart(bias_summary_layout(judged, weights=weights, title=title))

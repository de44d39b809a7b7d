"""Drawing a forest plot with the ghost of an earlier version behind it."""

from metak2.models.pooled import Pooled, Unpooled
from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.ghost_layout import ghost_layout


def ghost_forest(
    old: Pooled | Unpooled, new: Pooled | Unpooled, *, versions: tuple[str, str] = ("before", "now"), title: str = ""
) -> Drawing:
    """Two versions of an answer in the same measure: studies and pooled effect, the old in grey behind the new."""
    return draw_chart(ghost_layout(old, new, versions=versions, title=title))

"""All texts of one style as a single artist.

A `matplotlib.text.Text` per cell costs most of a picture's time, and a multi-line one moves its baselines with the ink
of each line; this artist puts every line on the baseline it is given and keeps its anchor in SVG.
"""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgba
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from metak2.plots.fonts import Fonts
from metak2.plots.style import TextStyle

SHARE = {"left": 0.0, "center": 0.5, "right": 1.0}

Placed = tuple[float, float, str]  # x and baseline in the axes' data coordinates, one line of text


class Texts(Artist):
    """Single lines at given anchors, all in one style. Mathtext is never read: a dollar sign is a dollar sign."""

    def __init__(self, placed: Sequence[Placed], style: TextStyle, fonts: Fonts) -> None:
        super().__init__()
        self.set_zorder(4)  # above the shapes, so that a box or a symbol can hold a text
        self._placed = [(x, y, line) for x, y, line in placed if line]
        self._style = style
        self._font = fonts.properties(size=style.size, bold=style.bold)

    def draw(self, renderer: RendererBase) -> None:
        """Draw every line; called by matplotlib."""
        _, height = renderer.get_canvas_width_height()
        context = renderer.new_gc()
        context.set_foreground(to_rgba(self._style.colour), isRGBA=True)
        anchor = Text(horizontalalignment=self._style.align, parse_math=False)
        anchor.set_transform(IdentityTransform())
        for x, y, line in self._placed:
            at, baseline = self.get_transform().transform((x, y))
            anchor.set_position((at, baseline))
            width, _, _ = renderer.get_text_width_height_descent(line, self._font, ismath=False)
            left = at - SHARE[self._style.align] * width
            down = height - baseline if renderer.flipy() else baseline
            renderer.draw_text(context, left, down, line, self._font, 0, ismath=False, mtext=anchor)
        context.restore()
        self.stale = False

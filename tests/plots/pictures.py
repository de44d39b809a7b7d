"""The pictures compared with `baseline/` and `docs/styles/`; `python -m tests.plots.pictures` draws them anew.

Look at what it drew.
"""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from metak2.display.journals import STYLES
from metak2.models.pool import pool
from metak2.plots.diagnostics import labbe
from metak2.plots.drawing import Drawing
from metak2.plots.forest import forest
from metak2.plots.funnel import funnel
from metak2.robustness.trim_and_fill import trim_and_fill
from tests.plots.factory import bcg, bcg_effects, bcg_mantel_haenszel, bcg_subgroups, judgements

BASELINE = Path(__file__).parent / "baseline"
DOCS = Path(__file__).parents[2] / "docs" / "styles"
DPI = 72


def forest_of_thirteen() -> Drawing:
    return forest(
        bcg(),
        also=(("Mantel–Haenszel", bcg_mantel_haenszel()),),
        title="BCG vaccine and tuberculosis",
        columns=("year",),
    )


def forest_of_subgroups() -> Drawing:
    return forest(bcg_subgroups())


def funnel_of_thirteen() -> Drawing:
    return funnel(bcg())


def funnel_with_regions() -> Drawing:
    answer = pool(bcg_effects())
    return funnel(answer, contours=True, filled=trim_and_fill(answer))


def labbe_of_thirteen() -> Drawing:
    return labbe(pool(bcg_effects()))


PICTURES: dict[str, Callable[[], Drawing]] = {
    "forest": forest_of_thirteen,
    "subgroups": forest_of_subgroups,
    "funnel": funnel_of_thirteen,
    "funnel-regions": funnel_with_regions,
    "labbe": labbe_of_thirteen,
}


def forest_in_style(name: str) -> Drawing:
    effects = bcg_effects()
    judged = replace(effects, moderators={**effects.moderators, **judgements(13)})
    return forest(bcg(judged), also=(("Mantel–Haenszel", bcg_mantel_haenszel()),), style=name)


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    for name in STYLES:
        drawn = Image.open(BytesIO(forest_in_style(name).png(DPI))).convert("RGB")
        drawn.quantize(256).save(DOCS / f"{name}.png", optimize=True)
    for name, draw in PICTURES.items():
        (BASELINE / f"{name}.png").write_bytes(draw().png(DPI))

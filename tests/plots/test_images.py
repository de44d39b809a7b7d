from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from metak2.display.journals import STYLES
from metak2.plots.forest import forest
from tests.plots.factory import bcg, bcg_effects, bcg_mantel_haenszel
from tests.plots.pictures import BASELINE, DOCS, DPI, PICTURES, forest_in_style

# Grey levels of 255, after a blur that hides where within a pixel a letter stands. Measured: all text 0.3 points aside,
# as between FreeType versions (REPRODUCIBILITY, section 1), gives 0.6, and half a point higher 2.2; two studies that
# change places give 3.7, a lost diamond 4.0, a lost row 9.
BLUR = 2.5
RMS = 2.5


def grey(png: bytes) -> np.ndarray:
    blurred = Image.open(BytesIO(png)).convert("L").filter(ImageFilter.GaussianBlur(BLUR))
    return np.asarray(blurred, dtype=np.float64)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    height, width = np.minimum(one.shape, other.shape)
    return float(np.sqrt(np.mean((one[:height, :width] - other[:height, :width]) ** 2)))


def baseline(name: str, folder: Path = BASELINE) -> np.ndarray:
    path = folder / f"{name}.png"
    assert path.is_file(), f"{path} is missing: run `python -m tests.plots.pictures`, look at it and commit it"
    return grey(path.read_bytes())


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_picture_looks_like_its_baseline(name: str) -> None:
    expected, drawn = baseline(name), grey(PICTURES[name]().png(DPI))
    # the size follows the measured text, so another FreeType may make it a few pixels wider
    assert np.abs(np.array(expected.shape) - np.array(drawn.shape)).max() <= 4
    assert distance(expected, drawn) < RMS


@pytest.mark.parametrize("name", list(STYLES))
def test_a_style_looks_as_the_documentation_shows_it(name: str) -> None:
    expected, drawn = baseline(name, DOCS), grey(forest_in_style(name).png(DPI))
    assert np.abs(np.array(expected.shape) - np.array(drawn.shape)).max() <= 4
    assert distance(expected, drawn) < RMS


def test_two_studies_that_change_places_are_seen() -> None:
    swapped = bcg_effects().take(np.array([1, 0, *range(2, 13)]))
    drawing = forest(
        replace(bcg(), effects=swapped),
        also=(("Mantel–Haenszel", bcg_mantel_haenszel()),),
        title="BCG vaccine and tuberculosis",
        columns=("year",),
    )
    assert distance(baseline("forest"), grey(drawing.png(DPI))) > RMS

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.plots.pictures import BASELINE, DPI, PICTURES

# Of 255 grey levels. Text moves by up to 0.3 points between FreeType versions (REPRODUCIBILITY, section 1), which gives
# about 9 here; a missing row or a moved column gives 25 and more.
RMS = 12.0


def grey(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("L"), dtype=np.float64)


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_picture_looks_like_its_baseline(name: str) -> None:
    path = BASELINE / f"{name}.png"
    assert path.is_file(), f"{path} is missing: run `python -m tests.plots.pictures`, look at it and commit it"
    expected, drawn = grey(path.read_bytes()), grey(PICTURES[name]().png(DPI))
    # the size follows the measured text, so another FreeType may make it a few pixels wider
    assert np.abs(np.array(expected.shape) - np.array(drawn.shape)).max() <= 4
    height, width = np.minimum(expected.shape, drawn.shape)
    difference = expected[:height, :width] - drawn[:height, :width]
    assert np.sqrt(np.mean(difference**2)) < RMS


def test_another_picture_does_not_look_like_the_baseline() -> None:
    expected, other = grey((BASELINE / "forest.png").read_bytes()), grey(PICTURES["subgroups"]().png(DPI))
    height, width = np.minimum(expected.shape, other.shape)
    assert np.sqrt(np.mean((expected[:height, :width] - other[:height, :width]) ** 2)) > RMS

import numpy as np
import pytest

from metak2.kernels import rows as module
from metak2.kernels.contract import Status
from metak2.kernels.rows import batch_size, blocks, standardise

YI, VI = np.array([[3.0, 5.0, 9.0]]), np.array([[0.5, 0.25, 1.0]])


def test_standard_units_lead_back_to_the_effects() -> None:
    rows = standardise(YI, VI, np.ones((2, 3)))
    np.testing.assert_allclose(
        rows.centre + rows.y * np.sqrt(rows.unit), np.tile(YI.T, (1, 2)), rtol=1e-15
    )  # one rounding
    assert np.array_equal(rows.v * rows.unit, np.tile(VI.T, (1, 2)))


def test_the_smallest_variance_in_use_is_the_unit() -> None:
    spread = standardise(np.tile(YI, (2, 1)), np.tile(VI, (2, 1)), np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    assert spread.unit.tolist() == [0.25, 0.5]


def test_effects_that_all_rows_share_stay_one_column() -> None:
    rows = standardise(YI, VI, np.ones((4, 3)))
    assert rows.y.shape == (3, 1)
    assert rows.m.shape == (3, 4)


def test_multiplicities_are_counted() -> None:
    assert standardise(YI, VI, np.array([[0.0, 2.0, 1.0]])).k.tolist() == [3.0]


def test_a_row_with_a_negative_multiplicity_is_bad() -> None:
    rows = standardise(YI, VI, np.array([[1.0, -1.0, 1.0], [1.0, 1.0, 1.0]]))
    assert rows.status(least=2).tolist() == [Status.BAD_INPUT, Status.OK]


def test_a_row_without_studies_has_too_few() -> None:
    rows = standardise(YI, VI, np.zeros((1, 3)))
    assert rows.status(least=1).tolist() == [Status.TOO_FEW]


def test_blocks_cover_the_batch_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ELEMENTS", 7)
    parts = [(part.start, part.stop, rows.m.shape[1]) for part, rows in blocks(YI, VI, np.ones((5, 3)))]
    assert parts == [(0, 2, 2), (2, 4, 2), (4, 5, 1)]


def test_a_batch_is_as_long_as_its_longest_array() -> None:
    assert batch_size(YI, VI, np.ones((4, 3))) == 4
    assert batch_size(YI[0], VI[0], np.ones(3)) == 1

import numpy as np
from hypothesis import given

from metak2.kernels.zero_cells import add_constant, add_treatment_arm, double_zero, has_zero
from tests.strategies import Cells, quick, tables


def cells(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([float(value)]) for value in values)


def test_a_half_is_added_to_every_cell_of_a_marked_table() -> None:
    ai, bi, ci, di = add_constant(*cells(0, 10, 2, 8), where=np.array([True]))
    assert (ai[0], bi[0], ci[0], di[0]) == (0.5, 10.5, 2.5, 8.5)


def test_an_unmarked_table_stays_as_it_is() -> None:
    table = cells(3, 10, 2, 8)
    for corrected in (
        add_constant(*table, where=np.array([False])),
        add_treatment_arm(*table, where=np.array([False])),
    ):
        assert [cell[0] for cell in corrected] == [3, 10, 2, 8]


def test_the_treatment_arm_correction_is_proportional_to_the_arm() -> None:
    # 30 against 10 people: 0.75 in the first arm, 0.25 in the second.
    ai, bi, ci, di = add_treatment_arm(*cells(0, 30, 2, 8), where=np.array([True]))
    assert (ai[0], bi[0], ci[0], di[0]) == (0.75, 30.75, 2.25, 8.25)


def test_arms_of_equal_size_get_a_half_each() -> None:
    table = cells(0, 12, 2, 10)
    marked = np.array([True])
    assert np.array_equal(add_treatment_arm(*table, where=marked), add_constant(*table, where=marked))


@quick
@given(table=tables())
def test_the_treatment_arm_corrections_sum_to_one(table: Cells) -> None:
    ai, _, ci, _ = table
    first, _, second, _ = add_treatment_arm(*table, where=np.full(ai.shape, fill_value=True))
    np.testing.assert_allclose(first - ai + second - ci, 1.0, rtol=1e-13)  # roundings of numbers below 100


def test_no_event_in_either_arm_is_a_double_zero() -> None:
    assert double_zero(*cells(0, 10, 0, 8)).all()


def test_nothing_but_events_in_both_arms_is_a_double_zero() -> None:
    assert double_zero(*cells(10, 0, 8, 0)).all()


def test_one_empty_arm_is_a_zero_but_not_a_double_zero() -> None:
    table = cells(0, 10, 3, 8)
    assert has_zero(*table).all()
    assert not double_zero(*table).any()


def test_all_events_in_one_and_none_in_the_other_arm_is_informative() -> None:
    assert not double_zero(*cells(10, 0, 0, 8)).any()

import numpy as np

from metak2.kernels.tables import tables, total


def test_a_table_that_is_left_out_may_hold_anything() -> None:
    ai = np.array([[4.0, np.nan]])
    rest = np.full((1, 2), 9.0)
    (a, _, _, _), _, bad = tables(ai, rest, rest, rest, np.array([[1.0, 0.0], [1.0, 1.0]]))
    assert bad.tolist() == [False, True]
    assert np.isfinite(a).all()


def test_an_arm_without_people_is_impossible() -> None:
    zero, some = np.zeros((1, 1)), np.ones((1, 1))
    _, _, bad = tables(zero, zero, some, some, some)
    assert bad.tolist() == [True]


def test_totals_count_every_study_as_often_as_its_multiplicity() -> None:
    m = np.array([[1.0, 0.0, 2.0], [1.0, 1.0, 1.0]])
    term = np.array([[3.0, 5.0, 7.0]])
    assert total(m, term).tolist() == [17.0, 15.0]
    assert total(m, np.tile(term, (2, 1))).tolist() == [17.0, 15.0]

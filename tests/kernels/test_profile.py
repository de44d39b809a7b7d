import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.profile import generalised_q, q_root
from metak2.kernels.rows import standardise
from tests.strategies import Study, meta_analyses, quick


def test_q_of_two_studies_by_hand() -> None:
    # Weights 1/2 and 1/4 at tau2 = 1: mean 1, Q = 1/2 + 4/4, falling at 1/4 + 4/16.
    y, v, m = np.array([[0.0], [3.0]]), np.array([[1.0], [3.0]]), np.ones((2, 1))
    q, fall = generalised_q(y, v, m, np.ones(1))
    assert q[0] == pytest.approx(1.5, rel=1e-15)  # a few roundings
    assert fall[0] == pytest.approx(0.5, rel=1e-15)  # as above


@quick
@given(study=meta_analyses())
def test_q_has_its_target_at_the_root(study: Study) -> None:
    rows = standardise(*study, np.ones_like(study[0]))
    everyone = np.zeros(1, dtype=np.intp)
    q_at_zero, _ = generalised_q(*rows.take(everyone), np.zeros(1))
    for share in (0.9, 0.1, 1e-3):
        if q_at_zero[0] > 1e-9:
            tau2 = q_root(rows, share * q_at_zero)
            q, _ = generalised_q(*rows.take(everyone), tau2)
            assert q[0] == pytest.approx(share * q_at_zero[0], rel=1e-9)  # Newton's stopping rule


def test_where_q_is_below_the_target_the_root_is_zero() -> None:
    rows = standardise(np.array([[0.0, 0.1]]), np.ones((1, 2)), np.ones((1, 2)))
    assert q_root(rows, np.ones(1))[0] == 0

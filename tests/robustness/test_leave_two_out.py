"""Without each pair of studies the answer is what pooling the others gives."""

import numpy as np
import pytest
from hypothesis import given

from metak2.effects.front import effects_from
from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.robustness import leave_one_out as module
from metak2.robustness.leave_one_out import leave_two_out
from tests.effects.made_up import counts
from tests.strategies import Study, meta_analyses, quick

FOUR = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]


@pytest.mark.parametrize("method, convention", [("REML", "metak2"), ("DL", "metafor"), ("CE", "metak2")])
@quick
@given(study=meta_analyses(least=3, most=6))
def test_a_row_is_what_pooling_the_others_gives(method: str, convention: str, study: Study) -> None:
    yi, vi = (values[0] for values in study)
    effects = effects_from(yi, study=[f"S{at}" for at in range(yi.size)], vi=vi)
    refits = leave_two_out(pool(effects, method=method, convention=convention))
    assert len(refits) == yi.size * (yi.size - 1) // 2
    for row in range(len(refits)):
        others = effects.take(np.array([name not in refits.pair(row) for name in effects.study]))
        alone = pool(others, method=method, convention=convention)
        got = [refits.estimate[row], refits.ci_low[row], refits.ci_high[row], refits.pval[row]]
        expected = [alone.estimate, alone.ci.low, alone.ci.high, alone.pval]
        assert got == pytest.approx(expected, rel=1e-7, abs=1e-10)  # REML is a root, found in another block


def test_all_pairs_are_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, infer = [], module.infer
    monkeypatch.setattr(module, "infer", lambda *given: (rows.append(len(given[2])), infer(*given))[1])
    rng = np.random.default_rng(1)
    base = pool(effects_from(rng.normal(size=40), study=[str(at) for at in range(40)], vi=np.ones(40)), method="DL")
    leave_two_out(base)
    assert rows == [780]


def test_the_pairs_that_decide_are_those_whose_absence_moves_the_interval_across_no_effect() -> None:
    effects = effects_from([0.5, 0.5, 0.5, 0.0], study=["A", "B", "C", "D"], vi=[0.08] * 4)
    refits = leave_two_out(pool(effects, method="CE"))
    # 1.96 sqrt(0.08 / 2) = 0.392: 0.5 excludes 0 and (0.5 + 0) / 2 does not; all four: 0.375 against 0.277
    turned = {refits.pair(row) for row in np.flatnonzero(refits.turning)}
    assert turned == {("A", "B"), ("A", "C"), ("B", "C")}


def test_pairs_are_named_and_a_study_that_is_not_pooled_is_in_none() -> None:
    effects = counts(FOUR, integrity_status=["ok", "retracted", "ok", "ok"])
    refits = leave_two_out(pool(effects))
    assert [refits.pair(row) for row in range(len(refits))] == [("A", "C"), ("A", "D"), ("C", "D")]
    assert refits.k.tolist() == [1, 1, 1]


def test_two_of_two_studies_leave_nothing() -> None:
    with pytest.raises(ModelError, match="leaving two of 2 out leaves nothing"):
        leave_two_out(pool(counts(FOUR[:2])))

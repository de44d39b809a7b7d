import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.robustness.pcurve import p_curve, p_uniform
from tests.golden.cases import load
from tests.robustness.pools import pool_arrays

CASE = next(case for case in load("selmodel") if case.dataset == "bangertdrowns2004")
Y, V = CASE.row("yi")[0], CASE.row("vi")[0]


def test_p_uniform_finds_the_effect_behind_a_closed_drawer() -> None:
    # 3000 studies of an effect of 0.3 with tau2 = 0.04, non-significant ones seen one time in five.
    rng = np.random.default_rng(7)
    vi = rng.uniform(0.01, 0.1, 3000)
    yi = rng.normal(0.3, np.sqrt(vi + 0.04))
    seen = (yi / np.sqrt(vi) > 1.96) | (rng.uniform(size=3000) < 0.2)
    pooled = pool_arrays(yi[seen], vi[seen], method="DL")
    found = p_uniform(pooled)
    assert pooled.estimate > 0.37
    assert abs(found.estimate - 0.3) < 3 * found.se < 0.1
    assert found.tau2 == pytest.approx(0.04, abs=0.02)


def test_p_uniform_turns_with_the_arms() -> None:
    up, down = p_uniform(pool_arrays(Y, V)), p_uniform(pool_arrays(-Y, V))
    assert up.estimate == pytest.approx(-down.estimate, rel=1e-6)
    assert up.significant == down.significant


def test_few_significant_studies_are_named() -> None:
    pooled = pool_arrays(np.array([3.0, 0.1, 0.2]), np.ones(3))
    assert "PCURVE_FEW" in {note.code for note in p_curve(pooled).notes}
    assert "PCURVE_FEW" in {note.code for note in p_uniform(pooled).notes}


def test_nothing_significant_has_no_p_curve() -> None:
    with pytest.raises(ModelError, match="no study is significant"):
        p_curve(pool_arrays(np.array([0.1, 0.2]), np.ones(2)))


def test_true_effects_have_evidential_value() -> None:
    strong = p_curve(pool_arrays(np.linspace(3.0, 6.0, 8), np.ones(8)))
    assert strong.evidential
    weak = p_curve(pool_arrays(np.array([2.0, 2.01, 2.05, 2.1, 2.02]), np.ones(5)))
    assert not weak.evidential
    assert weak.flat.pval < 0.05

"""A meta-analysis alone takes a short cut through the kernels; every field of the result is that of the general way."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.models import pool as pooling
from metak2.models.alone import infer_alone
from metak2.models.pool import pool
from metak2.models.pooled import Interval, Pooled
from tests.strategies import Array, Study, meta_analyses, quick

CLOSE = 1e-10  # the precision that both ways promise, relative to the sizes below


def made_up(yi: Array, vi: Array) -> EffectSizes:
    return effects_from(yi, vi=vi, study=[f"Trial {at}" for at in range(yi.size)], measure="GEN")


def assert_same(one: object, other: object, size: float, name: str) -> None:
    """Numbers to 1e-10 of `size`, everything else exactly."""
    if isinstance(one, Interval) and isinstance(other, Interval):
        for field in fields(Interval):
            assert_same(getattr(one, field.name), getattr(other, field.name), size, f"{name}.{field.name}")
    elif isinstance(one, tuple) and isinstance(other, tuple):
        assert len(one) == len(other), name
        for at, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, size, f"{name}[{at}]")
    elif isinstance(one, float | np.ndarray) and not isinstance(one, str):
        np.testing.assert_allclose(one, other, rtol=CLOSE, atol=CLOSE * size, err_msg=name)
    else:
        assert one == other, name


def assert_general(short: Pooled, general: Pooled) -> None:
    yi, vi = short.effects.yi, short.effects.vi
    sizes = {"tau2": vi.min(), "tau2_ci": vi.max(), "se_tau2": vi.min(), "Q": float((yi**2 / vi).sum())}
    percent = {"I2", "I2_ci", "weights", "I2_from_tau2", "I2_from_Q"}
    for field in fields(Pooled):
        if field.name == "choices":  # resolved anew by each call
            continue
        size = sizes.get(field.name, 100.0 if field.name in percent else max(1.0, float(np.abs(yi).max())))
        assert_same(getattr(short, field.name), getattr(general, field.name), size, field.name)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("test", ["z", "t", "HK", "HK-adhoc"])
@quick
@given(study=meta_analyses(least=3, most=20), convention=st.sampled_from(["metak2", "cochrane", "meta", "metafor"]))
def test_the_short_cut_leads_to_the_same_result(method: str, test: str, study: Study, convention: str) -> None:
    effects = made_up(study[0][0], study[1][0])
    short = pool(effects, method=method, test=test, convention=convention)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooling, "infer_alone", lambda *_: None)
        assert_general(short, pool(effects, method=method, test=test, convention=convention))


def test_usual_meta_analyses_take_the_short_cut_and_others_do_not() -> None:
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.01, 0.2, 8)
    effects = made_up(rng.normal(0, np.sqrt(vi + 0.1)), vi)
    pooled = pool(effects)
    assert infer_alone(effects, pooled.choices) is not None
    assert infer_alone(effects.excluding("retracted", effects.study[:1]), pooled.choices) is not None
    for options in ({"method": "DL"}, {"test": "KR"}, {"weights": "equal"}, {"tau2": 0.1}):
        assert infer_alone(effects, pool(effects, **options).choices) is None


def test_studies_that_are_not_pooled_have_no_weight_on_the_short_cut_either() -> None:
    rng = np.random.default_rng(2)
    vi = rng.uniform(0.01, 0.2, 8)
    effects = made_up(rng.normal(0, np.sqrt(vi + 0.1)), vi)
    effects = effects.excluding("retracted", effects.study[2:4])
    short = pool(effects)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooling, "infer_alone", lambda *_: None)
        assert_general(short, pool(effects))
    assert short.weights[2:4].tolist() == [0, 0]


def test_equal_effects_keep_their_guard() -> None:
    pooled = pool(made_up(np.full(4, 0.5), np.array([0.1, 0.2, 0.3, 0.4])))
    assert pooled.ci.rule == "HK-adhoc"
    assert pooled.tau2 == 0
    assert math.isfinite(pooled.ci.low)

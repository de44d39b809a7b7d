"""A re-analysis is one batch: the calls into the kernels, and the passes over arrays they make, do not grow with it.

No clock is read. `sys.setprofile` counts every function of `metak2.kernels` that is called, and every function of NumPy
and SciPy that these call by name: each is a pass over arrays, whatever their size.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import metak2 as mk
from metak2.models.count_data import count_data
from metak2.models.counts import fit_glmm
from metak2.robustness.alternatives import Alternatives, Specification
from metak2.studies.table import StudyTable

KERNELS = str(Path(mk.__file__).parent / "kernels")
SLACK = 1.5  # more rows, more Newton steps until the last of them has converged; each costs a few passes


@dataclass
class Work:
    """Calls from elsewhere into the kernels, and passes over arrays inside them."""

    kernel_calls: int = 0
    passes: int = 0


def work_of(task: Callable[[], object]) -> Work:
    """What the task costs, done once before so that nothing is counted that is prepared only once."""
    task()
    work = Work()

    def count(frame: FrameType, event: str, _: Any) -> None:  # noqa: ANN401 - what Python hands over
        if not frame.f_code.co_filename.startswith(KERNELS):
            return
        caller = frame.f_back
        if event == "call" and caller is not None and not caller.f_code.co_filename.startswith(KERNELS):
            work.kernel_calls += 1
        work.passes += event == "c_call"

    sys.setprofile(count)
    try:
        task()
    finally:
        sys.setprofile(None)
    return work


def made_up(k: int) -> mk.Pooled:
    rng = np.random.default_rng(k)
    vi = 10 ** rng.uniform(-2, 0, k)
    yi = rng.normal(0.2, np.sqrt(vi + 0.1))
    effects = mk.effects_from(yi, vi=vi, study=[f"Trial {at}" for at in range(k)])
    return mk.pool(replace(effects, moderators={"year": np.arange(k)}))


def many(groups: int) -> Callable[[], object]:
    rng = np.random.default_rng(groups)
    review = np.repeat(np.arange(groups), 10)
    vi = 10 ** rng.uniform(-2, 0, review.size)
    frame = pd.DataFrame({"review": review, "yi": rng.normal(0.2, np.sqrt(vi + 0.1)), "vi": vi})
    return lambda: mk.pool_many(frame, by="review")


def mixed_model(k: int) -> Callable[[], object]:
    rng = np.random.default_rng(k)
    n = rng.integers(50, 200, (2, k)).astype(np.float64)
    risk = expit(rng.normal([[-1.7], [-1.4]], 0.5, (2, k)))
    events = rng.binomial(n.astype(int), risk).astype(np.float64)
    data = count_data(event_e=events[0], n_e=n[0], event_c=events[1], n_c=n[1])
    return lambda: fit_glmm(data, model="UM.FS")


def specifications(methods: tuple[str, ...]) -> Callable[[], object]:
    rng = np.random.default_rng(1)
    n = rng.integers(50, 200, (2, 10))
    counts = dict(zip(("n_e", "n_c", "event_e", "event_c"), (*n, *rng.binomial(n, 0.2)), strict=True))
    columns = {name: values.astype(np.float64) for name, values in counts.items()}
    study = tuple(f"Trial {at}" for at in range(10))
    table = StudyTable(source="", kind="counts", study=study, columns=columns, cells={})
    wide = Alternatives(methods=("DL",), tests=("z", "t", "HK")[: len(methods)], predictions=("t(k-2)", "z"))
    return lambda: mk.specification_curve(table, planned=Specification(measure="RR"), alternatives=wide)


def of_pooled(task: Callable[[mk.Pooled], object], k: int) -> Callable[[], object]:
    pooled = made_up(k)
    return lambda: task(pooled)


GROWING = {
    "pool_many, 10 times as many": (many(200), many(2000)),
    "leave-one-out, 4 times as many": (of_pooled(mk.leave_one_out, 12), of_pooled(mk.leave_one_out, 48)),
    "influence, 4 times as many": (of_pooled(mk.influence, 12), of_pooled(mk.influence, 48)),
    "cumulative, 4 times as many": (of_pooled(mk.cumulative, 12), of_pooled(mk.cumulative, 48)),
    "GOSH, 8 times as many": (of_pooled(mk.gosh, 8), of_pooled(mk.gosh, 11)),
    "exact permutation test, 8 times as many": (
        of_pooled(mk.permutation_test, 8),
        of_pooled(mk.permutation_test, 11),
    ),
    "bootstrap, 2 times as many": (of_pooled(mk.bootstrap, 12), of_pooled(partial(mk.bootstrap, n=2_000), 12)),
    "mixed model of counts, 4 times as many": (mixed_model(12), mixed_model(48)),
    "specification curve, 3 times as many tests": (specifications(("z",)), specifications(("z", "t", "HK"))),
}


@pytest.mark.parametrize("few, more", GROWING.values(), ids=GROWING.keys())
def test_a_larger_batch_takes_no_more_kernel_calls_and_array_passes(
    few: Callable[[], object], more: Callable[[], object]
) -> None:
    small, large = work_of(few), work_of(more)
    assert 0 < large.kernel_calls <= SLACK * small.kernel_calls
    assert 0 < large.passes <= SLACK * small.passes


def test_beyond_a_block_the_passes_grow_with_the_blocks_only() -> None:
    one, ten = work_of(many(2_000)), work_of(many(20_000))
    assert ten.passes <= SLACK * 10 * one.passes
    assert ten.kernel_calls <= 10 * one.kernel_calls

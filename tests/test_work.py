"""How much work a re-analysis is, counted, not timed: kernel calls, calls into NumPy, and the size of a block.

A batch pays NumPy's overhead once: twice the rows must not mean twice the calls. No clock is read. The ceilings stand
about a third above what each task needs today, so that a change that makes a task dearer is seen and decided upon.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType, ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.kernels import likelihood, rows
from metak2.models.conventions import Test
from metak2.models.count_data import CountData, count_data
from metak2.models.counts import fit_glmm
from metak2.models.many.front import pool_many
from metak2.models.pool import pool
from metak2.models.regress import regress
from metak2.robustness.alternatives import Alternatives, Specification
from metak2.robustness.bootstrap import bootstrap
from metak2.robustness.gosh import gosh
from metak2.robustness.influence import influence
from metak2.robustness.leave_one_out import cumulative, leave_one_out, leave_two_out
from metak2.robustness.permutation import permutation_test
from metak2.robustness.specification import specification_curve
from metak2.studies.table import StudyTable

Task = Callable[[], object]


class Count:
    """Calls of functions of `metak2.kernels`, and of NumPy's functions and array methods (operators do not show)."""

    def __init__(self) -> None:
        self.kernels = 0
        self.numpy = 0

    def __call__(self, frame: FrameType, event: str, function: Any) -> None:  # noqa: ANN401 - as sys.setprofile calls it
        if event == "call" and "metak2/kernels/" in frame.f_code.co_filename.replace("\\", "/"):
            self.kernels += 1
        elif event == "c_call":
            owner = getattr(function, "__self__", None)
            module = getattr(owner, "__name__", "") if isinstance(owner, ModuleType) else type(owner).__module__
            self.numpy += module.startswith("numpy")


@contextmanager
def counted() -> Iterator[Count]:
    count = Count()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield count
    finally:
        sys.setprofile(before)


def work(task: Task) -> Count:
    """The calls of a task that has run before, so that what is kept from call to call is there."""
    task()
    with counted() as count:
        task()
    return count


def made_up(k: int) -> EffectSizes:
    rng = np.random.default_rng(k)
    vi = 10 ** rng.uniform(-2, 0, k)
    yi = rng.normal(0.2, np.sqrt(vi + 0.1))
    frame = {"year": np.arange(k, dtype=np.float64), "x": rng.normal(size=k)}
    effects = effects_from(yi, vi=vi, study=[f"Trial {at}" for at in range(k)], measure="GEN")
    return replace(effects, moderators=frame)


def many(groups: int) -> pd.DataFrame:
    """A tidy table of meta-analyses of ten studies."""
    rng = np.random.default_rng(groups)
    review = np.repeat(np.arange(groups), 10)
    vi = 10 ** rng.uniform(-2, 0, review.size)
    return pd.DataFrame({"review": review, "yi": rng.normal(0.2, np.sqrt(vi + 0.1)), "vi": vi})


def trials() -> StudyTable:
    rng = np.random.default_rng(1)
    n = rng.integers(50, 200, (2, 10))
    counts = dict(zip(("n_e", "n_c", "event_e", "event_c"), (*n, *rng.binomial(n, 0.2)), strict=True))
    columns = {name: values.astype(np.float64) for name, values in counts.items()}
    study = tuple(f"Trial {at}" for at in range(10))
    return StudyTable(source="", kind="counts", study=study, columns=columns, cells={})


def counts_of(k: int) -> CountData:
    rng = np.random.default_rng(k)
    n = rng.integers(50, 200, (2, k)).astype(np.float64)
    risk = expit(rng.normal([[-1.7], [-1.4]], 0.5, (2, k)))
    events = rng.binomial(n.astype(int), risk).astype(np.float64)
    return count_data(event_e=events[0], n_e=n[0], event_c=events[1], n_c=n[1])


def tasks(k: int, rows: int) -> dict[str, Task]:
    """Every re-analysis, of `k` studies and with `rows` draws or meta-analyses, and as many more specifications."""
    effects, table, frame = made_up(k), trials(), many(rows)
    pooled, by_moments, few = pool(effects), pool(effects, method="DL"), pool(made_up(8 + k // 10))
    counts = counts_of(k)
    regression, planned = regress(effects, "x", test="z"), Specification(measure="RR")
    tests = TESTS[: max(1, len(TESTS) * rows // 1000)]
    wide = Alternatives(methods=("DL",), tests=tests, predictions=("t(k-2)", "z"))
    return {
        "many meta-analyses": lambda: pool_many(frame, by="review"),
        "specification curve": lambda: specification_curve(table, planned=planned, alternatives=wide),
        "GOSH, every subset": lambda: gosh(few),
        "every sign": lambda: permutation_test(few),
        "one fit": lambda: pool(effects),
        "leave-one-out": lambda: leave_one_out(pooled),
        "leave-two-out": lambda: leave_two_out(pooled),
        "cumulative": lambda: cumulative(pooled),
        "influence": lambda: influence(pooled),
        "GOSH, DL": lambda: gosh(by_moments, n=rows),
        "GOSH, REML": lambda: gosh(pooled, n=rows),
        "bootstrap with replacement": lambda: bootstrap(pooled, kind="non-parametric", n=rows),
        "bootstrap from the model": lambda: bootstrap(pooled, n=rows),
        "sign flips": lambda: permutation_test(pooled, exact=False, draws=rows),
        "mixed model of counts": lambda: fit_glmm(counts, model="UM.FS"),
        "permuted designs": lambda: permutation_test(regression, exact=False, draws=rows),
    }


TESTS: tuple[Test, ...] = ("z", "t", "HK")

# Most calls of kernels and of NumPy for 30 studies and 1,000 rows, which are one block.
CEILINGS = {
    "one fit": (105, 115),
    "leave-one-out": (170, 265),
    "leave-two-out": (170, 285),
    "cumulative": (245, 370),
    "influence": (175, 255),
    "many meta-analyses": (690, 1500),
    "specification curve": (690, 885),
    "GOSH, every subset": (580, 410),
    "GOSH, DL": (14, 60),
    "GOSH, REML": (235, 250),
    "bootstrap with replacement": (230, 290),
    "bootstrap from the model": (230, 290),
    "every sign": (670, 1100),
    "sign flips": (470, 1030),
    "mixed model of counts": (300, 1085),
    "permuted designs": (130, 260),
}


@pytest.mark.parametrize("name", CEILINGS)
def test_a_task_makes_no_more_calls_than_it_is_allowed(name: str) -> None:
    count = work(tasks(30, 1000)[name])
    kernels, numpy = CEILINGS[name]
    assert count.kernels <= kernels
    assert count.numpy <= numpy


@pytest.mark.parametrize("name", sorted(set(CEILINGS) - {"GOSH, DL"}))
def test_more_rows_and_studies_in_a_block_mean_no_more_calls(name: str) -> None:
    few, many = (work(tasks(*size)[name]) for size in ((15, 300), (30, 1000)))
    # A rare row may halve a cell once more, or take another step to its root: some calls, not a multiple.
    assert many.kernels <= 1.5 * few.kernels + 20
    assert many.numpy <= 1.5 * few.numpy + 100


def test_beyond_a_block_the_calls_grow_with_the_blocks_only() -> None:
    one, ten = (work(partial(pool_many, many(groups), by="review")) for groups in (2_000, 20_000))
    assert ten.kernels <= 1.5 * 10 * one.kernels
    assert ten.numpy <= 1.5 * 10 * one.numpy


def test_no_block_is_larger_than_the_cache_allows_however_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    standardise = rows.standardise

    def watched(yi: np.ndarray, vi: np.ndarray, mi: np.ndarray) -> rows.Rows:
        found = standardise(yi, vi, mi)
        sizes.append(max(found.m.shape[0], likelihood.WIDTH) * found.m.shape[1])
        return found

    monkeypatch.setattr(rows, "standardise", watched)
    pooled = pool(made_up(14))
    bootstrap(pooled, kind="non-parametric", n=20_000)
    gosh(pooled)
    leave_two_out(pool(made_up(80)))
    assert max(sizes) <= rows.ELEMENTS * likelihood.WIDTH / 14  # a fit without a scan cuts by studies alone
    assert len(sizes) > 10

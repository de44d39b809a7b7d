"""Random meta-analyses for the laws, shared by all test files."""

from collections.abc import Callable

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[np.float64]
Study = tuple[Array, Array]
Batch = tuple[Array, Array, Array]
Cells = tuple[Array, Array, Array, Array]
Estimator = Callable[[Array, Array, Array], tuple[Array, NDArray[np.int64]]]
Effect = Callable[[Array, Array, Array, Array], tuple[Array, Array]]

# Few examples, always the same ones: a law is checked on every commit, and a failure can be repeated.
quick = settings(deadline=None, max_examples=40, derandomize=True)

effects = st.integers(-3000, 3000).map(lambda thousandths: thousandths / 1000)
variances = st.floats(-3.0, 1.0).map(lambda exponent: float(10**exponent))
multiplicities = st.sampled_from([0.0, 1.0, 1.0, 1.0, 2.0])


@st.composite
def meta_analyses(draw: st.DrawFn, *, least: int = 2, most: int = 10) -> Study:
    """`yi` and `vi` of one meta-analysis, each `(1, k)`."""
    k = draw(st.integers(least, most))
    return tuple(np.array([draw(st.lists(one, min_size=k, max_size=k))]) for one in (effects, variances))


@st.composite
def batches(draw: st.DrawFn, *, most_rows: int = 5, most: int = 8) -> Batch:
    """`yi`, `vi`, `mi` of a batch of rows of differing length, each `(batch, k)`; 0 and 1 stand where mi is 0."""
    rows, k = draw(st.integers(1, most_rows)), draw(st.integers(2, most))
    size = rows * k
    yi, vi, mi = (
        np.array(draw(st.lists(one, min_size=size, max_size=size))).reshape(rows, k)
        for one in (effects, variances, multiplicities)
    )
    return np.where(mi > 0, yi, 0.0), np.where(mi > 0, vi, 1.0), mi


@st.composite
def tables(draw: st.DrawFn, *, least: int = 1, most: int = 6, cell: int = 40) -> Cells:
    """`ai`, `bi`, `ci`, `di` of one meta-analysis, each `(1, k)`; zero cells are common, empty arms do not occur."""
    k = draw(st.integers(least, most))
    counts = st.integers(0, cell)
    ai, bi, ci, di = (np.array([draw(st.lists(counts, min_size=k, max_size=k))], dtype=float) for _ in range(4))
    return ai, np.where(ai + bi == 0, 1.0, bi), ci, np.where(ci + di == 0, 1.0, di)

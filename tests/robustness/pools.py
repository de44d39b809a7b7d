"""Pooled results for the tests of small-study effects and selection, as the golden cases give their data."""

from typing import Any

import numpy as np

from metak2.effects.front import effects_from
from metak2.effects.measures import measure_named
from metak2.effects.sizes import EffectSizes
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from tests.golden.cases import Case

METHODS = {"EE": "CE"}
TESTS: dict[str | None, Any] = {"knha": "HK", "adhoc": "HK-adhoc", "z": "z", "t": "t"}


def pooled_case(case: Case, *, method: str | None = None, yi: str = "yi", vi: np.ndarray | None = None) -> Pooled:
    """The effects of a golden case, pooled by its method and test."""
    effects, variances = case.row(yi)[0], case.row("vi")[0] if vi is None else vi
    asked = method or case.options.get("method", "REML")
    asked = METHODS.get(asked, asked)
    test = "z" if asked == "CE" else TESTS.get(case.options.get("test"), "z")
    return pool_arrays(effects, variances, method=asked, test=test)


def pool_arrays(yi: np.ndarray, vi: np.ndarray, *, method: str = "REML", test: Any = "z") -> Pooled:  # noqa: ANN401 - whatever pool takes
    """Effects and variances, pooled under R's conventions."""
    names = [f"S{i + 1}" for i in range(len(yi))]
    return pool(effects_from(yi, study=names, vi=vi), method=method, test=test, convention="metafor")


def pool_tables(case: Case, measure: str) -> Pooled:
    """Two-by-two tables with half an event added where a cell is zero, as R's meta does it, pooled by DL."""
    event_e, n_e, event_c, n_c = (case.row(name)[0] for name in ("event.e", "n.e", "event.c", "n.c"))
    informative = (event_e + event_c > 0) & (event_e + event_c < n_e + n_c)
    event_e, n_e, event_c, n_c = (one[informative] for one in (event_e, n_e, event_c, n_c))
    zero = (event_e == 0) | (event_c == 0) | (event_e == n_e) | (event_c == n_c)
    add = np.where(zero, 0.5, 0.0)
    if measure == "OR":
        cells = (event_e + add, n_e - event_e + add, event_c + add, n_c - event_c + add)
        yi, vi = np.log(cells[0] * cells[3] / cells[1] / cells[2]), sum(1 / cell for cell in cells)
    else:  # meta adds 0.5 once to the arms, not twice
        e, c, n1, n2 = event_e + add, event_c + add, n_e + add, n_c + add
        yi, vi = np.log(e / n1 / (c / n2)), 1 / e - 1 / n1 + 1 / c - 1 / n2
    names = tuple(f"S{i + 1}" for i in range(yi.size))
    effects = EffectSizes(
        measure=measure_named(measure),
        kind="counts",
        study=names,
        yi=yi,
        vi=np.asarray(vi),
        data={"event_e": event_e, "n_e": n_e, "event_c": event_c, "n_c": n_c},
        excluded=("",) * yi.size,
    )
    return pool(effects, method="DL", test="z", convention="metafor")

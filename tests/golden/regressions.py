"""Meta-regressions of the golden cases: R's words in ours."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.models.design import Design, design_from
from metak2.models.regress import regress
from metak2.models.regression_result import Regression
from tests.golden.cases import Case, load

TESTS: dict[str, Any] = {"z": "z", "t": "t", "knha": "HK", "adhoc": "HK-adhoc"}


def effects_of(yi: ArrayLike, vi: ArrayLike, **moderators: ArrayLike) -> EffectSizes:
    """Effect sizes of studies S1, S2 … with columns; words make a column of words."""
    names = [f"S{number + 1}" for number in range(np.size(yi))]
    columns = {}
    for name, values in moderators.items():
        listed = np.asarray(values)
        columns[name] = listed.astype(object) if listed.dtype.kind == "U" else listed.astype(np.float64)
    return replace(effects_from(yi, vi=vi, study=names), moderators=columns)


def matrix(rows: ArrayLike) -> Design:
    """A design with columns named X1, X2 and so on."""
    X = np.asarray(rows, dtype=np.float64)
    return design_from(X, [f"X{number + 1}" for number in range(X.shape[1])])


def regression_of(case: Case, design: str = "X", **changed: Any) -> Regression:  # noqa: ANN401 - options of any kind
    """The fit that the case asks for, of the design stored under this name (a column of ones where there is none)."""
    options = case.options | changed
    rows = case.inputs.get(design, [[1.0]] * len(case.inputs["yi"]))
    method = {"EE": "CE", "FE": "CE"}.get(options["method"], options["method"])
    more = {name: case.inputs[name] for name in ("weights",) if name in case.inputs}
    more |= {name: options[name] for name in ("tau2", "tau2_interval") if name in options}
    more |= {} if options.get("weighted", True) else {"weights": "equal"}
    return regress(
        effects_of(case.inputs["yi"], case.inputs["vi"]),
        matrix(rows),
        method=method,
        test=TESTS[options.get("test", "z")],
        convention="metafor",
        level=options.get("level", 95) / 100,
        **more,
    )


def bcg() -> EffectSizes:
    """The BCG trials as log risk ratios with latitude, year and allocation."""
    cases = [case for case in load("uni_moderators") if case.dataset == "bcg.rr"]
    latitude = next(case for case in cases if case.options["formula"] == "~ablat + year").inputs
    allocation = next(case for case in cases if "alloc" in case.inputs["moderators"]).inputs
    return effects_of(
        latitude["yi"],
        latitude["vi"],
        ablat=latitude["moderators"]["ablat"],
        year=latitude["moderators"]["year"],
        alloc=allocation["moderators"]["alloc"],
    )


def flat(values: ArrayLike) -> NDArray[np.float64]:
    """A matrix as one row of numbers."""
    return np.asarray(values, dtype=np.float64).ravel()

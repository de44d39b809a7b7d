"""The golden cases of robust inference and aggregation as our own calls."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

import metak2 as mk
from metak2.models.design import INTERCEPT, Design
from tests.golden.cases import Case

METHODS = {"EE": "CE", "FE": "CE"}


def clustered(case: Case, **columns: Iterable[object]) -> mk.EffectSizes:
    """Effects with their clusters and further columns."""
    given = {name: case.inputs[name] for name in ("cluster", "time") if name in case.inputs} | columns
    made = {name: np.array([str(value) for value in values], dtype=object) for name, values in given.items()}
    k = len(case.inputs["yi"])
    effects = mk.effects_from(case.inputs["yi"], vi=case.inputs["vi"], study=[f"row {at}" for at in range(k)])
    return replace(effects, moderators=made)


def design(case: Case) -> Design:
    """The design matrix of the case; without one, the intercept."""
    X = np.array(case.inputs.get("X", np.ones((len(case.inputs["yi"]), 1))), dtype=float)
    return Design(X=X, columns=(INTERCEPT, *(f"x{at}" for at in range(1, X.shape[1]))))


def regression(case: Case) -> mk.Regression:
    """The model that the robust inference is about."""
    method = case.options["method"]
    return mk.regress(clustered(case), design(case), method=METHODS.get(method, method), test="z")

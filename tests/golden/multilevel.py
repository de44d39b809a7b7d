"""The golden cases of multilevel and multivariate models as our own calls."""

from dataclasses import replace
from typing import Any

import numpy as np

import metak2 as mk
from metak2.models.design import Design
from metak2.models.multilevel import MultilevelOptions, multilevel
from metak2.models.multilevel_result import Multilevel
from metak2.models.random_terms import Random
from metak2.models.sampling_covariance import SamplingCovariance, covariance_from
from tests.golden.cases import Case


def effects_of(case: Case) -> mk.EffectSizes:
    """Effects with the groups of the random terms as columns g0, g1 ... (nested groups are spelt out by R)."""
    given = case.inputs
    yi = np.array(given["yi"], dtype=float)
    vi = np.array(given["vi"], dtype=float) if "vi" in given else np.diag(np.array(given["V"], dtype=float))
    columns: dict[str, Any] = {}
    for at, term in enumerate(given.get("random", ())):
        names = {"group": f"g{at}"} if term["type"] == "intercept" else {"inner": f"i{at}", "outer": f"o{at}"}
        for key, name in names.items():
            columns[name] = np.array([str(value) for value in term[key]], dtype=object)
    for name in ("cluster", "unit"):
        if name in given:
            columns[name] = np.array([str(value) for value in given[name]], dtype=object)
    effects = mk.effects_from(yi, vi=vi, study=[f"row {at}" for at in range(yi.size)])
    return replace(effects, moderators=columns)


def terms_of(case: Case) -> list[Random]:
    """The random terms with the structures and the given parameters of the case."""
    terms, structures = [], list(np.atleast_1d(case.options.get("struct", "CS")))
    variances = case.options.get("sigma2") or [None] * len(case.inputs.get("random", ()))
    for at, term in enumerate(case.inputs.get("random", ())):
        if term["type"] == "intercept":
            relation = None
            known = case.inputs.get("R", {}).get(term["formula"].partition("|")[2].strip())
            if known:
                relation = ([str(label) for label in known["labels"]], np.array(known["matrix"]))
            terms.append(Random(term=f"g{at}", variance=variances[at], relation=relation))
        else:
            structure = structures.pop(0)
            columns = (f"i{at}", f"o{at}")
            terms.append(Random(term=" | ".join(columns), structure=structure, correlation=case.options.get("rho")))
    return terms


def design_of(case: Case) -> str | Design:
    """The design matrix of the case, "1" without moderators."""
    if "X" not in case.inputs:
        return "1"
    X = np.array(case.inputs["X"], dtype=float)
    names = case.options.get("X_columns") or [f"x{at}" for at in range(X.shape[1])]
    return mk.design_from(X, ["intercept" if name == "(Intercept)" else name for name in names])


def covariance_of(case: Case) -> SamplingCovariance | None:
    """The covariance of the sampling errors, None where they are independent."""
    return covariance_from(case.inputs["V"]) if "V" in case.inputs else None


def fitted(case: Case, **changes: Any) -> Multilevel:  # noqa: ANN401 - options of the case
    """The model of the case."""
    method = {"EE": "CE"}.get(case.options["method"], case.options["method"])
    options = MultilevelOptions(
        method=method,
        test=case.options.get("test", "z"),
        df=case.options.get("dfs", "residual"),
        level=case.options.get("level", 95) / 100,
    )
    return multilevel(
        effects_of(case),
        terms_of(case),
        design_of(case),
        covariance=covariance_of(case),
        weights=case.inputs.get("W"),
        options=replace(options, **changes),
    )

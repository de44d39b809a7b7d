"""Networks for the tests: golden cases as data, and made-up trials of several arms."""

from typing import Any

import numpy as np

import metak2 as mk
from metak2.effects.measures import measure_named
from metak2.models.network_data import NetworkData, Trial
from metak2.models.network_result import Network
from tests.golden.cases import Case, load

NAMES = ("A", "B", "C", "D")


def data_of(case: Case) -> NetworkData:
    """The comparisons of a golden case, or its arms."""
    given = case.inputs
    if "TE" not in given:
        arms = given.get("treatment") or given["arm"]
        study = [str(one) for one in given.get("studlab") or given["study"]]
        rows = {"study": study, "arm": arms, "events": given.get("event") or given["events"]}
        rows |= {"total": given.get("n") or given["total"]} | ({"x": given["x"]} if "x" in given else {})
        return mk.network_data(rows, measure="OR")
    rows = {
        "study": [str(one) for one in given["studlab"]],
        "treatment1": given["treat1"],
        "treatment2": given["treat2"],
        "estimate": given["TE"],
        "se": given["seTE"],
    }
    return mk.network_data(rows, measure="OR" if case.options.get("sm") == "OR" else "MD")


def contrasts_of(case: Case, missing: str) -> NetworkData:
    """The contrasts of a case of rma.mv: their design says which arms, `missing` is the arm without a column."""
    y, V, X = (np.array(case.inputs[name], dtype=float) for name in ("yi", "V", "X"))
    names = case.options["X_columns"]
    arms = [tuple(_arm(row == sign, names, missing) for sign in (-1, 1)) for row in X]
    trials, at = [], 0
    while at < len(y):
        size = next(n for n in range(1, len(y) - at + 1) if not V[at, at + n :].any())
        rows = slice(at, at + size)
        trials.append(
            Trial(
                study=f"study {at}", arms=(arms[at][0], *(arm for _, arm in arms[rows])), yi=y[rows], vi=V[rows, rows]
            )
        )
        at += size
    return NetworkData(measure=measure_named("OR"), trials=tuple(trials))


def _arm(chosen: np.ndarray, names: list[str], missing: str) -> str:
    return names[int(np.flatnonzero(chosen)[0])] if chosen.any() else missing


def network_of(case: Case, **choices: Any) -> Network:  # noqa: ANN401 - the options of `network`
    """Fitted as the case asks; where R's REML or ML differs (README), at R's own tau2."""
    method = case.options["method.tau"]
    tau2 = None if method == "DL" else tau2_of_r(case.dataset, method)
    return mk.network(data_of(case), method=method, tau2=tau2, weak_edges="allow", **choices)


def tau2_of_r(dataset: str, method: str) -> float:
    """The tau2 that netmeta gives for this data set by this method."""
    cases = [c for c in load("nma") if c.dataset == dataset and c.options["method.tau"] == method]
    return float(cases[0].outputs["tau2"])


def made_up(seed: int, *, trials: int = 14, three_arms: int = 4, names: tuple[str, ...] = NAMES) -> NetworkData:
    """Trials of means, the first ones of three arms; every pair of neighbours twice, so that no edge is alone."""
    rng = np.random.default_rng(seed)
    truth = dict(zip(names, rng.normal(0, 1, len(names)), strict=True))
    rows: dict[str, list[Any]] = {name: [] for name in ("study", "arm", "mean", "sd", "n", "x")}
    for at in range(trials):
        start = at % len(names)
        arms = [names[(start + step) % len(names)] for step in range(3 if at < three_arms else 2)]
        for arm in arms:
            values = (f"T{at}", arm, truth[arm] + rng.normal(0, 0.3), rng.uniform(1, 3), int(rng.integers(20, 90)), at)
            for name, value in zip(rows, values, strict=True):
                rows[name].append(value)
    return mk.network_data(rows, measure="MD")

"""The golden cases of counts: R's words for zeros and models, in ours."""

import numpy as np

from metak2.kernels.tables import Correction, Zeros
from metak2.models.count_data import CountData, count_data
from metak2.models.design import Design, design_from
from tests.golden.cases import Case


def zeros_of(case: Case) -> Zeros:
    """R's `add`, `to` and `drop00`: the first entry is for the study effects, the second for the pooled sums."""
    add, to = case.options.get("add", [0.5, 0]), case.options.get("to", ["only0", "none"])
    drop = case.options.get("drop00", [True, False])
    effects, sums = drop if isinstance(drop, list) else (drop, False)
    return Zeros(
        effects=Correction(add=add[0], to=to[0]),
        sums=Correction(add=add[1], to=to[1]),
        empty_in_q=not effects,
        empty_in_sums=not sums,
    )


def data_of(case: Case) -> CountData:
    """The counts of a case, in whatever columns R was given them."""
    given = {name: np.array(values) for name, values in case.inputs.items()}
    if "ai" in given:
        ai, bi, ci, di = (row[0] for row in case.tables())
        return count_data(event_e=ai, n_e=ai + bi, event_c=ci, n_c=ci + di)
    if "x1i" in given:
        return count_data(event_e=given["x1i"], time_e=given["t1i"], event_c=given["x2i"], time_c=given["t2i"])
    if "event" in given:
        return count_data(event=given["event"], n=given["n"])
    if "ti" in given:
        return count_data(event=given["xi"], person_time=given["ti"])
    return count_data(event=given["xi"], n=given["ni"] if "ni" in given else given["xi"] + given["mi"])


def design_of(case: Case) -> Design | str:
    """The design matrix of a case with moderators, else nothing."""
    if "X" not in case.inputs:
        return ""
    names = tuple("intercept" if name == "(Intercept)" else name for name in case.options["X_columns"])
    return design_from(np.array(case.inputs["X"], dtype=float), names)

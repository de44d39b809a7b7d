"""Weights by sample size are weights of the user's own: R's meta calls them SSW."""

import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from tests.golden.cases import Case, assert_close, load

CASES = [case for case in load("meta_pairwise_counts") if case.options["method"] == "SSW"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sample_size_weights_give_the_numbers_of_rs_meta(case: Case) -> None:
    event_e, n_e, event_c, n_c = (column[0] for column in case.rows("event.e", "n.e", "event.c", "n.c"))
    counts = {"event_e": event_e, "n_e": n_e, "event_c": event_c, "n_c": n_c}
    table = pd.DataFrame({"study": [f"study {i}" for i in range(len(n_e))], **counts})
    effects = mk.effect_sizes(table, measure="OR")
    for method, tau2, model in (("CE", None, "common"), ("REML", case.outputs["tau2"], "random")):
        given = {} if tau2 is None else {"tau2": float(tau2)}
        pooled = mk.pool(effects, method=method, test="z", weights=n_e * n_c / (n_e + n_c), **given)
        assert_close(np.array([pooled.estimate]), case, f"TE_{model}")
        assert_close(np.array([pooled.se]), case, f"se_{model}")

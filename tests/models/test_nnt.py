"""Numbers needed to treat against R's meta, which takes the logarithm of a ratio twice."""

import numpy as np
import pytest

from metak2.effects.front import effects_from
from metak2.models.absolute import absolute_effect
from metak2.models.pool import pool
from tests.golden.cases import Case, load


@pytest.mark.parametrize("case", load("nnt"), ids=str)
def test_the_number_needed_to_treat_follows_from_the_risks(case: Case) -> None:
    (ratio,), (baseline,) = case.inputs["effect"], case.inputs["p_control"]
    effects = effects_from([np.log(ratio)], study=["one"], measure=case.options["sm"], se=[0.1])
    got = absolute_effect(pool(effects), baseline_risk=baseline, horizon="as stated")
    odds = ratio * baseline / (1 - baseline)
    risk = baseline * ratio if case.options["sm"] == "RR" else odds / (1 + odds)
    assert got.nnt == pytest.approx(1 / abs(risk - baseline), rel=1e-12)  # Cochrane Handbook 15.4.4, rounding


def test_meta_took_the_logarithm_for_the_ratio() -> None:
    # nnt(x=1.4, p.c=0.3, sm="RR") in meta 8.2.1 is 5.02 where 1 / (0.3 x 0.4) = 8.33: it is the answer for a risk
    # ratio of log(1.4), and NaN for every ratio below 1.
    case = next(case for case in load("nnt") if case.id == "nnt-0005")
    assert case.outputs["nnt"] == pytest.approx(1 / (0.3 * (1 - np.log(1.4))), rel=1e-12)  # rounding
    assert all(c.outputs["nnt"] == "NaN" for c in load("nnt") if c.inputs["effect"][0] < 1)

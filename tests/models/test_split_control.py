"""A shared control split between its comparisons."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.split_control import split_shared_control
from tests.models.test_shared_patients import two_doses


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_a_split_shared_control_has_the_variance_of_half_its_people(measure: str) -> None:
    got = split_shared_control(two_doses(measure), "trial")
    # 58 of 181, halved, is 29 of 90.5: whole people are reached by doubling everything else instead of halving
    doubled = {"event_e": [104, 152], "n_e": [364, 370], "event_c": [58, 58], "n_c": [181, 181]}
    halves = mk.effect_sizes(pd.DataFrame({"study": ["45", "90"], **doubled}), measure=measure)
    np.testing.assert_allclose(got.vi, 2 * halves.vi, rtol=1e-12)  # the same sums
    np.testing.assert_array_equal(got.yi, two_doses(measure).yi)


def test_the_split_is_recorded_and_can_be_pooled() -> None:
    effects = two_doses("RR")
    keyed = replace(effects, moderators={**effects.moderators, "key": effects.moderators["trial"]})
    with pytest.raises(ModelError, match="pooled twice"):
        mk.pool(keyed)
    got = split_shared_control(keyed)
    (note,) = (note for note in got.notes if note.code == "CONTROL_SPLIT")
    assert note.where == ("Y",)
    assert got.origins[0].conversions[-1].inputs["g"] == 2
    assert mk.pool(got).k == 2


def test_splitting_says_less_than_the_covariance_knows_of_the_difference_of_the_doses() -> None:
    effects = two_doses("RR")
    V = mk.sampling_covariance(effects, "trial").matrix()
    split = split_shared_control(effects, "trial").vi
    assert split.sum() > V[0, 0] + V[1, 1] - 2 * V[0, 1]


def test_what_cannot_be_split_is_refused() -> None:
    effects = two_doses("RR")
    with pytest.raises(ModelError, match="nothing to split"):
        split_shared_control(effects.take(np.array([0])), "trial")
    with pytest.raises(ModelError, match="arm_e and arm_c"):
        split_shared_control(replace(effects, moderators={"trial": effects.moderators["trial"]}), "trial")
    with pytest.raises(ModelError, match="45 mg stands in several rows"):
        split_shared_control(effects.take(np.array([0, 0])), "trial")
    with pytest.raises(ModelError, match="without counts or means"):
        split_shared_control(replace(effects, data={}), "trial")

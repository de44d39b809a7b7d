"""One effect for each cluster."""

from dataclasses import replace

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.aggregate import aggregate
from metak2.models.sampling_covariance import covariance_from
from metak2.models.shared_patients import Sharing, sampling_covariance
from tests.golden.cases import Case, assert_close, load
from tests.golden.clusters import clustered
from tests.models.test_robust import made_up

INVERSES = 1e-9  # small matrices are inverted


@pytest.mark.parametrize("case", load("aggregate"), ids=str)
def test_combined_effects_equal_those_of_metafor(case: Case) -> None:
    effects, options = clustered(case), case.options
    weighted = options.get("weighted", True)
    if options["struct"] == "CAR":
        covariance = sampling_covariance(effects, "cluster", decay=options["phi"], sharing=Sharing(time="time"))
        got = aggregate(effects, "cluster", covariance=covariance, weighted=weighted)
    else:
        got = aggregate(effects, "cluster", correlation=options.get("rho", 0.0), weighted=weighted)
    if "cluster" in case.outputs:
        assert list(got.study) == [str(one) for one in case.outputs["cluster"]]
    assert_close(got.yi, case, "yi", rtol=INVERSES)
    assert_close(got.vi, case, "vi", rtol=INVERSES)


def test_what_was_combined_is_recorded_with_its_assumption() -> None:
    effects = made_up(1, (3, 1, 2))
    got = aggregate(effects, "cluster", correlation=0.5)
    (note,) = (note for note in got.notes if note.code == "EFFECTS_COMBINED")
    assert note.where == ("c0", "c2")
    (step,) = got.origins[0].conversions
    assert step.inputs["yi of row 1"] == effects.yi[1]
    assert step.output["yi"] == got.yi[0]
    assert "0.5" in step.assumption
    assert got.origins[1].conversions == ()


def test_a_result_that_stands_several_times_is_itself() -> None:
    effects = made_up(1, (1, 1, 1)).take(np.array([0, 0, 1, 2, 2, 2]))
    got = aggregate(effects, "cluster", correlation=1.0)
    np.testing.assert_allclose(got.yi, made_up(1, (1, 1, 1)).yi, rtol=1e-12)  # a mean of equal numbers
    np.testing.assert_allclose(got.vi, made_up(1, (1, 1, 1)).vi, rtol=1e-12)


def test_a_column_is_kept_where_the_effects_of_a_cluster_agree() -> None:
    effects = made_up(1, (2, 2))
    columns = {
        "dose": np.array([45.0, 45.0, 45.0, 90.0]),
        "site": np.array(["hip", "hip", "hip", "spine"], dtype=object),
    }
    got = aggregate(replace(effects, moderators=effects.moderators | columns), "cluster", correlation=0.5)
    np.testing.assert_array_equal(got.moderators["dose"], [45.0, np.nan])
    assert got.moderators["site"].tolist() == ["hip", ""]


def test_an_effect_that_is_not_pooled_is_not_combined() -> None:
    effects = made_up(1, (2, 2))
    left = replace(effects, excluded=("", "retracted", "retracted", "retracted"))
    got = aggregate(left, "cluster", correlation=0.5)
    assert got.yi[0] == effects.yi[0]
    assert got.excluded == ("", "retracted")


def test_combined_effects_can_be_pooled() -> None:
    got = mk.pool(aggregate(made_up(1, (3, 1, 2, 2)), "cluster", correlation=0.5))
    assert got.k == 4


def test_the_correlation_has_to_be_said() -> None:
    with pytest.raises(ModelError, match="say how the effects of a cluster are correlated"):
        aggregate(made_up(1, (2, 2)), "cluster")


def test_a_covariance_that_links_clusters_is_refused() -> None:
    covariance = covariance_from(np.full((4, 4), 0.1) + np.eye(4))
    with pytest.raises(ModelError, match="links c0 with another cluster"):
        aggregate(made_up(1, (2, 2)), "cluster", covariance=covariance)

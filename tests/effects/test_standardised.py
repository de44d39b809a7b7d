"""The SMD from a t value is the SMD from means; the splits of an unreported n are all of them and no other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from metak2.effects.standardised import possible_splits, smd_from_t
from metak2.errors import ModelError
from metak2.kernels.effect_sizes import standardised_mean_difference
from tests.golden.cases import RTOL, load

EXACT = 1e-12  # one formula reached by two routes: only the last bits of the division may differ

sizes = st.integers(2, 400).map(float)
means = st.floats(-50, 50)
sds = st.floats(0.1, 30)


@given(m1=means, sd1=sds, n1=sizes, m2=means, sd2=sds, n2=sizes)
def test_smd_from_t_is_the_kernels_smd(m1: float, sd1: float, n1: float, m2: float, sd2: float, n2: float) -> None:
    pooled_variance = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2)
    t = (m1 - m2) / np.sqrt(pooled_variance * (1 / n1 + 1 / n2))
    by_means = standardised_mean_difference(*(np.array([x]) for x in (m1, sd1, n1, m2, sd2, n2)))
    np.testing.assert_allclose(smd_from_t([t], [n1], [n2]), by_means, rtol=EXACT, atol=1e-14)


def test_smd_from_the_t_of_raw_data_is_metafors_smd() -> None:
    case = next(case for case in load("escalc_cont2") if case.stratum == "SMD")
    i = {name: np.array(values, dtype=float) for name, values in case.inputs.items()}
    t = stats.ttest_ind_from_stats(i["m1i"], i["sd1i"], i["n1i"], i["m2i"], i["sd2i"], i["n2i"]).statistic
    yi, vi = smd_from_t(t, i["n1i"], i["n2i"])
    np.testing.assert_allclose(yi, case.outputs["yi"], rtol=RTOL)
    np.testing.assert_allclose(vi, case.outputs["vi"], rtol=RTOL)


@given(t=st.floats(-20, 20), n1=sizes, n2=sizes)
def test_swapping_the_arms_negates_the_smd_and_keeps_its_variance(t: float, n1: float, n2: float) -> None:
    yi, vi = smd_from_t(t, n1, n2)
    swapped, variance = smd_from_t(-t, n2, n1)
    np.testing.assert_allclose([-swapped, variance], [yi, vi], rtol=EXACT)


def test_no_degree_of_freedom_gives_no_smd() -> None:
    yi, vi = smd_from_t(2.0, 1, 1)
    assert np.isnan([yi, vi]).all()


@given(total=st.integers(4, 120), most_e=st.integers(2, 120), most_c=st.integers(2, 120))
def test_splits_are_every_pair_that_adds_up_within_the_limits(total: int, most_e: int, most_c: int) -> None:
    wanted = [(e, total - e) for e in range(2, most_e + 1) if 2 <= total - e <= most_c]
    if not wanted:
        with pytest.raises(ModelError, match=f"{total} people cannot be split"):
            possible_splits(total, most_e, most_c)
        return
    n_e, n_c = possible_splits(total, most_e, most_c)
    assert [(int(e), int(c)) for e, c in zip(n_e, n_c, strict=True)] == wanted


def test_forty_five_completers_of_thirty_eight_and_forty_split_in_thirty_four_ways() -> None:
    n_e, n_c = possible_splits(45, 38, 40)
    assert (n_e.size, n_e[0], n_c[0], n_e[-1], n_c[-1]) == (34, 5, 40, 38, 7)

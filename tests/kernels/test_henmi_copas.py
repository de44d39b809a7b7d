import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.henmi_copas import henmi_copas
from tests.golden.cases import Case, assert_close, load
from tests.strategies import Study, meta_analyses, quick


@pytest.mark.parametrize("case", load("henmi_copas_tight"), ids=str)
def test_the_interval_is_that_of_metafor_with_a_tight_root(case: Case) -> None:
    found = henmi_copas(case.row("yi")[0], case.row("vi")[0], level=0.95)
    assert_close(found.estimate, case, "estimate")
    assert_close(found.se, case, "se")
    # R integrates the distribution to its default tolerance of 1.2e-4, which leaves about 1e-7 in the limits.
    low, high = (found.estimate + sign * found.multiple * found.se for sign in (-1, 1))
    assert_close(low, case, "ci_lb", rtol=5e-7)
    assert_close(high, case, "ci_ub", rtol=5e-7)


@quick
@given(study=meta_analyses(), scale=st.floats(0.01, 100.0), shift=st.floats(-10, 10))
def test_the_interval_moves_with_unit_and_origin(study: Study, scale: float, shift: float) -> None:
    yi, vi = study[0][0], study[1][0]
    plain, moved = henmi_copas(yi, vi, level=0.95), henmi_copas(scale * yi + shift, scale**2 * vi, level=0.95)
    # tau2 just above 0 is the small difference of large terms.
    assert moved.multiple == pytest.approx(plain.multiple, rel=1e-6)
    assert moved.estimate == pytest.approx(scale * plain.estimate + shift, rel=1e-9, abs=1e-9)


def test_without_heterogeneity_it_is_wider_than_walds() -> None:
    found = henmi_copas(np.zeros(6), np.ones(6), level=0.95)
    assert found.tau2 == 0
    assert 1.5 < found.multiple < 1.96  # Q leaves no doubt here: tau2 is positive half of the time, which widens se


def test_simulated_coverage_is_near_its_level() -> None:
    # 400 meta-analyses of 12 studies: 0.95 ± 3 standard errors of a proportion.
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.02, 0.5, 12)
    inside = 0
    for _ in range(400):
        found = henmi_copas(rng.normal(0.0, np.sqrt(vi + 0.1)), vi, level=0.95)
        inside += abs(found.estimate) <= found.multiple * found.se
    assert abs(inside / 400 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 400)

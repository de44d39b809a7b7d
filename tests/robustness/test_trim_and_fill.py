import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.robustness.trim_and_fill import trim_and_fill
from tests.golden.cases import Case, assert_close, load
from tests.robustness.pools import pool_arrays, pool_tables, pooled_case


@pytest.mark.parametrize("case", load("trimfill"), ids=str)
def test_trim_and_fill_is_that_of_metafor(case: Case) -> None:
    side = case.options["side"]
    found = trim_and_fill(pooled_case(case), estimator=case.options["estimator"], side=None if side == "auto" else side)
    # metafor's REML stops at an absolute change of 1e-5 inside the rounds; DL and the common effect are closed forms.
    tolerance = 1e-4 if case.options["method"] == "REML" else 1e-8
    assert (found.k0, found.side) == (case.outputs["k0"], case.outputs["side"])
    assert_close(found.se_k0, case, "se_k0", rtol=tolerance)
    if found.pval_k0 is not None:
        assert found.pval_k0 == pytest.approx(case.outputs["p_k0"], rel=1e-12, abs=1e-16)
    if found.k0:
        assert_close(found.filled_yi, case, "filled_yi", rtol=tolerance)
        assert_close(found.filled_vi, case, "filled_vi")
    filled = found.filled
    for got, name in (
        (filled.estimate, "estimate"), (filled.se, "se"), (filled.pval, "pval"), (filled.ci.low, "ci_lb"),
        (filled.ci.high, "ci_ub"), (filled.tau2 or 0.0, "tau2"), (filled.Q, "QE"), (filled.I2, "I2"),
    ):  # fmt: skip
        # I2 and p magnify the error of tau2.
        assert_close(got, case, name, rtol=10 * tolerance if name in {"pval", "I2", "tau2"} else tolerance)


@pytest.mark.parametrize("case", load("trimfill_more"), ids=str)
def test_invented_sets_of_any_size_are_trimmed_and_filled_as_by_metafor(case: Case) -> None:
    side = case.options["side"]
    found = trim_and_fill(pooled_case(case), estimator=case.options["estimator"], side=None if side == "auto" else side)
    assert (found.k0, found.side) == (case.outputs["k0"], case.outputs["side"])
    filled = found.filled
    assert_close(found.se_k0, case, "se_k0")
    if case.options["method"] == "PM":  # R's root of Q(tau2) = k - 1 is loose, ours is the root
        assert abs(excess_of_q(filled, filled.tau2 or 0.0)) < 1e-9 or not filled.tau2
        assert abs(excess_of_q(filled, case.outputs["tau2"])) < 5e-3  # the loosest of R's
        return
    for got, name in (
        (filled.estimate, "estimate"), (filled.se, "se"), (filled.ci.low, "ci_lb"), (filled.ci.high, "ci_ub"),
        (filled.tau2 or 0.0, "tau2"), (filled.Q, "QE"), (filled.I2, "I2"),
    ):  # fmt: skip
        assert_close(got, case, name)


def excess_of_q(pooled: Pooled, tau2: float) -> float:
    """Generalised Q minus its degrees of freedom, 0 or less where Paule & Mandel's tau2 is 0."""
    weights = 1 / (pooled.effects.vi + tau2)
    mean = np.average(pooled.effects.yi, weights=weights)
    excess = float((weights * (pooled.effects.yi - mean) ** 2).sum()) - (pooled.k - 1)
    return max(excess, 0.0) if tau2 == 0 else excess


def test_swapping_the_arms_swaps_the_sides() -> None:
    case = load("trimfill")[2]
    yi, vi = case.row("yi")[0], case.row("vi")[0]
    one, other = trim_and_fill(pool_arrays(yi, vi, method="DL")), trim_and_fill(pool_arrays(-yi, vi, method="DL"))
    assert {one.side, other.side} == {"left", "right"}
    assert one.k0 == other.k0
    assert one.filled.estimate == pytest.approx(-other.filled.estimate, rel=1e-9)


def test_mirror_images_are_named_for_their_studies() -> None:
    case = next(case for case in load("trimfill") if case.outputs["k0"] == 2)
    found = trim_and_fill(pooled_case(case), estimator=case.options["estimator"])
    assert found.filled.k == found.base.k + 2
    assert found.filled.study[-2:] == tuple(f"{name} (mirrored)" for name in found.mirrored)


def test_counts_have_no_mirror_image() -> None:
    case = next(case for case in load("bias_binary") if case.dataset == "dat.bcg")
    with pytest.raises(ModelError, match="pool by CE or REML first"):
        trim_and_fill(pool(pool_tables(case, "OR").effects, method="MH"))


def test_heterogeneity_and_few_studies_are_named() -> None:
    found = trim_and_fill(pool_arrays(np.array([0.0, 1.0, 2.0, 5.0]), np.array([0.01, 0.02, 0.03, 0.04])))
    assert {note.code for note in found.notes} == {"ASYMMETRY_FEW", "TRIM_HETEROGENEOUS"}


def test_unknown_words_and_too_few_studies_are_refused() -> None:
    pooled = pool_arrays(np.array([0.1, 0.4, 0.2]), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(UnknownOptionError, match="estimator"):
        trim_and_fill(pooled, estimator="L1")  # type: ignore[arg-type] # a user's slip
    with pytest.raises(UnknownOptionError, match="side"):
        trim_and_fill(pooled, side="up")  # type: ignore[arg-type] # a user's slip
    with pytest.raises(ModelError, match="at least 3"):
        trim_and_fill(pool_arrays(np.array([0.1, 0.4]), np.array([0.1, 0.2])))

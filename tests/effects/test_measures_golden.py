"""Every measure, variance and correction of zeros gives the numbers of R's escalc through the front door."""

from itertools import chain

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from metak2.effects.each_study import each_study
from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.measures import MEASURES
from metak2.errors import UnknownOptionError
from tests.effects.golden_data import effects_of
from tests.effects.made_up import trials_of
from tests.golden.cases import Case, assert_close, load, numbers

FEATURES = (
    "escalc_2x2", "escalc_2x2_zero", "escalc_cont2", "escalc_newer", "escalc_rate2", "escalc_prop", "escalc_rate1",
    "escalc_mean", "escalc_cor", "escalc_pcor", "escalc_alpha", "escalc_hwe", "escalc_paired", "escalc_paired2x2",
    "escalc_more",
)  # fmt: skip
CASES = tuple(chain.from_iterable(load(feature) for feature in FEATURES))
TETRACHORIC = [case for case in CASES if case.options["measure"] in {"RTET", "ZTET"}]
UNTRUE = "escalc_cor-0033"
RENAMED = {"SMDH": "LS-metafor3", "SMD1H": "LS-metafor3", "SMCRH": "LS-metafor3", "PCOR": "LS-metafor3",
           "ZPCOR": "LS-metafor3"}  # fmt: skip
OLDER = [case for case in CASES if case.version_sensitive]


def expected(case: Case, field: str) -> np.ndarray:
    """R's numbers: the newer release's where releases differ on purpose."""
    newer = case.outputs_newer if case.version_sensitive else None
    return numbers((newer or case.outputs)[field])


@pytest.mark.parametrize("case", [c for c in CASES if c not in TETRACHORIC and c.id != UNTRUE], ids=str)
def test_the_front_door_gives_the_effects_of_the_newest_metafor(case: Case) -> None:
    got = effects_of(case)
    # Closed forms: 1e-11 leaves three digits for Hedges' correction and the hypergeometric series.
    np.testing.assert_allclose(got.yi, expected(case, "yi"), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(got.vi, expected(case, "vi"), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", [c for c in CASES if c not in (*TETRACHORIC, *OLDER) and c.id != UNTRUE], ids=str)
def test_each_study_alone_has_metafors_test_and_interval(case: Case) -> None:
    found = each_study(effects_of(case))
    named = {"sei": found.se, "zi": found.statistic, "pval": found.pval, "ci_lb": found.ci_low, "ci_ub": found.ci_high}
    for field in named.keys() & case.outputs.keys():
        assert_close(named[field], case, field)


@pytest.mark.parametrize("case", OLDER, ids=str)
def test_the_numbers_of_older_releases_have_a_name(case: Case) -> None:
    measure = case.options["measure"]
    older = RENAMED.get(measure)
    got = effects_of(case, measure=measure if older else f"{measure}-uncorrected", variance=older)
    np.testing.assert_allclose(got.yi, case.expected("yi"), rtol=1e-11, atol=1e-13)  # as above
    np.testing.assert_allclose(got.vi, case.expected("vi"), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", TETRACHORIC, ids=str)
def test_tetrachoric_correlations_are_those_of_metafor_to_what_its_optimiser_reaches(case: Case) -> None:
    got = effects_of(case)
    known = np.isfinite(got.yi)
    # R stops its search about 2e-5 from the root; that ours is the root is shown below.
    np.testing.assert_allclose(got.yi[known], case.expected("yi")[known], rtol=0, atol=3e-5)
    np.testing.assert_allclose(got.vi[known], case.expected("vi")[known], rtol=2e-4, atol=0)
    counts = trials_of(case).columns
    empty = [counts["event_e"] * counts["event_c"] == 0]
    empty.append((counts["n_e"] - counts["event_e"]) * (counts["n_c"] - counts["event_c"]) == 0)
    assert np.array_equal(~known, np.any(empty, axis=0))


@pytest.mark.parametrize("case", [case for case in TETRACHORIC if case.options["measure"] == "RTET"], ids=str)
def test_the_latent_quadrant_of_a_tetrachoric_correlation_holds_the_observed_share(case: Case) -> None:
    got, table = effects_of(case), trials_of(case).columns
    for i in np.flatnonzero(np.isfinite(got.yi))[:4]:
        total = table["n_e"][i] + table["n_c"][i]
        cuts = [ndtri(table["n_e"][i] / total), ndtri((table["event_e"][i] + table["event_c"][i]) / total)]

        def gap(rho: float, cuts: list[float] = cuts, share: float = table["event_e"][i] / total) -> float:
            return abs(float(multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf(cuts)) - share)

        assert gap(float(got.yi[i])) < 1e-9  # SciPy's bivariate normal distribution is good to about 1e-10
        assert gap(float(got.yi[i])) < gap(float(case.expected("yi")[i]))


def test_the_unbiased_correlation_of_r_is_off_where_its_hypergeometric_function_is() -> None:
    (case,) = (case for case in load("escalc_cor") if case.id == UNTRUE)
    got, theirs = effects_of(case), case.expected("yi")
    r, n = numbers(case.inputs["ri"]), numbers(case.inputs["ni"])
    far = np.abs(got.yi - theirs) > 1e-10
    assert [(float(one), float(size)) for one, size in zip(r[far], n[far], strict=True)] == [(-0.04, 12.0)]
    np.testing.assert_allclose(got.vi[~far], case.expected("vi")[~far], rtol=1e-10)  # the series loses a digit
    # Euler's integral of 2F1(1/2, 1/2; 5; 1 - r²) as a second oracle; substituting t = u² removes the singularity.
    integral, _ = quad(lambda u: 2 * (1 - u**2) ** 3.5 * (1 - (1 - 0.04**2) * u**2) ** -0.5, 0, 1, epsabs=1e-13)
    beta = 0.8590292412159595  # B(1/2, 9/2) = 35 π / 128
    assert float(got.yi[far][0]) == pytest.approx(-0.04 * integral / beta, rel=1e-10)
    assert abs(float(theirs[far][0]) + 0.04 * integral / beta) > 1e-5


def test_an_unknown_variance_is_refused_with_those_there_are() -> None:
    case = load("escalc_2x2")[0]
    with pytest.raises(UnknownOptionError, match="variance='HO' is not known"):
        effect_sizes(trials_of(case), measure="RR", variance="HO")
    assert MEASURES["RD"].variances == ("LS", "UB", "AV")


@pytest.mark.parametrize("case", load("escalc_summary"), ids=str)
def test_each_studys_own_test_and_interval_are_those_of_summary_escalc(case: Case) -> None:
    if "yi" in case.inputs:
        yi, vi = case.row("yi")[0], case.row("vi")[0]
        effects = effects_from(yi, study=[str(i) for i in range(yi.size)], vi=vi)
    else:
        effects = effects_of(case)
    found = each_study(effects, level=case.options.get("level", 95) / 100)
    named = {"yi": found.estimate, "zi": found.statistic, "pval": found.pval, "ci_lb": found.ci_low,
             "ci_ub": found.ci_high}  # fmt: skip
    for field in case.outputs:
        assert_close(named[field], case, field)

import metak2.display.counts  # noqa: F401 - registers the printed forms
from metak2.models.count_data import CountData, count_data
from metak2.models.counts import fit_glmm
from metak2.models.stratified import fit_mantel_haenszel


def two_trials() -> CountData:
    return count_data(
        event_e=[2, 3, 5], n_e=[21, 40, 50], event_c=[9, 9, 6], n_c=[19, 41, 52], moderators={"dose": [1, 2, 4]}
    )


def test_a_glmm_prints_estimate_heterogeneity_and_likelihood() -> None:
    text = str(fit_glmm(two_trials()))
    for part in (
        "OR, generalised linear mixed model, fixed study effects (UM.FS), k = 3",
        "τ²",
        "AIC",
        "likelihood ratio",
    ):
        assert part in text


def test_a_glmm_with_a_moderator_prints_its_coefficients() -> None:
    text = str(fit_glmm(two_trials(), moderators="dose"))
    assert "intercept:" in text
    assert "dose:" in text


def test_mantel_haenszel_prints_its_tests() -> None:
    text = str(fit_mantel_haenszel(two_trials()))
    for name in ("Cochran", "Mantel–Haenszel", "Breslow–Day", "Tarone"):
        assert f"{name}: χ²" in text

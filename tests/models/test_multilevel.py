import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metak2 as mk
from metak2.errors import ModelError, UnknownOptionError
from tests.golden.cases import Case, assert_close, load
from tests.golden.multilevel import effects_of, fitted
from tests.strategies import quick

TEACHING = Path(__file__).parents[2] / "datasets" / "teaching"
CASES = [*load("mv"), *load("mv_weights")]
# metafor's optimiser stops at 1e-8 of the likelihood: parameters agree to about its root, likelihoods to 1e-9.
PARAMETERS, LIKELIHOOD = 2e-5, 1e-8


def grouped(seed: int, *, groups: int = 8, most: int = 5) -> mk.EffectSizes:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, most + 1, groups)
    group = np.repeat(np.arange(groups), sizes)
    vi = rng.uniform(0.01, 0.2, group.size)
    yi = 0.3 + rng.normal(0, 0.4, groups)[group] + rng.normal(0, 0.2, group.size) + rng.normal(0, np.sqrt(vi))
    effects = mk.effects_from(yi, vi=vi, study=[f"row {at}" for at in range(yi.size)])
    columns = {"study_": group.astype(str).astype(object), "row": np.arange(yi.size).astype(str).astype(object)}
    return replace(effects, moderators=columns)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_model_is_metafors_and_its_likelihood_no_lower(case: Case) -> None:
    found = fitted(case)
    skip = set(case.unstable_fields or ())
    method = "ML" if case.options["method"] == "ML" else "REML"
    if f"fit.{method}.ll" not in skip and "W" not in case.inputs:  # with weights it is not what is maximised
        assert getattr(found.fit, method).ll >= case.outputs["fit"][method]["ll"] - 1e-9
    # by weights of one's own the likelihood is no summit: where metafor's optimiser stopped moves it at first order
    close = PARAMETERS if "W" in case.inputs else 1e-6
    for kind in ("ML", "REML"):
        for name in ("ll", "deviance", "AIC", "BIC", "AICc"):
            if f"fit.{kind}.{name}" not in skip:
                expected = case.outputs["fit"][kind][name]
                assert getattr(getattr(found.fit, kind), name) == pytest.approx(expected, rel=close, abs=close)
    coefficients = found.coefficients
    for name, values in (
        ("beta", coefficients.estimate),
        ("se", coefficients.se),
        ("pval", coefficients.pval),
        ("ci_lb", coefficients.ci_low),
        ("ci_ub", coefficients.ci_high),
    ):
        if name not in skip:
            assert_close(values, case, name, rtol=PARAMETERS)
    if "se" not in skip:
        np.testing.assert_allclose(found.vcov, case.outputs["vcov"], rtol=10 * PARAMETERS, atol=1e-9)  # its own squares
    assert_close(found.QE, case, "QE", rtol=1e-9)
    if "QM" not in skip:
        assert_close(found.QM.statistic, case, "QM", rtol=PARAMETERS)
        assert_close(found.QM.pval, case, "QM_p", rtol=1e-4)


@pytest.mark.parametrize("case", [case for case in CASES if case.inputs.get("random")], ids=str)
def test_variances_and_correlations_are_metafors(case: Case) -> None:
    found, skip = fitted(case), set(case.unstable_fields or ())
    intercepts = [one.value for one in found.components if "|" not in one.term]
    structured = [one.value for one in found.components if "|" in one.term and one.kind == "variance"]
    leans = [one.value for one in found.components if one.kind == "correlation"]
    if intercepts:
        # a variance that metafor leaves at 1e-10 is 0 here
        assert intercepts == pytest.approx(list(np.atleast_1d(case.outputs["sigma2"])), rel=PARAMETERS, abs=1e-8)
    if structured and "tau2" not in skip:
        assert structured == pytest.approx(list(np.atleast_1d(case.outputs["tau2"])), rel=PARAMETERS)
    if leans:
        assert leans == pytest.approx(list(np.atleast_1d(case.outputs["rho"]))[: len(leans)], rel=PARAMETERS)


@pytest.mark.parametrize("case", [case for case in CASES if case.options.get("test") == "t"], ids=str)
def test_degrees_of_freedom_are_residual_or_those_of_the_groups(case: Case) -> None:
    found = fitted(case)
    expected = np.broadcast_to(np.array(case.outputs["df"], dtype=float), (found.p,))
    assert list(found.coefficients.df) == list(expected)


@pytest.mark.parametrize("case", load("mv_confint"), ids=str)
def test_profile_likelihood_intervals_are_metafors_where_it_gives_one(case: Case) -> None:
    found = fitted(case)
    estimated = [one for one in found.components if not one.given]
    for component, expected in zip(estimated, case.outputs.values(), strict=True):
        interval = mk.component_interval(found, component)
        assert interval.estimate == pytest.approx(expected["estimate"], rel=PARAMETERS)
        if expected["ci_lb"] is not None:
            assert interval.low == pytest.approx(expected["ci_lb"], rel=1e-5)
        if expected["ci_ub"] is not None and component.kind == "variance":
            assert interval.high == pytest.approx(expected["ci_ub"], rel=1e-5)


def test_metafors_upper_limit_of_berkeys_correlation_is_not_where_the_likelihood_falls_far_enough() -> None:
    # Its own refits at 0.9218, 0.95 and 0.99 fall by 0.945, 1.181 and 1.498 in twice the log-likelihood: not by 3.84.
    (case,) = [case for case in load("mv_confint") if case.stratum == "tau2+rho"]
    found = fitted(case)
    (correlation,) = [one for one in found.components if one.kind == "correlation"]
    assert mk.component_interval(found, correlation).high == 1.0
    options = {"correlation": 0.95}
    held = [mk.Random(term=one.term, structure="UN", **options) for one in found.components[:1]]
    again = mk.multilevel(
        effects_of(case), held, found.design, covariance=found.covariance, options=mk.MultilevelOptions(test="z")
    )
    assert 2 * (found.fit.REML.ll - again.fit.REML.ll) == pytest.approx(1.181338, abs=1e-5)  # R's two fits, as printed


@pytest.mark.parametrize("case", load("mv_predict"), ids=str)
def test_predictions_are_metafors(case: Case) -> None:
    found = fitted(case)
    rows = case.inputs.get("newmods")
    if rows is not None:
        rows = np.array(rows, dtype=float).reshape(len(rows), -1)
        rows = np.column_stack([np.ones(len(rows)), rows]) if rows.shape[1] < found.p else rows
    predicted = mk.predict_multilevel(found, rows)
    for name, values in (
        ("pred", predicted.estimate),
        ("se", predicted.se),
        ("ci_lb", predicted.ci_low),
        ("ci_ub", predicted.ci_high),
        ("pi_lb", predicted.pi_low),
        ("pi_ub", predicted.pi_high),
    ):
        assert_close(values, case, name, rtol=PARAMETERS)


@pytest.mark.parametrize("case", load("mv_ranef"), ids=str)
def test_random_effects_are_metafors(case: Case) -> None:
    found = fitted(case)
    for term, expected in zip(found.fitted.terms, case.outputs, strict=True):  # type: ignore[arg-type] # a list here
        predicted = mk.group_effects(found, term.name)
        table = {
            (group, level): (value, error)
            for group, values, errors in zip(predicted.groups, predicted.estimate, predicted.se, strict=True)
            for level, value, error in zip(predicted.levels, values, errors, strict=True)
        }
        for name, value, error in zip(expected["levels"], expected["intrcpt"], expected["se"], strict=True):
            level, _, group = name.rpartition(" | ")
            assert table[group, level] == pytest.approx((value, error), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("case", [case for case in load("mv_diagnostics") if "resid" in case.outputs], ids=str)
def test_cluster_residuals_are_metafors(case: Case) -> None:
    residuals = mk.cluster_residuals(by_cluster(case), "cluster")
    assert_close(residuals.residual, case, "resid", rtol=PARAMETERS)
    assert_close(residuals.se, case, "se", rtol=PARAMETERS)
    assert_close(residuals.hat, case, "hat", rtol=PARAMETERS)
    chi2 = dict(zip(residuals.clusters, residuals.chi2, strict=True))
    ordered = [chi2[name] for name in case.outputs["cluster_ids"]]
    assert ordered == pytest.approx(case.outputs["X2"], rel=PARAMETERS)


def by_cluster(case: Case) -> mk.Multilevel:
    return mk.multilevel(effects_of(case), "cluster/unit", options=mk.MultilevelOptions(test="z"))


def deletions(case: Case) -> list[tuple[str, list[float], list[float]]]:
    """Name, ours and R's of what happens without each cluster, where R has a number."""
    without = mk.cluster_influence(by_cluster(case), "cluster")
    at = [without.clusters.index(name) for name in case.outputs["cluster_order"]]
    found = []
    for name, values in (
        ("rstudent_X2", without.chi2),
        ("cooks_distance", without.cook_d),
        ("dfbetas", without.dfbetas[:, 0]),
    ):
        known = [(a, b) for a, b in zip(values[at], case.outputs[name], strict=True) if b is not None]
        found.append((name, [a for a, _ in known], [b for _, b in known]))
    return found


DELETED = [case for case in load("mv_diagnostics") if "resid" not in case.outputs]
AT_ZERO = "mv_diagnostics-0007"  # where metafor starts its refits at a variance of 0 and four stay there


@pytest.mark.parametrize("case", [*load("mv_deletion"), *(case for case in DELETED if case.id != AT_ZERO)], ids=str)
def test_without_each_cluster_the_model_is_metafors(case: Case) -> None:
    for _, ours, theirs in deletions(case):
        # 1e-5: metafor's refits stop at 1e-8 of the likelihood; what it could not fit (NA) is fitted here
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-6)


def test_where_metafors_refits_stay_at_a_variance_of_0_its_own_fits_afresh_are_higher() -> None:
    (stuck,), (afresh,) = [case for case in DELETED if case.id == AT_ZERO], load("mv_deletion")
    names = stuck.outputs["cluster_order"]
    for _, ours, theirs in deletions(stuck):
        # apart by 1e-3 and more: what separates two summits, not where a climb stops (1e-5)
        apart = [
            name for name, a, b in zip(names, ours, theirs, strict=True) if a != pytest.approx(b, rel=1e-4, abs=1e-6)
        ]
        assert apart == ["1", "2", "4", "5"]
    held = mk.Random(term="cluster", variance=0.0)
    effects = effects_of(stuck)
    for cluster in ("1", "2", "4", "5"):
        rest = effects.take(np.array([word != cluster for word in stuck.inputs["cluster"]]))
        at_zero = mk.multilevel(rest, [held, "unit"], options=mk.MultilevelOptions(test="z"))
        ll = afresh.outputs["ll"][afresh.outputs["cluster_order"].index(cluster)]
        assert at_zero.fit.REML.ll < ll - 5e-5  # R: by 9.6e-5, 2.9e-4, 0.0116, 0.928


@pytest.mark.parametrize("case", [one for one in load("other_data") if one.stratum == "slopes"], ids=str)
def test_random_slopes_with_and_without_their_covariance_are_metafors(case: Case) -> None:
    given, options = case.inputs, case.options
    effects = mk.effects_from(given["yi"], vi=given["vi"], study=[f"row {at}" for at in range(len(given["yi"]))])
    columns = {"dose": np.array(given["dose"]), "group": np.array(given["group"], dtype=object)}
    found = mk.multilevel(
        replace(effects, moderators=columns),
        mk.Random(term="1 + dose | group", structure={"GEN": "UN", "GDIAG": "DIAG"}[options["struct"]]),
        "dose",
        options=mk.MultilevelOptions(method=options["method"], test="z"),
    )
    assert_close(found.coefficients.estimate, case, "beta", rtol=PARAMETERS)
    assert_close(found.coefficients.se, case, "se", rtol=PARAMETERS)
    assert_close(getattr(found.fit, options["method"]).ll, case, "ll", rtol=LIKELIHOOD)
    values = [one.value for one in found.components]
    expected = [*case.outputs["tau2"], *np.atleast_1d(case.outputs.get("rho", []))]
    assert values == pytest.approx(expected, rel=1e-4)  # a flat direction: half the digits of the likelihood


@pytest.mark.parametrize(
    "random, message",
    [
        ({"term": "1 + x | study_", "structure": "AR"}, "Allowed: DIAG, UN"),
        ({"term": "study_", "structure": "UN"}, 'write "outcome | study_"'),
        ({"term": "row | study_", "relation": (("0",), np.eye(1))}, "goes with an intercept, such as 'study_'"),
    ],
)
def test_an_option_that_a_term_cannot_have_is_refused_not_ignored(random: dict[str, object], message: str) -> None:
    effects = grouped(2)
    effects = replace(effects, moderators={**effects.moderators, "x": np.arange(float(len(effects)))})
    with pytest.raises(mk.MetaError, match=message):
        mk.multilevel(effects, mk.Random(**random))  # type: ignore[arg-type] # options by name


def test_the_teaching_set_of_schools_in_districts_gives_the_golden_numbers() -> None:
    with (TEACHING / "konstantopoulos2011.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    effects = mk.effects_from(
        [float(row["estimate"]) for row in rows],
        vi=[float(row["vi"]) for row in rows],
        study=[row["study"] for row in rows],
        measure="SMD",
    )
    columns = {name: np.array([row[name] for row in rows], dtype=object) for name in ("district", "school")}
    found = mk.multilevel(replace(effects, moderators=columns), "district/school")
    (case,) = [case for case in load("mv_predict") if case.dataset == "dat.konstantopoulos2011"]
    assert_close(found.coefficients.estimate, case, "pred", rtol=PARAMETERS)
    assert_close(found.coefficients.se, case, "se", rtol=PARAMETERS)


@quick
@given(seed=st.integers(0, 500), restricted=st.booleans())
def test_the_sums_over_groups_are_the_blocks(seed: int, restricted: bool) -> None:
    found = mk.multilevel(
        grouped(seed), "study_/row", options=mk.MultilevelOptions(method="REML" if restricted else "ML")
    )
    for theta in (found.fitted.found.theta, np.array([0.3, 0.1]), np.array([0.0, 0.5])):
        one = found.fitted.likelihood.evaluate(theta, restricted=restricted)
        other = found.fitted.blocks.evaluate(theta, restricted=restricted)
        # sums in another order
        assert one.height == pytest.approx(other.height, rel=1e-11, abs=1e-9)
        np.testing.assert_allclose(one.gradient, other.gradient, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(one.hessian, other.hessian, rtol=1e-8, atol=1e-7)


@quick
@given(seed=st.integers(0, 200), structure=st.sampled_from(["CS", "HCS", "UN", "AR", "HAR", "DIAG", "ID"]))
def test_the_gradient_is_the_slope_of_the_likelihood(seed: int, structure: str) -> None:
    rng = np.random.default_rng(seed)
    groups, levels = 8, 3
    level = np.tile(np.arange(levels), groups)
    yi, vi = rng.normal(0, 0.6, level.size), rng.uniform(0.02, 0.2, level.size)
    columns = {
        "time": level.astype(str).astype(object),
        "study_": np.repeat(np.arange(groups), levels).astype(str).astype(object),
    }
    effects = replace(mk.effects_from(yi, vi=vi, study=[f"r{at}" for at in range(yi.size)]), moderators=columns)
    found = mk.multilevel(effects, mk.Random(term="time | study_", structure=structure))
    blocks, size = found.fitted.blocks, found.fitted.found.theta.size
    theta = np.clip(rng.uniform(0.1, 0.6, size), None, 0.6)
    at = blocks.evaluate(theta, restricted=True)
    step = 1e-5
    for parameter in range(size):
        unit = step * np.eye(size)[parameter]
        above, below = (blocks.evaluate(theta + sign * unit, restricted=True) for sign in (1, -1))
        # central differences err by step² times the third derivative
        assert at.gradient[parameter] == pytest.approx((above.height - below.height) / (2 * step), rel=1e-4, abs=1e-5)
        slope = (above.gradient - below.gradient) / (2 * step)
        np.testing.assert_allclose(at.hessian[parameter], slope, rtol=1e-3, atol=1e-3)


@quick
@given(seed=st.integers(0, 300))
def test_rows_that_share_nothing_give_the_plain_random_effects_model(seed: int) -> None:
    effects = grouped(seed)
    plain = mk.pool(effects, method="REML", test="z", convention="metafor")
    found = mk.multilevel(effects, "row", options=mk.MultilevelOptions(test="z"))
    # two climbs of one likelihood: each ends within 1e-13 of its height, an estimate within about its root
    assert found.fit.REML.ll >= mk.fit_statistics(plain).REML.ll - 1e-9
    assert found.coefficients.estimate[0] == pytest.approx(plain.estimate, abs=2e-6)
    assert found.components[0].value == pytest.approx(plain.tau2, abs=2e-6)


@quick
@given(seed=st.integers(0, 300))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    effects = grouped(seed)
    order = np.random.default_rng(seed).permutation(len(effects))
    turned = replace(
        mk.effects_from(effects.yi[order], vi=effects.vi[order], study=[effects.study[at] for at in order]),
        moderators={name: values[order] for name, values in effects.moderators.items()},
    )
    one, other = (mk.multilevel(e, "study_/row") for e in (effects, turned))
    assert one.fit.REML.ll == pytest.approx(other.fit.REML.ll, abs=1e-9)
    assert one.coefficients.estimate[0] == pytest.approx(other.coefficients.estimate[0], abs=1e-6)


@quick
@given(seed=st.integers(0, 200), scale=st.floats(0.01, 100))
def test_another_unit_scales_the_model(seed: int, scale: float) -> None:
    effects = grouped(seed)
    scaled = replace(
        mk.effects_from(scale * effects.yi, vi=scale**2 * effects.vi, study=effects.study),
        moderators=effects.moderators,
    )
    one, other = (mk.multilevel(e, "study_/row") for e in (effects, scaled))
    assert other.coefficients.estimate[0] == pytest.approx(
        scale * one.coefficients.estimate[0], rel=1e-5, abs=1e-6 * scale
    )


@pytest.mark.parametrize("seed", range(25))
def test_the_likelihood_is_nowhere_higher_than_at_its_summit(seed: int) -> None:
    effects = grouped(seed)
    found = mk.multilevel(effects, "study_/row")
    rng = np.random.default_rng(seed)
    for _ in range(60):
        theta = rng.uniform(0, 1.5, 2) * rng.choice([0.05, 0.3, 1.0])
        assert found.fitted.likelihood.fixed_part(theta).restricted <= found.fit.REML.ll + 1e-9


def test_splitting_a_study_into_identical_halves_with_correlation_one_changes_nothing() -> None:
    # A correlation of 1 leaves no definite covariance; 1 - 1e-9 is as near as doubles carry it.
    yi, vi = np.array([0.2, 0.5, -0.1, 0.4]), np.array([0.04, 0.09, 0.05, 0.02])
    whole = mk.multilevel(mk.effects_from(yi, vi=vi, study=list("ABCD")), "study")
    twice = replace(
        mk.effects_from(np.append(yi, yi[0]), vi=np.append(vi, vi[0]), study=["A", "B", "C", "D", "A2"]),
        moderators={"trial": np.array(list("ABCDA"), dtype=object)},
    )
    matrix = np.diag(np.append(vi, vi[0]))
    matrix[0, 4] = matrix[4, 0] = vi[0] * (1 - 1e-9)
    split = mk.multilevel(twice, "trial", covariance=mk.covariance_from(matrix))
    assert split.coefficients.estimate[0] == pytest.approx(whole.coefficients.estimate[0], abs=1e-6)
    assert split.coefficients.se[0] == pytest.approx(whole.coefficients.se[0], abs=1e-6)


def test_a_covariance_that_is_none_names_the_pair() -> None:
    matrix = np.array([[0.04, 0.05, 0.0], [0.05, 0.04, 0.0], [0.0, 0.0, 0.01]])
    with pytest.raises(ModelError, match=r"A, B is not positive definite; A and B have the correlation 1\.25"):
        mk.covariance_from(matrix, study=["A", "B", "C"])


def test_one_group_and_more_parameters_than_data_are_refused_with_the_way_out() -> None:
    effects = grouped(1, groups=4, most=2)
    alone = replace(effects, moderators={**effects.moderators, "same": np.array(["x"] * len(effects), dtype=object)})
    with pytest.raises(ModelError, match="same has one group only"):
        mk.multilevel(alone, "same")
    two = grouped(1, groups=2, most=1)
    with pytest.raises(ModelError, match=r"2 effects cannot carry 1 coefficients"):
        mk.multilevel(two, "study_/row")


@pytest.mark.parametrize(
    "random, message",
    [
        ("stuy_", "did you mean"),
        ("study_ row", "is no random term"),
        (["study_", "study_"], "stands twice"),
    ],
)
def test_a_random_term_that_cannot_be_read_is_refused(random: str | list[str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        mk.multilevel(grouped(2), random)


def test_an_unknown_structure_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownOptionError, match="HCS"):
        mk.multilevel(grouped(2), mk.Random(term="row | study_", structure="XY"))


def test_two_thousand_effects_leave_no_matrix_of_two_thousand_rows() -> None:
    effects = grouped(5, groups=300, most=12)
    found = mk.multilevel(effects, "study_/row")
    assert max(batch.S.shape[1] for batch in found.fitted.blocks.made) <= 12


def test_a_known_correlation_between_groups_of_identity_is_none() -> None:
    effects = grouped(3)
    names = tuple(dict.fromkeys(effects.moderators["study_"]))
    related = mk.Random(term="study_", relation=(names, np.eye(len(names))))
    one, other = mk.multilevel(effects, related), mk.multilevel(effects, "study_")
    assert one.coefficients.estimate[0] == pytest.approx(other.coefficients.estimate[0], abs=1e-6)


@pytest.mark.parametrize("theirs, ours", [("~ 1 | study_/row", "study_/row"), ("1 | study_", "study_")])
def test_rs_way_of_writing_random_intercepts_is_understood(theirs: str, ours: str) -> None:
    one, other = (mk.multilevel(grouped(3), term) for term in (theirs, ours))
    assert one.components == other.components

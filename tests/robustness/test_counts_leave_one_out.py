"""Leave-one-out of every model of counts."""

from functools import partial
from typing import Any

import numpy as np
import pytest

import metak2 as mk
from metak2.effects.front import effect_sizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.count_data import CountData, count_data
from metak2.models.counts import fit_glmm
from metak2.models.exact_counts import exact_odds_ratio, fit_beta_binomial
from metak2.models.pool import pool
from metak2.models.stratified import fit_mantel_haenszel, fit_peto
from metak2.robustness.counts_leave_one_out import leave_one_out_counts
from metak2.robustness.leave_one_out import leave_one_out
from tests.effects.made_up import study_table
from tests.golden.cases import assert_close, load

COLUMNS = {
    "event_e": [4, 6, 3, 2, 0, 7], "n_e": [123, 306, 231, 90, 60, 110],
    "event_c": [11, 29, 11, 5, 1, 6], "n_c": [139, 303, 220, 95, 61, 108],
}  # fmt: skip
STUDIES = ["Aronson", "Ferguson", "Rosenthal", "Hart", "Frimodt", "Stein"]
MODELS: dict[str, Any] = {
    "MH": fit_mantel_haenszel, "MH RR": partial(fit_mantel_haenszel, measure="RR"), "Peto": fit_peto,
    "UM.FS": fit_glmm, "UM.RS": partial(fit_glmm, model="UM.RS"), "CM.EL": partial(fit_glmm, model="CM.EL"),
    "CM.AL": partial(fit_glmm, model="CM.AL"), "CE": partial(fit_glmm, method="CE"),
    "beta-binomial": fit_beta_binomial, "exact": exact_odds_ratio,
}  # fmt: skip


def trials(**more: Any) -> CountData:  # noqa: ANN401 - moderators of any kind
    return count_data(study=STUDIES, **COLUMNS, **more)


@pytest.mark.parametrize("name", MODELS)
def test_each_row_is_the_model_fitted_to_the_other_studies(name: str) -> None:
    found = leave_one_out_counts(trials(), MODELS[name])
    for i in (0, 3):
        kept = {column: np.delete(values, i) for column, values in COLUMNS.items()}
        assert found.estimate[i] == MODELS[name](count_data(**kept)).estimate
    assert np.isfinite([found.estimate, found.ci_low, found.ci_high, found.pval]).all()
    assert (found.study, found.why_not) == (tuple(STUDIES), ("",) * 6)


@pytest.mark.parametrize("case", [c for c in load("leave1out") if c.options.get("engine") in {"mh", "peto"}], ids=str)
def test_mantel_haenszel_and_peto_are_left_one_out_as_by_metafor(case: Any) -> None:  # noqa: ANN401 - a golden case
    a, b, c, d = (cells[0] for cells in case.tables())
    data = count_data(event_e=a, n_e=a + b, event_c=c, n_c=c + d)
    model = (
        fit_peto if case.options["engine"] == "peto" else partial(fit_mantel_haenszel, measure=case.options["measure"])
    )
    found = leave_one_out_counts(data, model)
    assert_close(found.estimate, case, "estimate")
    assert_close(found.ci_low, case, "ci_lb")
    assert_close(found.ci_high, case, "ci_ub")


def test_two_roads_to_mantel_haenszel_meet() -> None:
    table = study_table("counts", STUDIES, **COLUMNS)
    by_pool = leave_one_out(pool(effect_sizes(table, measure="OR"), method="MH"))
    np.testing.assert_allclose(leave_one_out_counts(table, fit_mantel_haenszel).estimate, by_pool.estimate, rtol=1e-12)


def test_a_study_that_carries_the_model_is_named_with_the_reason() -> None:
    data = count_data(study=["A", "B", "C"], event_e=[0, 0, 2], n_e=[50] * 3, event_c=[3, 4, 1], n_c=[50] * 3)
    found = mk.leave_one_out_counts(data, partial(fit_glmm, model="CM.EL"))
    assert np.isnan(found.estimate).tolist() == [False, False, True]
    assert "exact_odds_ratio()" in found.why_not[2]
    assert [(note.code, note.where) for note in found.notes] == [("NOT_WITHOUT", ("C",))]
    assert "without C    all events are in one arm" in str(found)


def test_with_moderators_one_coefficient_is_followed() -> None:
    data = trials(moderators={"year": [1935, 1949, 1960, 1977, 1973, 1953]})
    model = partial(fit_glmm, model="CM.EL", method="CE", moderators="year")
    found = leave_one_out_counts(data, model, term="year")
    assert found.estimate[0] == model(data.take(np.arange(6) > 0)).beta[1]
    with pytest.raises(UnknownOptionError, match="intercept, year"):
        leave_one_out_counts(data, model)


def test_it_is_printed_on_the_scale_a_clinician_reads() -> None:
    lines = str(mk.leave_one_out_counts(trials(), fit_mantel_haenszel)).splitlines()
    assert lines[0] == "Odds ratio, leave-one-out"
    assert lines[1].startswith("without Aronson    0.33 (0.19 to 0.56)")
    assert lines[-1].startswith("all studies")


def test_one_study_alone_cannot_be_left_out() -> None:
    with pytest.raises(ModelError, match="needs two studies"):
        leave_one_out_counts(trials().take(np.arange(6) < 1))

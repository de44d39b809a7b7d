"""Every specification is what the front door gives for it, and the planned one is marked."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from metak2.effects.front import effect_sizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.pool import pool
from metak2.robustness import specification as module
from metak2.robustness.alternatives import INTEGRITY, Alternatives, Filter, Specification
from metak2.robustness.specification import SpecificationCurve, specification_curve
from metak2.studies.table import StudyTable
from tests.effects.made_up import study_table, trials

ROWS = [
    ("A", 4, 40, 8, 40), ("B", 0, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30), ("E", 9, 60, 14, 62),
    ("F", 12, 90, 20, 88),
]  # fmt: skip
RISK = ["low", "high", "low", "", "low", "some concerns"]
LOW_RISK = Filter(name="low risk of bias", column="rob", keep=("low",))
REPORTED = Filter(name="not imputed", column="imputed", drop=("yes",))


def table() -> StudyTable:
    return trials(
        ROWS,
        rob=RISK,
        imputed=["no", "no", "no", "yes", "no", "no"],
        integrity_status=["ok", "ok", "ok", "ok", "retracted", "ok"],
    )


def curve(**alternatives: object) -> SpecificationCurve:
    return specification_curve(table(), planned=Specification(measure="RR"), alternatives=Alternatives(**alternatives))


FULL: dict[str, Any] = {
    "measures": ("OR", "RD"),
    "methods": ("CE", "MH", "DL", "PM"),
    "tests": ("z", "HK-adhoc"),
    "predictions": ("t(k-2)", "none"),
    "zero_cells": ("none", "treatment-arm"),
    "filters": (INTEGRITY, LOW_RISK, REPORTED),
}


def test_every_specification_is_what_the_front_door_gives() -> None:
    found = curve(**FULL)
    filters = {one.name: one for one in FULL["filters"]}
    assert len(found) > 500
    for row in range(0, len(found), 7):  # every seventh: seven divides none of the numbers of choices
        one = found.specifications[row]
        studies = table()
        effects = effect_sizes(studies, measure=one.measure, zero_cells=one.zero_cells, exclude=())
        for name in one.filters:
            out = tuple(s for s, kept in zip(studies.study, filters[name].kept(studies), strict=True) if not kept)
            effects = effects.excluding(name, out)
        alone = pool(effects, method=one.method, test=one.test, prediction=one.prediction)
        got = [found.k[row], found.estimate[row], found.ci_low[row], found.ci_high[row]]
        # 1e-7: REML is a root, found in another block
        assert got == pytest.approx([alone.k, alone.estimate, alone.ci.low, alone.ci.high], rel=1e-7, abs=1e-10), one
        expected = [alone.pi.low, alone.pi.high] if alone.pi else [np.nan, np.nan]
        got = [found.pi_low[row], found.pi_high[row]]
        assert got == pytest.approx(expected, rel=1e-7, abs=1e-10, nan_ok=True), one


def test_the_planned_specification_is_marked_and_is_the_planned_analysis() -> None:
    found = curve(**FULL)
    assert found.specifications[found.planned] == Specification(measure="RR")
    base = pool(effect_sizes(table(), measure="RR"))
    assert base.pi is not None
    got = [found.estimate[found.planned], found.ci_high[found.planned], found.pi_high[found.planned]]
    assert got == pytest.approx([base.estimate, base.ci.high, base.pi.high], rel=1e-9)  # another block


def test_the_number_of_specifications_is_the_product_of_the_choices() -> None:
    found = curve(methods=("DL", "CE"), tests=("z",), predictions=("none",), filters=(INTEGRITY, REPORTED))
    # REML and DL: 2 tests, 2 predictions; CE: z, nothing to predict; each with 4 sets of filters
    assert len(found) == (2 * 2 * 2 + 1) * 4
    assert len(set(found.specifications)) == len(found)


def test_what_does_not_go_together_is_left_out() -> None:
    found = curve(methods=("CE", "MH"), measures=("RD",), tests=("HK-adhoc",))
    assert Counter((one.method, one.test) for one in found.specifications).keys() == {
        ("REML", "HK"), ("REML", "HK-adhoc"), ("CE", "z"), ("MH", "z"),
    }  # fmt: skip


def test_a_zero_cell_rule_that_changes_nothing_is_not_counted_twice() -> None:
    full = trials([row for row in ROWS if row[1]])  # no empty cell
    found = specification_curve(
        full, planned=Specification(measure="RR"), alternatives=Alternatives(zero_cells=("none", "treatment-arm"))
    )
    assert {one.zero_cells for one in found.specifications} == {"affected"}
    assert len(found) == 1


def test_a_filter_that_leaves_out_nobody_is_not_counted_twice() -> None:
    everyone = Filter(name="any risk", column="rob", drop=("unknown",))
    assert len(curve(filters=(INTEGRITY, everyone))) == len(curve(filters=(INTEGRITY,)))


def test_without_the_integrity_filter_the_retracted_trial_is_pooled() -> None:
    found = curve()
    assert {one.filters: k for one, k in zip(found.specifications, found.k, strict=True)} == {
        (INTEGRITY.name,): 5, (): 6,
    }  # fmt: skip


def test_the_same_patients_are_never_pooled_twice() -> None:
    twice = trials([*ROWS[:3], ("C again", 7, 50, 8, 50)], key=["A", "B", "C", "C"], again=["", "", "", "yes"])
    once = Filter(name="each trial once", column="again", drop=("yes",))
    planned = Specification(measure="RR", filters=(once.name,))
    found = specification_curve(twice, planned=planned, alternatives=Alternatives(filters=(once,)))
    assert [one.filters for one in found.specifications] == [(once.name,)]
    assert found.unfit == ((),)


def test_means_are_specified_as_counts_are() -> None:
    studies = study_table(
        "means", ["A", "B", "C"], mean_e=[1.0, 2.0, 1.5], sd_e=[1.0, 1.0, 2.0], n_e=[20, 30, 25],
        mean_c=[0.5, 1.0, 1.4], sd_c=[1.0, 1.5, 2.0], n_c=[20, 30, 25],
    )  # fmt: skip
    found = specification_curve(
        studies, planned=Specification(measure="MD"), alternatives=Alternatives(measures=("SMD",), methods=("DL",))
    )
    assert {(one.measure, one.method) for one in found.specifications} == {
        ("MD", "REML"), ("MD", "DL"), ("SMD", "REML"), ("SMD", "DL"),
    }  # fmt: skip


def test_the_rows_of_a_measure_stand_by_rising_estimate() -> None:
    found = curve(**FULL)
    for name in found.measures:
        assert (np.diff(found.estimate[found.of_measure(name)]) >= 0).all()


def test_there_is_no_p_value_for_the_curve() -> None:
    assert not [name for name in SpecificationCurve.__slots__ if "pval" in name]


def test_more_filters_measures_and_zero_cell_rules_are_rows_of_the_same_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, infer_stack = [], module.infer_stack
    monkeypatch.setattr(module, "infer_stack", lambda *given: (calls.append(1), infer_stack(*given))[1])
    curve(methods=("DL",), tests=("z",))
    few = len(calls)
    curve(**{**FULL, "methods": ("DL",), "tests": ("z",)})
    assert few == 4  # two estimators by two intervals
    assert len(calls) == 2 * few


def test_unknown_words_are_refused_with_those_that_are_known() -> None:
    with pytest.raises(UnknownOptionError, match="without trials of concern"):
        specification_curve(
            table(), planned=Specification(measure="RR", filters=("low risk",)), alternatives=Alternatives()
        )
    with pytest.raises(UnknownOptionError, match="filter column='robb' is not known; did you mean \"rob\""):
        curve(filters=(INTEGRITY, Filter(name="low", column="robb", keep=("low",))))
    with pytest.raises(UnknownOptionError, match="prediction='bootstrap'"):
        curve(predictions=("bootstrap",))
    with pytest.raises(UnknownOptionError, match="method="):
        curve(methods=("RELM",))


def test_a_plan_that_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ModelError, match="normal test only"):
        specification_curve(table(), planned=Specification(measure="RR", method="MH"), alternatives=Alternatives())
    nobody = Filter(name="nobody", column="rob", keep=("none",))
    planned = Specification(measure="RR", filters=(nobody.name,))
    with pytest.raises(ModelError, match="planned specification cannot be fitted"):
        specification_curve(table(), planned=planned, alternatives=Alternatives(filters=(nobody,)))

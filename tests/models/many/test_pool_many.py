"""Many meta-analyses at once are what each is alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from metak2.models.many.fit import COLUMNS
from tests.models.many.tables import TWO_SUMMITS, assert_row, counts, table

CHOICES: list[dict[str, Any]] = [
    {},
    {"convention": "cochrane"},
    {"convention": "metafor", "test": "t", "prediction": "as test"},
    {"convention": "meta", "method": "DL"},
    {"convention": "revman5"},
    {"convention": "stata", "test": "HK"},
    {"method": "ML", "test": "HK-wider", "tau2_interval": "PL", "level": 0.9},
    {"method": "PM", "test": "HK-IQWiG", "prediction": "t(k-2) Wald", "tau2_interval": "J"},
    {"method": "REML", "test": "KR", "prediction": "as test"},
    {"method": "CE"},
    {"tau2": 0.1},
    {"weights": "equal", "tau2_interval": "GENQ"},
]


@pytest.mark.parametrize("options", CHOICES, ids=lambda options: " ".join(map(str, options.values())) or "default")
def test_a_row_is_what_pool_says_of_that_meta_analysis(options: dict[str, Any]) -> None:
    studies = table(90)
    together = mk.pool_many(studies, by=["review", "outcome"], **options).set_index(["review", "outcome"])
    for key, one in studies.groupby(["review", "outcome"]):
        effects = mk.effects_from(one["yi"], vi=one["vi"], study=[f"Trial {at}" for at in range(len(one))])
        assert_row(together.loc[key], mk.pool(effects, **options))


def test_a_bootstrapped_prediction_is_the_same_draws() -> None:
    studies = table(3, most=6)
    options: dict[str, Any] = {"prediction": "bootstrap", "draws": 1000, "seed": 4}
    together = mk.pool_many(studies, by=["review", "outcome"], **options).set_index(["review", "outcome"])
    for key, one in studies.groupby(["review", "outcome"]):
        effects = mk.effects_from(one["yi"], vi=one["vi"], study=[str(at) for at in range(len(one))])
        assert_row(together.loc[key], mk.pool(effects, **options))


def test_of_two_summits_the_highest_is_taken_among_many_too() -> None:
    yi, vi = TWO_SUMMITS
    studies = pd.concat(
        [table(200).assign(outcome="x"), pd.DataFrame({"review": -1, "outcome": "x", "yi": yi, "vi": vi})]
    )
    row = mk.pool_many(studies, by="review").set_index("review").loc[-1]
    alone = mk.pool(mk.effects_from(yi, vi=vi, study=list("abc")))
    assert "TWO_SUMMITS" in row["notes"]
    assert_row(row, alone)


@pytest.mark.parametrize("measure, method", [("RR", "REML"), ("OR", "MH"), ("RD", "DL"), ("PETO", "PETO")])
def test_two_by_two_tables_are_pooled_as_effect_sizes_and_pool_would(measure: str, method: str) -> None:
    trials = counts(60)
    together = mk.pool_many(trials, by="review", measure=measure, method=method).set_index("review")
    for review, one in trials.groupby("review"):
        named = one.assign(study=[f"Trial {at}" for at in range(len(one))]).drop(columns="review")
        effects = mk.effect_sizes(named, measure=measure)
        row = together.loc[review]
        try:
            alone = mk.pool(effects, method=method)
        except mk.ModelError:
            assert row["status"].startswith("NO_STUDIES")
            continue
        assert row["left_out"] == len(one) - alone.k
        if alone.k == len(
            one
        ):  # Mantel–Haenszel pools what has no ratio of its own, which the effects' note cannot know
            alone = replace(alone, notes=tuple(note for note in alone.notes if note.code != "EXCLUDED"))
        assert_row(row, alone)


def test_rows_may_stand_in_any_order() -> None:
    studies = table(150)
    mixed = studies.sample(frac=1, random_state=3)
    keys = ["review", "outcome"]
    numbers = [name for name in COLUMNS if name not in {"status", "notes", "method"} and not name.endswith("rule")]
    one, other = (mk.pool_many(frame, by=keys).set_index(keys).sort_index()[numbers] for frame in (studies, mixed))
    # The same studies summed in another order: the last digits of a sum, 1e-9 where a root lies near 0.
    np.testing.assert_allclose(other.to_numpy(float), one.to_numpy(float), rtol=1e-9, atol=1e-9)


def test_a_meta_analysis_does_not_depend_on_those_beside_it() -> None:
    studies = table(120)
    keys = ["review", "outcome"]
    together = mk.pool_many(studies, by=keys).set_index(keys)
    for key, one in list(studies.groupby(keys))[:25]:
        alone = mk.pool_many(one, by=keys).set_index(keys)
        # NumPy adds up a column alone in another order than columns side by side: the last bits of a sum.
        pd.testing.assert_frame_equal(alone, together.loc[[key]], rtol=1e-12, atol=1e-12)


BAD = pd.DataFrame(
    [
        ("one study", 0.3, 0.1),
        ("two studies", 0.3, 0.1), ("two studies", 0.1, 0.1),
        ("blank", np.nan, 0.1), ("blank", 0.3, 0.2), ("blank", 0.3, 0.1), ("blank", 0.1, 0.2),
        ("nothing", np.nan, np.nan),
        ("zero", 0.1, 0.0), ("zero", 0.2, 0.1), ("zero", 0.3, 0.1),
        ("negative", 0.1, -0.1), ("negative", 0.2, 0.1), ("negative", 0.3, 0.1),
        ("infinite", np.inf, 0.1), ("infinite", 0.2, np.inf), ("infinite", 0.3, 0.1),
        (None, 0.2, 0.1), (None, 0.3, 0.1),
        ("beyond", 1e300, 1e-300), ("beyond", -1e300, 1e-300), ("beyond", 1e300, 1e-300),
        ("good", 0.1, 0.1), ("good", 0.5, 0.1), ("good", 0.3, 0.2),
    ],
    columns=["review", "yi", "vi"],
)  # fmt: skip


def test_a_row_that_cannot_be_pooled_says_so_and_harms_no_other() -> None:
    pooled = mk.pool_many(BAD, by="review")
    status = dict(zip(pooled["review"].fillna("?"), pooled["status"], strict=True))
    assert status == {
        "one study": "ONE_STUDY",
        "two studies": "OK",
        "blank": "MISSING",
        "nothing": "NO_STUDIES MISSING",
        "zero": "ZERO_VARIANCE",
        "negative": "NEGATIVE_VARIANCE",
        "infinite": "ONE_STUDY INFINITE_EFFECT INFINITE_VARIANCE",
        "?": "MISSING_KEY",
        "beyond": "NOT_CONVERGED",
        "good": "OK",
    }
    good = BAD[BAD["review"] == "good"]
    alone = mk.pool(mk.effects_from(good["yi"], vi=good["vi"], study=list("abc")))
    assert_row(pooled.set_index("review").loc["good"], alone)
    unanswered = pooled[pooled["status"].str.contains("MISSING_KEY|NO_STUDIES|NOT_CONVERGED")]
    assert len(unanswered) == 3
    assert unanswered[["estimate", "ci_low", "tau2", "Q", "I2"]].isna().all(axis=None)


def test_what_is_left_out_is_left_out_as_pool_leaves_it_out() -> None:
    blank = BAD[BAD["review"] == "blank"]
    row = mk.pool_many(blank, by="review").iloc[0]
    assert (row["k"], row["left_out"]) == (3, 1)
    assert_row(row, mk.pool(mk.effects_from(blank["yi"], vi=blank["vi"], study=list("abcd"))))


@pytest.mark.parametrize("columns", [("se",), ("ci_low", "ci_high")])
def test_standard_errors_or_limits_stand_for_variances(columns: tuple[str, ...]) -> None:
    studies = table(40)
    z = 1.959963984540054  # the normal quantile of 0.975
    se = np.sqrt(studies["vi"])
    given = {"se": se, "ci_low": studies["yi"] - z * se, "ci_high": studies["yi"] + z * se}
    other = studies.drop(columns="vi").assign(**{name: given[name] for name in columns})
    one, same = (mk.pool_many(frame, by=["review", "outcome"]) for frame in (studies, other))
    # A variance squared from its root, or from limits, is off by a few parts in 1e16; near-flat roots magnify that.
    np.testing.assert_allclose(same["estimate"], one["estimate"], rtol=1e-8, atol=1e-9)
    assert (same["status"] == one["status"]).all()


def test_the_weights_of_the_studies_come_where_they_are_asked_for(tmp_path: Path) -> None:
    pooled = mk.pool_many(BAD, by="review", study_weights=True, out=tmp_path / "pooled.parquet")
    weights = pd.read_parquet(pooled).set_index("review")["weights"]
    for review in ("blank", "one study", "two studies", "good"):
        one = BAD[BAD["review"] == review]
        alone = mk.pool(mk.effects_from(one["yi"], vi=one["vi"], study=[str(at) for at in range(len(one))]))
        kept = alone.weights[one["yi"].notna().to_numpy()]
        np.testing.assert_allclose(weights[review], kept, rtol=1e-10)  # as in `assert_row`
    assert weights["nothing"] is None
    with pytest.raises(mk.ModelError, match="parquet"):
        mk.pool_many(BAD, by="review", study_weights=True, out=tmp_path / "pooled.csv")


def test_a_negative_standard_error_and_limits_around_nothing_say_so() -> None:
    by_error = pd.DataFrame({"r": [1, 1, 1], "yi": [0.1, 0.2, 0.3], "se": [-0.1, 0.1, 0.1]})
    by_limits = pd.DataFrame({"r": 1, "yi": [0.1, 0.2, 9.0], "ci_low": 0.0, "ci_high": 0.4})
    assert mk.pool_many(by_error, by="r")["status"].tolist() == ["NEGATIVE_VARIANCE"]
    assert mk.pool_many(by_limits, by="r")["status"].tolist() == ["NOT_ESTIMABLE"]


def test_the_same_study_twice_in_a_meta_analysis_is_refused_there_only() -> None:
    studies = pd.DataFrame({"r": [1, 1, 2, 2], "study": list("aaab"), "yi": [0.1, 0.2, 0.1, 0.2], "vi": 0.1})
    for index in (range(4), [0, 0, 0, 0]):
        pooled = mk.pool_many(studies.set_axis(list(index)), by="r")
        assert pooled["status"].tolist() == ["SAME_STUDY_TWICE", "OK"]
        assert np.isnan(pooled["estimate"][0])


def test_an_empty_table_gives_an_empty_table_of_the_same_columns() -> None:
    empty = mk.pool_many(BAD.iloc[:0], by="review")
    assert (len(empty), list(empty.columns)) == (0, ["review", *COLUMNS])


def test_all_that_is_wrong_with_a_table_is_said_before_anything_is_pooled() -> None:
    with pytest.raises(mk.StudyDataError) as missing:
        mk.pool_many(pd.DataFrame({"yy": [1.0], "n_e": [3]}), by=["review", "outcome"])
    assert [problem.column for problem in missing.value.problems] == ["review", "outcome", "yi", "vi"]
    words = pd.DataFrame({"r": [1, 1], "yi": [0.1, "n/a"], "vi": ["0,2", "x"]})
    words["vi"] = words["vi"].astype(object)
    with pytest.raises(mk.StudyDataError) as wrong:
        mk.pool_many(words, by="r")
    assert [(one.cell, one.column, one.raw) for one in wrong.value.problems] == [
        ("row 2", "yi", "n/a"),
        ("row 1", "vi", "0,2"),
        ("row 2", "vi", "x"),
    ]


@pytest.mark.parametrize("values", [[True, False], pd.to_datetime(["2020-01-01", "2021-01-01"]), ["a", "b"]])
def test_a_column_of_another_type_is_no_column_of_numbers(values: Sequence[object]) -> None:
    with pytest.raises(mk.StudyDataError, match="MK-T07"):
        mk.pool_many(pd.DataFrame({"r": [1, 1], "yi": values, "vi": 0.1}), by="r")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"by": []}, "names no column"),
        ({"by": "k"}, "rename"),
        ({"by": "review", "weights": [1, 2]}, "one list cannot fit"),
        ({"by": "review", "metod": "DL"}, "metod"),
        ({"by": "review", "method": "MH"}, "event_e"),
        ({"by": "review", "zero_cells": mk.continuity_correction(to="all if any")}, "one meta-analysis at a time"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(mk.MetaError, match=message):
        mk.pool_many(BAD, **options)

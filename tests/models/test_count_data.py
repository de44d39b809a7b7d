import numpy as np
import pytest

from metak2.effects.front import effects_from
from metak2.errors import ModelError, StudyDataError
from metak2.models.count_data import count_data, counts_of
from metak2.studies.table import StudyTable

COUNTS = {"event_e": [0, 2], "n_e": [20, 21], "event_c": [0, 9], "n_c": [19, 19]}


def test_the_columns_say_what_kind_of_counts_they_are() -> None:
    assert count_data(**COUNTS).measure == "OR"
    assert count_data(event_e=[1], time_e=[10.5], event_c=[2], time_c=[9.0]).measure == "IRR"
    assert count_data(event=[1], n=[10]).measure == "PLO"
    assert count_data(event=[1], person_time=[10.5]).measure == "IRLN"


def test_every_impossible_count_is_named_at_once() -> None:
    with pytest.raises(StudyDataError) as caught:
        count_data(study=["A", "B"], event_e=[1.5, 30], n_e=[20, 21], event_c=[-1, 9], n_c=[19, 0])
    message = str(caught.value)
    for part in ("MK-C02  A  event_e", "MK-C07  B  event_e  30 events among 21", "A  event_c  -1", "MK-C04  B  n_c"):
        assert part in message


def test_time_need_not_be_whole_but_must_pass() -> None:
    assert count_data(event=[3], person_time=[10.25]).exposure.tolist() == [[10.25]]
    with pytest.raises(StudyDataError, match="0 is not a length of time"):
        count_data(event=[3], person_time=[0])


def test_columns_of_unequal_length_and_of_no_known_kind_are_refused() -> None:
    with pytest.raises(ModelError, match="one number per study"):
        count_data(event=[1, 2], n=[10])
    with pytest.raises(ModelError, match="needs counts"):
        count_data(mean_e=[1.0])


def test_a_trial_without_events_is_empty_and_so_is_one_with_events_only() -> None:
    data = count_data(event_e=[0, 5, 1], n_e=[10, 5, 9], event_c=[0, 4, 0], n_c=[11, 4, 9])
    assert data.empty.tolist() == [True, True, False]
    assert data.take(~data.empty).study == ("study 3",)


def test_a_study_table_yields_its_counts_and_its_blanks_stay_out() -> None:
    table = StudyTable(
        source="made up",
        kind="counts",
        study=("A", "B", "C"),
        columns={name: np.array([*values, np.nan]) for name, values in COUNTS.items()},
        cells={},
    )
    data = counts_of(table)
    assert data.study == ("A", "B")
    assert data.excluded == ("not reported",)
    assert data.events.tolist() == [[0.0, 0.0], [2.0, 9.0]]


def test_effects_without_counts_are_refused() -> None:
    with pytest.raises(ModelError, match="needs counts"):
        counts_of(effects_from([0.1], study=["A"], se=[0.2]))

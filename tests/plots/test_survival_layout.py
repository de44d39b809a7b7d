"""Kaplan–Meier percentages as a picture: what is known, and what is only reconstructed."""

import numpy as np
import pytest

from metak2.errors import ModelError, StudyDataError
from metak2.plots.survival import survival_plot
from metak2.plots.survival_layout import survival_layout
from metak2.studies.table import StudyTable
from tests.effects.made_up import study_table, trials


def table(percent_e: list[float], percent_c: list[float], direction: str = "event", studies: int = 1) -> StudyTable:
    times = ["12 months", "2 years", "36 months"]
    return study_table(
        "percentages",
        [f"T{one}, {time}" for one in range(studies) for time in times],
        key=[f"T{one}" for one in range(studies) for _ in times],
        time=times * studies,
        direction=[direction] * 3 * studies,
        n_e=[32.0] * 3 * studies,
        n_c=[29.0] * 3 * studies,
        percent_e=percent_e * studies,
        percent_c=percent_c * studies,
        arm_e=["MK-4"] * 3 * studies,
        arm_c=["control"] * 3 * studies,
    )


def test_the_points_are_the_printed_percentages_as_freedom_from_the_event() -> None:
    panel = survival_layout(table([12.5, 39.0, 64.3], [55.2, 83.2, 91.6])).panels[0]
    treated = [(disc.x, disc.y) for disc in panel.discs if disc.shape == "disc"]
    # 100 less the percentages of Mizuta 2006 with the event; the subtraction rounds
    assert np.ravel(treated) == pytest.approx([12, 87.5, 24, 61.0, 36, 35.7], rel=1e-12)
    turned = survival_layout(table([87.5, 61.0, 35.7], [44.8, 16.8, 8.4], "event-free")).panels[0]
    assert np.ravel([(disc.x, disc.y) for disc in turned.discs]) == pytest.approx(
        np.ravel([(disc.x, disc.y) for disc in panel.discs]), rel=1e-12
    )


def test_what_lies_between_the_points_is_dashed_from_everybody_at_the_start() -> None:
    panel = survival_layout(table([12.5, 39.0, 64.3], [55.2, 83.2, 91.6])).panels[0]
    assert all(stroke.dashed for stroke in panel.strokes)
    assert [stroke.points[0] for stroke in panel.strokes] == [(0.0, 100.0)] * 2


def test_numbers_at_risk_are_people_times_percentages_and_marked_as_reconstructed() -> None:
    chart = survival_layout(table([12.5, 39.0, 64.3], [55.2, 83.2, 91.6]))
    words = [one.text for one in chart.panels[0].words]
    assert words[0] == "At risk, reconstructed"
    # 32 x (1, 0.875, 0.61, 0.357) and 29 x (1, 0.448, 0.168, 0.084), to whole people
    assert words[1:11] == ["MK-4", "32", "28", "20", "11", "control", "29", "13", "5", "2"]
    assert "reconstructed" in chart.alt
    assert "nobody censored" in chart.footer[0]


def test_several_studies_stand_two_in_a_row() -> None:
    chart = survival_layout(table([10.0, 20.0, 30.0], [15.0, 30.0, 45.0], studies=5))
    assert len({panel.left for panel in chart.panels}) == 2
    assert len({panel.bottom for panel in chart.panels}) == 3
    assert len({(panel.left, panel.bottom) for panel in chart.panels}) == 5


def test_a_curve_that_turns_back_is_refused_with_its_cell() -> None:
    with pytest.raises(StudyDataError, match="MK-P06"):
        survival_layout(table([40.0, 39.0, 64.3], [55.2, 83.2, 91.6]))


def test_counts_are_no_curve() -> None:
    with pytest.raises(ModelError, match="needs a table of percentages"):
        survival_plot(trials([("A", 1, 10, 2, 10)]))

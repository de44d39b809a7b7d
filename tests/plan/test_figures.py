"""The key `figures` of a plan: what it draws, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import PlanError, StudyDataError
from metak2.plan.figures import OF_POOLED
from metak2.plan.keys import FIGURES
from metak2.plan.run import run_plan
from metak2.plan.schema import read_plan
from metak2.report.figures import TITLES
from tests.studies.conftest import write_book

__all__ = ["write_book"]

Writer = Callable[..., Path]
COUNTS = [
    ["study", "outcome", "time", "arm", "events", "total"],
    *(
        [study, "death", "1 year", arm, events, 50]
        for study, two in {"A": (4, 9), "B": (6, 7), "C": (3, 10), "D": (5, 12)}.items()
        for arm, events in zip(("K2", "none"), two, strict=True)
    ),
]
BIAS = [
    ["study", "outcome", "tool", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "overall"],
    ["A", "death", "RoB 2", "low", "low", "low", "low", "low", None, None, "low"],
    ["B", "death", "RoB 2", "high", "low", "low", "low", "low", None, None, "high"],
    ["C", "death", "RoB 2", None, None, None, None, None, None, None, None],
    ["D", "death", "RoB 2", "low", "low", "low", "low", "low", None, None, "low"],
    ["A", "cancer", "RoB 2", "high", "high", "high", "high", "high", None, None, "high"],
]
FLOW = [["stage", "count"], ["screened", 40], ["excluded", 30], ["assessed", 10], ["included_studies", 4]]
BOOK_PLAN = """\
title = "Vitamin K2 and death"
studies = { file = "datasets/k2/k2.xlsx", outcome = "death", experimental = "K2", control = "none" }
measure = "RR"
"""


def figures(path: Path) -> list[str]:
    return [picture.name for picture in run_plan(path).pictures]


def test_every_name_has_a_title_and_a_way_to_be_drawn() -> None:
    assert set(FIGURES) <= set(TITLES)
    assert set(FIGURES) - set(OF_POOLED) == {"labbe", "labbe-log", "risk-of-bias", "risk-of-bias-summary", "prisma"}


def test_figures_of_the_pooled_effect_stand_in_the_report_in_the_order_asked_for(write_plan: Writer) -> None:
    asked = [*OF_POOLED, "labbe-log", "labbe"]
    report = run_plan(write_plan(f"figures = {asked}\n"))
    drawn = [picture.name for picture in report.pictures]
    assert drawn[-len(asked) :] == [f"primary-{name}" for name in asked]
    captions = {picture.name: picture.caption for picture in report.pictures}
    assert captions["primary-labbe"] == "L'Abbé plot: Vitamin K2 and fracture."


def test_an_unknown_figure_is_refused_with_the_nearest_and_one_asked_for_twice(write_plan: Writer) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(write_plan('figures = ["labe", "radial", "radial", "hologram"]\n'))
    first, second, third = error.value.problems
    assert first.startswith("figures: 'labe' is not known; did you mean \"labbe\"? allowed: labbe")
    assert second.startswith("figures: 'hologram' is not known; allowed: labbe, labbe-log, radial, baujat")
    assert third == "figures: 'radial' stands twice"


def test_all_figures_that_cannot_be_drawn_are_told_at_once(write_plan: Writer) -> None:
    path = write_plan('figures = ["radial", "labbe", "qq"]\n[primary]\npool = false\n')
    with pytest.raises(PlanError) as error:
        run_plan(path)
    assert error.value.problems == (
        'primary: figures: "radial": needs a pooled primary analysis',
        'primary: figures: "qq": needs a pooled primary analysis',
    )


def test_the_sheets_of_the_workbook_give_risk_of_bias_and_the_flow(
    write_plan: Writer, write_book: Writer, project: Path
) -> None:
    book = write_book({"binary": COUNTS, "risk_of_bias": BIAS, "flow": FLOW})
    (project / "datasets" / "k2" / "k2.xlsx").write_bytes(book.read_bytes())
    path = write_plan('figures = ["risk-of-bias", "risk-of-bias-summary", "prisma"]\n', base=BOOK_PLAN)
    report = run_plan(path)
    light, summary, flow = report.pictures[-3:]
    assert "Overall, of 4 results: low in 2, high in 1, not assessed in 1." in light.drawing.alt
    assert "Per cent of the weight in the pooled risk ratio." in summary.drawing.alt
    assert flow.drawing.alt.startswith("PRISMA 2020 flow diagram of a new review: Records identified (n")
    assert flow.drawing.data()["notes"] == ["The flow diagram lacks: identified, excluded reports"]


def test_judgements_of_two_tools_are_two_figures(write_plan: Writer, write_book: Writer, project: Path) -> None:
    rows = [*BIAS[:3], ["C", "death", "ROBINS-I", *["moderate"] * 7, "serious"], BIAS[4]]
    book = write_book({"binary": COUNTS, "risk_of_bias": rows})
    (project / "datasets" / "k2" / "k2.xlsx").write_bytes(book.read_bytes())
    names = figures(write_plan('figures = "risk-of-bias"\n', base=BOOK_PLAN))
    assert names[-2:] == ["primary-risk-of-bias-rob-2", "primary-risk-of-bias-robins-i"]


def test_a_flow_that_does_not_add_up_stops_the_report(write_plan: Writer, write_book: Writer, project: Path) -> None:
    book = write_book({"binary": COUNTS, "flow": [*FLOW[:3], ["assessed", 11], FLOW[4]]})
    (project / "datasets" / "k2" / "k2.xlsx").write_bytes(book.read_bytes())
    with pytest.raises(StudyDataError, match=r"flow!B4 .* assessed is 11, but screened less excluded is 10"):
        run_plan(write_plan('figures = ["prisma"]\n', base=BOOK_PLAN))


def test_the_influence_design_brings_its_figure_once(write_plan: Writer) -> None:
    design = '[[sensitivity]]\ndesign = "influence"\n'
    for more in (design, f'figures = ["influence"]\n{design}'):
        assert figures(write_plan(more)).count("primary-influence") == 1

"""The PRISMA 2020 flow diagram: its wording, its arithmetic, its boxes and arrows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import StudyDataError
from metak2.plots.chart_marks import Chart
from metak2.plots.flow import prisma
from metak2.plots.flow_layout import flow_layout
from metak2.studies.formats.flow import Flow, read_flow
from metak2.studies.read import open_book

WriteBook = Callable[..., Path]
Rows = list[list[object]]
HEAD = ["stage", "count", "reason"]
SEARCH: Rows = [
    ["databases", 120, "MEDLINE"],
    ["databases", 80, "Embase"],
    ["registers", 20, None],
    ["Duplicate records removed", 50, None],
    ["automation", 10, None],
    ["Records removed for other reasons", 5, None],
    ["Records screened", 155, None],
    ["Records excluded", 105, None],
    ["Reports sought for retrieval", 50, None],
    ["Reports not retrieved", 5, None],
    ["Reports assessed for eligibility", 45, None],
    ["Reports excluded", 30, "wrong population"],
    ["Reports excluded", 6, "no control"],
]
NEW: Rows = [*SEARCH, ["Studies included in review", 8, None], ["Reports of included studies", 9, None]]
UPDATED: Rows = [
    *SEARCH,
    ["Websites", 4, None],
    ["Citation searching", 12, None],
    ["other_sought", 16, None],
    ["other_not_retrieved", 1, None],
    ["other_assessed", 15, None],
    ["other_excluded_reports", 12, "wrong design"],
    ["New studies included in review", 10, None],
    ["Reports of new included studies", 12, None],
    ["Studies included in previous version of review", 20, None],
    ["Reports of studies included in previous version of review", 25, None],
    ["Total studies included in review", 30, None],
    ["Reports of total included studies", 37, None],
]


@pytest.fixture
def flow_of_rows(write_book: WriteBook) -> Callable[[Rows], Flow]:
    def made(rows: Rows) -> Flow:
        flow = read_flow(open_book(write_book({"flow": [HEAD, *rows]})))
        assert flow is not None
        return flow

    return made


def texts(chart: Chart) -> str:
    return " ".join(words.text for words in chart.panels[0].words).replace("\u202f", " ")


def changed(rows: Rows, stage: str, count: object) -> Rows:
    return [[row[0], count, row[2]] if row[0] == stage else row for row in rows]


def test_a_new_review_has_the_boxes_of_the_template(flow_of_rows: Callable[[Rows], Flow]) -> None:
    chart = flow_layout(flow_of_rows(NEW))
    shown = texts(chart)
    for words in (
        "Identification of studies via databases and registers",
        "Records identified from: Databases (n = 200) MEDLINE (n = 120) Embase (n = 80) Registers (n = 20)",
        "Records removed before screening: Duplicate records removed (n = 50)",
        "Records screened (n = 155)",
        "Reports excluded (n = 36): wrong population (n = 30) no control (n = 6)",
        "Studies included in review (n = 8) Reports of included studies (n = 9)",
    ):
        assert words in shown
    assert "revious" not in shown
    assert "other methods" not in shown
    assert chart.notes == ()


def test_an_update_shows_the_previous_version_other_methods_and_totals(flow_of_rows: Callable[[Rows], Flow]) -> None:
    shown = texts(flow_layout(flow_of_rows(UPDATED)))
    for words in (
        "Previous studies",
        "Identification of new studies via other methods",
        "Records identified from: Websites (n = 4) Citation searching (n = 12)",
        "New studies included in review (n = 10)",
        "Total studies included in review (n = 30)",
        "Reports of total included studies (n = 37)",
    ):
        assert words in shown


def test_arrows_join_each_box_to_the_next(flow_of_rows: Callable[[Rows], Flow]) -> None:
    new, updated = (flow_layout(flow_of_rows(rows)).panels[0] for rows in (NEW, UPDATED))
    # 4 down from identified to included, 4 aside; the update: 2 down and 2 aside more, the total, two joining
    assert len(new.strokes) == len(new.areas) == 4 + 4
    assert len(updated.strokes) == len(updated.areas) == 5 + 4 + 2 + 2 + 2


def test_boxes_do_not_touch_and_hold_their_lines(flow_of_rows: Callable[[Rows], Flow]) -> None:
    panel = flow_layout(flow_of_rows(UPDATED)).panels[0]
    boxes = [bar for bar in panel.bars if bar.tone == "white"]
    for at, one in enumerate(boxes):
        assert 0 < one.left < one.right < panel.width
        for other in boxes[at + 1 :]:
            apart = one.right < other.left or other.right < one.left or one.top < other.bottom or other.top < one.bottom
            assert apart
    for words in panel.words:
        if not words.bold:
            assert any(b.left < words.x < b.right and b.bottom < words.y < b.top - 5 for b in boxes)


@pytest.mark.parametrize(
    "rows, stage, count, told",
    [
        (NEW, "Records screened", 150, "screened is 150, but identified less removed is 155"),
        (NEW, "Reports sought for retrieval", 51, "sought is 51, but screened less excluded is 50"),
        (NEW, "Reports of included studies", 10, "included_reports is 10, but assessed less excluded reports is 9"),
        (UPDATED, "other_assessed", 14, "other_assessed is 14, but other sought less other not retrieved is 15"),
        (UPDATED, "other_sought", 17, "other_sought is 17, but the most that other methods identified is 16"),
        (
            UPDATED,
            "Total studies included in review",
            31,
            "total_studies is 31, but the sum of previous and new ones is 30",
        ),
    ],
)
def test_numbers_that_do_not_add_up_are_refused_with_their_cell(
    flow_of_rows: Callable[[Rows], Flow], rows: Rows, stage: str, count: int, told: str
) -> None:
    wrong = changed(rows, stage, count)
    with pytest.raises(StudyDataError) as error:
        flow_layout(flow_of_rows(wrong))
    row = [line[0] for line in wrong].index(stage) + 2
    assert (f"flow!B{row}", told) in [(problem.cell, problem.message) for problem in error.value.problems]


def test_every_wrong_count_is_told_at_once(flow_of_rows: Callable[[Rows], Flow]) -> None:
    wrong = changed(changed(NEW, "Records screened", 150), "Reports of included studies", 20)
    with pytest.raises(StudyDataError) as error:
        flow_layout(flow_of_rows(wrong))
    assert {problem.cell for problem in error.value.problems} == {"flow!B8", "flow!B10", "flow!B16"}


def test_a_box_that_the_diagram_does_not_have_is_refused(write_book: WriteBook) -> None:
    path = write_book({"flow": [HEAD, *NEW, ["Records screend", 3, None]]})
    with pytest.raises(StudyDataError, match=r"MK-R10  flow!B17 .* did you mean \"records screened\""):
        prisma(path)


def test_records_of_other_sources_without_a_way_of_their_own_are_screened(flow_of_rows: Callable[[Rows], Flow]) -> None:
    rows: Rows = [
        ["databases", 120, None], ["other_sources", 3, None], ["duplicates", 23, None], ["screened", 100, None],
        ["excluded", 90, None], ["assessed", 10, None], ["excluded_reports", 4, None], ["included_reports", 6, None],
    ]  # fmt: skip
    chart = flow_layout(flow_of_rows(rows))
    shown = texts(chart)
    assert "Other sources (n = 3)" in shown
    assert "Studies included in review (n not given)" in shown
    assert chart.notes == ("The flow diagram lacks: included studies",)


def test_a_workbook_without_a_flow_says_so(write_book: WriteBook, two_trials: list[list[object]]) -> None:
    with pytest.raises(StudyDataError, match='no sheet "flow"'):
        prisma(write_book({"binary": two_trials}))


def test_the_diagram_is_drawn_the_same_twice_and_tells_its_numbers(write_book: WriteBook) -> None:
    path = write_book({"flow": [HEAD, *UPDATED]})
    drawing = prisma(path, title="Flow")
    assert drawing.svg() == prisma(path, title="Flow").svg()
    assert drawing.alt.startswith("PRISMA 2020 flow diagram of an updated review: ")
    assert "Total studies included in review" in drawing.alt

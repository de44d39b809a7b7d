"""Published reviews side by side: never pooled, marked where they hold trials that are retracted or under concern."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

import metak2 as mk

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report() -> mk.Report:
    return mk.run_plan(ROOT / "analyses/k2_reviews.toml")


def comparisons(report: mk.Report) -> list[dict[str, Any]]:
    """The results of the questions, without those of the citation matrices."""
    return [result for result in report.results.values() if isinstance(result, dict)]


@pytest.mark.parametrize(
    "fact",
    [
        "never pooled",
        "went from 0.23 (0.12 to 0.47) to 0.30 (0.05 to 1.74)",
        "based on only 3 events",
        "clinical fracture 0.72 to 0.74, vertebral fracture 0.96 to 0.98",
    ],
)
def test_the_opening_says_what_became_of_the_reviews_without_doubtful_trials(report: mk.Report, fact: str) -> None:
    assert fact in next(block.text for block in report.blocks if isinstance(block, mk.Paragraph))


def test_nothing_is_pooled_and_no_diamond_is_drawn(report: mk.Report) -> None:
    primaries = [result["primary"] for result in comparisons(report)]
    assert all(isinstance(primary, mk.Unpooled) for primary in primaries)
    plots = [picture for picture in report.pictures if "-forest" in picture.name]
    drawn = [row for picture in plots for row in picture.drawing.data()["rows"]]  # type: ignore[attr-defined] # drawing data are plain JSON
    assert {row["kind"] for row in drawn} <= {"study", "excluded"}


def test_every_row_with_an_interval_is_drawn_somewhere(report: mk.Report) -> None:
    sheet = openpyxl.load_workbook(ROOT / "datasets/k2_reviews/k2_reviews.xlsx")["effects"]
    heads = [str(cell.value) for cell in sheet[1]]
    rows = [dict(zip(heads, values, strict=True)) for values in sheet.iter_rows(min_row=2, values_only=True)]
    printed = {(row["study"], row["outcome"]) for row in rows if row["ci_low"] is not None}
    tables = [result["primary"].effects for result in comparisons(report)]
    found = {
        (key, outcome)
        for effects in tables
        for key, outcome in zip(effects.words("key"), effects.words("outcome"), strict=True)
    }
    names = {study for effects in tables for study in effects.study}
    missing = {(s, o) for s, o in printed if not any(o == outcome for _, outcome in found)}
    assert missing == set()
    assert {s for s, _ in printed} <= {name.split(",")[0] for name in names} | names


def test_reviews_with_trials_of_concern_are_marked(report: mk.Report) -> None:
    for table in (block for block in report.blocks if isinstance(block, mk.Table) and block.caption == "Studies"):
        heads = [column.title for column in table.columns]
        assert heads[-2:] == ["Contains retracted", "Contains trials of concern"]
        marked = {row[0]: row[-1] for row in table.rows}
        assert all(
            said == "yes"
            for name, said in marked.items()
            if name.partition(",")[0] == "Mott 2019" and "corrected" not in name
        )


def test_a_row_of_another_measure_shows_what_it_reports(report: mk.Report) -> None:
    rows = [row for b in report.blocks if isinstance(b, mk.Table) and b.caption == "Studies" for row in b.rows]
    assert ("Su 2019", "RR 0.87", "0.64 to 1.20", "reported as RR") in {row[:4] for row in rows}
    assert not [row for row in rows if "not estimable" in row]

"""Text for the manuscript and the PRISMA 2020 checklist: every reference is used, every place exists."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import metak2 as mk
from metak2.errors import PlanError, UnknownOptionError
from metak2.plan.run import run_plan
from metak2.report.blocks import Heading, Paragraph, References, Table
from metak2.report.canonical_json import canonical_json
from metak2.report.formats import FORMATS
from metak2.report.prisma_checklist import BY_PEOPLE, CAPTION, IN_PART, SECTION
from metak2.report.prisma_items import ITEMS
from metak2.report.report import Report, rendered, results_json
from metak2.report.results_schema import results_schema
from metak2.report.text_gate import text_differences
from tests.effects.made_up import counts
from tests.report.readers import docx_lines, html_lines, pdf_text, xlsx_tables

HERE = "in this report"
ROOT = Path(__file__).parents[2]
PLAN = """
title = "{title}"
about = "BCG against no vaccination, and tuberculosis"
measure = "RR"
studies = {{ file = "{file}", outcome = "tuberculosis", experimental = "BCG", control = "no vaccination" }}
manuscript = true
prisma_checklist = true
columns = {{ alloc = "Allocation" }}
[[sensitivity]]
method = "DL"
[[sensitivity]]
label = "Odds ratio"
measure = "OR"
[[sensitivity]]
design = "leave-one-out"
[[subgroups]]
by = "alloc"
[[regression]]
moderators = ["ablat"]
[[absolute]]
baseline_risk = 0.016
horizon = "ten years"
[grade]
outcome = "tuberculosis"
intervention = "BCG"
imprecision = {{ judgement = "not serious", reason = "Many people." }}
"""
ITEM_NUMBERS = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10a", "10b", "11", "12", "13a", "13b",
    "13c", "13d", "13e", "13f", "14", "15", "16a", "16b", "17", "18", "19", "20a", "20b", "20c", "20d",
    "21", "22", "23a", "23b", "23c", "23d", "24a", "24b", "24c", "25", "26", "27",
]  # fmt: skip
"""Page et al. 2021, BMJ 372:n71, table 1."""


def planned(folder: Path, title: str = "BCG: a systematic review") -> Report:
    file = (ROOT / "datasets/bcg/bcg.xlsx").as_posix()
    (folder / "bcg.toml").write_text(PLAN.format(title=title, file=file))
    return run_plan(folder / "bcg.toml")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return planned(tmp_path_factory.mktemp("bcg"))


@pytest.fixture(scope="module")
def checklist(report: Report) -> Table:
    (found,) = [block for block in report.blocks if isinstance(block, Table) and block.caption == CAPTION]
    return found


@pytest.fixture(scope="module")
def files(report: Report) -> dict[str, bytes]:
    return rendered(report, formats=FORMATS)


def text_below(report: Report, heading: str) -> str:
    """The paragraphs between a heading and the next."""
    at = report.blocks.index(Heading(heading, 3)) + 1
    told = []
    for block in report.blocks[at:]:
        if isinstance(block, Heading):
            break
        assert isinstance(block, Paragraph)
        told.append(block.text)
    return "\n".join(told)


def test_the_checklist_has_the_27_items_of_prisma_in_their_42_parts(checklist: Table) -> None:
    assert [item.number for item in ITEMS] == ITEM_NUMBERS
    assert [row[0].split()[0] for row in checklist.rows] == ITEM_NUMBERS
    assert len({number.rstrip("abcdef") for number in ITEM_NUMBERS}) == 27


@pytest.mark.parametrize(
    "number, status",
    [
        ("1", HERE), ("2", BY_PEOPLE), ("4", IN_PART), ("7", BY_PEOPLE), ("9", IN_PART), ("12", HERE), ("13d", IN_PART),
        ("13e", HERE), ("13f", HERE), ("14", IN_PART), ("16a", BY_PEOPLE), ("18", BY_PEOPLE), ("19", HERE),
        ("20b", HERE), ("20c", HERE), ("20d", HERE), ("21", IN_PART), ("22", IN_PART), ("25", BY_PEOPLE),
        ("27", IN_PART),
    ],
)  # fmt: skip
def test_each_part_says_who_answers_it(checklist: Table, number: str, status: str) -> None:
    (row,) = [row for row in checklist.rows if row[0].split()[0] == number]
    found = BY_PEOPLE if row[2] == BY_PEOPLE else IN_PART if IN_PART in row[2] else HERE
    assert found == status


def test_a_title_that_does_not_say_systematic_review_waits_for_a_person(tmp_path: Path) -> None:
    blocks = planned(tmp_path, title="BCG").blocks
    (table,) = [block for block in blocks if isinstance(block, Table) and block.caption == CAPTION]
    assert table.rows[0][2] == BY_PEOPLE


class Page(HTMLParser):
    """The ids of a page and what stands at each: its tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id")
        if name:
            assert name not in self.ids
            self.ids[name] = tag


def test_every_link_of_the_checklist_leads_to_what_it_names(checklist: Table, files: dict[str, bytes]) -> None:
    ids = Page(files["report.html"].decode()).ids
    tags = {"table": "caption", "figure": "figure", "section": "h3", "sentence": "h3", "title": "main"}
    assert checklist.links
    for (row, column), link in checklist.links.items():
        kind = link.hover.split()[0]
        found = ids[link.target]
        assert column == 2
        assert found == tags[kind] or (kind in {"section", "sentence"} and found in {"h2", "h3", "main"}), row


def test_what_the_checklist_quotes_stands_in_the_report(report: Report, checklist: Table) -> None:
    texts = [block.text for block in report.blocks if isinstance(block, Paragraph)]
    quotes = [quote for row in checklist.rows for quote in re.findall(r"entence “(.+?)(?: …)?”", row[2])]
    assert len(quotes) > 10
    for quote in quotes:
        assert any(quote in text for text in texts), quote


def test_methods_cite_their_references_by_number_and_every_reference_is_cited(report: Report) -> None:
    methods = text_below(report, "Methods text")
    lists = [block.items for block in report.blocks if isinstance(block, References)]
    listed = lists[-1]
    for words, paper in (
        ("risk ratio", "Greenland & Robins 1985"),
        ("random effects, REML", "Viechtbauer 2005"),
        ("Small-study effects were sought by Harbord's test", "Harbord, Egger & Sterne 2006"),
        ("Meta-regression on ablat", "Thompson & Higgins 2002"),
        ("judged by GRADE", "Balshem et al. 2011"),
    ):
        sentence = methods[methods.index(words) :].split("].", 1)[0]
        numbers = [int(number) for number in re.findall(r"\d+", sentence.rsplit("[", 1)[1])]
        assert any(paper in listed[number - 1] for number in numbers), words
    everywhere = methods + "".join(block.text for block in report.blocks if isinstance(block, Paragraph))
    cited = {int(n) for found in re.findall(r"\[([\d, ]+)\]", everywhere) for n in found.split(", ")}
    assert cited == set(range(1, len(listed) + 1))


def test_methods_name_measure_model_zero_cells_intervals_and_software(report: Report) -> None:
    methods = text_below(report, "Methods text")
    for words in (
        "risk ratio", "Where a cell is empty", "random effects, REML", "Hartung–Knapp", "Q-profile", "I² is taken",
        "Prediction intervals", "Subgroups by Allocation", "Sensitivity analyses", "leave-one-out",
        f"Software: metak2 {mk.__version__}.",
    ):  # fmt: skip
        assert words in methods, words


def test_results_tell_people_events_and_the_ranges_of_what_was_tried(report: Report) -> None:
    results = text_below(report, "Results text")
    # 2 × 2 tables of Colditz et al. 1994 (dat.bcg): 13 trials, 357,347 people, 975 + 1,600 cases of tuberculosis
    assert results.startswith("13 studies (357,347 people, 2,575 events) were pooled.")
    for words in (
        "risk ratio 0.49 (95\u202f% CI 0.33 to 0.73), p = 0.0019", "Heterogeneity: τ² = 0.313",
        "In a new setting the true effect", "By Allocation: random: risk ratio", "Test for subgroup differences: Q",
        "In 1 sensitivity analysis", "In other measures: odds ratio", "Leaving out one study at a time",
        "Harbord's test", "At a baseline risk of 16 per 1000",
        "not rated: risk of bias, inconsistency, indirectness and publication bias wait for a person",
    ):  # fmt: skip
        assert words in results, words


def test_every_format_has_the_text_and_the_checklist(report: Report, checklist: Table, files: dict[str, bytes]) -> None:
    first = " ".join(text_below(report, "Results text").splitlines()[0].split())
    row = next(row for row in checklist.rows if row[0].startswith("13d"))
    whole = "".join(" ".join(row).split())
    assert first in html_lines(files["report.html"].decode())
    assert first in docx_lines(files["report.docx"])
    assert "".join(first.split()) in pdf_text(files["report.pdf"])
    assert first in " ".join(files["report.md"].decode().split())
    assert whole in "".join("".join(html_lines(files["report.html"].decode())).split())
    assert whole in "".join("".join(docx_lines(files["report.docx"])).split())
    assert whole in pdf_text(files["report.pdf"])
    assert list(row) in xlsx_tables(files["report.xlsx"])[CAPTION]


def test_the_test_of_asymmetry_that_the_text_tells_of_is_in_the_json(report: Report) -> None:
    found: dict[str, Any] = json.loads(canonical_json(results_json(report)))
    schema = json.loads(results_schema())
    told = found["results"]["primary"]["asymmetry"]
    assert (told["test"], told["k"]) == ("harbord", 13)
    assert list(Draft202012Validator(schema).iter_errors(found)) == []
    told["pval"] = 2
    assert list(Draft202012Validator(schema).iter_errors(found))


def test_a_new_version_alone_is_no_difference_of_the_text() -> None:
    assert list(text_differences("Software: metak2 0.1.0.\nSame.", "Software: metak2 0.2.0.\nSame.")) == []


def test_nothing_is_added_to_a_report_that_does_not_ask_for_it(tmp_path: Path) -> None:
    (tmp_path / "k2.csv").write_text("study,event_e,n_e,event_c,n_c\nA,4,40,8,40\nB,5,40,9,40\n")
    (tmp_path / "k2.toml").write_text('title = "T"\nmeasure = "RR"\nstudies = { file = "k2.csv" }\n')
    headings = [block.text for block in run_plan(tmp_path / "k2.toml").blocks if isinstance(block, Heading)]
    assert not {"For the manuscript", SECTION} & set(headings)


def test_a_script_asks_for_the_sections_by_name() -> None:
    apart = mk.side_by_side(counts([("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40)]), why="They share patients.")
    one = mk.Comparison(name="one", title="One", about="K2 against none", primary=apart)
    made = mk.full_report("T", comparisons=(one,))
    told = mk.for_journal(made, comparisons=(one,), sections=("manuscript",))
    assert "effects are shown side by side and not pooled. They share patients." in text_below(told, "Results text")
    assert SECTION not in {block.text for block in told.blocks if isinstance(block, Heading)}
    with pytest.raises(UnknownOptionError, match="prisma_checklist"):
        mk.for_journal(made, comparisons=(one,), sections=("prisma",))  # type: ignore[arg-type] # that is the mistake


def test_the_switches_of_a_plan_are_yes_or_no(tmp_path: Path) -> None:
    (tmp_path / "k2.toml").write_text('title = "T"\nmeasure = "RR"\nmanuscript = "yes"\nprisma_cheklist = true\n')
    with pytest.raises(PlanError, match='did you mean "prisma_checklist"') as caught:
        run_plan(tmp_path / "k2.toml")
    assert any("must be bool" in problem for problem in caught.value.problems)

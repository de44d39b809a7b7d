"""Where does 0.63 come from? Every number of a report leads back to its cells."""

import re
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

import metak2 as mk
from metak2.report.compose import report as report_on
from metak2.report.report import rendered
from metak2.report.trace import TraceError, trace


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three trials: a number typed as text, a source note, a formula."""
    folder = tmp_path_factory.mktemp("trace")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "trials"
    sheet.append(["study", "event_e", "n_e", "event_c", "n_c"])
    sheet.append(["Ando 2001", "3", 21, 9, 19])
    sheet.append(["Baba 2004", 10, 120, 18, 118])
    sheet.append(["Chiba 2007", 0, 60, 11, 62])
    sheet["B3"].comment = Comment("Table 2, p 345", "extractor")
    book.save(folder / "trials.xlsx")
    effects = mk.effect_sizes(mk.read_studies(folder / "trials.xlsx"), measure="RR")
    made = report_on("Three trials", primary=mk.pool(effects), sensitivity={"MH": mk.pool(effects, method="MH")})
    return made.write(folder / "report")


def test_a_study_s_effect_leads_to_its_cells_as_they_were_typed(report: Path) -> None:
    found = trace(report, "0.30").found[0]  # 3/21 against 9/19: 0.3016
    assert found.where == "primary › primary › studies › Ando 2001 › displayed › estimate"
    assert "trials!B2 “3” (text read as a number) → event_e 3" in found.lines
    assert "trials!E2 “19” → n_c 19" in found.lines
    assert any(line.startswith("yi = LN(ai/(ai+bi))-LN(ci/(ci+di)) = −1.1986957") for line in found.lines)
    assert found.also == ("primary › sensitivity › MH › studies › Ando 2001 › displayed › estimate",)


def test_a_comment_on_the_cell_is_the_source_note_of_the_number(report: Path) -> None:
    lines = trace(report, "0.55").found[0].lines  # 10/120 against 18/118: 0.5463
    assert "trials!B3 “10” (Table 2, p 345) → event_e 10" in lines


def test_an_arm_without_events_says_what_was_added(report: Path) -> None:
    lines = trace(report, "0.04").found[0].lines  # 0.5/61 against 11.5/63: 0.0449
    assert "an arm without events: 0.5 added to the four cells of trials with an empty cell" in lines


def test_the_headline_leads_to_every_study_with_its_weight(report: Path) -> None:
    headline = mk.read_studies(report.parent / "trials.xlsx")
    pooled = mk.pool(mk.effect_sizes(headline, measure="RR"))
    found = trace(report, f"{pooled.displayed.estimate:.4f}").found[0]
    assert found.where == "primary › primary › displayed › estimate"
    assert [line.partition(":")[0] for line in found.lines[1:]] == ["Ando 2001", "Baba 2004", "Chiba 2007"]
    assert "trials!B3 “10” (Table 2, p 345)" in found.lines[2]


def test_a_minus_a_percent_sign_and_half_up_are_read_as_printed(report: Path) -> None:
    assert trace(report, "−1.199").found[0].value == pytest.approx(-1.198696, abs=1e-6)  # log(3/21 / (9/19))
    assert trace(report, f"{weight(report)} %").found == trace(report, weight(report)).found


def weight(report: Path) -> str:
    page = (report / "report.md").read_text(encoding="utf-8")
    found = re.search(r"\| Ando 2001 .*\| ([\d.]+)\u202f% \|", page) or re.search(
        r"\| Ando 2001 .* ([\d.]+)\D+\|", page
    )
    assert found is not None
    return found[1]


def test_a_printed_weight_is_found(report: Path) -> None:
    assert trace(report, weight(report)).found[0].where.endswith("studies › Ando 2001 › weight")


def test_a_number_that_stands_nowhere_is_an_error_that_names_the_nearest(report: Path) -> None:
    with pytest.raises(TraceError, match=r"77\.77 stands nowhere in .*; nearest are "):
        trace(report, "77.77")


@pytest.mark.parametrize("number", ["abc", "", "0.6.3", "1e5", "nan", "--1"])
def test_what_is_no_printed_number_is_refused(report: Path, number: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        trace(report, number)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"results": 3, "origins": {}}', "\x00"])
def test_a_folder_without_a_report_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(TraceError, match="holds no report"):
        trace(tmp_path, "0.63")
    (tmp_path / "results.json").write_text(content, encoding="utf-8")
    with pytest.raises(TraceError, match="holds no report"):
        trace(tmp_path, "0.63")


def test_every_number_of_the_study_table_links_to_its_cells_in_the_page(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    links = re.findall(r'<a class="cell" href="#([^"]+)" title="([^"]+)"><bdi>([^<]+)</bdi></a>', page)
    assert len(links) == 3 * 4  # two arms, effect and interval of three trials
    shown = {text: (target, hover) for target, hover, text in links}
    assert shown["3 / 21"] == ("cells-primary-1", "trials!B2 “3” (text read as a number), trials!C2 “21” → 3 of 21")
    assert shown["10 / 120"][1] == "trials!B3 “10” (Table 2, p 345), trials!C3 “120” → 10 of 120"
    assert "yi = LN(ai/(ai+bi))-LN(ci/(ci+di)) = −1.19870 on the log scale" in shown["0.30"][1]
    ids = set(re.findall(r'<tr id="([^"]+)"', page))
    assert ids == {target for target, _, _ in links} == {f"cells-primary-{row}" for row in (1, 2, 3)}


def test_the_headline_links_to_the_cells_it_rests_on(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<a class="cell" href="#cells-primary-1" title="(Pooled from 3 studies[^"]+)">([^<]+)</a>', page)
    assert found is not None
    assert "Σ wᵢyᵢ / Σ wᵢ, random effects, REML" in found[1]
    assert found[2].startswith("risk ratio ")


def test_a_hostile_cell_stays_text_in_the_hover() -> None:
    studies = mk.read_studies(hostile_frame())
    page = rendered(report_on("T", primary=mk.pool(mk.effect_sizes(studies, measure="RR"))))["report.html"].decode()
    assert "<script" not in page
    assert "row 1, column event_e “3”" in page


def hostile_frame():  # type: ignore[no-untyped-def] # noqa: ANN201 - a pandas DataFrame
    import pandas as pd  # noqa: PLC0415 - this test only

    return pd.DataFrame({
        "study": ['"><script>alert(1)</script>', "B"], "event_e": [3, 4], "n_e": [21, 60], "event_c": [9, 11],
        "n_c": [19, 62],
    })  # fmt: skip

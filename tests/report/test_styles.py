"""One switch, one style in the whole report: and the numbers that are read back are the same."""

import io
import json
import re
from collections.abc import Mapping

import docx
import pytest

from metak2.display.journals import STYLES, journal_style
from metak2.effects.front import effects_from
from metak2.errors import UnknownOptionError
from metak2.models.pool import pool
from metak2.models.subgroups import pool_subgroups
from metak2.report.blocks import Caveat, Paragraph, Table
from metak2.report.comparison import Comparison
from metak2.report.compose import full_report, report
from metak2.report.formats import FORMATS
from metak2.report.report import Report, rendered
from metak2.robustness.leave_one_out import leave_one_out
from tests.plots.factory import AUTHORS, VI, YI, bcg_effects
from tests.report.readers import docx_lines, html_lines, letters_without_a_glyph, missing_glyphs, pdf_text
from tests.report.samples import HOSTILE

NAMES = tuple(STYLES)
NOWHERE = "\U000e0041"  # a tag letter: no font draws it
NUMBER = re.compile(r"[−-]?\d*[.·]?\d+")


def bcg_report(style: str) -> Report:
    primary = pool(bcg_effects())
    with journal_style(style):
        return full_report(
            "BCG vaccine and tuberculosis",
            comparisons=[
                Comparison(
                    name="primary",
                    title="BCG",
                    about="BCG vaccination and tuberculosis",
                    primary=primary,
                    sensitivity={"Mantel–Haenszel": pool(bcg_effects(), method="MH")},
                    subgroups=(pool_subgroups(primary, by="alloc"),),
                    refits=(leave_one_out(primary),),
                )
            ],
        )


@pytest.fixture(scope="module")
def reports() -> Mapping[str, Report]:
    return {name: bcg_report(name) for name in NAMES}


@pytest.fixture(scope="module")
def written(reports: Mapping[str, Report]) -> Mapping[str, Mapping[str, bytes]]:
    return {name: rendered(made, formats=FORMATS) for name, made in reports.items()}


def cells(made: Report, caption: str) -> list[tuple[str, ...]]:
    return list(next(block.rows for block in made.blocks if isinstance(block, Table) and block.caption == caption))


def read_back(text: str) -> list[float]:
    """The numbers of a cell or line as a reader takes them: a hyphen between two numbers is no minus sign."""
    apart = re.sub(r"(?<=\d)[-–](?=\d)", " ", text)
    return [float(found.replace("−", "-").replace("·", ".")) for found in NUMBER.findall(apart)]


def test_results_json_is_the_same_to_the_byte_in_every_style(written: Mapping[str, Mapping[str, bytes]]) -> None:
    assert len({files["results.json"] for files in written.values()}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_of_every_style_read_back_the_same_numbers(reports: Mapping[str, Report], name: str) -> None:
    for caption in ("Studies", "Other choices", "Subgroups by alloc", "Leave-one-out"):
        plain, styled = cells(reports["plain"], caption), cells(reports[name], caption)
        for before, after in zip(plain, styled, strict=True):
            assert before[0] == after[0]
            # p, in the last column of the tables that have one, is rounded by each journal's own rule
            last = None if caption == "Studies" else -1
            assert [read_back(cell) for cell in before[1:last]] == [read_back(cell) for cell in after[1:last]]


@pytest.mark.parametrize("name", NAMES)
def test_a_p_value_read_back_is_the_result_s_to_the_digits_of_the_journal(
    reports: Mapping[str, Report], name: str
) -> None:
    pvals = leave_one_out(pool(bcg_effects())).pval
    for row, pval in zip(cells(reports[name], "Leave-one-out"), pvals, strict=True):
        (shown,) = read_back(row[-1])
        assert shown == pytest.approx(float(pval), abs=0.0005)  # three decimals are the fewest for p below 0.01


@pytest.mark.parametrize(
    "name,answer,heterogeneity",
    [
        ("plain", "risk ratio 0.49 (95\u202f% CI 0.33 to 0.73)", "I² = 92\u202f%"),
        ("cochrane", "risk ratio 0.49 (95% CI 0.33 to 0.73)", "I² = 92%"),
        ("bmj", "risk ratio 0.49 (95% CI 0.33 to 0.73)", "I²=92%"),
        ("jama", "risk ratio 0.49 (95% CI 0.33-0.73)", "I²=92%"),
        ("lancet", "risk ratio 0·49 (95% CI 0·33–0·73)", "I²=92%"),
    ],
)
def test_the_answer_is_in_the_style_in_every_format(
    written: Mapping[str, Mapping[str, bytes]], name: str, answer: str, heterogeneity: str
) -> None:
    files = written[name]
    said = {
        "md": " ".join(files["report.md"].decode().split()),
        "html": " ".join(html_lines(files["report.html"].decode())),
        "docx": " ".join(docx_lines(files["report.docx"])),
    }
    for text in said.values():
        flat = " ".join(text.split())
        assert " ".join(answer.split()) in flat
        assert " ".join(heterogeneity.split()) in flat
    assert re.sub(r"\s", "", answer) in pdf_text(files["report.pdf"])


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_in_the_style_of_the_words(written: Mapping[str, Mapping[str, bytes]], name: str) -> None:
    expected = {
        "plain": "0.49 (0.33 to 0.73)", "cochrane": "0.49 [0.33, 0.73]", "bmj": "0.49 (0.33 to 0.73)",
        "jama": "0.49 (0.33-0.73)", "lancet": "0·49 (0·33–0·73)",
    }[name]  # fmt: skip
    for figure in ("primary-forest", "primary-forest-by-alloc", "primary-leave-one-out"):
        assert expected in written[name][f"{figure}.svg"].decode()


def test_no_full_stop_is_left_between_digits_in_the_lancet_s_tables_and_sentences(
    reports: Mapping[str, Report],
) -> None:
    made = reports["lancet"]
    found = [cell for block in made.blocks if isinstance(block, Table) for row in block.rows for cell in row]
    found += [block.text for block in made.blocks if isinstance(block, (Paragraph, Caveat))]
    assert not [text for text in found if re.search(r"\d\.\d", text)]


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_has_its_words_and_no_box_in_place_of_a_letter(
    reports: Mapping[str, Report], written: Mapping[str, Mapping[str, bytes]], name: str
) -> None:
    assert missing_glyphs(written[name]["report.pdf"]) == 0
    word = docx.Document(io.BytesIO(written[name]["report.docx"]))
    told = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    assert told == [picture.drawing.alt for picture in reports[name].pictures]
    for picture in reports[name].pictures:
        assert len(picture.drawing.alt) > 40
        assert letters_without_a_glyph(written[name][f"{picture.name}.svg"].decode()) == set()


def test_an_unknown_style_is_refused_before_anything_is_drawn() -> None:
    with pytest.raises(UnknownOptionError, match="Allowed: bmj, cochrane, jama, lancet, plain"):
        report("BCG", primary=pool(bcg_effects()), style="nejm")


def test_a_report_takes_its_style_from_one_word() -> None:
    made = report("BCG", primary=pool(bcg_effects()), style="lancet")
    assert cells(made, "Studies")[0][-2] == "0·13–1·26"
    assert cells(report("BCG", primary=pool(bcg_effects())), "Studies")[0][-2] == "0.13 to 1.26"


def test_two_hundred_studies_are_four_figures_with_captions_of_their_own() -> None:
    effects = effects_from([-0.3] * 200, study=[f"Trial {i}" for i in range(200)], measure="RR", se=[0.2] * 200)
    made = report("Many", primary=pool(effects), style="jama")
    forests = [picture for picture in made.pictures if "forest" in picture.name]
    assert [picture.name for picture in forests] == [
        "primary-forest", "primary-forest-2", "primary-forest-3", "primary-forest-4",
    ]  # fmt: skip
    assert forests[1].caption == "Forest plot: Many, page 2 of 4."
    drawings = json.loads(rendered(made)["results.json"])["drawings"]
    assert {picture.name for picture in forests} <= drawings.keys()


@pytest.mark.parametrize("name", ["cochrane", "lancet"])
def test_hostile_names_are_harmless_and_legible_in_a_whole_report(name: str) -> None:
    """From the effect sizes through figures, tables and formats: nothing runs, nothing is lost, nothing is a box."""
    names = [*HOSTILE[:12], *(label for label in HOSTILE if "eval" in label or "{{" in label or "onerror" in label)]
    names = list(dict.fromkeys([*names, "שלום 2004", "佐藤 2011", "x" * 200]))[: 2 * len(YI)]
    numbers = [*YI, *YI][: len(names)]
    effects = effects_from(numbers, study=names, measure="RR", se=[v**0.5 for v in (*VI, *VI)][: len(names)])
    files = rendered(report("Names", primary=pool(effects), style=name), formats=FORMATS)
    page, figure = files["report.html"].decode(), files["primary-forest.svg"].decode()
    for markup in ("<img src=x", "<script>alert"):
        assert markup not in page
        assert markup not in figure
    for text in ("{{7*7}}", "#eval(7*7)", "שלום 2004", "&lt;img src=x onerror=alert(1)&gt;"):
        assert text in page
        assert text in figure
    word = " ".join(docx_lines(files["report.docx"]))
    for text in ("{{7*7}}", "#eval(7*7)", "<img src=x onerror=alert(1)>", "שלום 2004", "佐藤 2011", "x" * 200):
        assert text in word
        assert text in json.dumps(json.loads(files["results.json"]), ensure_ascii=False)
    assert missing_glyphs(files["report.pdf"]) == 0
    assert letters_without_a_glyph(figure) == set()
    assert "49" not in re.findall(r">(\d+)<", figure)


def test_a_letter_without_a_glyph_would_be_noticed() -> None:
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg"><text style="font: 8px \'DejaVu Sans\'">RR {NOWHERE}</text></svg>'
    assert letters_without_a_glyph(drawn) == {NOWHERE}


def test_names_of_authors_come_through_unchanged(reports: Mapping[str, Report]) -> None:
    for made in reports.values():
        assert tuple(row[0] for row in cells(made, "Studies")) == AUTHORS

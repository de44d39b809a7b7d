import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from pypdf import PdfReader

from metak2.models.pooled import Pooled, Subgroups
from metak2.plots.drawing import one_pdf
from metak2.plots.forest import forest_pages
from metak2.plots.forest_layout import forest_layout
from metak2.plots.forest_sheets import STUDIES_PER_PAGE, pages_of
from metak2.plots.marks import ForestLayout
from metak2.robustness.refits import Refits
from tests.plots.factory import bcg_subgroups, effect_sizes, locked, pooled


def many(k: int, *, group: str = "Trial") -> Pooled:
    names = tuple(f"{group} {number:03d}" for number in range(k))
    return pooled(effect_sizes(names, (-0.3,) * k, (0.04,) * k), estimate=-0.3, low=-0.4, high=-0.2)


def grouped(*sizes: int) -> Subgroups:
    parts = {f"region {at}": many(size, group=f"Region {at} trial") for at, size in enumerate(sizes)}
    names = tuple(name for part in parts.values() for name in part.study)
    k = len(names)
    overall = pooled(effect_sizes(names, (-0.3,) * k, (0.04,) * k), estimate=-0.3, low=-0.4, high=-0.2)
    return replace(bcg_subgroups(), by="region", groups=parts, overall=overall)


def studies(layout: ForestLayout) -> list[str]:
    return [row.name for row in layout.rows if row.kind == "study"]


def headings(layout: ForestLayout) -> list[str]:
    return [row.cells[0] for row in layout.rows if row.kind == "heading"]


@pytest.mark.parametrize("k", [1, 5, 13, STUDIES_PER_PAGE])
def test_what_fits_on_a_page_stays_on_one(k: int) -> None:
    layout = forest_layout(many(k))
    assert pages_of(layout) == (layout,)


@pytest.mark.parametrize("k", [51, 60, 100, 101, 200, 333])
def test_every_study_stands_on_one_page_in_its_order(k: int) -> None:
    whole = forest_layout(many(k))
    pages = pages_of(whole)
    assert [name for page in pages for name in studies(page)] == studies(whole)
    assert max(len(studies(page)) for page in pages) <= STUDIES_PER_PAGE
    assert len(pages) == -(-k // STUDIES_PER_PAGE)
    # no page is left with a handful
    assert min(len(studies(page)) for page in pages) > 0.8 * k / len(pages)


def test_the_diamond_and_the_lines_below_stand_on_the_last_page() -> None:
    *before, last = pages_of(forest_layout(many(120)))
    assert [row.kind for row in last.rows][-1] == "pooled"
    assert last.footer[0].startswith("Heterogeneity")
    for at, page in enumerate(before, start=1):
        assert page.footer == (f"Continued on page {at + 1} of 3.",)
        assert {row.kind for row in page.rows} == {"study"}
        assert page.axis == last.axis
        assert page.columns == last.columns


def test_a_page_ends_between_subgroups_where_it_can() -> None:
    first, second, *none = pages_of(forest_layout(grouped(25, 15, 30)))
    assert not none
    assert headings(first) == ["region: region 0", "region: region 1"]
    assert headings(second) == ["region: region 2"]


def test_a_subgroup_that_goes_on_repeats_its_name() -> None:
    pages = pages_of(forest_layout(grouped(120, 10)))
    assert [headings(page)[0] for page in pages] == ["region: region 0"] + ["region: region 0 (continued)"] * (
        len(pages) - 1
    )
    assert headings(pages[-1])[-1] == "region: region 1"


def test_no_page_ends_with_the_name_of_a_subgroup() -> None:
    for sizes in ((50, 20), (49, 3, 40), (30, 20, 50), (7,) * 20):
        for page in pages_of(forest_layout(grouped(*sizes))):
            assert page.rows[-1].kind not in {"heading", "space"}


def test_each_page_tells_in_words_what_it_shows() -> None:
    first, _, last = pages_of(forest_layout(many(120)))
    assert first.alt == "Page 1 of 3. Forest plot of 120 studies: 40 of them, from Trial 000 to Trial 039."
    assert "pooled risk ratio" in last.alt


def test_the_pages_of_a_plot_are_equally_wide_and_their_columns_stand_in_the_same_place() -> None:
    result = many(120)
    long = replace(
        result.effects, study=("A trial with a name that is far longer than all the others", *result.study[1:])
    )
    drawings = forest_pages(replace(result, effects=long))
    assert len({drawing.figure.get_size_inches()[0] for drawing in drawings}) == 1
    left = [
        re.search(r'translate\(([\d.]+) [\d.]+\)[^>]*>Weight<|x="([\d.]+)"[^>]*>Weight<', d.svg()) for d in drawings
    ]
    assert len({match.group(0) for match in left if match}) == 1


def test_the_pages_make_one_pdf_with_embedded_fonts() -> None:
    content = one_pdf(forest_pages(many(120)))
    reader = PdfReader(BytesIO(content))
    assert len(reader.pages) == 3
    assert "Trial 000" in reader.pages[0].extract_text()
    assert "Trial 119" in reader.pages[2].extract_text()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index,union-attr] # pages have fonts
            made = font.get_object()
            inner = made["/DescendantFonts"][0].get_object() if "/DescendantFonts" in made else made
            assert "/FontFile2" in inner["/FontDescriptor"]
    assert content == one_pdf(forest_pages(many(120)))


def test_two_hundred_refits_are_paged_as_well() -> None:
    k = 200
    base = many(k)
    nothing = locked(np.full(k, -0.3))
    refits = Refits(
        kind="leave-one-out", base=base, study=base.study, k=locked([k - 1] * k), estimate=nothing,
        se=locked([0.05] * k), ci_low=locked([-0.4] * k), ci_high=locked([-0.2] * k), pval=locked([0.01] * k),
        tau2=locked([0.0] * k), I2=locked([0.0] * k), Q=locked([3.0] * k),
    )  # fmt: skip
    pages = pages_of(forest_layout(refits))
    assert [sum(row.kind == "refit" for row in page.rows) for page in pages] == [50, 50, 50, 50]

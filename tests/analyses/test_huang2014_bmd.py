"""The shipped abstracts allow no pool and the report says so; fill the blank cells and the pool appears by itself."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from scipy.special import gammaln
from scipy.stats import t as student

import metak2 as mk

ROOT = Path(__file__).parents[2]
SCRIPT = "analyses/huang2014_bmd.py"
HEADLINE = "lumbar-spine-bmd-percent-change-12-months-mk-4-45-mg-no-vitamin-k2"
FLAGGED = {"retracted", "concern", "duplicate"}
MADE_UP = {"n": 40, "dispersion": 2.5}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shipped() -> mk.Report:
    return mk.run_plan(ROOT / SCRIPT)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> mk.Report:
    """The same script, unedited, over a copy of the workbook whose blank cells hold made-up numbers."""
    project = tmp_path_factory.mktemp("reader")
    for folder in ("datasets/huang2014", "datasets/k2_reviews"):
        shutil.copytree(ROOT / folder, project / folder)
    (project / "analyses").mkdir()
    shutil.copy(ROOT / SCRIPT, project / SCRIPT)
    path = project / "datasets/huang2014/huang2014.xlsx"
    book = openpyxl.load_workbook(path)
    fill(book["continuous"])
    book.save(path)
    return mk.run_plan(project / SCRIPT)


def fill(sheet: Worksheet) -> None:
    """Made-up numbers in every blank cell; a retracted trial and one of concern move into the headline question."""
    column = {str(cell.value): cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        cells = {name: sheet.cell(row, at) for name, at in column.items()}
        if cells["study"].value == "Sato 2005" or cells["arm"].value in {"MK-4", "no treatment"}:
            moved = {"outcome": "lumbar spine BMD", "site": "lumbar spine", "time": "12 months"}
            for name, value in (moved if cells["study"].value in {"Sato 2005", "Ishida & Kawai 2004"} else {}).items():
                cells[name].value = value
        if cells["statistic"].value != "mean" or cells["change_or_final"].value == "baseline":
            continue
        for name, value in {**MADE_UP, "mean": row % 5}.items():
            if cells[name].value is None:
                cells[name].value = value
        if cells["dispersion_type"].value is None and cells["dispersion_inferred"].value is None:
            cells["dispersion_type"].value = "SD"


def primaries(report: mk.Report) -> Mapping[str, mk.Pooled | mk.Unpooled]:
    found: dict[str, Any] = {name: result["primary"] for name, result in report.results.items()}  # type: ignore[index] # results of a comparison are a mapping
    return found


def pooled(report: mk.Report) -> Iterator[tuple[str, mk.Pooled]]:
    yield from ((name, result) for name, result in primaries(report).items() if isinstance(result, mk.Pooled))


def rows_of(report: mk.Report, name: str) -> list[dict[str, Any]]:
    (picture,) = (picture for picture in report.pictures if picture.name == f"{name}-forest")
    rows: list[dict[str, Any]] = picture.drawing.data()["rows"]  # type: ignore[assignment] # drawing data are plain JSON
    return rows


def first_paragraph(report: mk.Report) -> str:
    return next(block.text for block in report.blocks if isinstance(block, mk.Paragraph))


def table(report: mk.Report, caption: str) -> mk.Table:
    return next(block for block in report.blocks if isinstance(block, mk.Table) and block.caption.startswith(caption))


def test_every_number_checked_before_is_found_again(shipped: mk.Report) -> None:
    assert len(shipped.expectations) == 16
    assert [e for e in shipped.expectations if not e.met] == []


def test_the_abstracts_allow_no_pool_and_the_first_paragraph_says_so(shipped: mk.Report) -> None:
    assert isinstance(primaries(shipped)[HEADLINE], mk.Unpooled)
    assert "no mean difference can be pooled" in first_paragraph(shipped)
    assert not [row for row in rows_of(shipped, HEADLINE) if row["kind"] not in {"study", "excluded"}]


def test_only_the_exploratory_smd_and_the_active_comparator_are_pooled(shipped: mk.Report) -> None:
    assert {name: result.k for name, result in pooled(shipped)} == {
        "exploratory-smd": 2,
        "fractures-active-comparator": 1,
    }


def test_every_pair_of_trials_has_its_reason(shipped: mk.Report) -> None:
    reasons = {row[0]: row[1:] for row in table(shipped, "Pair by pair").rows}
    assert len(reasons) == 6  # four trials with a mean and a ± in both arms
    assert all(verdict == "no" and why != "–" for verdict, why in reasons.values())
    assert "percent against g/cm2" in reasons["Shiraki 2000 with Je 2011"][1]
    assert "Je 2011 prints no n per arm" in reasons["Shiraki 2000 with Je 2011"][1]


def test_the_blank_cells_of_a_trial_are_listed_with_their_columns(shipped: mk.Report) -> None:
    cells = {row[0:4]: row[4:] for row in table(shipped, "Blank cells").rows}
    listed = cells["Iwamoto J 2000", "lumbar spine BMD", "12 months", "MK-4 45 mg"]
    assert listed == ("continuous", "I24 (mean), F24 (n), J24 (dispersion)")


def test_shirakis_three_times_are_one_trial_and_never_pooled(shipped: mk.Report) -> None:
    result = primaries(shipped)["shiraki-2000-by-time"]
    assert isinstance(result, mk.Unpooled)
    assert set(result.study) == {f"Shiraki 2000, {months} months" for months in (6, 12, 24)}
    np.testing.assert_allclose(np.sort(result.effects.yi), [2.3, 2.8, 3.2], rtol=1e-12)  # subtraction of decimals


def hedges(d: float, n1: float, n2: float) -> tuple[float, float]:
    m = n1 + n2 - 2
    g = d * float(np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2))
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))


def test_the_exploratory_pool_is_the_weighted_mean_of_the_two_smds(shipped: mk.Report) -> None:
    variance = (119 * 0.7**2 * 120 + 120 * 0.6**2 * 121) / 239
    shiraki = hedges(3.2 / variance**0.5, 120, 121)
    je = hedges(float(student.isf(0.049 / 2, 43)) * (1 / 22 + 1 / 23) ** 0.5, 22, 23)
    weights = [1 / shiraki[1], 1 / je[1]]
    result = dict(pooled(shipped))["exploratory-smd"]
    expected = np.average([shiraki[0], je[0]], weights=weights)
    np.testing.assert_allclose(result.estimate, expected, rtol=1e-10)  # the quantile of t by two libraries
    assert result.method.name == "CE"  # two trials: METHODS section 2
    assert {note.code for note in result.notes} >= {"ASSUMED", "TWO_STUDIES"}


def test_once_the_cells_are_filled_the_headline_pool_appears_by_itself(filled: mk.Report) -> None:
    result = primaries(filled)[HEADLINE]
    assert isinstance(result, mk.Pooled)
    assert result.k == 7
    assert [row["mark"]["kind"] for row in rows_of(filled, HEADLINE) if row["kind"] == "pooled"] == ["diamond"]
    assert "from 7 studies" in first_paragraph(filled)
    assert "not pooled" not in first_paragraph(filled)


def test_after_filling_no_trial_of_doubtful_standing_is_pooled(filled: mk.Report) -> None:
    checked = set()
    for _, result in pooled(filled):
        status = result.effects.words("integrity_status")
        doubtful = [at for at, said in enumerate(status) if said in FLAGGED]
        assert all(result.effects.excluded[at] for at in doubtful)
        assert not result.weights[doubtful].any()
        checked |= {result.study[at] for at in doubtful}
    assert checked >= {"Sato 2005", "Ishida & Kawai 2004"}


def test_after_filling_a_doubtful_trial_is_still_drawn(filled: mk.Report) -> None:
    marks = {row["name"]: row["mark"]["kind"] for row in rows_of(filled, HEADLINE) if row["kind"] == "excluded"}
    assert marks == {"Sato 2005": "hollow square", "Ishida & Kawai 2004": "hollow square"}


def test_after_filling_no_trial_is_pooled_twice_and_no_two_times_together(filled: mk.Report) -> None:
    for _, result in pooled(filled):
        assert len(set(result.study)) == len(result.study)
        assert len(set(result.effects.words("time"))) == 1


def test_after_filling_nothing_is_left_to_fill(filled: mk.Report) -> None:
    assert table(filled, "Blank cells").rows == ()


def test_a_reader_who_fills_the_cells_meets_no_expectation_about_blank_ones(filled: mk.Report) -> None:
    assert [e for e in filled.expectations if not e.met] == []

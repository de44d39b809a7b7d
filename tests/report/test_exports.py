"""What leaves metak2 gives the same answer elsewhere, and again when it comes back."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.pooled import Pooled
from metak2.report.exports import exported, primaries, write_exports
from metak2.report.live_workbook import live_workbook
from metak2.report.metafor_script import metafor_script
from metak2.report.revman_csv import revman_csv
from tests.report.export_cases import HOSTILE, MEANS, cases, hostile, made_up
from tests.report.samples import sample_report
from tests.report.spreadsheet import calculated, stored

GOLDEN = Path(__file__).parents[1] / "golden"
ANSWERS = json.loads((GOLDEN / "exports.json").read_text(encoding="utf-8"))
CASES = cases()


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_script_is_the_one_that_r_ran(name: str) -> None:
    # the header names our version; the last of twelve digits may differ where another BLAS sums
    ran, now = (
        re.sub(r"Written by metak2 \S+;", "", text)
        for text in (
            (GOLDEN / "exports" / f"{name}.R").read_text(encoding="utf-8"),
            metafor_script(CASES[name], name),
        )
    )
    number = r"-?\d+\.\d+(?:e-?\d+)?"
    assert re.sub(number, "#", now) == re.sub(number, "#", ran)
    assert [float(x) for x in re.findall(number, now)] == pytest.approx(
        [float(x) for x in re.findall(number, ran)], rel=1e-9
    )


@pytest.mark.parametrize("name", sorted(CASES))
def test_metafor_answers_the_script_with_our_headline(name: str) -> None:
    r, pooled = ANSWERS[name], CASES[name]
    # metafor's likelihood stops at 1e-12 of tau2, its root finders at 1e-12 absolute: 1e-7 in the limits
    found = (pooled.estimate, pooled.ci.low, pooled.ci.high)
    assert found == pytest.approx((r["estimate"], r["ci_low"], r["ci_high"]), abs=1e-7)


def test_a_study_name_in_a_script_is_one_r_string() -> None:
    script = metafor_script(CASES["hostile"], "two\nlines")
    assert r'slab = c("O\"Neill \\ 1999", "=1+1", "two lines")' in script
    assert script.startswith("# two lines: Mean difference\n")


def test_a_script_names_the_studies_that_are_not_pooled() -> None:
    assert "# not pooled (retracted): Aronson 1948\n" in metafor_script(CASES["one-retracted"], "BCG")


def test_an_interval_that_metafor_does_not_have_is_refused_and_the_other_exports_are_made() -> None:
    pooled = mk.pool(CASES["reml-hk"].effects, test="KR")
    with pytest.raises(ModelError, match="metafor has no interval 'KR'"):
        metafor_script(pooled, "BCG")
    assert sorted(exported(pooled, "primary", "BCG")) == [
        "primary-effects.csv", "primary-live.xlsx", "primary-no-R.txt", "primary-revman.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_formulas_of_a_live_workbook_calculate_what_it_stores(name: str) -> None:
    content = live_workbook(CASES[name])
    formulas, results = calculated(content), stored(content)
    assert formulas.keys() == results.keys()
    assert len(formulas) >= 3 * CASES[name].k
    for at, value in formulas.items():
        assert value == pytest.approx(results[at], rel=1e-9, abs=1e-9), at  # sums in another order


def test_a_sceptic_who_changes_a_count_sees_the_pooled_effect_move() -> None:
    book = openpyxl.load_workbook(io.BytesIO(live_workbook(CASES["dl-z"])))
    book["trials"]["B2"] = 40
    saved = io.BytesIO()
    book.save(saved)
    before, after = calculated(live_workbook(CASES["dl-z"])), calculated(saved.getvalue())
    assert after["trials!K2"] > before["trials!K2"]
    assert after["pooled!B2"] != before["pooled!B2"]  # tau2 is DerSimonian–Laird's, a formula too
    assert after["pooled!B6"] > before["pooled!B6"]


def test_study_names_in_a_live_workbook_stay_text() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(live_workbook(CASES["hostile"])))["trials"]
    assert [cell.value for cell in sheet["A"][1:]] == [HOSTILE[0], "=1+1", "two lines"]
    assert {cell.data_type for cell in sheet["A"][1:]} == {"s"}


def test_a_live_workbook_has_the_same_bytes_whenever_it_is_written() -> None:
    once = live_workbook(CASES["zeros"])
    assert once == live_workbook(CASES["zeros"])
    with zipfile.ZipFile(io.BytesIO(once)) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


ROUND_TRIP = ("reml-hk", "dl-z", "revman5", "risk-difference", "mantel-haenszel", "zeros", "means-md", "means-smd")


def again(pooled: Pooled, path: Path) -> Pooled:
    effects = mk.effect_sizes(mk.read_studies(path), measure=pooled.measure)
    asked = pooled.choices
    return mk.pool(effects, method=asked.method, test=asked.test, convention=asked.convention)


@pytest.mark.parametrize("name", [*ROUND_TRIP, "reported"])
def test_a_revman_export_read_again_gives_the_same_results(name: str, tmp_path: Path) -> None:
    pooled, path = CASES[name], tmp_path / "revman.csv"
    path.write_text(revman_csv(pooled, "Title"), encoding="utf-8")
    found = again(pooled, path)
    assert found.study == tuple(s for s, why in zip(pooled.study, pooled.effects.excluded, strict=True) if not why)
    # ratios go through a logarithm and back
    assert (found.estimate, found.se, found.Q) == pytest.approx((pooled.estimate, pooled.se, pooled.Q), rel=1e-9)


@pytest.mark.parametrize("name", [*ROUND_TRIP, "reported"])
def test_a_live_workbook_read_again_gives_the_same_results(name: str, tmp_path: Path) -> None:
    pooled, path = CASES[name], tmp_path / "live.xlsx"
    path.write_bytes(live_workbook(pooled))
    found = again(pooled, path)
    assert (found.estimate, found.ci.low, found.ci.high) == pytest.approx(
        (pooled.estimate, pooled.ci.low, pooled.ci.high), rel=1e-9
    )


def test_an_effect_table_read_again_gives_the_same_results(tmp_path: Path) -> None:
    pooled, path = CASES["reml-hk"], tmp_path / "effects.csv"
    path.write_bytes(exported(pooled, "bcg", "BCG")["bcg-effects.csv"])
    found = again(pooled, path)
    assert found.study == pooled.study
    assert (found.estimate, found.ci.low) == pytest.approx((pooled.estimate, pooled.ci.low), rel=1e-11)  # twelve digits


def test_revman_reads_counts_as_counts_and_means_without_an_sd_as_generic_effects() -> None:
    def types(pooled: Pooled) -> list[str]:
        return [row["Data Type"] for row in csv.DictReader(io.StringIO(revman_csv(pooled, "T"))) if row["Data Type"]]

    sem = MEANS.rename(columns={"sd_e": "dispersion_e", "sd_c": "dispersion_c"}).assign(
        dispersion_type_e="SEM", dispersion_type_c="SEM", n_e=None, n_c=None
    )
    assert types(CASES["reml-hk"]) == ["DIC"]
    assert types(CASES["means-md"]) == ["CON"]
    assert types(mk.pool(made_up(sem, "MD"))) == ["GIV"]
    assert types(mk.pool(hostile())) == ["GIV"]


def test_no_study_name_is_a_formula_in_a_revman_export() -> None:
    names = [row["Name"] for row in csv.DictReader(io.StringIO(revman_csv(CASES["hostile"], "=cmd()")))]
    assert names == ["'=cmd()", "'=cmd()", HOSTILE[0], "'=1+1", "two lines"]


def test_exports_are_written_whole_and_a_report_without_a_pooled_effect_has_none(tmp_path: Path) -> None:
    folder = write_exports(sample_report(results={"primary": {"primary": CASES["reml-hk"]}}), tmp_path / "bcg")
    assert {path.name for path in folder.iterdir()} == {
        "primary.R", "primary-effects.csv", "primary-revman.csv", "primary-live.xlsx", "manifest.json",
    }  # fmt: skip
    with pytest.raises(ModelError, match="nothing was pooled"):
        write_exports(sample_report(), tmp_path / "none")
    assert [name for name, _ in primaries({"a": CASES["zeros"], "b": 3})] == ["a"]

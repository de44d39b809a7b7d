"""The committed datasets keep their promises: every number has a page and a quote, blank stays blank."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

ROOT = Path(__file__).parents[1] / "datasets"
NAMES = (
    *("bcg", "beulens2010", "habu2004", "huang2014", "k2_claims", "k2_hcc_recurrence", "k2_reviews", "k2_vascular"),
    "tan2024",
)
OUTCOME_SHEETS = ("binary", "continuous", "effects", "percentages", "dose_response")
COUNT_COLUMNS = {"year", "pmid", "events", "total", "n", "n_randomised", "n_analysed", "k", "trials_in_review"}
JUDGEMENTS = ("D1", "D2", "D3", "D4", "D5", "overall", "support", "assessor")
RATIOS = {"HR", "RR", "OR", "ROM"}
WITHOUT_SOURCES = {"sources", "codebook"}

Value = Any  # text, a whole number, a decimal or None
Row = Mapping[str, Value]

every_dataset = pytest.mark.parametrize("name", NAMES)


@cache
def workbook(name: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(ROOT / name / f"{name}.xlsx")


@cache
def header(name: str, sheet: str) -> tuple[str, ...]:
    return tuple(str(cell.value) for cell in workbook(name)[sheet][1])


@cache
def rows(name: str, sheet: str) -> tuple[Row, ...]:
    if sheet not in workbook(name).sheetnames:
        return ()
    values = workbook(name)[sheet].iter_rows(min_row=2, values_only=True)
    return tuple(dict(zip(header(name, sheet), row, strict=True)) for row in values)


def numeric_cells(name: str) -> Iterator[tuple[tuple[str, str], int | float]]:
    for sheet in workbook(name).worksheets:
        if sheet.title in WITHOUT_SOURCES:
            continue
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, int | float):
                    yield (sheet.title, cell.coordinate), cell.value


def study(dataset: str, label: str) -> Row:
    (row,) = (row for row in rows(dataset, "studies") if row["study"] == label)
    return row


def arms(dataset: str, label: str, outcome: str) -> dict[Value, tuple[Value, Value]]:
    chosen = (row for row in rows(dataset, "binary") if (row["study"], row["outcome"]) == (label, outcome))
    return {row["arm"]: (row["events"], row["total"]) for row in chosen}


def printed_forms(value: float) -> set[str]:
    """How a number may stand in a sentence: 0.04 as 0.04 or .04, 1 as 1.0, 6853 as 6,853."""
    size = abs(value)
    forms = {f"{size:g}", f"{size:,.0f}"} if float(size).is_integer() else {f"{size:.10g}"}
    forms |= {text for digits in range(1, 5) if float(text := f"{size:.{digits}f}") == size}
    return forms | {str(size)} | {text.removeprefix("0") for text in forms if text.startswith("0.")}


def test_the_datasets_are_the_nine_that_are_promised() -> None:
    assert sorted(path.parent.name for path in ROOT.glob("*/*.xlsx")) == sorted(NAMES)
    assert all((ROOT / name / "README.md").is_file() for name in NAMES)


@every_dataset
def test_every_number_has_its_page_and_quote_and_every_source_its_number(name: str) -> None:
    cells = dict(numeric_cells(name))
    sources = {(str(row["sheet"]), str(row["cell"])): row["value"] for row in rows(name, "sources")}
    assert len(sources) == len(rows(name, "sources")), "a cell has two rows in sources"
    assert sources == cells


@every_dataset
def test_quotes_are_short_and_pages_are_addresses(name: str) -> None:
    for row in rows(name, "sources"):
        assert 1 <= len(str(row["quote"] or "").split()) <= 15, row
        article = name == "k2_claims" and row["sheet"] == "claims"  # no address of the web articles was kept
        assert re.match(r"web article 00[0-4]$" if article else r"https?://\S+\.\S+$", str(row["page"])), row


@every_dataset
def test_the_quote_carries_the_number_or_a_note_says_why_not(name: str) -> None:
    for row in rows(name, "sources"):
        assert isinstance(row["value"], int | float)
        quote = str(row["quote"])
        numbers = set(re.findall(r"\d+\.\d+|\.\d+|\d+", quote)) | set(re.findall(r"\d{1,3}(?:,\d{3})+", quote))
        assert row["note"] or numbers & printed_forms(row["value"]), row


@every_dataset
def test_the_codebook_knows_every_column_and_no_other(name: str) -> None:
    described = [(row["sheet"], row["column"]) for row in rows(name, "codebook") if row["value"] is None]
    present = [(sheet, column) for sheet in workbook(name).sheetnames for column in header(name, sheet)]
    assert sorted(map(str, described)) == sorted(map(str, present))
    assert all(row["meaning"] for row in rows(name, "codebook"))


@every_dataset
def test_every_outcome_says_whether_higher_is_better_or_worse(name: str) -> None:
    directions = {row["value"]: row["higher_is"] for row in rows(name, "codebook") if row["value"] is not None}
    assert set(directions.values()) <= {"better", "worse"}
    assert set(directions) == {row["outcome"] for sheet in OUTCOME_SHEETS for row in rows(name, sheet)}


@every_dataset
def test_values_are_among_those_the_codebook_allows(name: str) -> None:
    for entry in rows(name, "codebook"):
        if entry["allowed"] is None:
            continue
        allowed = set(str(entry["allowed"]).split(", "))
        found = {row[str(entry["column"])] for row in rows(name, str(entry["sheet"]))} - {None}
        assert found <= allowed, (entry["sheet"], entry["column"], found - allowed)


@every_dataset
def test_every_study_named_anywhere_stands_in_studies(name: str) -> None:
    known = [row["study"] for row in rows(name, "studies")]
    assert len(set(known)) == len(known)
    sheets = (sheet for sheet in workbook(name).sheetnames if "study" in header(name, sheet))
    assert {row["study"] for sheet in sheets for row in rows(name, sheet)} <= set(known)


@every_dataset
def test_no_trial_is_called_sound_without_a_database_a_date_and_a_person(name: str) -> None:
    assert "ok" not in {row["integrity_status"] for row in rows(name, "studies")}
    assert all(row["integrity_note"] for row in rows(name, "studies"))


@every_dataset
def test_cells_hold_plain_values_and_no_formulas(name: str) -> None:
    for sheet in workbook(name).worksheets:
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes == "B2"
        for row in sheet.iter_rows():
            assert any(cell.value is not None for cell in row), f"blank row in {sheet.title}"
            for cell in row:
                assert cell.data_type in {"s", "n"}, (sheet.title, cell.coordinate, cell.value)
                assert not str(cell.value or "").startswith(("=", "+", "@")), (sheet.title, cell.coordinate)
                assert cell.number_format == ("@" if isinstance(cell.value, str) else "General")


@every_dataset
def test_counts_are_whole_numbers_and_events_never_exceed_the_total(name: str) -> None:
    for sheet in workbook(name).sheetnames:
        for row in () if sheet in WITHOUT_SOURCES else rows(name, sheet):
            counts = [row[column] for column in COUNT_COLUMNS & set(row) if row[column] is not None]
            assert all(type(count) is int and count >= 0 for count in counts), (sheet, row)
    for row in rows(name, "binary"):
        events, total = row["events"], row["total"]
        if isinstance(events, int) and isinstance(total, int):
            assert 0 <= events <= total
            assert total > 0


@every_dataset
def test_every_interval_holds_its_estimate(name: str) -> None:
    for sheet in ("effects", "dose_response"):
        for row in rows(name, sheet):
            low, estimate, high = row["ci_low"], row["estimate"], row["ci_high"]
            if isinstance(low, int | float) and isinstance(estimate, int | float) and isinstance(high, int | float):
                assert low <= estimate <= high, row
                assert low > 0 or row["measure"] not in RATIOS, row


@every_dataset
def test_judgements_of_bias_are_left_to_people(name: str) -> None:
    for row in rows(name, "risk_of_bias"):
        assert [row[column] for column in JUDGEMENTS] == [None] * len(JUDGEMENTS)


@every_dataset
def test_each_arm_is_entered_once(name: str) -> None:
    for sheet in ("binary", "continuous", "percentages"):
        keys = [(row["study"], row["outcome"], row["time"], row["arm"]) for row in rows(name, sheet)]
        assert len(set(keys)) == len(keys)


@every_dataset
def test_bracketed_pairs_are_never_called_a_standard_deviation(name: str) -> None:
    for row in rows(name, "continuous"):
        if row["dispersion_low"] is not None:
            assert row["dispersion"] is None
            assert (row["statistic"], row["dispersion_type"]) in {
                ("mean", "CI95"),
                ("median", None),
                ("not named", None),
            }
        if row["dispersion_inferred"] is not None:
            assert row["dispersion_type"] is None
            assert row["dispersion_evidence"]


@every_dataset
def test_the_file_says_nothing_of_who_saved_it_or_when(name: str) -> None:
    properties = workbook(name).properties
    assert properties.creator == "metak2"
    assert properties.created == properties.modified


@pytest.mark.parametrize(
    "dataset,label,status",
    [
        ("huang2014", "Sato 1998", "retracted"),
        ("huang2014", "Sato 2002", "retracted"),
        ("huang2014", "Sato 2005", "retracted"),
        ("huang2014", "Sato 2011", "concern"),
        ("huang2014", "Ishida & Kawai 2004", "concern"),
        ("huang2014", "Moschonis 2011", "duplicate"),
        ("k2_vascular", "Knapen 2015", "duplicate"),
        ("k2_vascular", "Bartstra 2020", "duplicate"),
        ("k2_vascular", "Hasific 2023", "duplicate"),
        ("k2_reviews", "Zhong 2012", "duplicate"),
        ("k2_reviews", "Iwamoto 2009", "retracted"),
        ("k2_reviews", "Cockayne 2006", "corrected"),
        ("k2_reviews", "Mott 2019", "corrected"),
        ("k2_reviews", "Su 2019", "corrected"),
    ],
)
def test_what_must_not_be_pooled_says_so_in_its_status(dataset: str, label: str, status: str) -> None:
    assert study(dataset, label)["integrity_status"] == status


@pytest.mark.parametrize("label", ["Ikari 2016", "Mansour 2017 (KING)"])
def test_a_trial_without_a_control_is_not_called_randomised(label: str) -> None:
    assert study("k2_vascular", label)["randomised"] == "no"
    assert {row["arm"] for row in rows("k2_vascular", "continuous") if row["study"] == label} in (
        {"MK-4 45 mg"},
        {"MK-7 360 ug"},
    )


def test_menadiol_is_not_called_vitamin_k2() -> None:
    assert "not K2" in str(study("k2_vascular", "Lees 2021 (ViKTORIES)")["form"])


def test_k1_trials_are_left_out_of_the_bone_dataset() -> None:
    assert "K1" not in {row["form"] for row in rows("huang2014", "studies")}


def test_habu_is_2_of_21_against_9_of_19_and_not_its_own_endpoint() -> None:
    counts = arms("habu2004", "Habu 2004", "hepatocellular carcinoma")
    assert counts == {"MK-4 45 mg": (2, 21), "no K2": (9, 19)}
    assert study("habu2004", "Habu 2004")["prespecified"] == "no"


def test_habu_keeps_both_cox_ratios_as_reported() -> None:
    ratios = [(row["estimate"], row["ci_low"], row["ci_high"], row["p"]) for row in rows("habu2004", "effects")]
    assert ratios == [(0.20, 0.04, 0.91, 0.04), (0.13, 0.02, 0.99, 0.05)]


def test_an_annual_incidence_found_in_no_source_is_a_claim_and_not_a_number() -> None:
    (claim,) = (row for row in rows("habu2004", "claims") if row["statement"] == "annual incidence")
    assert claim["article"] == "1.6% / 8.8%"
    assert str(claim["source"]).startswith("NOT FOUND")
    assert not {1.6, 8.8, 7.9} & {value for _, value in numeric_cells("habu2004")}


def test_the_analysed_number_stays_blank_where_only_the_randomised_is_known() -> None:
    lumbar = [row for row in rows("huang2014", "continuous") if row["outcome"] == "lumbar spine BMD"]
    shiraki = {row["arm"]: (row["n"], row["n_randomised"]) for row in lumbar if row["study"] == "Shiraki 2000"}
    assert shiraki == {"MK-4 45 mg": (None, 120), "no treatment": (None, 121)}
    assert {row["n"] for row in lumbar if row["study"] == "Je 2011"} == {None}


def test_figures_that_no_abstract_gives_are_blank_rows_to_be_filled() -> None:
    lumbar = [row for row in rows("huang2014", "continuous") if row["outcome"] == "lumbar spine BMD"]
    empty = [row for row in lumbar if str(row["note"] or "").startswith("not in the public abstract: fill")]
    assert len({row["study"] for row in empty}) >= 10
    for row in empty:
        assert {row[column] for column in ("n", "mean", "dispersion", "dispersion_low", "dispersion_high")} == {None}
        assert (row["unit"], row["change_or_final"]) == ("percent", "change")


def test_huangs_own_results_are_kept_as_targets_without_invented_intervals() -> None:
    targets = {row["subgroup"]: row for row in rows("huang2014", "targets") if row["outcome"] == "fracture incidence"}
    assert (targets["all"]["estimate"], targets["all"]["p"], targets["all"]["ci_low"]) == (0.63, 0.08, None)


def test_yoshida_has_three_arms_and_a_hazard_ratio_with_a_one_sided_p() -> None:
    counts = arms("k2_hcc_recurrence", "Yoshida 2011", "HCC recurrence or death")
    assert counts == {"placebo": (58, 181), "K2 45 mg": (52, 182), "K2 90 mg": (76, 185)}
    (hr,) = (row for row in rows("k2_hcc_recurrence", "effects") if row["study"] == "Yoshida 2011")
    assert (hr["estimate"], hr["ci_low"], hr["ci_high"], hr["p"], hr["p_sided"]) == (1.15, 0.843, 1.57, 0.811, "one")


def test_recurrence_and_freedom_from_recurrence_are_told_apart() -> None:
    recurrence = [row for row in rows("k2_hcc_recurrence", "percentages") if row["outcome"] == "HCC recurrence"]
    directions = {row["study"]: row["direction"] for row in recurrence}
    assert directions == {"Mizuta 2006": "event", "Kakizaki 2007": "event-free"}


def test_recurrence_is_never_beside_habus_primary_prevention() -> None:
    assert "Habu 2004" not in {row["study"] for row in rows("k2_hcc_recurrence", "studies")}


def test_impossible_printed_values_are_named_and_not_used() -> None:
    misprints = {(row["study"], row["outcome"]) for row in rows("k2_reviews", "misprints")}
    used = {(row["study"], row["outcome"]) for row in rows("k2_reviews", "effects")}
    assert {study for study, _ in misprints} == {"Li 2023", "Zhou 2022", "Lees 2019"}
    assert not misprints & used


def test_reviews_that_rest_on_retracted_trials_say_so() -> None:
    marked = {row["study"] for row in rows("k2_reviews", "studies") if row["contains_retracted"] == "yes"}
    assert marked == {"Cockayne 2006", "Iwamoto 2009"}


def test_a_secondary_listing_without_authors_is_not_in_the_project() -> None:
    assert not {row["study"] for row in rows("k2_reviews", "studies")} & {"Guo 2026", "VK-HCC meta 2024"}
    assert 688 not in {value for _, value in numeric_cells("k2_reviews")}


def test_beulens_per_10_ug_is_the_authors_answer() -> None:
    per_unit = [row for row in rows("beulens2010", "dose_response") if row["category"] == "per 10 ug/day"]
    full = [row for row in per_unit if row["model"] == "multivariable 2 (+diet)"]
    assert [(row["estimate"], row["ci_low"], row["ci_high"]) for row in full] == [(0.93, 0.87, 1.0)]


def test_tan_keeps_the_printed_interval_with_its_warning() -> None:
    (row,) = rows("tan2024", "effects")
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (-2.67, -2.86, -2.49)
    assert "ask the authors" in str(row["note"])


def test_the_thirteen_bcg_trials_add_up_to_the_published_totals() -> None:
    binary = rows("bcg", "binary")
    sums = {
        arm: tuple(
            sum(value for row in binary if row["arm"] == arm and isinstance(value := row[column], int))
            for column in ("events", "total")
        )
        for arm in ("BCG", "no vaccination")
    }
    # 13 trials, 357,347 people: Colditz 1994 as tabulated in dat.bcg (tpos, tpos + tneg, cpos, cpos + cneg)
    assert sums == {"BCG": (1065, 191064), "no vaccination": (1510, 166283)}
    assert len(rows("bcg", "studies")) == 13


def test_bcg_carries_allocation_and_latitude_of_each_trial() -> None:
    studies = rows("bcg", "studies")
    kinds = [row["alloc"] for row in studies]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"random": 7, "alternate": 2, "systematic": 4}
    assert [row["ablat"] for row in studies] == [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]


def test_every_claim_names_an_article_and_says_it_in_a_sentence() -> None:
    claims = rows("k2_claims", "claims")
    assert {row["article"] for row in claims} == {row["article"] for row in rows("k2_claims", "articles")}
    assert len({row["claim"] for row in claims}) == len(claims)
    assert all(str(row["sentence"]).endswith(".") and str(row["claim"]).startswith(row["article"]) for row in claims)
    assert all(row["unit"] for row in claims if row["number"] is not None)


def test_every_link_of_a_claim_leads_to_a_cell_that_is_there_and_of_the_study_it_names() -> None:
    for link in rows("k2_claims", "evidence"):
        sheet = workbook(str(link["dataset"]))[str(link["sheet"])]
        cell = sheet[str(link["cell"])]
        assert cell.value is not None, link
        assert sheet.cell(row=cell.row, column=1).value == link["row_of"], link


def test_the_numbers_that_the_issue_names_are_claims_and_not_data() -> None:
    claimed = {row["number"] for row in rows("k2_claims", "claims")}
    assert {2, 21, 9, 19, 87, 1.6, 8.8, 7.9, 907, 91, 6425, 7, 10, 90} <= claimed
    linked = {row["claim"] for row in rows("k2_claims", "evidence")}
    assert not {row["claim"] for row in rows("k2_claims", "claims") if row["number"] in {1.6, 8.8, 7.9}} & linked


def test_no_verdict_is_typed_into_the_claims() -> None:
    assert "verdict" not in header("k2_claims", "claims")


def test_trials_and_reviews_of_the_memberships_stand_in_their_datasets() -> None:
    reviews = {row["study"] for row in rows("k2_reviews", "studies")}
    trials = {row["study"] for row in rows("huang2014", "studies")}
    for row in rows("k2_claims", "memberships"):
        assert row["review"] in reviews
        assert row["trial"] in trials
        assert 1 <= len(str(row["quote"]).split()) <= 15
        assert re.match(r"https?://\S+\.\S+$", str(row["page"])), row


def test_targets_agree_with_the_rows_they_were_taken_from() -> None:
    elsewhere = {
        (row["study"], row["estimate"], row["ci_low"], row["ci_high"])
        for name in ("habu2004", "huang2014", "k2_hcc_recurrence", "k2_reviews", "k2_vascular", "tan2024")
        for row in rows(name, "effects")
    }
    misprinted = {"AVADEC 2022", "Trevasc-HDK 2023", "Li 2023", "Lees 2019", "Zhou 2022"}  # sheets `misprints`
    for row in rows("k2_claims", "targets"):
        known = (row["review"], row["estimate"], row["ci_low"], row["ci_high"]) in elsewhere
        assert known or row["review"] in misprinted, row

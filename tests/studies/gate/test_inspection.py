"""Numbers that honest trials seldom print are pointed out with "check this"; honest ones are left alone."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations_with_replacement
from pathlib import Path
from statistics import stdev
from typing import Any

import numpy as np
import pytest
from scipy import stats

from metak2.errors import CellProblem
from metak2.kernels.baseline_balance import DRAWS, combined, p_of_counts, p_of_means
from metak2.studies.checks.arms_and_effects import readings
from metak2.studies.checks.granularity import grim_power, sd_fits, sums
from metak2.studies.checks.printed import z_of_p, z_range_of_p
from metak2.studies.gate.workbook import check_workbook
from metak2.studies.rows import Entry, Side

WriteBook = Callable[..., Path]
Rows = list[list[Any]]
SCALE = ["study", "outcome", "arm", "n", "mean", "dispersion", "dispersion_type", "scale_items"]
HALF = Fraction(1, 200)


def found(path: Path, *codes: str) -> list[CellProblem]:
    return [problem for problem in check_workbook(path).problems if problem.code in codes]


def possible(mean: str, n: int, items: int = 1) -> bool:
    half = Fraction(1, 2 * 10 ** len(mean.partition(".")[2]))
    return bool(sums(Fraction(mean), half, n, items))


def test_grim_knows_the_example_of_its_authors() -> None:
    # Brown & Heathers 2017: of 28 people on a whole-number scale, 5.19 is no mean; 5.18 and 5.21 are next to it
    assert [mean for mean in ("5.18", "5.19", "5.20", "5.21") if possible(mean, 28)] == ["5.18", "5.21"]
    assert possible("5.19", 28, items=4)


def test_grimmer_refuses_the_example_of_its_documentation() -> None:
    # lhdjung.github.io/scrutiny/articles/grimmer.html: mean 7.3, SD 2.51, n 12 cannot be
    totals = sums(Fraction("7.3"), Fraction(1, 20), 12, 1)
    assert totals
    assert not sd_fits(totals, Fraction("2.51"), HALF, 12, 1)


def test_no_real_whole_numbers_are_ever_called_impossible_and_impossible_sds_are_found() -> None:
    """By enumeration: with a mean of 3.4 and an SD up to 2.5, five values lie between -1.6 and 8.4."""
    real = {(sum(data), f"{stdev(data):.2f}") for data in combinations_with_replacement(range(-2, 10), 5)}
    for total, sd in real:
        assert sd_fits(sums(Fraction(f"{total / 5:.2f}"), HALF, 5, 1), Fraction(sd), HALF, 5, 1)
    total = 17
    candidates = [f"{hundredths / 100:.2f}" for hundredths in range(251)]
    said = {sd for sd in candidates if sd_fits(range(total, total + 1), Fraction(sd), HALF, 5, 1)}
    assert said == {sd for one, sd in real if one == total and sd in candidates}


@pytest.mark.parametrize(
    "n, decimals, power", [(20, 2, 0.80), (50, 2, 0.50), (99, 2, 0.01), (100, 2, 0.0), (20, 1, 0.0)]
)
def test_the_power_of_grim_is_one_less_the_share_of_possible_means(n: int, decimals: int, power: float) -> None:
    assert grim_power(n, 1, decimals) == pytest.approx(power)  # n different means among 10^decimals printed ones


def test_impossible_means_and_sds_are_named_with_their_cells_and_the_power_is_said(write_book: WriteBook) -> None:
    rows: Rows = [
        SCALE,
        ["A", "score", "K2", 28, 5.19, 1.32, "SD", 1],
        ["A", "score", "none", 28, 5.18, 1.31, "SD", 1],
        ["B", "score", "K2", 12, 7.25, 2.52, "SD", 1],
        ["B", "score", "none", 12, 7.33, 2.51, "SD", 1],
        ["C", "BMD", "K2", 28, 5.19, 1.32, "SD", None],
        ["C", "BMD", "none", 28, 5.21, 1.33, "SD", None],
    ]
    mean, *sds = found(write_book({"continuous": rows}), "MK-B01", "MK-B02")
    assert (mean.code, mean.cell) == ("MK-B01", "continuous!E2")
    assert mean.message == "no whole numbers of 28 people have the mean 5.19 (5.18 and 5.21 are next to it)"
    assert mean.suggestion.startswith("check this: ")
    assert all(sd.code == "MK-B02" for sd in sds)
    (note,) = found(write_book({"continuous": rows}), "MK-B03")
    assert note.message.startswith("GRIM looked at 4 means: it would notice 80 % of wrong ones")


def test_a_scale_that_is_not_said_to_be_of_whole_numbers_is_left_alone(write_book: WriteBook) -> None:
    rows = [SCALE, ["A", "BMD", "K2", 28, 5.19, 1.32, "SD", None], ["A", "BMD", "none", 28, 5.2, 1.31, "SD", None]]
    assert found(write_book({"continuous": rows}), "MK-B01", "MK-B02", "MK-B03") == []


def test_two_trials_that_print_the_same_pairs_twice_are_named_and_one_pair_is_chance(write_book: WriteBook) -> None:
    header = ["study", "outcome", "arm", "n", "mean", "dispersion", "dispersion_type"]
    one = [["A", "BMD", "K2", 40, 0.812, 0.113, "SD"], ["A", "BMD", "none", 41, 0.794, 0.127, "SD"]]
    two = [["B", "T score", "K2", 61, 0.812, 0.113, "SD"], ["B", "T score", "none", 60, 0.794, 0.127, "SD"]]
    (problem,) = found(write_book({"continuous": [header, *one, *two]}), "MK-B04")
    assert (problem.cell, problem.severity) == ("continuous!A4", "warning")
    assert problem.message == "'B' and 'A' (A2) print the same mean ± SD 2 times: 0.812 ± 0.113, 0.794 ± 0.127"
    two[1][4] = 0.795
    assert found(write_book({"continuous": [header, *one, *two]}), "MK-B04") == []


@pytest.mark.parametrize("n", [(20, 20), (35, 60), (30, 30, 31)])
@pytest.mark.parametrize("apart", [0.1, 0.7, 2.0])
def test_the_p_of_a_baseline_mean_is_that_of_the_f_test_where_nothing_is_rounded(
    n: tuple[int, ...], apart: float
) -> None:
    people = np.array(n, dtype=float)
    mean = 50 + apart * np.arange(people.size)
    sd = np.linspace(3.0, 3.6, people.size)
    centre = (people * mean).sum() / people.sum()
    within = ((people - 1) * sd**2).sum() / (people - 1).sum()
    f = (people * (mean - centre) ** 2).sum() / (people.size - 1) / within
    exact = stats.f.sf(f, people.size - 1, people.sum() - people.size)
    error = np.sqrt(exact * (1 - exact) / DRAWS)
    assert p_of_means(mean, sd, people, 0.0, np.random.default_rng(1)) == pytest.approx(exact, abs=5 * error)


def test_the_p_of_a_baseline_share_is_the_mid_p_of_the_hypergeometric_distribution() -> None:
    # all tables with 15 of 50 that are at least as far apart as 10/25 v 5/25, half of those as far
    table = stats.hypergeom(50, 15, 25)
    tail = 2 * (table.sf(10) + 0.5 * table.pmf(10))
    seen = p_of_counts(np.array([10.0, 5.0]), np.array([25.0, 25.0]), np.random.default_rng(1))
    assert seen == pytest.approx(tail, abs=5 * np.sqrt(tail * (1 - tail) / DRAWS))


def test_one_p_alone_is_itself_and_many_high_ones_are_alike() -> None:
    alike, different = combined(np.array([0.2]))
    assert (alike, different) == (pytest.approx(0.8), pytest.approx(0.2))
    assert combined(np.full(8, 0.97))[0] < 0.001
    assert combined(np.full(8, 0.03))[1] < 0.001


def test_rounded_means_give_a_fair_p_although_many_are_equal() -> None:
    """Means of 0 decimals, SE 0.4: equal arms are common, and p is still uniform about one half."""
    rng = np.random.default_rng(3)
    n = np.array([100.0, 100.0])
    p = [p_of_means(np.round(rng.normal(50, 0.4, 2)), np.array([4.0, 4.0]), n, 0.5, rng) for _ in range(300)]
    assert np.mean(p) == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 300))  # four standard errors of a uniform mean


BASELINE = ["study", "variable", "arm", "n", "mean", "sd", "events"]


def baseline(study: str, shift: float) -> Rows:
    """Five means, each arm apart by this many standard errors, and a share."""
    rows: Rows = []
    for at, (mean, sd) in enumerate([(64.2, 7.1), (158.3, 6.2), (25.71, 3.92), (4.412, 0.731), (121.4, 14.8)]):
        other = mean + shift * sd * (2 / 60) ** 0.5
        rows += [[study, f"v{at}", "K2", 60, mean, sd, None], [study, f"v{at}", "none", 60, round(other, 3), sd, None]]
    return rows


@pytest.mark.parametrize("shift, code", [(0.0, "MK-B05"), (0.8, ""), (3.0, "MK-B06")])
def test_arms_too_alike_or_too_different_at_baseline_are_pointed_out(
    write_book: WriteBook, shift: float, code: str
) -> None:
    problems = found(write_book({"baseline": [BASELINE, *baseline("A", shift)]}), "MK-B05", "MK-B06")
    assert [(problem.code, problem.cell) for problem in problems] == ([(code, "baseline!A2")] if code else [])


def test_a_trial_without_random_allocation_and_one_with_two_variables_are_not_judged(write_book: WriteBook) -> None:
    studies = [["study", "randomised"], ["A", "no"], ["B", "yes"]]
    rows = [BASELINE, *baseline("A", 0.0), *baseline("B", 0.0)[:4]]
    assert found(write_book({"studies": studies, "baseline": rows}), "MK-B05", "MK-B06") == []


def test_an_effect_and_a_recruitment_beyond_what_is_plausible_are_pointed_out(write_book: WriteBook) -> None:
    header = ["study", "n_randomised", "recruitment_months", "centres"]
    path = write_book({
        "studies": [header, ["A", 500, 2, 1], ["B", 500, 24, 10], ["C", 80, None, None]],
        "means": [["study", "mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"],
                  ["A", 1.4, 0.2, 120, -1.8, 0.3, 121], ["B", 1.4, 2.2, 120, 0.8, 2.3, 121]],
    })  # fmt: skip
    effect, recruited = found(path, "MK-B07", "MK-B08")
    assert (effect.cell, effect.message.partition(":")[0]) == ("means!B2", "the effect of 'A' is 13.1 SDs")
    assert (recruited.cell, recruited.message.partition(";")[0]) == (
        "studies!C2", "'A' randomised 250 people a month and centre")  # fmt: skip


def arm(n: int, mean: str, dispersion: str) -> Side:
    row = {"n": Entry(value=float(n)), "mean": Entry(value=float(mean), raw=mean),
           "dispersion": Entry(value=float(dispersion), raw=dispersion)}  # fmt: skip
    return Side(row=row, columns={"n": "n", "mean": "mean", "dispersion": "dispersion"})


def exactly(p: str) -> tuple[float, float]:
    return z_range_of_p(Entry(value=float(p), raw=p))


# Means as printed in the abstracts, whose pages stand in datasets/huang2014 and k2_vascular; "±" has no name in them.
@pytest.mark.parametrize(
    "experimental, control, printed, fits",
    [
        ((120, "1.4", "0.7"), (121, "-1.8", "0.6"), exactly("0.0010"), ("SEM",)),  # Shiraki 2000, 6 months
        ((39, "2.20", "2.48"), (41, "-7.31", "3.65"), exactly("0.037"), ("SEM",)),  # Orimo 1998, metacarpal
        ((39, "0.118", "0.016"), (41, "0.189", "0.029"), exactly("0.028"), ("SEM",)),  # Orimo 1998, Ca/Cr
        ((24, "2.8", "1.0"), (24, "4.2", "2.1"), (z_of_p(0.005), np.inf), ("SD",)),  # Koitaya 2014, p < 0.005
        ((24, "3.6", "1.5"), (24, "4.9", "2.3"), exactly("0.018"), ("SD",)),  # Koitaya 2014, 12 months
        ((120, "-0.67", "2.78"), (124, "0.15", "2.51"), exactly("0.018"), ("SD",)),  # Knapen 2015
        ((22, "0.01", "0.03"), (23, "-0.008", "0.04"), exactly("0.049"), ("SD",)),  # Je 2011, 45 completers
        ((22, "-1.6", "1.6"), (23, "-0.4", "1.1"), exactly("0.008"), ("SD",)),  # Je 2011, ucOC
        ((20, "-0.06", "0.26"), (20, "0.27", "0.43"), exactly("0.010"), ("SD",)),  # Eelderink 2023
        ((21, "0.06", "0.08"), (21, "0.136", "0.05"), exactly("0.005"), ()),  # Kurnatowska 2015: neither
    ],
)  # fmt: skip
def test_the_printed_p_tells_whether_a_spread_is_an_sd_or_a_standard_error(
    experimental: tuple[int, str, str],
    control: tuple[int, str, str],
    printed: tuple[float, float],
    fits: tuple[str, ...],
) -> None:
    assert readings(arm(*experimental), arm(*control), printed) == fits


def test_a_spread_without_a_name_gets_both_readings_and_none_is_asserted(write_book: WriteBook) -> None:
    header = ["study", "outcome", "time", "arm", "n", "mean", "dispersion"]
    arms = [["O", "BMD", "24 wk", "MK-4", 39, 2.2, 2.48], ["O", "BMD", "24 wk", "none", 41, -7.31, 3.65]]
    effects = [["study", "outcome", "time", "experimental", "control", "measure", "estimate", "p"],
               ["O", "BMD", "24 wk", "MK-4", "none", "MD", None, 0.037]]  # fmt: skip
    (note,) = found(write_book({"continuous": [header, *arms], "effects": effects}), "MK-E18")
    assert (note.cell, note.severity) == ("effects!H2", "note")
    assert note.message.startswith("the spread (G2 and G3) has no name; p is 0.037, and as SD it gives about <0.001")
    assert note.message.endswith(": SEM fits")

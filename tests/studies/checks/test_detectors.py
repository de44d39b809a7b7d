"""How much the detectors find and how often they cry wolf, measured on made-up trials with a fixed seed."""

import math

import numpy as np
import pytest

from metak2.studies.checks.across import Effect, Spread, opposite_sign, se_as_sd, units_mixed
from metak2.studies.checks.counts import no_count_gives_percentage
from metak2.studies.checks.printed import chi2_tail, decimals, half_units, z_of_p, z_of_t
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.rows import Entry, Side

ROUNDS = 400


def made_up(rng: np.random.Generator, k: int, variation: float) -> list[Spread]:
    """Trials of 20 to 200 people an arm whose SDs vary between trials by this much on the log scale."""
    n = rng.integers(20, 200, k)
    true = 10 * np.exp(rng.normal(0, variation, k))
    sd = true * np.sqrt(rng.chisquare(2 * n - 2) / (2 * n - 2))
    means = rng.normal(50, 5, k)
    return [
        Spread(study=f"trial {i}", cell=f"t!C{i + 2}", column="sd_e", raw="", sd=float(sd[i]), n=float(n[i]),
               mean=float(means[i]))
        for i in range(k)
    ]  # fmt: skip


def with_se_for_sd(trials: list[Spread]) -> list[Spread]:
    first = trials[0]
    wrong = Spread(
        study=first.study, cell=first.cell, column=first.column, raw="", sd=first.sd / math.sqrt(first.n), n=first.n
    )
    return [wrong, *trials[1:]]


# The design document measured a sensitivity of 0.96 to 1.00 with false alarms in at most 0.4 % of meta-analyses at a
# log-SD variation of 0.2, and of 0.64 to 0.89 with at most 6 % at 0.4; three standard errors of 400 rounds are allowed.
@pytest.mark.parametrize(
    "k, variation, least, most",
    [(6, 0.1, 0.94, 0.02), (8, 0.2, 0.93, 0.02), (15, 0.2, 0.93, 0.02), (8, 0.4, 0.57, 0.10), (15, 0.4, 0.57, 0.10)],
)
def test_an_se_typed_as_sd_is_found_and_honest_sds_are_left_alone(
    k: int, variation: float, least: float, most: float
) -> None:
    rng = np.random.default_rng(20040712)
    found = false = 0
    for _ in range(ROUNDS):
        honest = made_up(rng, k, variation)
        false += bool(se_as_sd(honest))
        found += [problem.cell for problem in se_as_sd(with_se_for_sd(honest))] == ["t!C2"]
    assert found / ROUNDS >= least
    assert false / ROUNDS <= most


def test_three_trials_are_too_few_to_judge_an_sd() -> None:
    trials = made_up(np.random.default_rng(1), 3, 0.1)
    assert se_as_sd(with_se_for_sd(trials)) == []


@pytest.mark.parametrize("ratio", [10, 18, 24, 38.7, 60, 1000])
def test_a_trial_in_another_unit_is_found_and_honest_units_are_left_alone(ratio: float) -> None:
    rng = np.random.default_rng(7)
    found = false = 0
    for _ in range(100):
        honest = made_up(rng, 8, 0.15)
        false += bool(units_mixed(honest))
        one = honest[0]
        other = Spread(study=one.study, cell=one.cell, column="sd_e", raw="", sd=one.sd * ratio, n=one.n,
                       mean=one.mean * ratio)  # fmt: skip
        found += [problem.cell for problem in units_mixed([other, *honest[1:]])] == ["t!C2"]
    assert found >= 95  # an unlucky SD may lie beyond the tolerance of 0.6 on the log scale
    assert false == 0


def test_a_turned_sign_is_found_and_mixed_results_are_left_alone() -> None:
    rng = np.random.default_rng(11)
    found = false = 0
    for _ in range(ROUNDS):
        se = rng.uniform(0.1, 0.25, 8)
        estimates = rng.normal(-0.8, 0.15, 8) + rng.normal(0, se)
        honest = [
            Effect(study=f"t{i}", cell=f"c{i}", column="mean_e", raw="", estimate=float(estimates[i]), se=float(se[i]))
            for i in range(8)
        ]
        turned = [Effect(study="t0", cell="c0", column="mean_e", raw="", estimate=-honest[0].estimate, se=honest[0].se)]
        found += [problem.cell for problem in opposite_sign([*turned, *honest[1:]])] == ["c0"]
        false += bool(opposite_sign(honest))
    assert found / ROUNDS >= 0.9  # an effect near 0 turned looks like itself
    assert false == 0


def grim(percent: float, people: int, digits: int) -> bool:
    columns = {"percent": "percent", "n": "n"}
    row = {"percent": Entry(value=percent, cell="t!B2"), "n": Entry(value=float(people), cell="t!C2")}
    return bool(list(no_count_gives_percentage(Side(row=row, columns=columns), decimals=digits)))


# n + 1 counts give n + 1 of the 1001 percentages with one decimal, so 96 % of random wrong percentages are caught at
# n = 41 and 85 % at 150; at 400 every second count ends in 5 and may be rounded either way, which leaves 40 %.
@pytest.mark.parametrize("people, caught", [(41, 959), (150, 850), (400, 400)])
def test_grim_catches_every_percentage_that_no_count_gives(people: int, caught: int) -> None:
    assert sum(grim(tenths / 10, people, 1) for tenths in range(1001)) == caught
    assert not any(grim(round(100 * count / people, 1), people, 1) for count in range(people + 1))


def test_chi_square_tails_are_those_of_the_tables() -> None:
    # NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4: upper 5 % points to three decimals
    for df, point in ((1, 3.841), (2, 5.991), (3, 7.815), (4, 9.488), (5, 11.070), (10, 18.307)):
        assert chi2_tail(point, df) == pytest.approx(0.05, abs=5e-5)


def test_a_t_value_has_the_z_score_of_its_p_value() -> None:
    # the same tables, 1.3.6.7.2: two-sided 5 % and 1 % points of t; Wallace's formula is good to 0.01 in z
    for df, five, one in ((8, 2.306, 3.355), (20, 2.086, 2.845), (60, 2.000, 2.660)):
        assert z_of_t(five, df) == pytest.approx(z_of_p(0.05), abs=0.01)
        assert z_of_t(one, df) == pytest.approx(z_of_p(0.01), abs=0.01)


def test_decimals_that_a_spreadsheet_drops_are_given_back() -> None:
    def halves(*texts: str) -> list[float]:
        return half_units([Entry(value=float(text), raw=text) for text in texts])

    assert halves("0.8", "0.65", "0.98") == [0.005] * 3
    assert halves("0.13", "0.031", "0.554") == [0.005, 0.0005, 0.0005]
    assert decimals("1e-3") == 3


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("12.3 (4.5)", (12.3, 4.5)),
        ("3.1 ± 1.2", (3.1, 1.2)),
        ("3.1+/-1.2", (3.1, 1.2)),
        ("0.80 (0.65–0.98)", (0.80, 0.65, 0.98)),
        ("0,80 (0,65–0,98)", (0.80, 0.65, 0.98)),
        ("−2.5 (−3.1, −1.9)", (-2.5, -3.1, -1.9)),
        ("45 [30; 60]", (45, 30, 60)),
        ("3/21", (3, 21)),
        ("2 of 21", (2, 21)),
        ("12 (34%)", (12, 34)),
        ("12–14", (12, 14)),
        ("15 %", (15,)),
        ("1 204", (1204,)),
        ("1'204'000", (1204000,)),
        ("1.204,5", (1204.5,)),
        ("−2.5", (-2.5,)),
        ("n/a", ()),
        ("2006a", ()),
        ("1-2-3", ()),
    ],
)
def test_the_numbers_in_a_text_are_read_in_order(text: str, numbers: tuple[float, ...]) -> None:
    assert numbers_in(text).numbers == numbers

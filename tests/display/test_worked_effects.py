"""What is printed as arithmetic is arithmetic: evaluated, it gives the effect and variance that are used."""

import math
import re

import pandas as pd
import pytest

import metak2 as mk
from metak2.display.worked_effects import FORMULAS, four, plain, worked_effects

COUNTS = {"event_e": [4, 0, 12], "n_e": [123, 50, 90], "event_c": [11, 6, 9], "n_c": [139, 52, 88]}
MEANS = {"mean_e": [5.125, 4.5, 6.0], "sd_e": [1.5, 1.25, 2.0], "n_e": [20, 35, 41], "mean_c": [4.0, 4.75, 4.5],
         "sd_c": [1.4, 1.3, 2.2], "n_c": [22, 33, 40]}  # fmt: skip
DATA = {
    "counts": COUNTS,
    "means": MEANS,
    "rates": {"event_e": [4, 7, 12], "time_e": [120.5, 300, 90], "event_c": [11, 6, 9], "time_c": [118, 310.25, 88]},
    "proportions": {"event": [4, 7, 12], "n": [20, 30, 90]},
    "single_rates": {"event": [4, 7, 12], "person_time": [20.5, 30, 90]},
    "single_means": {"mean": [4.5, 7, -1.5], "sd": [2, 3, 9], "n": [20, 30, 40]},
    "correlations": {"r": [0.5, -0.25, 0.125], "n": [20, 30, 40]},
    "logrank": {"o_minus_e": [-3.5, 2, -1.25], "v": [10.5, 4, 6]},
}
SIGNS = {"−": "-", "×": "*", "²": "**2", "³": "**3", "ln(": "log(", "arcsin(": "asin(", "√(": "sqrt("}


def value(arithmetic: str) -> float:
    """The value of a printed formula."""
    for sign, python in SIGNS.items():
        arithmetic = arithmetic.replace(sign, python)
    assert re.fullmatch(r"(?:[\d.e+*/() -]|log|asin|sqrt)+", arithmetic)
    return float(eval(arithmetic, {"log": math.log, "asin": math.asin, "sqrt": math.sqrt}))  # noqa: S307 - our own text, checked above


@pytest.mark.parametrize("measure, kind", FORMULAS)
def test_the_printed_arithmetic_gives_the_effect_and_its_variance(measure: str, kind: str) -> None:
    effects = mk.effect_sizes(pd.DataFrame({"study": ["A", "B", "C"], **DATA[kind]}), measure=measure)
    for i, line in enumerate(worked_effects(effects)):
        found = re.fullmatch(r"yi = (.+) = (\S+);  vi = (.+) = (\S+)", line)
        assert found, line
        # numbers go in with ten digits; a zero cell has its 0.5 in the arithmetic
        assert value(found[1]) == pytest.approx(effects.yi[i], rel=1e-9)
        assert value(found[3]) == pytest.approx(effects.vi[i], rel=1e-9)
        assert (found[2], found[4]) == (four(effects.yi[i]), four(effects.vi[i]))


def test_a_zero_cell_shows_the_half_that_was_added() -> None:
    effects = mk.effect_sizes(pd.DataFrame({"study": ["A", "B", "C"], **COUNTS}), measure="RR")
    assert worked_effects(effects)[1].startswith("yi = ln((0.5/51)/(6.5/53)) = ")


def test_the_first_trial_of_bcg_is_worked_as_a_textbook_would() -> None:
    table = pd.DataFrame({"study": ["Aronson"], "event_e": [4], "n_e": [123], "event_c": [11], "n_c": [139]})
    (line,) = worked_effects(mk.effect_sizes(table, measure="RR"))
    assert line == "yi = ln((4/123)/(11/139)) = −0.8893;  vi = 1/4 − 1/123 + 1/11 − 1/139 = 0.3256"


def test_a_trial_without_events_has_no_effect_and_says_why() -> None:
    table = pd.DataFrame({"study": ["A"], "event_e": [0], "n_e": [20], "event_c": [0], "n_c": [21]})
    assert worked_effects(mk.effect_sizes(table, measure="RR")) == ("no effect: double zero",)


def test_another_variance_is_not_shown_as_the_usual_formula() -> None:
    table = pd.DataFrame({"study": ["A", "B", "C"], **COUNTS})
    for line in worked_effects(mk.effect_sizes(table, measure="RD", variance="UB")):
        assert "³" not in line
        assert "event_e" in line


def test_a_measure_without_a_short_form_shows_what_went_in() -> None:
    effects = mk.effect_sizes(pd.DataFrame({"study": ["A", "B", "C"], **MEANS}), measure="SMDH")
    assert "mean_e 5.125, sd_e 1.5" in worked_effects(effects)[0]


def test_arrays_given_ready_made_are_shown_as_given() -> None:
    effects = mk.effects_from([-0.5, 0.25], study=["A", "B"], vi=[0.1, 0.2])
    assert worked_effects(effects) == ("yi = −0.5000;  vi = 0.1000", "yi = 0.2500;  vi = 0.2000")


def test_a_negative_number_stands_in_brackets() -> None:
    assert (plain(-1.5), plain(123.0), plain(0.1)) == ("(−1.5)", "123", "0.1")

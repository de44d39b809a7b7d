"""What was printed and what follows from it, as sentences: digits kept, questions put, nobody accused."""

import pytest

from metak2.display import published as say
from metak2.robustness.consistency import consistency
from metak2.robustness.overlap import overlap
from metak2.robustness.published import reproduce
from metak2.robustness.removal import removal
from metak2.studies.memberships import Membership
from tests.effects.made_up import trials
from tests.robustness.printed import interval, target

HABU = trials([("Habu 2004", 2, 21, 9, 19)])
AS_PRINTED = [
    (interval("OR", "0.30", "0.05", "1.74"), "OR 0.30 (95\u202f% CI 0.05 to 1.74)"),
    (target("HR", sided="one", estimate="1.150", p="0.811"), "HR 1.150, one-sided p = 0.811"),
    (target("MD", estimate="-2.67", p="<0.001", I2="34"), "MD \u22122.67, p < 0.001, I² = 34\u202f%"),
    (target("", p="0.006"), "p = 0.006"),
    (target(""), "no number"),
]


@pytest.mark.parametrize("printed,words", AS_PRINTED)
def test_numbers_keep_the_digits_they_were_printed_with(printed: object, words: str) -> None:
    assert say.as_printed(printed) == words  # type: ignore[arg-type] # parametrised targets


def told(*args: str, **more: str) -> str:
    return " ".join(say.finding(found) for found in consistency(interval(*args, **more)))


def test_numbers_that_fit_are_said_to_fit() -> None:
    text = told("MD", "-17", "-86", "53", p="0.64")
    assert "p = 0.64 follows from the interval" in text
    assert "Check this" not in text


@pytest.mark.parametrize(
    "args,p,words",
    [
        (("RR", "0.92", "-0.79", "1.07"), "0.29", "a ratio is above 0. With the other sign of the lower limit"),
        (
            ("MD", "0.04", "-0.11", "0.02"),
            "0.21",
            "lies outside its own interval \u22120.11 to 0.02. With the",
        ),
        (("HR", "0.45", "0.07", "0.83"), "0.02", "may have been pooled without logarithms"),
        (("HR", "0.45", "0.07", "0.83"), "0.02", "and p = 0.02 is printed; t quantiles"),
    ],
)
def test_numbers_that_do_not_fit_are_a_question_with_its_innocent_reasons(
    args: tuple[str, str, str, str], p: str, words: str
) -> None:
    text = told(*args, p=p)
    assert words in text
    assert text.count("Check this") >= 1
    assert not {"fraud", "fabricat", "error", "wrong", "false"} & set(text.lower().split())


def test_a_very_small_p_is_not_written_out_in_zeros() -> None:
    assert "with rounding below 0.001" in told("MD", "-2.67", "-2.86", "-2.49", p="<0.001")


def test_a_removal_says_what_changed_and_what_was_carried() -> None:
    text = say.removal(removal(interval("OR", "0.23", "0.12", "0.47"), interval("OR", "0.30", "0.05", "1.74")))
    assert "The interval did not include 1, which is no effect, and includes it after the removal." in text
    assert "carried 83 to 87\u202f% of the weight" in text


def test_a_removal_with_the_removed_study_says_what_one_expects() -> None:
    yops = interval("OR", "0.37", "0.16", "0.99", review="YOPS")
    vertebral = interval("OR", "0.96", "0.83", "1.11"), interval("OR", "0.98", "0.85", "1.14")
    clinical = interval("OR", "0.72", "0.55", "0.95"), interval("OR", "0.74", "0.56", "0.97")
    assert say.removal(removal(*vertebral, removed=yops)).endswith("as printed.")
    assert "at most 0.91" in say.removal(removal(*vertebral))
    assert "weights do not simply add up" in say.removal(removal(*clinical, removed=yops))
    assert "rounding leaves its own effect open" in say.removal(removal(*clinical))


def test_a_reproduction_names_the_choice_that_made_the_number() -> None:
    text = say.reproduction(reproduce(target("RR", estimate="0.117"), HABU))
    assert "reproduced (estimate) by OR, common effect, inverse variance" in text


def test_a_miss_is_told_in_units_of_the_last_digit() -> None:
    text = say.reproduction(reproduce(interval("HR", "0.20", "0.04", "0.91"), HABU))
    assert "estimate reproduced, not the rest" in text
    assert "upper limit 0.816 for 0.91 (off by 9.4 units of the last digit)" in text


def test_what_was_not_tried_says_why() -> None:
    assert "or their numbers, were not found" in say.reproduction(reproduce(interval("OR", "0.3", "0.1", "1.7"), None))
    blank = trials([("Ishida & Kawai 2004", None, 66, 17, 66)])
    text = say.reproduction(reproduce(target("RR", estimate="0.44"), blank))
    assert "No effect size can be had from Ishida & Kawai 2004." in text


def test_overlap_tells_what_is_sourced_and_what_is_shared() -> None:
    rows = [Membership(review=r, trial="Sato 2005", holds=True) for r in ("Iwamoto 2009", "Cockayne 2006")]
    rows.append(Membership(review="Cockayne 2006", trial="Ishida & Kawai 2004", holds=True))
    text = say.overlap(overlap(tuple(rows)))
    assert text.startswith("3 of 4 cells of the citation matrix are sourced; ")
    assert "lies between 50\u202f% and 100\u202f%" in text
    assert text.endswith("Iwamoto 2009 and Cockayne 2006 share Sato 2005.")

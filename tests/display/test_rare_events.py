import pytest

from metak2.display.rare_events import disagreement
from metak2.models.count_data import count_data
from metak2.models.rare_events import rare_events_table


def say(event_e: list[int], n_e: list[int], event_c: list[int], n_c: list[int]) -> str:
    return disagreement(rare_events_table(count_data(event_e=event_e, n_e=n_e, event_c=event_c, n_c=n_c)))


def test_methods_that_agree_about_the_null_value_are_said_to() -> None:
    text = say([2, 3], [21, 40], [9, 9], [19, 41])
    assert "The odds ratio runs from 0.19 (GLMM, fixed study effects) to 0.27 (GLMM, conditional, approximate)." in text
    assert text.endswith("Every interval excludes the null value.")


def test_methods_that_disagree_are_named() -> None:
    text = say([0, 0, 0], [50, 30, 100], [0, 2, 1], [48, 35, 101])
    assert text.startswith("Peto alone has a finite odds ratio, 0.15.")
    assert "outside the interval of arcsine difference, and inside those of Peto; exact." in text
    assert text.endswith("The trial without events in either arm changes no odds ratio.")


def test_what_the_double_zero_trials_move_is_named() -> None:
    text = say([0, 0, 3, 1, 0, 5], [50, 30, 100, 50, 80, 5], [0, 2, 0, 1, 0, 5], [48, 35, 101, 51, 79, 5])
    assert "The 3 trials without events in either arm move" in text
    assert "beta-binomial from" in text


def test_nothing_is_said_of_odds_ratios_that_do_not_exist() -> None:
    assert say([0], [50], [0], [48]) == "No method has a finite odds ratio for these trials."


@pytest.mark.parametrize("part", ["double-zero", "Mantel–Haenszel", "radians", "! Peto"])
def test_the_printed_table_holds_every_method_and_peto_its_warning(part: str) -> None:
    table = rare_events_table(count_data(event_e=[2, 3], n_e=[21, 40], event_c=[9, 9], n_c=[19, 41]))
    assert part in str(table)
    assert table._repr_html_().startswith("<div>")

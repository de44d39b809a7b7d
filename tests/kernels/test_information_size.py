import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from metak2.kernels.information_size import people_for_means, people_for_risks


@pytest.mark.parametrize("control, experimental", [(0.2, 0.15), (0.016, 0.012), (0.5, 0.3), (0.1, 0.2)])
def test_people_to_tell_two_risks_apart_are_those_of_statsmodels(control: float, experimental: float) -> None:
    one_arm = samplesize_proportions_2indep_onetail(
        experimental - control, control, 0.8, ratio=1, alpha=0.05, value=0, alternative="two-sided"
    )
    # the same closed form by another hand: rounding of floats is all that may differ
    assert people_for_risks(control, experimental) == pytest.approx(2 * float(one_arm), rel=1e-12)


def test_grades_own_example_of_a_fifth_lowered_by_a_quarter_needs_about_2000() -> None:
    # GRADE guidelines 6, as quoted by the KCE process book, section 5.5.4: "approximately 2 000", read off a figure
    assert people_for_risks(0.2, 0.15) == pytest.approx(2000, rel=0.1)


@pytest.mark.parametrize("difference", [0.2, 0.5, 1.0])
def test_people_to_see_a_difference_of_means_are_those_of_statsmodels(difference: float) -> None:
    one_arm = NormalIndPower().solve_power(difference, alpha=0.05, power=0.8, alternative="two-sided")
    # statsmodels counts both tails; the far one holds less than 1e-6 of the power of 0.8, and its root stops at 1e-8
    assert people_for_means(difference) == pytest.approx(2 * one_arm, rel=1e-5)


def test_half_the_difference_needs_four_times_the_people() -> None:
    # exact but for the rounding of one multiplication
    assert people_for_means(0.25) == pytest.approx(4 * people_for_means(0.5), rel=1e-14)

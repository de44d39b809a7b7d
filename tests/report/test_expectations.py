import math

from metak2.report.expectations import Expectation


def expectation(expected: float, found: float, rtol: float = 1e-3) -> Expectation:
    return Expectation(
        of="primary", quantity="estimate", expected=expected, found=found, rtol=rtol, source="a textbook"
    )


def test_a_number_within_its_tolerance_is_met() -> None:
    assert expectation(-0.7145, -0.71453).met
    assert not expectation(-0.7145, -0.7155).met


def test_the_tolerance_is_relative_to_the_expected_number() -> None:
    assert expectation(100.0, 101.0, rtol=0.01).met
    assert not expectation(100.0, 101.005, rtol=0.01).met


def test_zero_is_met_within_an_absolute_tolerance() -> None:
    assert expectation(0.0, 5e-4).met
    assert not expectation(0.0, 5e-3).met


def test_a_number_that_is_not_there_is_not_met() -> None:
    assert not expectation(0.5, math.nan).met

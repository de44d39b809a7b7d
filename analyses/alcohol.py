"""Alcohol and cardiovascular disease: a dose–response curve from six observational studies, a textbook set."""

import metak2 as mk

TEACHING = "datasets/teaching/liu2009.csv"


def report() -> mk.Report:
    """A spline, beside the straight line and the other covariances."""
    data = mk.dose_data(TEACHING, unit="g a day")
    return mk.dose_response_report(
        "Alcohol and cardiovascular disease: a textbook dose–response curve",
        mk.dose_response(data, knots=3),
        about="alcohol intake and cardiovascular disease in six observational studies",
        others={
            "Straight line": mk.dose_response(data),
            "Hamling covariances": mk.dose_response(data, knots=3, covariance="hamling"),
            "Two stages": mk.dose_response(data, knots=3, stages="two"),
            "Ratios taken as independent": mk.dose_response(data, knots=3, covariance="independent"),
        },
        doubts=(
            "Drinkers and abstainers differ in much else, and people abstain because they are ill.",
            "The set teaches a method; the numbers are not advice.",
        ),
    )

"""Glucose-lowering drugs and HbA1c (Senn et al. 2013): the field's teaching set for a network."""

import metak2 as mk

NEWEST_LAST = (
    *("placebo", "acarbose", "metformin", "miglitol", "sulfonylurea", "benfluorex"),
    *("pioglitazone", "rosiglitazone", "sitagliptin", "vildagliptin"),
)


def report() -> mk.Report:
    """Ten treatments in 26 trials; nine of its fifteen comparisons rest on one trial, so that it is a lesson only."""
    data = mk.network_data("datasets/teaching/senn2013.csv", measure="MD")
    return mk.network_report(
        "Glucose-lowering drugs: a teaching network",
        mk.network(data, weak_edges="allow").against("placebo"),
        about="ten glucose-lowering treatments and HbA1c (per cent)",
        better="lower",
        order=NEWEST_LAST,
        doubts=[
            "Final values and changes are taken together.",
            "Trials last from weeks to years.",
            "Risk of bias is not assessed in this teaching set.",
        ],
    )

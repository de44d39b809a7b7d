"""Kinds of study data beyond two arms: their columns, in the order in which the formulas take them, and their meaning.

A wide sheet or a DataFrame that has `study` and the columns of a kind is read as that kind.
"""

from collections.abc import Mapping
from typing import Literal

OneRowKind = Literal[
    "proportions", "single_rates", "single_means", "correlations", "regressions", "reliability", "genotypes",
    "accuracy", "paired_means", "paired_counts", "crossover_counts", "pre_post", "d_values", "t_values", "logrank",
]  # fmt: skip

COLUMNS: Mapping[OneRowKind, tuple[str, ...]] = {
    "proportions": ("event", "n"),
    "single_rates": ("event", "person_time"),
    "single_means": ("mean", "sd", "n"),
    "correlations": ("r", "n"),
    "regressions": ("t", "n", "predictors", "r_squared"),
    "reliability": ("alpha", "items", "n"),
    "genotypes": ("homozygous_1", "heterozygous", "homozygous_2"),
    "accuracy": ("tp", "fp", "fn", "tn"),
    "paired_means": ("mean_1", "mean_2", "sd_1", "sd_2", "r", "n"),
    "paired_counts": ("both", "first_only", "second_only", "neither"),
    "crossover_counts": ("event_first", "n_first", "event_second", "n_second", "r"),
    "pre_post": (
        "mean_pre_e", "mean_post_e", "sd_pre_e", "n_e", "mean_pre_c", "mean_post_c", "sd_pre_c", "n_c", "r",
    ),
    "d_values": ("d", "n_e", "n_c"),
    "t_values": ("t", "n_e", "n_c"),
    "logrank": ("o_minus_e", "v"),
}  # fmt: skip

OPTIONAL: Mapping[OneRowKind, tuple[str, ...]] = {
    "single_means": ("mean",),
    "regressions": ("r_squared",),
    "paired_means": ("mean_1", "mean_2", "sd_2"),
}
"""Columns that only some measures of the kind need: the SD alone gives SDLN, one SD gives SMCR."""

MEANINGS: Mapping[str, tuple[str, str, str]] = {
    "event": ("people with the event, or events", "people", "whole number"),
    "n": ("people analysed", "people", "whole number"),
    "person_time": ("time at risk", "person-years", "above 0"),
    "mean": ("mean", "as in unit", ""),
    "sd": ("standard deviation", "as in unit", "above 0"),
    "r": ("correlation; for paired values, between the two values of a person", "", "-1 to 1"),
    "t": ("t value: of the coefficient, or of experimental less control", "", ""),
    "predictors": ("predictors in the model, the one of interest among them", "", "whole number"),
    "r_squared": ("R² of the model", "", "0 to 1"),
    "alpha": ("Cronbach's alpha", "", "below 1"),
    "items": ("items of the scale", "", "whole number, 2 or more"),
    "homozygous_1": ("people with two copies of the first allele", "people", "whole number"),
    "heterozygous": ("people with one copy of each", "people", "whole number"),
    "homozygous_2": ("people with two copies of the second allele", "people", "whole number"),
    "tp": ("true positives: with the disease, test positive", "people", "whole number"),
    "fp": ("false positives: without the disease, test positive", "people", "whole number"),
    "fn": ("false negatives: with the disease, test negative", "people", "whole number"),
    "tn": ("true negatives: without the disease, test negative", "people", "whole number"),
    "mean_1": ("first mean; the effect is first less second, so usually after, or under treatment", "as in unit", ""),
    "mean_2": ("second mean: before, or under control", "as in unit", ""),
    "sd_1": (
        "SD of the first values; SMCR and SMCRH divide by it, whichever mean it belongs to (usually the SD before)",
        "as in unit",
        "above 0",
    ),
    "sd_2": ("SD of the other values", "as in unit", "above 0"),
    "both": ("pairs, or people, with the event both times", "pairs", "whole number"),
    "first_only": ("with the event the first time only", "pairs", "whole number"),
    "second_only": ("with the event the second time only", "pairs", "whole number"),
    "neither": ("without the event", "pairs", "whole number"),
    "event_first": ("people with the event under the first treatment of a crossover", "people", "whole number"),
    "n_first": ("people under the first treatment", "people", "whole number"),
    "event_second": ("people with the event under the second treatment", "people", "whole number"),
    "n_second": ("people under the second treatment", "people", "whole number"),
    "mean_pre_e": ("mean before, experimental arm", "as in unit", ""),
    "mean_post_e": ("mean after, experimental arm", "as in unit", ""),
    "sd_pre_e": ("SD before, experimental arm", "as in unit", "above 0"),
    "n_e": ("people analysed, experimental arm", "people", "whole number"),
    "mean_pre_c": ("mean before, control arm", "as in unit", ""),
    "mean_post_c": ("mean after, control arm", "as in unit", ""),
    "sd_pre_c": ("SD before, control arm", "as in unit", "above 0"),
    "n_c": ("people analysed, control arm", "people", "whole number"),
    "d": ("Cohen's d before any correction, experimental less control", "", ""),
    "o_minus_e": ("observed less expected events of the experimental arm", "events", ""),
    "v": ("variance of the log-rank statistic", "", "above 0"),
}
"""Meaning, unit and what the cell may hold (blank where it is not reported)."""

ROLES: Mapping[str, str] = {"event": "events"}
"""Columns that play a part for which there are checks under another name."""

"""Named presets of numbers. A convention sets every default at once and is printed with every result.

`metak2` is ours (METHODS: Hartung–Knapp, never narrower than Wald; I² from tau²; prediction with t and k − 1 degrees of
freedom). `cochrane` follows RevMan since January 2025: REML, Q-profile, Hartung–Knapp, I² from tau² (Cochrane Methods,
"Random-effects meta-analysis methods for Intervention Reviews", updates of May 2024 and January 2025); RevMan's own
rule for when Hartung–Knapp gives way to Wald was not found in public, so none is applied. `revman5` reproduces old
reviews: DerSimonian–Laird, for two-by-two tables with Q taken about the Mantel–Haenszel estimate, Wald intervals, I²
from Q. `metafor` is what R's `rma(yi, vi)` gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from metak2.errors import UnknownOptionError

Test = Literal["z", "t", "HK", "HK-adhoc"]
Prediction = Literal["t(k-1)", "t(k-2)", "z", "none"]

TESTS: Mapping[str, str] = MappingProxyType(
    {
        "z": "Wald, normal distribution",
        "t": "Wald standard error, t distribution with k − 1 degrees of freedom",
        "HK": "Hartung–Knapp",
        "HK-adhoc": "Hartung–Knapp, never narrower than Wald",
    }
)
PREDICTIONS: Mapping[str, str] = MappingProxyType(
    {
        "t(k-1)": "t distribution with k − 1 degrees of freedom",
        "t(k-2)": "t distribution with k − 2 degrees of freedom",
        "z": "normal distribution",
        "none": "no prediction interval",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """A preset: the defaults of `pool`, and the rules that have no option of their own.

    `few_studies` applies METHODS section 2 (k = 2: common-effect headline; Hartung–Knapp never narrower than Wald);
    `about_mantel_haenszel` takes the Q of DerSimonian–Laird about the Mantel–Haenszel estimate for two-by-two tables.
    """

    name: str
    label: str
    method: str
    test: Test
    prediction: Prediction
    I2_rule: Literal["from tau2", "from Q"]
    few_studies: bool = False
    about_mantel_haenszel: bool = False


CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        convention.name: convention
        for convention in (
            Convention(
                name="metak2",
                label="metak2",
                method="REML",
                test="HK",
                prediction="t(k-1)",
                I2_rule="from tau2",
                few_studies=True,
            ),
            Convention(
                name="cochrane",
                label="Cochrane (RevMan since January 2025)",
                method="REML",
                test="HK",
                prediction="t(k-1)",
                I2_rule="from tau2",
            ),
            Convention(
                name="revman5",
                label="RevMan 5",
                method="DL",
                test="z",
                prediction="none",
                I2_rule="from Q",
                about_mantel_haenszel=True,
            ),
            Convention(
                name="metafor",
                label="metafor's defaults",
                method="REML",
                test="z",
                prediction="z",
                I2_rule="from tau2",
            ),
        )
    }
)


def convention_named(name: str | Convention) -> Convention:
    """The convention of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, Convention):
        return name
    if name not in CONVENTIONS:
        raise UnknownOptionError("convention", name, CONVENTIONS)
    return CONVENTIONS[name]

"""Named presets of numbers. A convention sets every default at once and is printed with every result.

`metak2` is ours (METHODS: Hartung–Knapp, never narrower than Wald; I² from tau²; prediction with t and k − 1 degrees of
freedom). `cochrane` follows RevMan since January 2025: REML, Q-profile, Hartung–Knapp, I² from tau² (Cochrane Methods,
"Random-effects meta-analysis methods for Intervention Reviews", updates of May 2024 and January 2025); RevMan's own
rule for when Hartung–Knapp gives way to Wald was not found in public, so none is applied. `revman5` reproduces old
reviews: DerSimonian–Laird, for two-by-two tables with Q taken about the Mantel–Haenszel estimate, Wald intervals, I²
from Q. `metafor` is what R's `rma(yi, vi)` and `predict()` give: the prediction interval takes the distribution of the
test, normal or t with k − 1.

`meta` is what R's `metagen()` of meta 8 gives: REML, Wald; I² from Q with its test-based interval; prediction with the
Wald standard error and t(k − 1), also beside Hartung–Knapp; for tau² the Q-profile interval, Jackson's for
DerSimonian–Laird ("By default, the Jackson method is used for the DerSimonian-Laird estimator of τ² and the Q-profile
method for all other estimators", its help page `meta-package`). The rest is read off its results: golden cases
`meta_pairwise`, strata `gen.*` and `bin.Inverse.*`.

`stata` is `meta summarize` without options, as printed in a public log (statalist thread 1696829, data
`metaset`): random effects, REML, "Test of theta = 0: z", I² 5.30 % with Q 6.34 on 9 degrees of freedom, hence from
tau². It prints no prediction interval and no interval for tau² unless asked; the rules of its options `predinterval`
and `tau2test` were not found in public, so none is claimed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from metak2.errors import UnknownOptionError

Test = Literal["z", "t", "HK", "HK-adhoc", "HK-wider", "HK-IQWiG", "KR"]
Prediction = Literal["t(k-1)", "t(k-2)", "z", "as test", "t(k-1) Wald", "t(k-2) Wald", "bootstrap", "none"]
Tau2Interval = Literal["Q-profile", "BJ", "J", "GENQ", "PL", "none"]

TESTS: Mapping[str, str] = MappingProxyType(
    {
        "z": "Wald, normal distribution",
        "t": "Wald standard error, t distribution with k − 1 degrees of freedom",
        "HK": "Hartung–Knapp",
        "HK-adhoc": "Hartung–Knapp, never narrower than Wald",
        "HK-wider": "Hartung–Knapp or Wald, whichever interval is wider (Jackson et al. 2017, Stat Med 36:3923-3934)",
        "HK-IQWiG": "Hartung–Knapp, its standard error at least Wald's where its interval is narrower than the Wald "
        "interval of DerSimonian–Laird (IQWiG 2022, General Methods 6.1)",
        "KR": "Kenward–Roger (Partlett & Riley 2017, Stat Med 36:301-317)",
    }
)
PREDICTIONS: Mapping[str, str] = MappingProxyType(
    {
        "t(k-1)": "t distribution with k − 1 degrees of freedom",
        "t(k-2)": "t distribution with k − 2 degrees of freedom",
        "z": "normal distribution",
        "as test": "distribution of the test",
        "t(k-1) Wald": "Wald standard error and the t distribution with k − 1 degrees of freedom",
        "t(k-2) Wald": "Wald standard error and the t distribution with k − 2 degrees of freedom",
        "bootstrap": "parametric bootstrap of Nagashima, Noma & Furukawa (2019)",
        "none": "no prediction interval",
    }
)
TAU2_INTERVALS: Mapping[str, str] = MappingProxyType(
    {
        "Q-profile": "Q-profile (Viechtbauer 2007, Stat Med 26:37-52)",
        "BJ": "generalised Q with weights 1/vi (Biggerstaff & Jackson 2008, Stat Med 27:6093-6110)",
        "J": "generalised Q with weights 1/√vi (Jackson 2013, Res Synth Methods 4:220-229)",
        "GENQ": "generalised Q with the user's weights (Jackson 2013, Res Synth Methods 4:220-229)",
        "PL": "profile likelihood (Hardy & Thompson 1996, Stat Med 15:619-629)",
        "none": "no interval",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """A preset: the defaults of `pool`, and the rules that have no option of their own.

    `few_studies` applies METHODS section 2 (k = 2: common-effect headline; Hartung–Knapp never narrower than Wald);
    `about_mantel_haenszel` takes the Q of DerSimonian–Laird about the Mantel–Haenszel estimate for two-by-two tables;
    `tau2_interval_DL` is the interval for tau² beside DerSimonian–Laird, `tau2_interval` beside any other method.
    """

    name: str
    label: str
    method: str
    test: Test
    prediction: Prediction
    I2_rule: Literal["from tau2", "from Q"]
    tau2_interval: Tau2Interval = "Q-profile"
    tau2_interval_DL: Tau2Interval = "Q-profile"
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
                prediction="as test",
                I2_rule="from tau2",
            ),
            Convention(
                name="meta",
                label="defaults of R's meta",
                method="REML",
                test="z",
                prediction="t(k-1) Wald",
                I2_rule="from Q",
                tau2_interval_DL="J",
            ),
            Convention(
                name="stata",
                label="defaults of Stata's meta summarize",
                method="REML",
                test="z",
                prediction="none",
                I2_rule="from tau2",
                tau2_interval="none",
                tau2_interval_DL="none",
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

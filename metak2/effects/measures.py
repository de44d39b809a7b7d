"""What an effect size means: its name, label, scale, null value and the kernel that computes it.

The exponential of a result is taken here and nowhere else: `Measure.back` leads from the analysis scale to the scale a
clinician reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import UnknownOptionError
from metak2.kernels import effect_sizes as formulas
from metak2.kernels.contract import FloatArray
from metak2.studies.table import Kind

Formula = Callable[..., tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """An effect measure.

    `log` says whether the analysis scale is the natural logarithm of the displayed one. `formulas` holds the formula
    for each kind of data that can give the measure; every measure can also be read ready-made (kind "effects").
    """

    name: str
    label: str
    log: bool
    reference: str
    formulas: Mapping[Kind, Formula] = field(default_factory=dict)

    def back(self, values: ArrayLike) -> FloatArray:
        """From the analysis scale to the displayed scale."""
        values = np.asarray(values, dtype=np.float64)
        return np.exp(values) if self.log else values

    def forward(self, values: ArrayLike) -> FloatArray:
        """From the displayed scale to the analysis scale; NaN where a ratio is not positive."""
        values = np.asarray(values, dtype=np.float64)
        if not self.log:
            return values
        return np.log(np.where(values > 0, values, np.nan))

    @property
    def null(self) -> float:
        """The value of no effect on the displayed scale."""
        return 1.0 if self.log else 0.0


def _measures(*measures: Measure) -> Mapping[str, Measure]:
    return MappingProxyType({measure.name: measure for measure in measures})


MEASURES = _measures(
    Measure(
        name="RR",
        label="Risk ratio",
        log=True,
        reference="Greenland & Robins 1985, Biometrics 41:55-68",
        formulas={"counts": formulas.log_risk_ratio},
    ),
    Measure(
        name="OR",
        label="Odds ratio",
        log=True,
        reference="Woolf 1955, Ann Hum Genet 19:251-253",
        formulas={"counts": formulas.log_odds_ratio},
    ),
    Measure(
        name="RD",
        label="Risk difference",
        log=False,
        reference="Cochrane Handbook, section 6.4.1",
        formulas={"counts": formulas.risk_difference},
    ),
    Measure(
        name="PETO",
        label="Peto odds ratio",
        log=True,
        reference="Yusuf et al. 1985, Prog Cardiovasc Dis 27:335-371",
        formulas={"counts": formulas.peto_log_odds_ratio},
    ),
    Measure(
        name="MD",
        label="Mean difference",
        log=False,
        reference="Cochrane Handbook, section 6.5.1",
        formulas={"means": formulas.mean_difference},
    ),
    Measure(
        name="SMD",
        label="Standardised mean difference",
        log=False,
        reference="Hedges 1981, J Educ Stat 6:107-128",
        formulas={"means": formulas.standardised_mean_difference},
    ),
    Measure(
        name="ROM",
        label="Ratio of means",
        log=True,
        reference="Lajeunesse 2015, Ecology 96:2056-2063 (bias-corrected)",
        formulas={"means": formulas.log_ratio_of_means},
    ),
    Measure(
        name="ROM-uncorrected",
        label="Ratio of means, without bias correction",
        log=True,
        reference="Hedges, Gurevitch & Curtis 1999, Ecology 80:1150-1156",
        formulas={"means": formulas.log_ratio_of_means_uncorrected},
    ),
    Measure(
        name="IRR",
        label="Incidence rate ratio",
        log=True,
        reference="Cochrane Handbook, section 6.7.1",
        formulas={"rates": formulas.log_incidence_rate_ratio},
    ),
    Measure(name="HR", label="Hazard ratio", log=True, reference="Parmar, Torri & Stewart 1998, Stat Med 17:2815-2834"),
    Measure(name="GEN", label="Effect", log=False, reference="as given"),
)


def measure_named(name: str | Measure) -> Measure:
    """The measure of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, Measure):
        return name
    if name not in MEASURES:
        raise UnknownOptionError("measure", name, MEASURES)
    return MEASURES[name]

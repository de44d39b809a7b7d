"""Every effect measure by name.

The exponential of a result is taken in `kernels.transforms` and nowhere else: `Measure.back` leads from the analysis
scale to the scale a clinician reads.

Where releases of metafor differ, the newest is the default and the older has a name: measures "…-uncorrected" (ROM,
CVR, ROMC, CVRC without second-order bias correction, standardised differences without Hedges' correction) and the
variance "LS-metafor3" (SMDH, SMD1H, SMCRH, PCOR, ZPCOR).
"""

from collections.abc import Mapping
from types import MappingProxyType

from metak2.effects.measure import Formula, Measure
from metak2.effects.measures_single import SINGLE_AND_PAIRED
from metak2.effects.measures_two_arms import TWO_ARMS
from metak2.errors import UnknownOptionError

__all__ = ["MEASURES", "Formula", "Measure", "measure_named"]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        measure.name: measure
        for measure in (*TWO_ARMS, *SINGLE_AND_PAIRED, Measure(name="GEN", label="Effect", reference="as given"))
    }
)


def measure_named(name: str | Measure) -> Measure:
    """The measure of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, Measure):
        return name
    if name not in MEASURES:
        raise UnknownOptionError("measure", name, MEASURES)
    return MEASURES[name]

"""The test of funnel plot asymmetry that fits the data, where there are studies enough for one."""

from metak2.errors import ModelError
from metak2.models.pooled import Pooled
from metak2.robustness.binary_asymmetry import harbord, macaskill
from metak2.robustness.seen_studies import FEW
from metak2.robustness.small_studies import RegressionTest, egger

_OF_COUNTS = {"OR": harbord, "RR": harbord, "PETO": harbord, "RD": macaskill}


def asymmetry_test(pooled: Pooled) -> RegressionTest | None:
    """Harbord's test of two-by-two tables (Macaskill's of risk differences), Egger's of anything else.

    None below ten studies (Sterne et al. 2011, BMJ 343:d4002), and where the test cannot be computed.
    """
    if pooled.k < FEW:
        return None
    binary = pooled.effects.kind == "counts" and pooled.measure.name in _OF_COUNTS
    try:
        return _OF_COUNTS[pooled.measure.name](pooled) if binary else egger(pooled)
    except ModelError:
        return None

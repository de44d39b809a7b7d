"""Network meta-analysis: all trials of several treatments in one model."""

from typing import Literal, get_args

import numpy as np

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.network_blocks import WEAK, blocks_of, require_network
from metak2.models.network_counts import counted
from metak2.models.network_data import NetworkData
from metak2.models.network_fitted import Asked, estimate, result_of
from metak2.models.network_result import Network

NetworkMethod = Literal["CE", "DL", "ML", "REML", "MH", "NCH", "NCH-multinomial"]
NetworkTest = Literal["z", "HK"]
OF_COUNTS = ("MH", "NCH", "NCH-multinomial")
RANDOM = ("DL", "ML", "REML")


def network(
    data: NetworkData,
    *,
    method: NetworkMethod = "REML",
    test: NetworkTest = "z",
    weak_edges: Literal["refuse", "allow"] = "refuse",
    tau2: float | None = None,
    level: float = 0.95,
) -> Network:
    """Every treatment against every other, direct and indirect evidence together.

    Parameters
    ----------
    method
        "CE" common effect; "DL" (moments), "ML", "REML" random effects with one tau2 for all comparisons; for rare
        events of odds ratios "MH" (Mantel–Haenszel, Efthimiou et al. 2019), "NCH" (exact conditional likelihood,
        Stijnen et al. 2010), "NCH-multinomial" (its approximation where events are rare).
    test
        "z", or "HK" (Hartung–Knapp: standard errors by the weighted residuals, t with the degrees of freedom of Q).
    weak_edges
        A comparison that rests on one trial, or on a trial of concern, is refused; "allow" is for teaching.
    tau2
        A between-study variance from elsewhere instead of an estimate.

    Raises
    ------
    ModelError
        A network that falls apart (which treatments lie apart), weak edges, or data that the method cannot use.
    """
    _known("method", method, get_args(NetworkMethod))
    _known("test", test, get_args(NetworkTest))
    _known("weak_edges", weak_edges, WEAK)
    if tau2 is not None and not (0 <= tau2 < np.inf and method in RANDOM):
        raise ModelError(
            f"tau2 is a variance of 0 or more for a random-effects model; got {tau2} with method={method!r}"
        )
    if test == "HK" and method not in RANDOM:
        raise ModelError(f"HK is a test of random effects; with method={method!r} use test='z'")
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {level}")
    asked = Asked(method=method, reference=None, test=test, weak=weak_edges == "allow", level=level)
    if method in OF_COUNTS:
        return counted(data, asked)
    require_network(data, weak=asked.weak)
    return result_of(data, asked, estimate(blocks_of(data, data.treatments), method, tau2))


def _known(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UnknownOptionError(option, value, allowed)

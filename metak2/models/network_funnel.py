"""Small-study effects in a network: each trial against the mean of its own comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.network_consistency import NO_DESIGNS, direct_evidence, trial_effect
from metak2.models.network_data import Edge
from metak2.models.network_result import Network
from metak2.studies.table import read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdjustedFunnel:
    """`difference` `(m,)` is a trial's effect less the pooled direct effect of its comparison, `se` its standard error.

    Every comparison is the later treatment of `order` against the earlier one, so that small trials which favour the
    newer treatment lie on one side. `comparison` and `study` name the trial's comparison and the trial.
    """

    network: Network
    order: tuple[str, ...]
    study: tuple[str, ...]
    comparison: tuple[Edge, ...]
    difference: FloatArray
    se: FloatArray


def adjusted_funnel(network: Network, *, order: Sequence[str]) -> AdjustedFunnel:
    """The comparison-adjusted funnel; Chaimani et al. (2013).

    Parameters
    ----------
    order
        Every treatment, from the oldest (or the control) to the newest (or the one that is hoped for): it must have a
        meaning, for it decides which side a trial lies on.

    Raises
    ------
    ModelError
        An order that is not one of all treatments, or a network of counts.
    """
    if network.method in NO_DESIGNS:
        raise ModelError(f'{network.method} has no effects of single trials; use a network of method="CE" or "REML"')
    if sorted(order) != sorted(network.treatments):
        raise ModelError(f"order names every treatment once: {', '.join(network.treatments)}")
    rows = []
    for old, new in combinations(order, 2):
        pooled, k = direct_evidence(network, new, old)
        for trial in network.data.used if k else ():
            if old in trial.arms and new in trial.arms:
                value, variance = trial_effect(trial, new, old)
                rows.append((trial.study, (new, old), value - pooled.estimate, variance**0.5))
    return AdjustedFunnel(
        network=network,
        order=tuple(order),
        study=tuple(row[0] for row in rows),
        comparison=tuple(row[1] for row in rows),
        difference=read_only(np.array([row[2] for row in rows])),
        se=read_only(np.array([row[3] for row in rows])),
    )

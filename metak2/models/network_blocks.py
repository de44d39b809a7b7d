"""Trials as the blocks that the kernels take: every trial's arms in the order of the alphabet."""

from collections.abc import Sequence

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.network import Block
from metak2.kernels.network_counts import Counts
from metak2.kernels.network_flow import edge_weights, laplacian
from metak2.models.network_data import NetworkData, Trial, connected, network_map, trials_by_edge

Design = tuple[str, ...]
WEAK = ("refuse", "allow")
WAYS_OUT = (
    "draw the network with network_graph(), leave treatments or trials out (where=, exclude=), or analyse it for "
    'teaching only with weak_edges="allow"'
)


def design_of(trial: Trial, treatments: Sequence[str]) -> Design:
    """The treatments that the trial compares, in the order given."""
    return tuple(treatment for treatment in treatments if treatment in trial.arms)


def block_of(trial: Trial, treatments: Sequence[str]) -> Block:
    """The trial's contrasts against the first arm of its design."""
    order = [trial.arms.index(arm) for arm in design_of(trial, treatments)]
    every = np.hstack([np.zeros((trial.yi.size, 1)), np.eye(trial.yi.size)])  # the arms against the trial's first
    turn = np.array([every[:, at] - every[:, order[0]] for at in order[1:]])
    columns = np.zeros((trial.yi.size, len(treatments)))
    for row, at in enumerate(order[1:]):
        columns[row, treatments.index(trial.arms[at])] = 1.0
        columns[row, treatments.index(trial.arms[order[0]])] = -1.0
    return Block(turn @ trial.yi, turn @ trial.vi @ turn.T, columns)


def blocks_of(data: NetworkData, treatments: Sequence[str]) -> list[Block]:
    """One block for each trial analysed."""
    return [block_of(trial, treatments) for trial in data.used]


def weights_of(data: NetworkData, treatments: Sequence[str], tau2: float) -> FloatArray:
    """Edge weights `(n, n)` of the trials analysed at this tau2."""
    found = []
    for trial in data.used:
        block = block_of(trial, treatments)
        arms = np.array([treatments.index(arm) for arm in design_of(trial, treatments)])
        spread = tau2 * 0.5 * (np.eye(block.y.size) + 1.0)
        precision = np.asarray(np.linalg.inv(block.v + spread), dtype=np.float64)
        found.append(laplacian(arms, precision, len(treatments)))
    return edge_weights(found)


def counts_of(trials: Sequence[Trial], treatments: Sequence[str]) -> list[Counts]:
    """Events and people of the trials; `ModelError` where the data are no counts."""
    found = []
    for trial in trials:
        if trial.counts is None:
            raise ModelError("this method needs events and people of every arm; use REML or CE for other data")
        order = [trial.arms.index(arm) for arm in design_of(trial, treatments)]
        arms = np.array([treatments.index(trial.arms[at]) for at in order])
        found.append(Counts(arms, trial.counts[0][order], trial.counts[1][order]))
    return found


def require_network(data: NetworkData, *, weak: bool) -> None:
    """Refuse, all reasons at once, what cannot be a network: nothing to compare, parts that lie apart, weak edges."""
    treatments = data.treatments
    if not data.used:
        why = sorted({trial.excluded for trial in data.trials}) or ["no trials at all"]
        raise ModelError(f"no trial can be analysed: {', '.join(why)}; draw them with network_graph() instead")
    reasons = []
    parts = connected(treatments, trials_by_edge(data.used))
    if len(parts) > 1:
        told = "; ".join(", ".join(part) for part in parts)
        reasons.append(
            f"the network falls apart into {len(parts)} parts that no trial joins: {told}. Analyse each part alone "
            "(data.only), or a network of components if the treatments share some (network_components)"
        )
    weak_ones = [] if weak else weak_edges(data)
    if reasons or weak_ones:
        raise ModelError("not estimable: " + "\n  ".join([*reasons, *weak_ones, *([WAYS_OUT] if weak_ones else [])]))


def weak_edges(data: NetworkData) -> list[str]:
    """Why edges are too weak for a network (METHODS section 3): one trial, or a trial of concern."""
    shown = network_map(NetworkData(measure=data.measure, trials=data.used))
    reasons = []
    if shown.thin:
        told = "; ".join(f"{a} with {b} ({shown.trials[a, b][0]})" for a, b in shown.thin)
        reasons.append(f"{len(shown.thin)} of {len(shown.trials)} comparisons rest on a single trial: {told}")
    if shown.of_concern:
        told = "; ".join(f"{a} with {b}" for a, b in shown.of_concern)
        names = ", ".join(f"{study} ({status})" for study, status in shown.doubtful.items())
        reasons.append(f"comparisons rest on trials of concern, {names}: {told}")
    return reasons


def require_strong(data: NetworkData, what: str) -> None:
    """Refuse what weak edges cannot carry, and say the ways out."""
    reasons = weak_edges(data)
    if reasons:
        raise ModelError("\n  ".join([f"{what}: {reasons[0]}", *reasons[1:], WAYS_OUT]))

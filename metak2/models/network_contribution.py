"""How much each direct comparison contributes to each answer of the network."""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.network_flow import by_random_walk, by_shortest_path, flows
from metak2.models.network_blocks import weights_of
from metak2.models.network_consistency import NO_DESIGNS
from metak2.models.network_data import Edge, trials_by_edge
from metak2.models.network_result import Network
from metak2.shown import Shown
from metak2.studies.table import read_only

Streams = Literal["shortest path", "random walk"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contributions(Shown):
    """`shares` `(comparisons, edges)`: part of a comparison's answer (row) that comes from an edge; rows add to 1."""

    network: Network
    streams: Streams
    comparisons: tuple[Edge, ...]
    edges: tuple[Edge, ...]
    shares: FloatArray


def contributions(network: Network, *, streams: Streams = "shortest path") -> Contributions:
    """The contribution matrix, from the flow of evidence through the network.

    Parameters
    ----------
    streams
        "shortest path": Papakonstantinou et al. (2018), as CINeMA has it; where two paths are equally short the order
        of the treatments' names decides. "random walk": Davies et al. (2022), the mean over all paths, whatever the
        treatments are called.

    Raises
    ------
    ModelError
        A network of counts, whose model has no weights of single edges.
    """
    if streams not in get_args(Streams):
        raise UnknownOptionError("streams", streams, get_args(Streams))
    if network.method in NO_DESIGNS:
        raise ModelError(f'{network.method} has no weights of single trials; use a network of method="CE" or "REML"')
    names = network.treatments
    flow = flows(weights_of(network.data, names, network.tau2 or 0.0))
    comparisons = tuple(combinations(names, 2))
    held = trials_by_edge(network.data.used)
    edges = tuple(pair for pair in comparisons if pair in held)
    shares = np.zeros((len(comparisons), len(edges)))
    follow = by_shortest_path if streams == "shortest path" else by_random_walk
    for row, (first, second) in enumerate(comparisons):
        i, j = names.index(first), names.index(second)
        of_edge = follow(flow[i, j], i, j)
        shares[row] = [of_edge[names.index(a), names.index(b)] for a, b in edges]
    return Contributions(
        network=network, streams=streams, comparisons=comparisons, edges=edges, shares=read_only(shares)
    )

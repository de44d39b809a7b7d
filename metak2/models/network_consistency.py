"""Do direct and indirect evidence agree? By designs, and comparison by comparison."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_pval
from metak2.kernels.network_designs import Decomposition, decompose, design_blocks, net_heat, q_pvalue
from metak2.models.network_blocks import Design, blocks_of, design_of
from metak2.models.network_data import Edge, Trial
from metak2.models.network_result import Network
from metak2.shown import Drawn, Shown
from metak2.studies.table import read_only

WHOLE = 1 - 1e-9  # of the evidence is direct: there is nothing indirect beside it
NO_DESIGNS = ("MH", "NCH", "NCH-multinomial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A chi-squared statistic with its degrees of freedom and p value, NaN without degrees of freedom."""

    Q: float
    df: int
    pval: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Designs(Drawn):
    """Q in all, within designs (heterogeneity) and between them (inconsistency).

    `between_random` allows for `tau2_within`, the variance between studies of the same design. `share` and `change`
    `(d, d)` are the net heat: see `kernels.network_designs.Heat`.
    """

    network: Network
    designs: tuple[Design, ...]
    studies: tuple[tuple[str, ...], ...]
    of_designs: tuple[Tested, ...]
    total: Tested
    within: Tested
    between: Tested
    between_random: Tested
    tau2_within: float
    share: FloatArray
    change: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Direct or indirect evidence: estimate and standard error on the analysis scale, NaN where there is none."""

    estimate: float
    se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One comparison, first against second: what its own trials say, what all others say, and their difference.

    `proportion` is the share of direct evidence, 0 to 1; `k` the trials that hold the comparison.
    """

    first: str
    second: str
    k: int
    proportion: float
    network: Evidence
    direct: Evidence
    indirect: Evidence
    difference: Evidence
    pval: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splits(Shown):
    """Every comparison of a network, split."""

    network: Network
    splits: tuple[Split, ...]

    def of(self, first: str, second: str) -> Split:
        """The split of a comparison, in the direction in which it is held."""
        wanted = {first, second}
        found = [split for split in self.splits if {split.first, split.second} == wanted]
        if not found:
            raise ModelError(f"{first!r} with {second!r} is no comparison of this network")
        return found[0]

    @property
    def testable(self) -> tuple[Split, ...]:
        """Those with direct and indirect evidence."""
        return tuple(split for split in self.splits if np.isfinite(split.pval))


def network_designs(network: Network) -> Designs:
    """Q decomposed by design: Krahn, Binder & König (2013), full design-by-treatment interaction (Higgins et al. 2012).

    `ModelError` for a network of counts, whose model has no Q.
    """
    _require_effects(network)
    trials = network.data.used
    designs = [design_of(trial, network.treatments) for trial in trials]
    blocks = blocks_of(network.data, network.treatments)
    found = decompose(blocks, designs)
    heat = net_heat(design_blocks(blocks, designs, 0.0))
    names = tuple(dict.fromkeys(designs))
    return Designs(
        network=network,
        designs=names,
        studies=tuple(
            tuple(trial.study for trial, design in zip(trials, designs, strict=True) if design == name)
            for name in names
        ),
        of_designs=tuple(_tested(one) for one in found.of_designs),
        **_parts(found),
        tau2_within=found.tau2_within,
        share=read_only(heat.share),
        change=read_only(heat.change),
    )


def split_network(network: Network) -> Splits:
    """Direct against indirect evidence for every comparison, by back-calculation from the network's own estimates.

    Separating indirect from direct evidence (Dias et al. 2010; König, Krahn & Binder 2013): the network's estimate is
    the weighted mean of the two, so that the indirect one follows from the direct one. `ModelError` for a network of
    counts.
    """
    _require_effects(network)
    return Splits(network=network, splits=tuple(_split(network, pair) for pair in combinations(network.treatments, 2)))


def direct_evidence(network: Network, first: str, second: str) -> tuple[Evidence, int]:
    """The trials of this comparison alone, pooled at the network's tau2, and how many there are."""
    trials = [trial for trial in network.data.used if first in trial.arms and second in trial.arms]
    if not trials:
        return Evidence(estimate=np.nan, se=np.nan), 0
    values, variances = np.array([trial_effect(trial, first, second) for trial in trials]).T
    weights = 1 / (variances + (network.tau2 or 0.0))
    estimate = float((weights * values).sum() / weights.sum())
    return Evidence(estimate=estimate, se=float(weights.sum() ** -0.5)), len(trials)


def _split(network: Network, pair: Edge) -> Split:
    first, second = pair
    i, j = network.index(first), network.index(second)
    whole = float(network.effects[i] - network.effects[j])
    variance = float(network.vcov[i, i] + network.vcov[j, j] - 2 * network.vcov[i, j])
    direct, k = direct_evidence(network, first, second)
    proportion = variance / direct.se**2 if k else 0.0
    indirect = Evidence(estimate=np.nan, se=np.nan)
    if proportion < WHOLE:
        rest = 1 - proportion
        part = proportion * direct.estimate if k else 0.0
        indirect = Evidence(estimate=(whole - part) / rest, se=(variance / rest) ** 0.5)
    difference = Evidence(estimate=direct.estimate - indirect.estimate, se=float(np.hypot(direct.se, indirect.se)))
    z = difference.estimate / difference.se
    return Split(
        first=first,
        second=second,
        k=k,
        proportion=min(proportion, 1.0),
        network=Evidence(estimate=whole, se=variance**0.5),
        direct=direct,
        indirect=indirect,
        difference=difference,
        pval=float(normal_pval(np.array(z))),
    )


def trial_effect(trial: Trial, first: str, second: str) -> tuple[float, float]:
    """The trial's effect of the first against the second, and its variance."""
    effects = np.concatenate([[0.0], trial.yi])
    covariance = np.zeros((effects.size, effects.size))
    covariance[1:, 1:] = trial.vi
    i, j = trial.arms.index(first), trial.arms.index(second)
    variance = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
    return float(effects[i] - effects[j]), float(variance)


def _tested(found: tuple[float, int]) -> Tested:
    q, df = found
    return Tested(Q=q, df=df, pval=q_pvalue(q, df))


def _parts(found: Decomposition) -> dict[str, Tested]:
    return {name: _tested(getattr(found, name)) for name in ("total", "within", "between", "between_random")}


def _require_effects(network: Network) -> None:
    if network.method in NO_DESIGNS:
        raise ModelError(f'{network.method} has no weights of single trials; split a network of method="CE" or "REML"')

"""Networks of combined treatments: the effect of a combination as the sum of its components' effects."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.kernels.network import Block, gls
from metak2.kernels.network_designs import q_pvalue
from metak2.models.network_blocks import WEAK, blocks_of, require_strong
from metak2.models.network_blocks import weak_edges as weak_reasons
from metak2.models.network_consistency import Tested
from metak2.models.network_data import NetworkData, connected, trials_by_edge
from metak2.models.network_fitted import estimate
from metak2.shown import Shown
from metak2.studies.table import read_only

NOTHING = 1e-8  # of a unit vector: what is left of a component that the trials say nothing of


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect on the analysis scale with its interval."""

    name: str
    estimate: float
    se: float
    low: float
    high: float
    pval: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components(Shown):
    """The additive model of a network's components; Rücker, Petropoulou & Schwarzer (2020).

    `additive` is Q about the additive model; `difference` what additivity costs against a network whose combinations
    are treatments of their own (df 0 and NaN where that network falls apart). `vcov` belongs to `effects`.
    """

    data: NetworkData
    method: str
    components: tuple[str, ...]
    inactive: str
    effects: FloatArray
    vcov: FloatArray
    tau2: float | None
    additive: Tested
    difference: Tested
    level: float
    notes: tuple[Note, ...]

    def effect(self, combination: str, *, separator: str = "+") -> Effect:
        """Of a component, or of any combination of them, against none of them."""
        parts = _parts(combination, separator)
        unknown = [part for part in parts if part not in {*self.components, self.inactive}]
        if unknown:
            raise ModelError(
                f"{', '.join(unknown)}: no component of this network; there are {', '.join(self.components)}"
            )
        taken = np.array([float(name in parts) for name in self.components])
        estimate, se = float(taken @ self.effects), float(taken @ self.vcov @ taken) ** 0.5
        low, high = normal_interval(np.array(estimate), np.array(se), level=self.level)
        pval = float(normal_pval(np.array(estimate / se))) if se > 0 else float("nan")
        return Effect(name=combination, estimate=estimate, se=se, low=float(low), high=float(high), pval=pval)


def network_components(
    data: NetworkData,
    *,
    inactive: str = "",
    separator: str = "+",
    method: Literal["CE", "DL", "ML", "REML"] = "REML",
    weak_edges: Literal["refuse", "allow"] = "refuse",
    level: float = 0.95,
) -> Components:
    """Effects of components from trials of their combinations, such as "drug + advice"; the network may fall apart.

    Parameters
    ----------
    inactive
        A treatment without effect, such as "placebo": the components' effects are against it. Where it is left out
        every treatment is a component, and their effects are known only if the trials tell them apart.
    separator
        What stands between the components of a combination.

    Raises
    ------
    ModelError
        Components that the trials cannot tell apart, or weak edges (METHODS section 3).
    """
    if weak_edges not in WEAK:
        raise UnknownOptionError("weak_edges", weak_edges, WEAK)
    if method not in {"CE", "DL", "ML", "REML"}:
        raise UnknownOptionError("method", method, ("CE", "DL", "ML", "REML"))
    treatments = data.treatments
    if inactive and inactive not in treatments:
        raise ModelError(f"{inactive!r} is no treatment of this network; there are {', '.join(treatments)}")
    if not data.used:
        raise ModelError("no trial can be analysed; draw them with network_graph() instead")
    if weak_edges != "allow":
        require_strong(data, "not estimable")
    held = [_parts(treatment, separator) for treatment in treatments]
    components = tuple(dict.fromkeys(part for parts in held for part in parts if part != inactive))
    matrix = np.array([[float(name in parts) for name in components] for parts in held])
    full = blocks_of(data, treatments)
    blocks = [Block(block.y, block.v, block.x @ matrix) for block in full]
    _require_told_apart(blocks, components)
    found = estimate(blocks, method)
    return Components(
        data=data,
        method=method,
        components=components,
        inactive=inactive,
        effects=read_only(found.fit.beta),
        vcov=read_only(found.fit.vcov),
        tau2=found.tau2,
        additive=Tested(Q=found.common.q, df=found.common.df, pval=q_pvalue(found.common.q, found.common.df)),
        difference=_difference(data, full, found.common.q, found.common.df),
        level=level,
        notes=(*data.notes, *_notes(data, weak=weak_edges == "allow")),
    )


def _parts(treatment: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in treatment.split(separator))


def _require_told_apart(blocks: list[Block], components: tuple[str, ...]) -> None:
    """Refuse components of which the trials know only sums or differences."""
    stacked = np.vstack([block.x for block in blocks])
    known = np.linalg.pinv(stacked) @ stacked
    lost = [name for at, name in enumerate(components) if abs(known[at, at] - 1) > NOTHING]
    if lost:
        raise ModelError(
            f"the trials cannot tell apart {', '.join(lost)}: only sums or differences of them are estimable; name "
            "the inactive treatment (inactive=), or leave trials out so that a connected network remains"
        )


def _difference(data: NetworkData, full: list[Block], q: float, df: int) -> Tested:
    if len(connected(data.treatments, trials_by_edge(data.used))) > 1:
        return Tested(Q=np.nan, df=0, pval=np.nan)
    network = gls(full)
    return Tested(Q=q - network.q, df=df - network.df, pval=q_pvalue(q - network.q, df - network.df))


def _notes(data: NetworkData, *, weak: bool) -> list[Note]:
    reasons = weak_reasons(data) if weak else []
    return [Note(code="NETWORK_WEAK_EDGES", values={"reasons": reasons})] if reasons else []

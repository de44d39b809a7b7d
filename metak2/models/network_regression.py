"""Network meta-regression: whether a property of the trials changes the effects of the treatments."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval, normal_pval
from metak2.kernels.network import Block
from metak2.kernels.network_designs import q_pvalue
from metak2.models.network_blocks import WEAK, blocks_of, require_network
from metak2.models.network_components import Effect
from metak2.models.network_consistency import Tested
from metak2.models.network_data import NetworkData
from metak2.models.network_fitted import Asked, estimate, result_of
from metak2.models.network_result import Network
from metak2.shown import Shown
from metak2.studies.table import read_only

Slopes = Literal["common", "independent"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkRegression(Shown):
    """A network whose effects against the reference change with a moderator.

    Attributes
    ----------
    at_mean
        The network at `mean`, the moderator's mean over the trials.
    slopes
        Change of the effect against the reference for one unit of the moderator: one for all treatments ("common"), or
        one each.
    moderator_test
        All slopes together; `residual` is Q about the model.
    """

    at_mean: Network
    moderator: str
    mean: float
    assumption: Slopes
    slopes: tuple[Effect, ...]
    vcov: FloatArray
    moderator_test: Tested
    residual: Tested
    tau2: float | None
    tau2_without: float | None
    notes: tuple[Note, ...]


def network_regression(
    data: NetworkData,
    moderator: str,
    *,
    slopes: Slopes = "common",
    method: Literal["CE", "DL", "ML", "REML"] = "REML",
    reference: str | None = None,
    weak_edges: Literal["refuse", "allow"] = "refuse",
) -> NetworkRegression:
    """Treatment effects that change with a property of the trial (Dias et al. 2013; Donegan et al. 2017).

    Parameters
    ----------
    moderator
        A column of the data with one number for each trial; trials without one are left out, and named.
    slopes
        "common": the moderator changes every treatment's effect against the reference alike; "independent": each
        treatment has its own slope, which asks for trials of each at several values.

    Raises
    ------
    ModelError
        No such column, a moderator that never varies, slopes that the trials cannot tell, or a network that `network`
        would refuse.
    """
    if slopes not in get_args(Slopes):
        raise UnknownOptionError("slopes", slopes, get_args(Slopes))
    if method not in {"CE", "DL", "ML", "REML"}:
        raise UnknownOptionError("method", method, ("CE", "DL", "ML", "REML"))
    if weak_edges not in WEAK:
        raise UnknownOptionError("weak_edges", weak_edges, WEAK)
    kept, values, without = _with_moderator(data, moderator)
    require_network(kept, weak=weak_edges == "allow")
    asked = Asked(method=method, reference=reference, test="z", weak=weak_edges == "allow", level=0.95)
    plain = estimate(blocks_of(kept, kept.treatments), method)
    chosen = result_of(kept, asked, plain).reference
    mean = float(values.mean())
    blocks = _blocks(kept, values - mean, chosen, common=slopes == "common")
    names = (moderator,) if slopes == "common" else tuple(name for name in kept.treatments if name != chosen)
    _require_slopes(blocks, len(kept.treatments), names)
    found = estimate(blocks, method)
    n = len(kept.treatments)
    notes = [Note(code="NETWORK_NO_MODERATOR", values={"moderator": moderator}, where=without)] if without else []
    beta, vcov = found.fit.beta[n:], found.fit.vcov[n:, n:]
    fit = found.fit._replace(beta=found.fit.beta[:n], vcov=found.fit.vcov[:n, :n])
    at_mean = result_of(kept, asked, replace(found, fit=fit))
    q = float(beta @ np.linalg.solve(vcov, beta))
    return NetworkRegression(
        at_mean=at_mean,
        moderator=moderator,
        mean=mean,
        assumption=slopes,
        slopes=tuple(_effect(name, *pair) for name, *pair in zip(names, beta, np.sqrt(np.diag(vcov)), strict=True)),
        vcov=read_only(vcov),
        moderator_test=Tested(Q=q, df=len(names), pval=q_pvalue(q, len(names))),
        residual=Tested(Q=found.common.q, df=found.common.df, pval=q_pvalue(found.common.q, found.common.df)),
        tau2=found.tau2,
        tau2_without=plain.tau2,
        notes=(*notes, *at_mean.notes),
    )


def _with_moderator(data: NetworkData, name: str) -> tuple[NetworkData, FloatArray, tuple[str, ...]]:
    """The trials with a number in this column, the numbers, and the trials without."""
    columns = sorted({column for trial in data.used for column in trial.about})
    if name not in columns:
        raise ModelError(f"no column {name!r} beside the trials; there are {', '.join(columns) or 'none'}")
    values = data.moderator(name)
    known = np.isfinite(values)
    without = tuple(trial.study for trial, there in zip(data.used, known, strict=True) if not there)
    kept = data.only([trial.study for trial, there in zip(data.used, known, strict=True) if there])
    found = np.asarray(values[known], dtype=np.float64)
    if found.size == 0 or np.ptp(found) == 0:
        raise ModelError(f"{name!r} is the same in every trial, or no number in any: it explains nothing")
    return kept, found, without


def _blocks(data: NetworkData, values: FloatArray, reference: str, *, common: bool) -> list[Block]:
    others = [at for at, name in enumerate(data.treatments) if name != reference]
    blocks = []
    for block, value in zip(blocks_of(data, data.treatments), values, strict=True):
        active = block.x[:, others]
        columns = active.sum(axis=1, keepdims=True) if common else active
        blocks.append(Block(block.y, block.v, np.hstack([block.x, value * columns])))
    return blocks


def _require_slopes(blocks: list[Block], treatments: int, names: tuple[str, ...]) -> None:
    stacked = np.vstack([block.x for block in blocks])
    known = np.linalg.pinv(stacked) @ stacked
    lost = [name for at, name in enumerate(names, start=treatments) if abs(known[at, at] - 1) > 1e-8]
    if lost:
        raise ModelError(
            f"the slope of {', '.join(lost)} is not estimable: its trials are too few, or hardly differ in the "
            'moderator; use slopes="common"'
        )


def _effect(name: str, estimate: float, se: float) -> Effect:
    low, high = normal_interval(np.array(estimate), np.array(se), level=0.95)
    pval = float(normal_pval(np.array(estimate / se)))
    return Effect(name=name, estimate=float(estimate), se=float(se), low=float(low), high=float(high), pval=pval)

"""From what was asked and what was estimated to the result of a network."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.network import Block, Gls, gls, log_likelihood, tau2_dl, tau2_likelihood
from metak2.kernels.network_designs import q_pvalue
from metak2.models.network_blocks import weak_edges
from metak2.models.network_data import NetworkData
from metak2.models.network_result import Network
from metak2.studies.table import read_only

FEW = 10  # degrees of freedom below which tau2 is hardly estimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The choices of a network: see `network`."""

    method: str
    reference: str | None
    test: str
    weak: bool
    level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimated:
    """A fit at its tau2, and the common-effect fit that Q comes from."""

    fit: Gls
    common: Gls
    tau2: float | None
    log_likelihood: float


def estimate(blocks: list[Block], method: str, tau2: float | None = None) -> Estimated:
    """The fit by "CE", "DL", "ML" or "REML", at the tau2 given or estimated."""
    common = gls(blocks)
    between = tau2
    if method != "CE" and tau2 is None:
        if common.df <= 0:
            raise ModelError(
                "between-study variance is not estimable: the model has as many unknowns as there are comparisons; "
                'use method="CE"'
            )
        between = tau2_dl(blocks) if method == "DL" else tau2_likelihood(blocks, restricted=method == "REML")
    return Estimated(
        fit=common if between is None else gls(blocks, between),
        common=common,
        tau2=between,
        log_likelihood=log_likelihood(blocks, between or 0.0, restricted=method == "REML"),
    )


def result_of(data: NetworkData, asked: Asked, found: Estimated) -> Network:
    """The result; `ModelError` where the reference is no treatment of the network."""
    common, hartung = found.common, asked.test == "HK" and found.common.df > 0
    known = common.df > 0 and np.isfinite(common.q)
    result = Network(
        data=data,
        method=asked.method,
        treatments=data.treatments,
        reference=asked.reference or most_tried(data),
        level=asked.level,
        k=len(data.used),
        effects=read_only(found.fit.beta),
        vcov=read_only(found.fit.vcov),
        tau2=found.tau2,
        test=asked.test,
        inflation=found.fit.q / found.fit.df if hartung else 1.0,
        df=float(common.df) if hartung else np.inf,
        Q=common.q if known else np.nan,
        Q_df=common.df,
        Q_pval=q_pvalue(common.q, common.df) if known else np.nan,
        I2=max(0.0, 100 * (common.q - common.df) / common.q) if known and common.q > 0 else np.nan,
        log_likelihood=found.log_likelihood,
        weak=asked.weak,
        notes=(*data.notes, *_notes(data, asked, found)),
    )
    result.index(result.reference)
    return result


def most_tried(data: NetworkData) -> str:
    """The treatment with the most trials; among equals the first of the alphabet."""
    return max(data.treatments, key=lambda name: sum(name in trial.arms for trial in data.used))


def _notes(data: NetworkData, asked: Asked, found: Estimated) -> list[Note]:
    notes = []
    reasons = weak_edges(data) if asked.weak else []
    if reasons:
        notes.append(Note(code="NETWORK_WEAK_EDGES", values={"reasons": reasons}))
    if found.tau2 is not None and found.common.df < FEW:
        notes.append(Note(code="NETWORK_FEW", values={"df": found.common.df}))
    return notes

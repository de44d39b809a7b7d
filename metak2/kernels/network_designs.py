"""Heterogeneity within designs and inconsistency between them; Krahn, Binder & König (2013).

A design is the set of treatments that a study compares. Its studies give the design's own estimate; the network's
estimate must then explain what all designs say.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from metak2.kernels.contract import FloatArray
from metak2.kernels.network import Block, gls, pseudo_inverse, tau2_dl


class Decomposition(NamedTuple):
    """Q in all, within designs and between them, each with its degrees of freedom, and designs with their own Q.

    `between_random` is Q between designs where `tau2_within`, estimated within designs, is allowed for.
    """

    total: tuple[float, int]
    within: tuple[float, int]
    between: tuple[float, int]
    between_random: tuple[float, int]
    tau2_within: float
    of_designs: tuple[tuple[float, int], ...]


class Heat(NamedTuple):
    """Of designs c (rows) and d (columns), each `(d, d)`.

    `share` is how much of the network's answer for design c comes from design d's own data; `change` how far the
    inconsistency of c falls when d is detached from the network, negative where it grows.
    """

    share: FloatArray
    change: FloatArray


def q_pvalue(q: float, df: int) -> float:
    """Upper tail of chi-squared; NaN without degrees of freedom."""
    return float(chdtrc(df, q)) if df > 0 else float("nan")


def decompose(blocks: Sequence[Block], designs: Sequence[Hashable]) -> Decomposition:
    """Q within and between designs; studies of one design hold their contrasts in the same order of arms."""
    whole = gls(blocks)
    groups = _groups(designs)
    own = [gls([_alone(blocks[at]) for at in group]) for group in groups]
    within_q, within_df = sum(fit.q for fit in own), sum(fit.df for fit in own)
    tau2 = _tau2_within(blocks, groups) if within_df > 0 else 0.0
    between = gls(design_blocks(blocks, designs, 0.0))
    random = gls(design_blocks(blocks, designs, tau2))
    return Decomposition(
        total=(whole.q, whole.df),
        within=(within_q, within_df),
        between=(between.q, between.df),
        between_random=(random.q, random.df),
        tau2_within=tau2,
        of_designs=tuple((fit.q, fit.df) for fit in own),
    )


def design_blocks(blocks: Sequence[Block], designs: Sequence[Hashable], tau2: float) -> list[Block]:
    """One block for each design, in order of appearance: its own estimate and covariance at this tau2."""
    found = []
    for group in _groups(designs):
        fit = gls([_alone(blocks[at]) for at in group], tau2)
        found.append(Block(fit.beta, fit.vcov, blocks[group[0]].x))
    return found


def net_heat(blocks: Sequence[Block]) -> Heat:
    """The heat of a network from the blocks of its designs."""
    fit = gls(blocks)
    weights = [np.asarray(np.linalg.inv(block.v), dtype=np.float64) for block in blocks]
    before = np.array([_own_q(block, w, fit.beta) for block, w in zip(blocks, weights, strict=True)])
    share, change = np.zeros((len(blocks), len(blocks))), np.zeros((len(blocks), len(blocks)))
    for d, (detached, w) in enumerate(zip(blocks, weights, strict=True)):
        for c, block in enumerate(blocks):
            hat = block.x @ fit.vcov @ detached.x.T @ w
            share[c, d] = np.linalg.norm(hat, 2)
        rest = [block for at, block in enumerate(blocks) if at != d]
        if not rest:
            continue
        left = gls(rest)
        seen = _estimable(rest, detached)
        for c, (block, own) in enumerate(zip(blocks, weights, strict=True)):
            after = 0.0 if c == d else _own_q(block, own, left.beta)
            change[c, d] = before[c] - after if seen or c != d else 0.0
    return Heat(share, change)


def _estimable(rest: Sequence[Block], design: Block) -> bool:
    information = np.asarray(sum(b.x.T @ np.linalg.inv(b.v) @ b.x for b in rest))
    inverse, _ = pseudo_inverse(information)
    return bool(np.allclose(design.x @ inverse @ information, design.x, atol=1e-7))


def _own_q(block: Block, weight: FloatArray, beta: FloatArray) -> float:
    residual = block.y - block.x @ beta
    return float(residual @ weight @ residual)


def _groups(designs: Sequence[Hashable]) -> list[list[int]]:
    return [[at for at, one in enumerate(designs) if one == design] for design in dict.fromkeys(designs)]


def _alone(block: Block) -> Block:
    """The study with its design's contrasts as the unknowns."""
    return Block(block.y, block.v, np.eye(block.y.size))


def _tau2_within(blocks: Sequence[Block], groups: Sequence[Sequence[int]]) -> float:
    """DerSimonian and Laird's tau2 where every design has its own effects (the full design-by-treatment model)."""
    width = sum(blocks[group[0]].y.size for group in groups)
    expanded, first = [], 0
    for group in groups:
        size = blocks[group[0]].y.size
        columns = np.zeros((size, width))
        columns[:, first : first + size] = np.eye(size)
        expanded += [Block(blocks[at].y, blocks[at].v, columns) for at in group]
        first += size
    return tau2_dl(expanded)

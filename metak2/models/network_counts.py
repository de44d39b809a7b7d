"""Networks of rare events: Mantel–Haenszel by design, and the conditional likelihood of the counts."""

from dataclasses import replace

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.network import Block, Gls, gls
from metak2.kernels.network_counts import Counts, conditional_fit, design_odds_ratios, multinomial_fit
from metak2.models.network_blocks import counts_of, design_of, require_network
from metak2.models.network_data import NetworkData, Trial
from metak2.models.network_fitted import Asked, Estimated, result_of
from metak2.models.network_result import Network


def counted(data: NetworkData, asked: Asked) -> Network:
    """A common odds ratio for each pair of treatments, from counts as they are.

    A trial without events is left out. By Mantel–Haenszel, and by the multinomial approximation that is compared with
    it, so is a design in which a treatment never had an event: its odds ratio has no finite estimate of its own.
    """
    method = asked.method
    if data.measure.name != "OR":
        raise ModelError(f"{method} estimates odds ratios; make the data with measure='OR', or use method='CE'")
    data = data if method == "NCH" else _without_empty_designs(data)
    require_network(data, weak=asked.weak)
    treatments = data.treatments
    counts = counts_of(data.used, treatments)
    if method == "MH":
        fit = gls(_design_blocks(data, counts))
        height = np.nan
    else:
        solve = conditional_fit if method == "NCH" else multinomial_fit
        effects, vcov, height = solve(counts, len(treatments))
        if not np.isfinite(vcov).all() or np.abs(effects).max() > 15:
            raise ModelError(
                f"{method}: a treatment with no event, or nothing but events, has no finite odds ratio; leave it out"
            )
        fit = Gls(effects, vcov, np.nan, 0)
    return result_of(data, asked, Estimated(fit=fit, common=fit, tau2=None, log_likelihood=height))


def _without_empty_designs(data: NetworkData) -> NetworkData:
    treatments = data.treatments
    designs: dict[tuple[str, ...], list[Trial]] = {}
    for trial in data.used:
        designs.setdefault(design_of(trial, treatments), []).append(trial)
    empty = [trials for design, trials in designs.items() if _empty(design, trials)]
    names = tuple(trial.study for trials in empty for trial in trials)
    if not names:
        return data
    trials = tuple(replace(t, excluded="no events in design") if t.study in names else t for t in data.trials)
    return replace(data, trials=trials, notes=(*data.notes, Note(code="NETWORK_EMPTY_DESIGN", where=names)))


def _empty(design: tuple[str, ...], trials: list[Trial]) -> bool:
    counts = counts_of(trials, design)
    events, people = (sum(getattr(one, name) for one in counts) for name in ("events", "people"))
    return bool((events == 0).any() or (events == people).any())


def _design_blocks(data: NetworkData, counts: list[Counts]) -> list[Block]:
    treatments = data.treatments
    groups: dict[tuple[int, ...], list[Counts]] = {}
    for one in counts:
        groups.setdefault(tuple(one.arms.tolist()), []).append(one)
    blocks = []
    for arms, members in groups.items():
        yi, vi = design_odds_ratios(np.array([m.events for m in members]), np.array([m.people for m in members]))
        columns = np.zeros((len(arms) - 1, len(treatments)))
        columns[:, arms[0]] = -1.0
        columns[np.arange(len(arms) - 1), list(arms[1:])] = 1.0
        blocks.append(Block(yi, vi, columns))
    return blocks

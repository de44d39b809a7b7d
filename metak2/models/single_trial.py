"""One trial of counts by itself: exact p value and fragility. No pooled language."""

from dataclasses import dataclass

import numpy as np

from metak2.kernels.exact import fisher_exact


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTrial:
    """Fisher's exact p (two-sided) of one two-by-two table and its fragility index.

    `fragility` is the number of people whose outcome would have to change, in the arm with fewer events, for p to reach
    0.05; 0 when it already has (Walsh et al. 2014, J Clin Epidemiol 67:622-628).
    """

    study: str
    event_e: int
    n_e: int
    event_c: int
    n_c: int
    fisher_pval: float
    fragility: int


def single_trial(*, study: str, event_e: int, n_e: int, event_c: int, n_c: int) -> SingleTrial:
    """Fisher's exact p and fragility index of one trial's counts.

    >>> habu = single_trial(study="Habu 2004", event_e=2, n_e=21, event_c=9, n_c=19)
    >>> round(habu.fisher_pval, 4), habu.fragility
    (0.0123, 2)
    """
    return SingleTrial(
        study=study,
        event_e=event_e,
        n_e=n_e,
        event_c=event_c,
        n_c=n_c,
        fisher_pval=_fisher(event_e, n_e, event_c, n_c),
        fragility=_fragility(event_e, n_e, event_c, n_c),
    )


def _fisher(event_e: int, n_e: int, event_c: int, n_c: int) -> float:
    cells = (np.array([float(value)]) for value in (event_e, n_e - event_e, event_c, n_c - event_c))
    return float(fisher_exact(*cells)[0])


def _fragility(event_e: int, n_e: int, event_c: int, n_c: int) -> int:
    changed = 0
    fewer_in_e = event_e <= event_c
    while _fisher(event_e, n_e, event_c, n_c) < 0.05:
        if fewer_in_e:
            event_e += 1
        else:
            event_c += 1
        changed += 1
    return changed

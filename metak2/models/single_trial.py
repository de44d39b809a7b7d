"""One trial of counts by itself: exact p value and fragility. No pooled language."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.exact import fisher_exact
from metak2.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTrial(Shown):
    """Fisher's exact p (two-sided) of one two-by-two table and its fragility index.

    `fragility` is the number of people whose outcome would have to change, in the arm with the lower risk, for p to
    reach 0.05; 0 when it already has (Walsh et al. 2014, J Clin Epidemiol 67:622-628).
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

    Raises
    ------
    ModelError
        Counts that cannot be: fewer than none, more events than people, an arm of nobody.
    """
    if any(value != int(value) for value in (event_e, n_e, event_c, n_c)):
        raise ModelError(f"{study}: {event_e} of {n_e} against {event_c} of {n_c}: people are counted in whole numbers")
    if not (0 <= event_e <= n_e and 0 <= event_c <= n_c and n_e > 0 and n_c > 0):
        raise ModelError(f"{study}: {event_e} of {n_e} against {event_c} of {n_c} cannot be counts of a trial")
    return SingleTrial(
        study=study,
        event_e=event_e,
        n_e=n_e,
        event_c=event_c,
        n_c=n_c,
        fisher_pval=_fisher(event_e, n_e, event_c, n_c),
        fragility=_fragility(event_e, n_e, event_c, n_c),
    )


def single_trial_of(effects: EffectSizes, study: str = "") -> SingleTrial:
    """One trial of effect sizes from counts, by itself; `study` may be left out where there is one.

    Raises
    ------
    ModelError
        No counts, an unknown study, several studies and none named, or counts that cannot be.
    """
    counts = ("event_e", "n_e", "event_c", "n_c")
    if not set(counts) <= effects.data.keys():
        raise ModelError("a trial by itself is told by its counts; these effects have none")
    if study not in effects.study and (study or len(effects) > 1):
        raise ModelError(f"study={study!r} is not one of {', '.join(effects.study)}")
    row = effects.study.index(study) if study else 0
    numbers = [float(effects.data[name][row]) for name in counts]
    if not np.isfinite(numbers).all():
        raise ModelError(f"{effects.study[row]}: a count is blank")
    event_e, n_e, event_c, n_c = map(int, numbers)
    return single_trial(study=effects.study[row], event_e=event_e, n_e=n_e, event_c=event_c, n_c=n_c)


def _fisher(event_e: int, n_e: int, event_c: int, n_c: int) -> float:
    cells = (np.array([float(value)]) for value in (event_e, n_e - event_e, event_c, n_c - event_c))
    return float(fisher_exact(*cells)[0])


def _fragility(event_e: int, n_e: int, event_c: int, n_c: int) -> int:
    """Events are added where the risk is lower, so that the arms move towards each other."""
    lower_in_e = event_e * n_c <= event_c * n_e
    for changed in range(max(n_e, n_c) + 1):
        more = (changed, 0) if lower_in_e else (0, changed)
        if _fisher(event_e + more[0], n_e, event_c + more[1], n_c) >= 0.05:
            return changed
    raise AssertionError("equal risks have p = 1")  # the arms pass each other before an arm is full

"""The rarer choices of a generalised linear mixed model, and what is refused before anything is fitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.count_data import CountData
from metak2.models.design import Design
from metak2.models.glmm_designs import ALLOWED, CODING


@dataclass(frozen=True, slots=True, kw_only=True)
class GlmmOptions:
    """The rarer choices of `fit_glmm`.

    Attributes
    ----------
    test
        "z", or "t" with k − p degrees of freedom (and F for several coefficients).
    points
        Quadrature points an axis; 1 is Laplace's approximation. Default: as many as accuracy needs.
    coding
        How the arms are coded in the unconditional models: 0.5 (±1/2), 1 (1 and 0) or 0 (0 and −1). It decides how the
        random effects are shared between the arms (Jackson et al. 2018).
    correlated
        UM.RS: random study and treatment effects may be correlated.
    double_zero
        "left out" or "kept": trials without events in either arm. They tell something to UM.RS alone; given their
        margins they tell nothing, and the conditional models leave them out in any case.
    convention
        "metak2", or "metafor": 7 quadrature points (Laplace for UM.RS with random treatment effects), the
        log-likelihood from the conditional deviance, a correlation that is not counted as a parameter, and a normal
        prediction interval with a normal test.
    """

    test: Literal["z", "t"] = "z"
    points: int | None = None
    coding: float = 0.5
    correlated: bool = False
    double_zero: Literal["left out", "kept"] = "left out"
    convention: Literal["metak2", "metafor"] = "metak2"


DEFAULTS = GlmmOptions()
ALLOWED_WORDS: Mapping[str, tuple[object, ...]] = {
    "test": ("z", "t"),
    "coding": tuple(CODING),
    "double_zero": ("left out", "kept"),
    "convention": ("metak2", "metafor"),
}


def refuse_unknown(data: CountData, model: str, method: str) -> None:
    """Refuse a model or method that is not documented for these counts."""
    if model and model not in ALLOWED[data.measure]:
        raise UnknownOptionError("model", model, [name for name in ALLOWED[data.measure] if name] or ["(none)"])
    if method not in {"ML", "CE"}:
        raise UnknownOptionError("method", method, ("ML", "CE"))


def refuse_unknown_options(options: GlmmOptions) -> None:
    """Refuse a word or a number of points that is not documented."""
    for name, allowed in ALLOWED_WORDS.items():
        if getattr(options, name) not in allowed:
            raise UnknownOptionError(name, getattr(options, name), [str(word) for word in allowed])
    if options.points is not None and not 1 <= options.points <= 150:
        raise ModelError(f"points is a number of quadrature points between 1 and 150; got {options.points}")


def refuse_infinite(data: CountData, model: str, *, heterogeneous: bool) -> None:
    """No study, or estimates that are infinite: exact methods still have a one-sided interval."""
    if not data.study:
        raise ModelError("no study has an event in either arm; use the risk difference, or rare_events_table()")
    events = data.events
    none = events == 0
    all_of_them = events == data.exposure if data.kind in {"counts", "proportions"} else np.zeros_like(none)
    one_arm = events.shape[1] == 1
    ends = (
        (none[:, 0], all_of_them[:, 0]) if one_arm else (none[:, 0] | all_of_them[:, 1], none[:, 1] | all_of_them[:, 0])
    )
    arms = [side[:, j].all() for side in (none, all_of_them) for j in range(events.shape[1])]
    if any(arms if model == "UM.RS" else (end.all() for end in ends)):
        raise ModelError(
            "no event anywhere, or nothing else: the estimate is infinite; use an exact interval"
            if one_arm
            else "all events are in one arm: the estimate is infinite; "
            "exact_odds_ratio() has a one-sided exact interval"
        )
    if heterogeneous and len(data.study) > 1 and np.all(ends[0] | ends[1]):
        raise ModelError(
            "every study by itself has an infinite estimate, in both directions: the likelihood rises with τ² for "
            'ever; use method="CE", or exact_odds_ratio() for odds ratios'
        )


def refuse_design(design: Design, k: int) -> None:
    """More coefficients than studies, or redundant ones, which are named."""
    p = design.X.shape[1]
    if p > 1 and k <= p:
        raise ModelError(f"{p} coefficients cannot be estimated from {k} studies; use fewer moderators")
    ranks = [int(np.linalg.matrix_rank(design.X[:, :j])) if j else 0 for j in range(p + 1)]
    redundant = [name for j, name in enumerate(design.columns) if ranks[j + 1] == ranks[j]]
    if redundant:
        raise ModelError(f"redundant in this design: {', '.join(redundant)}; leave out what the others already say")

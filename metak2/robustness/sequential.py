"""Trial sequential analysis: repeated looks at a growing meta-analysis against boundaries stated beforehand.

Exploratory (METHODS section 6): what is hoped for, the diversity and the errors are stated before, never estimated, and
the answer never stands in an abstract.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.group_sequential import efficacy_boundaries, futility_boundaries
from metak2.kernels.pooling import common_effect
from metak2.models.pooled import Pooled
from metak2.models.rows import infer
from metak2.robustness.conclusion import no_effect
from metak2.robustness.seen_studies import seen_studies
from metak2.shown import Drawn

LEAST = 3
LEAST_STEP = 0.01
"""A look that adds less than this share of the required information is shown and not tested."""
Verdict = Literal["effect", "futile", "open", "no effect of this size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialPlan:
    """What has to be stated before the data are looked at; nothing has a default taken from them.

    Attributes
    ----------
    delta
        The smallest effect worth finding, on the displayed scale: a risk ratio of 0.8, a mean difference of 0.02.
    diversity
        The share of the variance of a random-effects meta-analysis that is due to heterogeneity, 0 to below 1: D² of
        Wetterslev, Thorlund, Brok & Gluud 2009, BMC Med Res Methodol 9:86.
    alpha, power
        Two-sided error of the first kind, and the power at the required information size.
    futility
        Whether inner boundaries, which do not bind, are drawn too.
    """

    delta: float
    diversity: float
    alpha: float
    power: float
    futility: bool = False

    def __post_init__(self) -> None:
        wrong = []
        if not 0 <= self.diversity < 1:
            wrong.append(f"diversity is a share from 0 to below 1, not {self.diversity:g}")
        if not 0 < self.alpha < 0.5:
            wrong.append(f"alpha is an error between 0 and 0.5, not {self.alpha:g}")
        if not 0.5 <= self.power < 1:
            wrong.append(f"power is a probability from 0.5 to below 1, not {self.power:g}")
        if not np.isfinite(self.delta):
            wrong.append(f"delta is an effect, not {self.delta:g}")
        if wrong:
            raise ModelError(f"a sequential plan cannot be as stated: {'; '.join(wrong)}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequentialAnalysis(Drawn):
    """The cumulative Z of the studies in order, the boundaries at each look, and what may be concluded.

    Attributes
    ----------
    study, information, z
        Names, share of the required information, cumulative Z (Wald), `(k,)`, from the first study to the last.
    tested
        The looks that a boundary belongs to: those adding at least `LEAST_STEP` up to the one that reaches 1.
    boundary, futility
        |Z| to be exceeded, and |Z| below which an effect of delta is not to be expected, `(k,)`; NaN where not tested.
    next_boundary
        The boundary at a final look at full information, where that has not been reached; else None.
    required, so_far
        Information (one over the variance of a common effect): required with diversity, and collected.
    people, required_people
        In the pooled studies, and what is required at their information per person; None where n is not known.
    observed_diversity
        D² of these data, printed beside the one that was stated and used for nothing.
    crossed
        The first look beyond its boundary, or None.
    power
        The power that the looks leave at full information, with futility boundaries heeded; None without them.
    """

    base: Pooled
    plan: SequentialPlan
    order: str
    study: tuple[str, ...]
    information: FloatArray
    z: FloatArray
    tested: NDArray[np.bool_]
    boundary: FloatArray
    futility: FloatArray
    next_boundary: float | None
    required: float
    so_far: float
    people: float | None
    required_people: float | None
    observed_diversity: float
    crossed: int | None
    power: float | None
    verdict: Verdict
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def sequential_analysis(pooled: Pooled, plan: SequentialPlan, *, order: str = "year") -> SequentialAnalysis:
    """Trial sequential analysis of the pooled studies in the order of a column (ties in the order of the sheet).

    The required information is ((z of 1 - alpha/2) + (z of the power))² / delta² / (1 - diversity); what is collected
    is the sum of 1/vi. Neither uses the observed effect. Boundaries spend alpha as O'Brien & Fleming would (Lan &
    DeMets 1983), half of it on each side; Z is that of the pooled method with its Wald standard error.

    Raises
    ------
    ModelError
        Fewer than three studies, no such column, delta equal to no effect or to the observed effect, a measure that
        compares nothing.
    """
    seen = seen_studies(pooled, least=LEAST, what="trial sequential analysis")
    if order not in pooled.effects.moderators:
        raise ModelError(f"there is no column {order!r} to order by{did_you_mean(order, pooled.effects.moderators)}")
    distance = _distance(pooled, plan)
    ranked = np.argsort(pooled.effects.moderators[order][seen.columns], kind="stable")
    columns = seen.columns[ranked]
    required = (ndtri(1 - plan.alpha / 2) + ndtri(plan.power)) ** 2 / distance**2 / (1 - plan.diversity)
    collected = np.cumsum(1 / pooled.effects.vi[columns])
    information, z = collected / required, _cumulative_z(pooled, columns)
    tested = _tested(information)
    boundary, futility, following, power = _boundaries(information, tested, plan)
    crossed = np.flatnonzero(tested & (np.abs(z) > boundary))
    people = _people(pooled, columns)
    return SequentialAnalysis(
        base=pooled,
        plan=plan,
        order=order,
        study=tuple(pooled.study[column] for column in columns),
        information=information,
        z=z,
        tested=tested,
        boundary=boundary,
        futility=futility,
        next_boundary=following,
        required=float(required),
        so_far=float(collected[-1]),
        people=people,
        required_people=None if people is None else people / float(information[-1]),
        observed_diversity=_diversity(pooled, columns),
        crossed=int(crossed[0]) if crossed.size else None,
        power=power,
        verdict=_verdict(information, z, tested, futility, crossed=bool(crossed.size)),
        notes=(Note(code="SEQUENTIAL_EXPLORATORY"),),
    )


def _distance(pooled: Pooled, plan: SequentialPlan) -> float:
    """Delta from no effect, on the analysis scale."""
    measure = pooled.measure
    null, aim = no_effect(measure), float(measure.forward(plan.delta))
    if not np.isfinite(null):
        raise ModelError(
            f"a {measure.label[:1].lower()}{measure.label[1:]} compares nothing; there is no effect to seek"
        )
    if not np.isfinite(aim) or aim == null:
        raise ModelError(f"delta = {plan.delta:g} is no effect that could be sought; no effect is {measure.null:g}")
    if np.isclose(aim, pooled.estimate, rtol=1e-6, atol=0):
        raise ModelError(
            "delta is the observed effect itself: the required information size must be stated without the data"
        )
    return aim - null


def _cumulative_z(pooled: Pooled, columns: NDArray[np.intp]) -> FloatArray:
    mi = np.zeros((columns.size, len(pooled.effects)))
    for row, column in enumerate(columns):
        mi[row:, column] = 1.0
    fit = infer(pooled.effects, pooled.choices, mi).fit
    return np.asarray((fit.estimate - no_effect(pooled.measure)) / fit.se)


def _tested(information: FloatArray) -> NDArray[np.bool_]:
    """Looks far enough from the one before, up to the first that reaches full information.

    The latest look is always one of them; where it is too near to the one before, it takes its place.
    """
    tested = np.zeros(information.size, dtype=np.bool_)
    last = 0.0
    for look, share in enumerate(information):
        if last < 1 and (share - last >= LEAST_STEP or share >= 1):
            tested[look], last = True, float(share)
    if last < 1 and not tested[-1]:
        if tested.any():
            tested[np.flatnonzero(tested)[-1]] = False
        tested[-1] = True
    return tested


def _boundaries(
    information: FloatArray, tested: NDArray[np.bool_], plan: SequentialPlan
) -> tuple[FloatArray, FloatArray, float | None, float | None]:
    """Boundaries and futility at every look (NaN where none), at a final look to come, and the power left."""
    t = np.minimum(information[tested], 1.0)
    ahead = t[-1] < 1 if t.size else True
    looks = np.append(t, 1.0) if ahead else t
    outer = efficacy_boundaries(looks, plan.alpha)
    boundary, futility = (np.full(information.size, np.nan) for _ in range(2))
    boundary[tested] = outer[: t.size]
    power = None
    if plan.futility:
        drift = float(ndtri(1 - plan.alpha / 2) + ndtri(plan.power))
        inner, power = futility_boundaries(looks, outer, 1 - plan.power, drift)
        futility[tested] = inner[: t.size]
    return boundary, futility, float(outer[-1]) if ahead else None, power


def _verdict(
    information: FloatArray, z: FloatArray, tested: NDArray[np.bool_], futility: FloatArray, *, crossed: bool
) -> Verdict:
    if crossed:
        return "effect"
    if information[-1] >= 1:
        return "no effect of this size"
    return "futile" if bool((tested & (np.abs(z) < futility)).any()) else "open"


def _people(pooled: Pooled, columns: NDArray[np.intp]) -> float | None:
    """Everybody in the pooled studies, where both arms are known."""
    data = pooled.effects.data
    if not {"n_e", "n_c"} <= data.keys():
        return None
    total = float((data["n_e"] + data["n_c"])[columns].sum())
    return total if np.isfinite(total) else None


def _diversity(pooled: Pooled, columns: NDArray[np.intp]) -> float:
    """1 - (variance of the common effect) / (variance of the random-effects estimate); 0 for a common effect."""
    if pooled.method.model == "common effect" or pooled.tau2 is None:
        return 0.0
    yi, vi = pooled.effects.yi[columns][None, :], pooled.effects.vi[columns][None, :]
    mi = np.ones_like(yi)
    common = float(common_effect(yi, vi, mi).se[0])
    random = float(np.sum(1 / (vi + pooled.tau2)) ** -0.5)
    return 1 - common**2 / random**2

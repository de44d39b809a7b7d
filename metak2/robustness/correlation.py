"""The same model under several stated correlations: how much of the answer rests on a number nobody reported."""

from collections.abc import Sequence
from dataclasses import dataclass

from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.design import Design
from metak2.models.robust import DEFAULTS, robust
from metak2.models.robust_result import Robust, RobustOptions
from metak2.shown import Shown

USUAL = (0.0, 0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelationSensitivity(Shown):
    """The working model under each stated correlation, the planned one first."""

    correlations: tuple[float, ...]
    fits: tuple[Robust, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.planned.measure

    @property
    def planned(self) -> Robust:
        """The answer under the first correlation."""
        return self.fits[0]


def correlation_sensitivity(
    effects: EffectSizes,
    cluster: str = "study",
    moderators: str | Design = "1",
    *,
    correlations: Sequence[float] = (),
    options: RobustOptions = DEFAULTS,
) -> CorrelationSensitivity:
    """Robust inference under each of `correlations` of the effects of a cluster, the planned one first.

    Without `correlations`: 0.6, and 0 to 0.8 in steps of 0.2.

    Raises
    ------
    ModelError
        The same correlation twice, a working model without a correlation, or what `robust` refuses.
    """
    if options.working == "HIER":
        raise ModelError('the hierarchical working model has no correlation; use working="CHE" or "CORR"')
    asked = tuple(float(one) for one in correlations) or (0.6, *(one for one in USUAL if one != 0.6))
    if len(set(asked)) < len(asked):
        raise ModelError("a correlation is named twice")
    fits = tuple(robust(effects, cluster, moderators, correlation=one, options=options) for one in asked)
    return CorrelationSensitivity(correlations=asked, fits=fits)

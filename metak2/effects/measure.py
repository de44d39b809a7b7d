"""What an effect size means: its name, label, scale, null value and the formulas that give it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.scales import IDENTITY, LOG, Scale
from metak2.errors import UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.studies.table import Kind

Formula = Callable[..., tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """An effect measure.

    Attributes
    ----------
    formulas
        The formula for each kind of data that can give the measure; every measure can also be read ready-made (kind
        "effects").
    variances
        The estimators of the sampling variance that `effect_sizes(variance=…)` may name; the first is the default.
    uses
        The columns of `studies.kinds.COLUMNS` that the formula takes, in order; empty for all of its kind.
    comparison
        Whether there is a value of no effect; a proportion or a mean alone has none.
    keeps_zeros
        Whether zero counts go into the formula as they are: variance-stabilising measures and Peto's need no
        correction and get none from a named policy.
    relative
        Whether a study without events, or with nothing but events, says nothing of the effect.
    null_value
        No effect, on the analysis scale.
    rebased
        Makes the scale of a back-transformation that depends on the sizes of the studies, from the name of the size
        and its harmonic mean.
    """

    name: str
    label: str
    reference: str
    scale: Scale = IDENTITY
    formulas: Mapping[Kind, Formula] = field(default_factory=dict)
    variances: tuple[str, ...] = ("LS",)
    uses: tuple[str, ...] = ()
    comparison: bool = True
    keeps_zeros: bool = False
    relative: bool = False
    null_value: float = 0.0
    rebased: tuple[str, Callable[[float], Scale]] | None = None

    @property
    def log(self) -> bool:
        """Whether the analysis scale is the natural logarithm of the displayed one."""
        return self.scale is LOG

    def back(self, values: ArrayLike) -> FloatArray:
        """From the analysis scale to the displayed scale."""
        return self.scale.back(values)

    def forward(self, values: ArrayLike) -> FloatArray:
        """From the displayed scale to the analysis scale; NaN where there is no such value, as a ratio of 0 or less."""
        return self.scale.forward(values)

    @property
    def null(self) -> float:
        """The value of no effect on the displayed scale; NaN where the measure compares nothing."""
        return float(self.back(self.null_value)) if self.comparison else float(np.nan)

    def computed(self, kind: Kind, data: tuple[FloatArray, ...], variance: str | None) -> tuple[FloatArray, FloatArray]:
        """`yi` and `vi` by the formula for this kind of data; `UnknownOptionError` lists the variance estimators."""
        if variance is not None and variance not in self.variances:
            raise UnknownOptionError("variance", variance, self.variances)
        formula = self.formulas[kind]
        return formula(*data, variance=variance) if variance and len(self.variances) > 1 else formula(*data)

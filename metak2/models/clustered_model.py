"""Effects of the same patients in one model: all of them, with the errors of the model or robust ones."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.multilevel import MultilevelOptions
from metak2.models.multilevel_result import Multilevel
from metak2.models.robust import robust
from metak2.models.robust_result import Robust, RobustOptions
from metak2.models.shared_patients import cluster_column
from metak2.models.working_models import hierarchical_model
from metak2.shown import Shown

Errors = Literal["multilevel", "robust"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusteredModel(Shown):
    """Correlated and hierarchical effects as one answer.

    Attributes
    ----------
    model
        The multilevel model; where `robust` is given, its coefficients have robust errors and Satterthwaite's degrees
        of freedom. Its variances and random effects are those of the model.
    cluster
        The column that says whose patients they are.
    correlation
        Assumed of the sampling errors in a cluster.
    """

    model: Multilevel
    robust: Robust | None
    cluster: str
    correlation: float

    @property
    def answer(self) -> Multilevel | Robust:
        """What is reported: robust inference, or that of the model."""
        return self.robust or self.model


def clustered_model(
    effects: EffectSizes,
    cluster: str = "study",
    *,
    correlation: float = 0.6,
    errors: Errors = "robust",
    level: float = 0.95,
) -> ClusteredModel:
    """All effects in one model: they vary between clusters and within them, their errors correlate in a cluster.

    Parameters
    ----------
    errors
        "robust": CR2 errors with Satterthwaite's degrees of freedom, which hold whatever the correlation is
        (Pustejovsky & Tipton 2022, Prevention Science 23:425-438); "multilevel": those of the model.

    Raises
    ------
    ModelError
        A correlation outside 0 to 1, a single cluster, or data that cannot carry the model.
    """
    if errors not in get_args(Errors):
        raise UnknownOptionError("errors", errors, get_args(Errors))
    if not 0 <= correlation <= 1:
        raise ModelError(f"the correlation of effects in a cluster lies between 0 and 1; got {correlation:g}")
    fitted, notes = hierarchical_model(effects, cluster, "1", correlation, MultilevelOptions(level=level))
    column = cluster_column(effects, cluster)
    if errors == "multilevel":
        model = replace(fitted, notes=(*fitted.notes, *notes))
        return ClusteredModel(model=model, robust=None, cluster=column, correlation=correlation)
    found = robust(fitted, cluster, options=RobustOptions(level=level))
    own = tuple(note for note in found.notes if note not in fitted.notes)
    model = replace(
        fitted,
        coefficients=found.coefficients,
        asked=replace(fitted.asked, df="Satterthwaite"),
        notes=(*fitted.notes, *notes, *own),
    )
    return ClusteredModel(model=model, robust=found, cluster=column, correlation=correlation)

"""What a report is to tell of a network, beside its effects: pictures, ranking, components, other choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metak2.models.network_components import Components
from metak2.models.network_ranking import Better
from metak2.models.network_regression import NetworkRegression
from metak2.models.network_result import Network

FIGURES = ("graph", "forest", "heat", "funnel", "ranks")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStory:
    """The reviewer's choices.

    Attributes
    ----------
    about
        The question as a phrase.
    better
        Which effects are good for the patient.
    order
        The treatments from old to new, for the comparison-adjusted funnel plot; without it there is none.
    figures
        Those of `FIGURES` that are wanted.
    splitting
        Whether direct and indirect evidence are set apart.
    components, others, regressions
        Additive models, the same network under other choices by label, and what changes with a moderator.
    """

    about: str
    better: Better
    order: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    figures: tuple[str, ...] = FIGURES
    splitting: bool = True
    components: Components | None = None
    others: Mapping[str, Network] = field(default_factory=dict)
    regressions: tuple[NetworkRegression, ...] = ()

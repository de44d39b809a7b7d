"""One question of a report: its answer, what else was asked of the data, and why to doubt it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from metak2.argument_types import check_fields
from metak2.display.wording import Wording
from metak2.models.absolute import AbsoluteEffect
from metak2.models.clustered_model import ClusteredModel
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.models.regression_result import Regression
from metak2.plots.drawing import Drawing
from metak2.report.blocks import slug
from metak2.robustness.bootstrap import Bootstrap
from metak2.robustness.correlation import CorrelationSensitivity
from metak2.robustness.fragility import Fragility
from metak2.robustness.gosh import Gosh
from metak2.robustness.grade import Graded
from metak2.robustness.influence import Influence
from metak2.robustness.leave_one_out import LeaveTwoOut
from metak2.robustness.missing_cells import MissingCells
from metak2.robustness.new_trial import NewTrial, NextTrial
from metak2.robustness.prior_sensitivity import PriorSensitivity
from metak2.robustness.refits import Refits
from metak2.robustness.sequential import SequentialAnalysis
from metak2.robustness.specification import SpecificationCurve

Design = LeaveTwoOut | Gosh | Bootstrap | Fragility | Influence


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A model of effects of the same patients as the planned answer, with the words for its groups."""

    found: ClusteredModel
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A fitted question, ready to be told.

    Attributes
    ----------
    name
        Stem of its figures and key of its results: lower-case letters, digits, "-" and "_"; of the title where blank.
    title, about
        The heading, and the question as a phrase inside a sentence ("BCG vaccination and tuberculosis").
    sensitivity
        Label → pooled effect under other choices.
    regressions
        Moderators, or another name → meta-regression.
    designs
        Name → what else was tried: "gosh", "leave-two-out", "bootstrap", "fragility", "influence".
    bayes, thresholds
        The posterior under one or several priors, and the effects (displayed scale) that it is compared with.
    grade
        How certain the evidence is, for the summary of findings.
    next_trials, new_trial, sequential, missing
        Questions that stay open: what a further trial may show, what it would have to show, trial sequential analysis,
        what the blank cells are worth.
    clustered
        The effects before those of the same patients were combined, modelled under several correlations.
    headline
        The model of all these effects where it, and not the primary pooled effect, is the planned answer; `primary` is
        then the analysis that combines the effects of the same patients first.
    doubts
        Why to doubt the answer, sentences by the reviewer, printed as caveats before the numbers.
    text
        Further paragraphs by the reviewer, printed after the answer.
    figures
        Name → a further figure, one of `metak2.plan.keys.FIGURES` or the script's own.
    columns
        Moderators to show in the forest plot, by name or as name → heading.
    favours
        The words left and right under the axis; derived from `higher_is` when None.
    """

    name: str = ""
    title: str
    about: str
    primary: Pooled | Unpooled
    sensitivity: Mapping[str, Pooled] = field(default_factory=dict)
    subgroups: tuple[Subgroups, ...] = ()
    regressions: Mapping[str, Regression] = field(default_factory=dict)
    refits: tuple[Refits, ...] = ()
    designs: Mapping[str, Design] = field(default_factory=dict)
    specifications: SpecificationCurve | None = None
    bayes: PriorSensitivity | None = None
    clustered: CorrelationSensitivity | None = None
    headline: Headline | None = None
    thresholds: tuple[float, ...] = ()
    next_trials: tuple[NextTrial, ...] = ()
    new_trial: NewTrial | None = None
    sequential: SequentialAnalysis | None = None
    missing: MissingCells | None = None
    absolute: tuple[AbsoluteEffect, ...] = ()
    grade: Graded | None = None
    doubts: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    figures: Mapping[str, Drawing] = field(default_factory=dict)
    columns: Sequence[str] | Mapping[str, str] = ()
    favours: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.name:
            object.__setattr__(self, "name", slug(self.title))

    @property
    def heads(self) -> Mapping[str, str]:
        """Moderator → its name for a reader, for those that `columns` gives one."""
        return self.columns if isinstance(self.columns, Mapping) else {}

"""What a review of a diagnostic test says: summary sensitivity and specificity, likelihood ratios, ROC curve."""

from dataclasses import dataclass

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.scales import LOG, LOGIT, Scale
from metak2.kernels.accuracy import Hsroc, clopper_pearson, ellipse, hsroc, sroc_curve
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval
from metak2.shown import Drawn
from metak2.studies.table import Column, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AccuracyData:
    """True and false positives and negatives of k studies, each `(k,)`."""

    study: tuple[str, ...]
    tp: FloatArray
    fp: FloatArray
    fn: FloatArray
    tn: FloatArray

    @property
    def diseased(self) -> FloatArray:
        """People with the disease."""
        return self.tp + self.fn

    @property
    def healthy(self) -> FloatArray:
        """People without it."""
        return self.fp + self.tn

    def take(self, rows: Column) -> "AccuracyData":
        """These studies only."""
        index = np.flatnonzero(rows)
        columns = {name: read_only(getattr(self, name)[index]) for name in ("tp", "fp", "fn", "tn")}
        return AccuracyData(study=tuple(self.study[at] for at in index), **columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A number with its interval, on the displayed scale."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accuracy(Drawn):
    """The bivariate fit.

    `mu` `(2,)` is the mean logit sensitivity and logit specificity, `vcov` `(2, 2)` its covariance, `sigma` `(2, 2)`
    the covariance between studies. `likelihood` is "binomial", "ML" or "REML".
    """

    data: AccuracyData
    likelihood: str
    level: float
    k: int
    mu: FloatArray
    vcov: FloatArray
    sigma: FloatArray
    log_likelihood: float
    notes: tuple[Note, ...]

    @property
    def sensitivity(self) -> Summary:
        """Summary sensitivity."""
        return self._summary(np.array([1.0, 0.0]), LOGIT)

    @property
    def specificity(self) -> Summary:
        """Summary specificity."""
        return self._summary(np.array([0.0, 1.0]), LOGIT)

    @property
    def odds_ratio(self) -> Summary:
        """Diagnostic odds ratio."""
        return self._summary(np.array([1.0, 1.0]), LOG)

    @property
    def positive_ratio(self) -> Summary:
        """Likelihood ratio of a positive result, interval by the delta method."""
        sensitivity, specificity = LOGIT.back(self.mu)
        log = np.log(sensitivity / (1 - specificity))
        return self._around(float(log), np.array([1 - sensitivity, specificity]), LOG)

    @property
    def negative_ratio(self) -> Summary:
        """Likelihood ratio of a negative result, interval by the delta method."""
        sensitivity, specificity = LOGIT.back(self.mu)
        log = np.log((1 - sensitivity) / specificity)
        return self._around(float(log), np.array([-sensitivity, -(1 - specificity)]), LOG)

    @property
    def correlation(self) -> float:
        """Correlation of logit sensitivity and logit specificity between studies; NaN where one does not vary."""
        spread = np.sqrt(np.diag(self.sigma))
        return float(self.sigma[0, 1] / np.prod(spread)) if spread.all() else np.nan

    @property
    def hsroc(self) -> Hsroc:
        """The same fit as Rutter and Gatsonis' hierarchical summary ROC model."""
        return hsroc(self.mu, self.sigma)

    def sroc(self, false_positives: FloatArray) -> FloatArray:
        """Sensitivity along the summary ROC curve at false positive rates inside (0, 1), `(m,)`."""
        return sroc_curve(self.hsroc, np.asarray(false_positives, dtype=np.float64))

    def region(self, *, prediction: bool = False) -> FloatArray:
        """The confidence region of the summary point, or the region where a new study is expected, `(181, 2)`.

        First column sensitivity, second specificity, on the displayed scale; chi-squared with 2 degrees of freedom.
        """
        covariance = self.vcov + self.sigma if prediction else self.vcov
        return LOGIT.back(ellipse(self.mu, covariance, level=self.level))

    def of_studies(self) -> tuple[tuple[Summary, ...], tuple[Summary, ...]]:
        """Sensitivity and specificity of each study with exact limits (Clopper & Pearson 1934)."""
        data = self.data
        return self._exact(data.tp, data.diseased), self._exact(data.tn, data.healthy)

    def _exact(self, events: FloatArray, people: FloatArray) -> tuple[Summary, ...]:
        low, high = clopper_pearson(events, people, level=self.level)
        with np.errstate(invalid="ignore"):
            share = events / people
        return tuple(
            Summary(estimate=float(one), low=float(below), high=float(above))
            for one, below, above in zip(share, low, high, strict=True)
        )

    def _summary(self, contrast: FloatArray, scale: Scale) -> Summary:
        return self._around(float(contrast @ self.mu), contrast, scale)

    def _around(self, value: float, slope: FloatArray, scale: Scale) -> Summary:
        se = np.sqrt(slope @ self.vcov @ slope)
        low, high = normal_interval(np.array([value]), np.array([se]), level=self.level)
        shown = scale.back([value, low[0], high[0]])
        return Summary(estimate=float(shown[0]), low=float(shown[1]), high=float(shown[2]))

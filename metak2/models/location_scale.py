"""Location-scale meta-regression: moderators of the mean and of the between-study variance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.location_scale import VANISHED, location_scale, scale_tau2
from metak2.models.choices import Choices, resolve
from metak2.models.conventions import Test
from metak2.models.design import Design
from metak2.models.design_choice import design_of
from metak2.models.fit_statistics import FitStatistics
from metak2.models.pool import require_poolable
from metak2.models.predict import Predictions, checked_level, design_rows, predictions
from metak2.models.regress import statistics_of
from metak2.models.regression_batch import at_tau2, degrees, scales
from metak2.models.regression_result import Coefficients, Wald
from metak2.models.wald import joint, slopes_of, tested
from metak2.shown import Drawn
from metak2.studies.table import read_only

LIKELIHOODS = ("ML", "REML")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocationScale(Drawn):
    """A model of the mean and of log tau2, both linear in moderators.

    `location` are the coefficients of the mean, `scale` those of log tau2 with standard errors from the observed
    information; `QM` and `QS` test their slopes. `tau2` is `(k,)`. QE is residual heterogeneity at weights 1 / vi.
    """

    effects: EffectSizes
    choices: Choices
    design: Design
    scale_design: Design
    k: int
    location: Coefficients
    vcov: FloatArray
    scale: Coefficients
    scale_vcov: FloatArray
    tau2: FloatArray
    QM: Wald
    QS: Wald | None
    QE: float
    QE_df: int
    QE_pval: float
    fitted: FloatArray
    fit: FitStatistics
    status: int
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure

    @property
    def study(self) -> tuple[str, ...]:
        """The studies used."""
        return self.effects.study

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return self.choices.level


def regress_scale(
    effects: EffectSizes,
    moderators: str | Design = "1",
    *,
    scale: str | Design,
    method: Literal["ML", "REML"] = "REML",
    test: Test = "z",
    level: float = 0.95,
) -> LocationScale:
    """Fit a location-scale model with a log link; Viechtbauer & López-López (2022), Res Synth Methods 13:697-715.

    Raises
    ------
    ModelError
        Too few studies, or anything that `regress` refuses.
    """
    if method not in LIKELIHOODS:
        raise UnknownOptionError("method", method, LIKELIHOODS)
    choices = resolve(method, test, "metafor", level)
    require_poolable(effects)
    masks = [design_of(effects, one)[1] for one in (moderators, scale)]
    everything = masks[0] & masks[1]
    gone = tuple(s for s, kept, some in zip(effects.study, everything, masks[0] | masks[1], strict=True) if some > kept)
    whole = effects.excluding("not reported", gone) if gone else effects
    (design, _, told), (scale_design, used, scale_told) = (design_of(whole, one) for one in (moderators, scale))
    missing = (Note(code="MODERATOR_MISSING", where=gone),) if gone else ()
    return _fitted(effects.take(used), design, scale_design, choices, (*missing, *told, *scale_told))


def predict_scale(
    model: LocationScale,
    at: Mapping[str, Any] | ArrayLike,
    scale_at: Mapping[str, Any] | ArrayLike,
    *,
    level: float | None = None,
) -> Predictions:
    """Average effects at moderators of the mean, with prediction intervals at moderators of tau2; as `predict`."""
    X, Z = design_rows(model.design, at), design_rows(model.scale_design, scale_at)
    if len(X) != len(Z):
        raise ModelError(f"there are {len(X)} rows of moderators and {len(Z)} of scale moderators")
    tau2 = scale_tau2(Z, model.scale.estimate)
    coverage = checked_level(level, model.level)
    return predictions(X, model.location, model.vcov, tau2, (model.measure, coverage, "test", model.location.df))


def _fitted(
    effects: EffectSizes, design: Design, scale_design: Design, choices: Choices, notes: tuple[Note, ...]
) -> LocationScale:
    k, p, q = len(effects), design.p, scale_design.p
    if p == 0 or q == 0:
        raise ModelError('both formulas need a coefficient; "1" is a constant')
    if k <= p + q:
        raise ModelError(
            f"{k} studies cannot carry {p} coefficients of the mean and {q} of the between-study variance; use "
            "regress()"
        )
    found = location_scale(effects.yi, effects.vi, design.X, scale_design.X, restricted=choices.method.name == "REML")
    tau2 = scale_tau2(scale_design.X, found.alpha)
    fit = at_tau2(effects.yi[None], effects.vi[None], np.ones((1, k)), design.X, tau2[None], None)
    rule = np.array([choices.test])
    vcov, df = fit.vcov[0] * scales(fit, rule)[0], float(degrees(fit, rule)[0])
    location = tested(design.columns, fit.beta[0], vcov, df, choices.level)
    scale_df = np.inf if choices.test == "z" else float(k - q)
    spread = tested(scale_design.columns, found.alpha, found.vcov, scale_df, choices.level)
    QS_index = slopes_of(scale_design)
    return LocationScale(
        effects=effects,
        choices=choices,
        design=design,
        scale_design=scale_design,
        k=k,
        location=location,
        vcov=read_only(vcov),
        scale=spread,
        scale_vcov=read_only(found.vcov),
        tau2=read_only(tau2),
        QM=joint(location, vcov, slopes_of(design) or list(range(p))),
        QS=joint(spread, found.vcov, QS_index) if QS_index else None,
        QE=float(fit.QE[0]),
        QE_df=k - p,
        QE_pval=float(q_pval(fit.QE, fit.QE_df)[0]),
        fitted=read_only(fit.fitted[0]),
        fit=statistics_of(fit, p + q),
        status=found.status,
        notes=(*effects.notes, *notes, *_caveats(Status(found.status), effects, tau2)),
    )


def _caveats(status: Status, effects: EffectSizes, tau2: FloatArray) -> list[Note]:
    notes = []
    if Status.FLAT in status:
        gone = tuple(s for s, t, v in zip(effects.study, tau2, effects.vi, strict=True) if t < VANISHED * v)
        notes.append(Note(code="SCALE_AT_ZERO", where=gone))
    if Status.TWO_SUMMITS in status:
        notes.append(Note(code="TWO_SUMMITS"))
    if Status.NOT_CONVERGED in status:
        notes.append(Note(code="SCALE_NOT_CONVERGED"))
    return notes

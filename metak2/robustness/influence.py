"""How far each study moves the answer: residuals, case deletion diagnostics and the points of Baujat's plot.

Viechtbauer & Cheung (2010), Research Synthesis Methods 1:112-125. One batch of refits without each study in turn: of
pooling for a pooled effect, of meta-regression where there are moderators; the formulas are the same.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtri

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.diagnostics import (
    Diagnostics,
    deletion_of_mean,
    deletion_of_regression,
    diagnose,
    standardised_se,
)
from metak2.kernels.regression import RegressionFit
from metak2.models.pooled import Pooled
from metak2.models.regress import regression_of, require_effect_sizes
from metak2.models.regression_batch import at_tau2, how_of, refits_without, require_test, rules, scales
from metak2.models.regression_result import Regression
from metak2.models.rows import ROUNDING, fit_rows
from metak2.robustness.leave_one_out import without_each
from metak2.shown import Drawn, Shown

Reason = Literal["dffits", "cook_d", "hat", "dfbetas"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals(Shown):
    """Residuals of a regression, each `(k,)`.

    `raw` and its standard error `se` give `standardised` (internally), `deleted` and `deleted_se` the `studentised`
    ones (the study compared with what the others predict). `pearson` divides by the model's standard deviation of a
    study; as studies are independent the Cholesky residuals are the same numbers.
    """

    study: tuple[str, ...]
    raw: FloatArray
    se: FloatArray
    standardised: FloatArray
    deleted: FloatArray
    deleted_se: FloatArray
    studentised: FloatArray
    pearson: FloatArray
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Influence(Drawn):
    """Case deletion diagnostics, each `(k,)`; `dfbetas` is `(k, p)`.

    Attributes
    ----------
    rstudent
        Studentised deleted residual.
    dffits, cook_d, cov_r, dfbetas
        Shift of the fitted value, of all coefficients together, change of their generalised variance (a ratio), shift
        of each coefficient; in standard errors, Cook's distance in squares of them.
    tau2, QE, tau2_del, QE_del
        Residual heterogeneity of all studies, and without the study.
    hat, weight
        Leverage, and weight in per cent.
    limits, reasons
        The rules of thumb, and which of them a study breaks: |dffits| > 3 sqrt(p / (k - p)), Cook's distance beyond the
        median of chi-squared with p degrees of freedom, hat > 3 p / k, any |dfbetas| > 1.
    """

    base: Pooled | Regression
    study: tuple[str, ...]
    tau2: float
    QE: float
    rstudent: FloatArray
    dffits: FloatArray
    cook_d: FloatArray
    cov_r: FloatArray
    tau2_del: FloatArray
    QE_del: FloatArray
    hat: FloatArray
    weight: FloatArray
    dfbetas: FloatArray
    notes: tuple[Note, ...]

    @property
    def limits(self) -> dict[Reason, float]:
        """The rules of thumb: the value beyond which a study counts as influential, for dffits and dfbetas of |x|."""
        k, p = self.dfbetas.shape
        return {
            "dffits": 3 * float(np.sqrt(p / (k - p))),
            "cook_d": float(chdtri(p, 0.5)),
            "hat": 3 * p / k,
            "dfbetas": 1.0,
        }

    @property
    def reasons(self) -> tuple[tuple[Reason, ...], ...]:
        """Per study which rules of thumb it breaks."""
        largest = np.abs(self.dfbetas).max(axis=1)
        values = zip(
            np.abs(self.dffits).tolist(), self.cook_d.tolist(), self.hat.tolist(), largest.tolist(), strict=True
        )
        limits = self.limits.items()
        return tuple(
            tuple(rule for (rule, limit), value in zip(limits, own, strict=True) if value > limit) for own in values
        )

    @property
    def influential(self) -> np.ndarray:
        """Whether the study breaks any of the rules, (k,)."""
        return np.array([bool(why) for why in self.reasons])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """The points of a diagnostic plot, one per study, `(k,)`; `kind` says what x and y are."""

    kind: Literal["baujat", "qq", "radial"]
    study: tuple[str, ...]
    x: FloatArray
    y: FloatArray


def influence(result: Pooled | Regression) -> Influence:
    """The influence of every study on a pooled effect or a regression.

    Raises
    ------
    ModelError
        Fewer than three studies, or a method without refits of this kind (Mantel–Haenszel, Peto).
    """
    case = _deleted(result)
    found = case.found
    return Influence(
        base=result,
        study=case.study,
        tau2=case.tau2,
        QE=case.QE,
        rstudent=found.rstudent,
        dffits=found.dffits,
        cook_d=found.cook_d,
        cov_r=found.cov_r,
        tau2_del=case.tau2_del,
        QE_del=case.QE_del,
        hat=case.hat,
        weight=case.weight,
        dfbetas=found.dfbetas,
        notes=not_estimable(case.study, np.isnan(found.deleted_residual)),
    )


def residuals(result: Pooled | Regression) -> Residuals:
    """Raw, standardised and studentised deleted residuals of every study."""
    base, case = _base(result), _deleted(result)
    found = case.found
    effects = base.effects
    se = standardised_se(effects.vi, base.design.X, _full(base))
    fixed = tuple(study for study, error in zip(base.study, se, strict=True) if np.isnan(error))
    return Residuals(
        notes=((Note(code="NO_RESIDUAL", where=fixed),) if fixed else ())
        + not_estimable(case.study, np.isnan(found.deleted_residual)),
        study=base.study,
        raw=base.residual,
        se=se,
        standardised=base.residual / se,
        deleted=found.deleted_residual,
        deleted_se=found.deleted_se,
        studentised=found.rstudent,
        pearson=_pearson(base),
    )


def baujat_points(result: Pooled | Regression) -> Points:
    """Contribution to the residual heterogeneity against influence on the overall result; Baujat et al. (2002)."""
    base, found = _base(result), _deleted(result).found
    return Points(kind="baujat", study=base.study, x=_pearson(base) ** 2, y=found.shift)


def qq_points(result: Pooled | Regression) -> Points:
    """Normal quantiles against standardised residuals; plotting positions of Blom (k <= 10) or Hazen."""
    base = _base(result)
    z = base.residual / standardised_se(base.effects.vi, base.design.X, _full(base))
    offset = 3 / 8 if base.k <= 10 else 1 / 2
    positions = (np.arange(base.k) + 1 - offset) / (base.k + 1 - 2 * offset)
    x = np.empty(base.k)
    x[np.argsort(z, kind="stable")] = ndtri(positions)
    return Points(kind="qq", study=base.study, x=x, y=z)


def radial_points(result: Pooled | Regression) -> Points:
    """Precision against the standardised effect; Galbraith (1988), Statistics in Medicine 7:889-894."""
    base = _base(result)
    x = 1 / np.sqrt(base.effects.vi + base.tau2)
    return Points(kind="radial", study=base.study, x=x, y=base.effects.yi * x)


def weight_matrix(result: Pooled | Regression) -> FloatArray:
    """The weights of the studies, 1 / (vi + tau2) or those given, as a diagonal matrix (k, k)."""
    return np.diag(_raw_weights(_base(result)))


def hat_matrix(result: Pooled | Regression) -> FloatArray:
    """The matrix (k, k) that takes the effects to their fitted values; for display, no computation needs it."""
    base = _base(result)
    root = np.sqrt(_raw_weights(base))
    basis, _ = np.linalg.qr(root[:, None] * base.design.X)
    return np.asarray((basis / root[:, None]) @ (basis * root[:, None]).T)


def not_estimable(study: tuple[str, ...], missing: NDArray[np.bool_]) -> tuple[Note, ...]:
    """Names the studies without which the model cannot be estimated: those whose refit is `missing`, (k,)."""
    gone = tuple(study[i] for i in np.flatnonzero(missing))
    return (Note(code="NOT_WITHOUT", where=gone),) if gone else ()


def _base(result: Pooled | Regression) -> Regression:
    base = regression_of(result) if isinstance(result, Pooled) else result
    _require_three(base.k)
    return base


def _require_three(k: int) -> None:
    if k < 3:
        raise ModelError(f"influence needs at least three studies, there are {k}; compare them side by side")


def _full(base: Regression) -> RegressionFit:
    effects = base.effects
    one = np.ones((1, base.k))
    return at_tau2(effects.yi[None], effects.vi[None], one, base.design.X, np.array([base.tau2]), base.given_weights)


class _Deleted(NamedTuple):
    """The diagnostics of every study, and what is told beside them: a row per study but `tau2` and `QE`, of all."""

    study: tuple[str, ...]
    found: Diagnostics
    tau2: float
    QE: float
    tau2_del: FloatArray
    QE_del: FloatArray
    hat: FloatArray
    weight: FloatArray


def _deleted(result: Pooled | Regression) -> _Deleted:
    return _deleted_from_mean(result) if isinstance(result, Pooled) else _deleted_from_regression(result)


def _deleted_from_mean(pooled: Pooled) -> _Deleted:
    """One batch of pooling: without each study, and in the last row with all."""
    effects, choices = pooled.effects, pooled.choices
    require_effect_sizes(choices)
    require_test(choices)
    used = np.where(np.isfinite(effects.yi) & np.isfinite(effects.vi), effects.mi, 0.0)
    kept = np.flatnonzero(used)
    _require_three(kept.size)
    fit = fit_rows(effects, choices, np.vstack([without_each(used, kept), used]))
    weighted = choices.options.weighted
    if kept.size < used.size:
        fit = replace(fit, weights=fit.weights[:, kept])
    factor = np.where(fit.se_hk <= ROUNDING * fit.se, 0.0, (fit.se_hk / fit.se) ** 2)
    scaled = _Scaled(fit.k, 1, factor, fit.tau2)
    own = scales(scaled, rules(scaled, choices))
    names = effects.study
    return _Deleted(
        study=tuple([names[i] for i in kept.tolist()]),
        found=diagnose(deletion_of_mean(effects.yi[kept], effects.vi[kept], fit, own, weighted=weighted)),
        tau2=float(fit.tau2[-1]),
        QE=float(fit.Q[-1]),
        tau2_del=fit.tau2[:-1],
        QE_del=fit.Q[:-1],
        hat=fit.weights[-1] / 100,
        weight=fit.weights[-1],
    )


class _Scaled(NamedTuple):
    """What the rules of a test look at."""

    k: FloatArray
    p: int
    scale: FloatArray
    tau2: FloatArray


def _deleted_from_regression(base: Regression) -> _Deleted:
    _require_three(base.k)
    effects, X, how = base.effects, base.design.X, how_of(base)
    full, refits = _full(base), refits_without(effects.yi, effects.vi, X, how).fit
    one = np.ones((base.k, base.k))
    again = at_tau2(effects.yi[None], effects.vi[None], one, X, refits.tau2, how.weights)
    own = base.scale, scales(refits, rules(refits, base.choices))
    weighted = how.weights is not None
    deletion = deletion_of_regression(effects.yi, effects.vi, X, (full, refits, again), own, weighted=weighted)
    return _Deleted(
        study=base.study,
        found=diagnose(deletion),
        tau2=base.tau2,
        QE=base.QE,
        tau2_del=refits.tau2,
        QE_del=refits.QE,
        hat=base.leverage,
        weight=base.weights,
    )


def _pearson(base: Regression) -> FloatArray:
    return np.asarray(base.residual / np.sqrt(base.effects.vi + base.tau2))


def _raw_weights(base: Regression) -> FloatArray:
    own = 1 / (base.effects.vi + base.tau2)
    return own if base.given_weights is None else base.given_weights

"""How far each study moves the answer: residuals, case deletion diagnostics and the points of Baujat's plot.

Viechtbauer & Cheung (2010), Research Synthesis Methods 1:112-125. One batch of refits without each study in turn, with
and without moderators.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtri, ndtri

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.diagnostics import Deletion, Diagnostics, diagnose, standardised_se
from metak2.kernels.regression import RegressionFit
from metak2.models.pooled import Pooled
from metak2.models.regress import regression_of
from metak2.models.regression_batch import Batch, at_tau2, how_of, refits_without, rules, scales
from metak2.models.regression_result import Regression
from metak2.models.show import Drawn

Reason = Literal["dffits", "cook_d", "hat", "dfbetas"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals:
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
    tau2_del, QE_del
        Residual heterogeneity without the study.
    hat, weight
        Leverage, and weight in per cent.
    reasons
        Per study which rules of thumb it breaks: |dffits| > 3 sqrt(p / (k - p)), Cook's distance beyond the median of
        chi-squared with p degrees of freedom, hat > 3 p / k, any |dfbetas| > 1.
    """

    base: Regression
    study: tuple[str, ...]
    rstudent: FloatArray
    dffits: FloatArray
    cook_d: FloatArray
    cov_r: FloatArray
    tau2_del: FloatArray
    QE_del: FloatArray
    hat: FloatArray
    weight: FloatArray
    dfbetas: FloatArray
    reasons: tuple[tuple[Reason, ...], ...]
    notes: tuple[Note, ...]

    @property
    def limits(self) -> dict[Reason, float]:
        """The rules of thumb: the value beyond which a study counts as influential, for dffits and dfbetas of |x|."""
        return _limits(self.base)

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
    base = _base(result)
    found, refits = _deletions(base)
    limits = _limits(base)
    values: dict[Reason, FloatArray] = {
        "dffits": np.abs(found.dffits),
        "cook_d": found.cook_d,
        "hat": base.leverage,
        "dfbetas": np.abs(found.dfbetas).max(axis=1),
    }
    with np.errstate(invalid="ignore"):
        broken = {rule: values[rule] > limit for rule, limit in limits.items()}
    return Influence(
        base=base,
        study=base.study,
        rstudent=found.rstudent,
        dffits=found.dffits,
        cook_d=found.cook_d,
        cov_r=found.cov_r,
        tau2_del=refits.fit.tau2,
        QE_del=refits.fit.QE,
        hat=base.leverage,
        weight=base.weights,
        dfbetas=found.dfbetas,
        reasons=tuple(tuple(rule for rule in limits if broken[rule][i]) for i in range(base.k)),
        notes=not_estimable(base, refits),
    )


def _limits(base: Regression) -> dict[Reason, float]:
    k, p = base.k, base.p
    return {
        "dffits": 3 * float(np.sqrt(p / (k - p))),
        "cook_d": float(chdtri(p, 0.5)),
        "hat": 3 * p / k,
        "dfbetas": 1.0,
    }


def residuals(result: Pooled | Regression) -> Residuals:
    """Raw, standardised and studentised deleted residuals of every study."""
    base = _base(result)
    found, refits = _deletions(base)
    effects = base.effects
    se = standardised_se(effects.vi, base.design.X, _full(base))
    fixed = tuple(study for study, error in zip(base.study, se, strict=True) if np.isnan(error))
    return Residuals(
        notes=((Note(code="NO_RESIDUAL", where=fixed),) if fixed else ()) + not_estimable(base, refits),
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
    base = _base(result)
    found, _ = _deletions(base)
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


def not_estimable(base: Regression, refits: Batch) -> tuple[Note, ...]:
    """Names the studies without which the model cannot be estimated."""
    gone = tuple(s for s, beta in zip(base.study, refits.fit.beta, strict=True) if np.isnan(beta).any())
    return (Note(code="NOT_WITHOUT", where=gone),) if gone else ()


def _base(result: Pooled | Regression) -> Regression:
    base = regression_of(result) if isinstance(result, Pooled) else result
    if base.k < 3:
        raise ModelError(f"influence needs at least three studies, there are {base.k}; compare them side by side")
    return base


def _full(base: Regression) -> RegressionFit:
    effects = base.effects
    one = np.ones((1, base.k))
    return at_tau2(effects.yi[None], effects.vi[None], one, base.design.X, np.array([base.tau2]), base.given_weights)


def _deletions(base: Regression) -> tuple[Diagnostics, Batch]:
    effects, X, how = base.effects, base.design.X, how_of(base)
    refits = refits_without(effects.yi, effects.vi, X, how)
    one = np.ones((base.k, base.k))
    deletion = Deletion(
        yi=effects.yi,
        vi=effects.vi,
        X=X,
        left_out=np.arange(base.k),
        full=_full(base),
        refits=refits.fit,
        refitted=at_tau2(effects.yi[None], effects.vi[None], one, X, refits.fit.tau2, how.weights),
        scale=base.scale,
        scales=scales(refits.fit, rules(refits.fit, base.choices)),
        weighted=how.weights is not None,
    )
    return diagnose(deletion), refits


def _pearson(base: Regression) -> FloatArray:
    return np.asarray(base.residual / np.sqrt(base.effects.vi + base.tau2))


def _raw_weights(base: Regression) -> FloatArray:
    own = 1 / (base.effects.vi + base.tau2)
    return own if base.given_weights is None else base.given_weights

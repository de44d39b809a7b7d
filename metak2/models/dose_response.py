"""Dose–response meta-analysis: trends and splines from relative risks against a common reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtri

from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.dose_response import (
    DESIGNS,
    PERCENTILES,
    DoseDesign,
    greenland_longnecker,
    hamling,
    restricted_cubic,
    trend,
)
from metak2.kernels.intervals import normal_pval
from metak2.kernels.multivariate.blocks import Sampling, Term, batches
from metak2.kernels.multivariate.fit import maximise
from metak2.kernels.multivariate.likelihood import Blocks
from metak2.kernels.multivariate.structures import unstructured
from metak2.models.dose_data import DoseData
from metak2.models.show import show, show_html, show_svg
from metak2.studies.table import read_only

Covariance = Literal["greenland-longnecker", "hamling", "independent"]
Method = Literal["REML", "ML", "CE"]
Stages = Literal["one", "two"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyTrend:
    """The curve of one study alone: coefficients `(p,)` and their covariance; NaN where it has too few doses."""

    study: str
    beta: FloatArray
    vcov: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """Log relative risks at `dose` against `reference`, with their limits; every array is `(doses,)`."""

    dose: FloatArray
    reference: float
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseResponse:
    """A dose–response curve on the log scale, through 0 at any reference.

    Attributes
    ----------
    knots
        Of the spline; empty for a straight line.
    beta, vcov
        Coefficients of dose and of the spline's further terms `(p,)`, and their covariance.
    psi
        Covariance of the coefficients between studies `(p, p)`; None for a common effect or one study.
    study
        The studies used; `left_out` have fewer doses than two stages need.
    trends
        Each study's own curve.
    overall, nonlinear
        p values of the Wald tests that no coefficient, and none but the first, differs from 0; the second is NaN for a
        straight line.
    """

    data: DoseData
    knots: FloatArray
    covariance: Covariance
    method: Method
    stages: Stages
    level: float
    k: int
    beta: FloatArray
    vcov: FloatArray
    psi: FloatArray | None
    log_likelihood: float
    study: tuple[str, ...]
    left_out: tuple[str, ...]
    trends: tuple[StudyTrend, ...]
    overall: float
    nonlinear: float
    notes: tuple[Note, ...]

    def predict(self, dose: ArrayLike, *, reference: float | None = None) -> Predicted:
        """Log relative risks at these doses against `reference`, by default the lowest dose; never beyond the data.

        ModelError for a dose outside those that the studies observed: a curve says nothing there.
        """
        wanted = np.atleast_1d(np.asarray(dose, dtype=np.float64))
        low, high = self.range
        start = low if reference is None else float(reference)
        outside = [one for one in (*wanted.tolist(), start) if not low <= one <= high]
        if outside:
            raise ModelError(
                f"dose {outside[0]:g} lies outside those observed ({low:g} to {high:g} {self.data.unit}".rstrip()
                + "): the curve is never extrapolated"
            )
        contrast = basis(wanted, self.knots) - basis(np.array([start]), self.knots)
        estimate = contrast @ self.beta
        se = np.sqrt(np.einsum("di,ij,dj->d", contrast, self.vcov, contrast))
        half = -float(ndtri((1 - self.level) / 2)) * se
        return Predicted(
            dose=wanted, reference=start, estimate=estimate, se=se, ci_low=estimate - half, ci_high=estimate + half
        )

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest dose of the studies used."""
        used = np.array([study in self.study for study in self.data.study])
        return float(self.data.dose[used].min()), float(self.data.dose[used].max())

    def __str__(self) -> str:
        return show(self)

    def _repr_html_(self) -> str:
        return show_html(self)

    def _repr_svg_(self) -> str:
        return show_svg(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Study:
    """A study as the fit takes it: log relative risks, contrasts of the basis, covariance."""

    name: str
    y: FloatArray
    X: FloatArray
    S: FloatArray


def dose_response(
    data: DoseData,
    *,
    knots: int | Sequence[float] | None = None,
    covariance: Covariance = "greenland-longnecker",
    method: Method = "REML",
    stages: Stages = "one",
    level: float = 0.95,
) -> DoseResponse:
    """A straight line or a restricted cubic spline of log relative risk over dose.

    Parameters
    ----------
    knots
        None for a straight line; 3, 4 or 5 knots at fixed percentiles of all doses (Harrell 2015); or their doses.
    covariance
        Of the log relative risks of one study, which share its reference: "greenland-longnecker" (1992) or "hamling"
        (2008), both from cases and n; "independent" ignores the reference and is there to show what that does.
    method
        "REML" or "ML" with coefficients that vary between studies, or "CE", a common effect. One study alone has one.
    stages
        "one" fits all studies together (Crippa, Discacciati, Bottai, Spiegelman & Orsini 2019, Stat Methods Med Res
        28:1579-1596); "two" fits each, then pools, and leaves out studies with fewer doses than coefficients.

    Raises
    ------
    ModelError
        Cases, n or design missing ("not estimable: columns missing"), knots that cannot be, or too few doses.
    UnknownOptionError
        A word that is not documented.
    """
    for option, value, words in (
        ("covariance", covariance, get_args(Covariance)),
        ("method", method, get_args(Method)),
        ("stages", stages, get_args(Stages)),
    ):
        if value not in words:
            raise UnknownOptionError(option, value, words)
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {level}")
    placed = knots_of(data, knots)
    studies = [_study(data, name, placed, covariance) for name in data.studies]
    p = max(placed.size - 1, 1)
    enough = [one for one in studies if one.y.size >= p]
    used = studies if stages == "one" else enough
    _require(used, p, stages)
    kind: Method = method if len(used) > 1 else "CE"
    beta, vcov, psi, height = _fit(used if stages == "one" else [_reduced(one) for one in used], p, kind)
    return DoseResponse(
        data=data,
        knots=read_only(placed),
        covariance=covariance,
        method=kind,
        stages=stages,
        level=level,
        k=len(used),
        beta=read_only(beta),
        vcov=read_only(vcov),
        psi=None if psi is None else read_only(psi),
        log_likelihood=height,
        study=tuple(one.name for one in used),
        left_out=tuple(one.name for one in studies if one not in used),
        trends=tuple(_alone(one, p) for one in used),
        overall=_wald(beta, vcov),
        nonlinear=_wald(beta[1:], vcov[1:, 1:]) if p > 1 else float("nan"),
        notes=_notes(covariance, [one.name for one in studies if one not in used]),
    )


def knots_of(data: DoseData, asked: int | Sequence[float] | None) -> FloatArray:
    """The doses at which the spline bends; empty for a straight line."""
    if asked is None:
        return np.zeros(0)
    if isinstance(asked, int):
        if asked not in PERCENTILES:
            raise UnknownOptionError("knots", asked, [str(number) for number in PERCENTILES])
        placed = np.percentile(data.dose, PERCENTILES[asked])
    else:
        placed = np.array(asked, dtype=np.float64)
    if placed.size < 3 or not np.isfinite(placed).all() or (np.diff(placed) <= 0).any():
        listed = ", ".join(f"{one:g}" for one in placed)
        raise ModelError(
            f"a spline needs three knots or more at rising doses, not {listed or 'none'}; give their doses"
        )
    return placed


def basis(dose: FloatArray, knots: FloatArray) -> FloatArray:
    """The dose alone, or with the terms of the spline: `(doses, p)`."""
    return restricted_cubic(dose, knots) if knots.size else dose[:, None]


def _study(data: DoseData, name: str, knots: FloatArray, covariance: Covariance) -> _Study:
    rows = data.rows_of(name)
    y, se = data.yi[rows][1:], data.se[rows][1:]
    made = basis(data.dose[rows], knots)
    return _Study(name, y, made[1:] - made[0], _covariance(data, name, covariance, y, se))


def _covariance(data: DoseData, name: str, covariance: Covariance, y: FloatArray, se: FloatArray) -> FloatArray:
    if covariance == "independent":
        return np.diag(se**2)
    rows = data.rows_of(name)
    cases, n, designs = data.cases[rows], data.n[rows], set(data.design[rows])
    missing = [
        words
        for words, lacks in (
            ("cases", np.isnan(cases).any()),
            ("n (people or person-time)", np.isnan(n).any()),
            ("design (cc, ci or ir)", len(designs) != 1 or not designs <= set(DESIGNS)),
        )
        if lacks
    ]
    if missing:
        raise ModelError(
            f"not estimable: columns missing for {name}: {', '.join(missing)}. A trend across categories needs the "
            "covariance of ratios that share a reference; use the authors' own estimate per unit of dose"
        )
    design: DoseDesign = next(one for one in DESIGNS if one in designs)
    if covariance == "hamling":
        return hamling(y, se, cases, n, design)[0]
    return greenland_longnecker(y, se, cases, n, design)


def _require(studies: Sequence[_Study], p: int, stages: Stages) -> None:
    doses = sum(one.y.size for one in studies)
    if doses < p or not studies:
        way_out = ' in two stages; use stages="one"' if stages == "two" else "; use a straight line"
        raise ModelError(f"{doses} doses beside the reference cannot carry {p} coefficients{way_out}")
    stacked = np.concatenate([one.X for one in studies])
    if np.linalg.matrix_rank(stacked) < p:
        raise ModelError("the doses lie so that the spline's terms cannot be told apart; use fewer knots, or others")


def _reduced(study: _Study) -> _Study:
    """The study's own coefficients and their covariance in place of its relative risks."""
    beta, vcov = trend(study.y, study.X, study.S)
    return _Study(study.name, beta, np.eye(beta.size), vcov)


def _fit(studies: Sequence[_Study], p: int, method: Method) -> tuple[FloatArray, FloatArray, FloatArray | None, float]:
    """Coefficients, their covariance, that between studies, and the log-likelihood (restricted for REML)."""
    y = np.concatenate([one.y for one in studies])
    X = np.concatenate([one.X for one in studies])
    ends = np.cumsum([one.y.size for one in studies])
    sampling = Sampling(
        variances=np.concatenate([np.diag(one.S) for one in studies]),
        correlated=tuple((np.arange(end - one.y.size, end), one.S) for one, end in zip(studies, ends, strict=True)),
    )
    group = np.repeat(np.arange(len(studies)), [one.y.size for one in studies])
    scale = np.sqrt((X**2).mean(axis=0))
    terms = () if method == "CE" else (Term(loadings=X / scale, group=group, structure=unstructured(p)),)
    likelihood = Blocks(made=batches(y, X / scale, sampling, terms), terms=terms)
    if not terms:
        fixed = likelihood.fixed_part(np.zeros(0))
        return fixed.beta / scale, fixed.vcov / np.outer(scale, scale), None, fixed.log_likelihood
    spread = float(np.sqrt((y**2).mean())) or 1.0
    found = maximise(likelihood, terms, spread, restricted=method == "REML")
    psi = terms[0].structure.covariance(found.theta) / np.outer(scale, scale)
    height = found.fixed.restricted if method == "REML" else found.fixed.log_likelihood
    return found.fixed.beta / scale, found.fixed.vcov / np.outer(scale, scale), psi, height


def _alone(study: _Study, p: int) -> StudyTrend:
    if study.y.size < p or np.linalg.matrix_rank(study.X) < p:
        return StudyTrend(study=study.name, beta=np.full(p, np.nan), vcov=np.full((p, p), np.nan))
    beta, vcov = trend(study.y, study.X, study.S)
    return StudyTrend(study=study.name, beta=read_only(beta), vcov=read_only(vcov))


def _wald(beta: FloatArray, vcov: FloatArray) -> float:
    if beta.size == 1:
        return float(normal_pval(beta / np.sqrt(vcov[0]))[0])
    return float(chdtrc(beta.size, float(beta @ np.linalg.solve(vcov, beta))))


def _notes(covariance: Covariance, left_out: Sequence[str]) -> tuple[Note, ...]:
    notes = [Note(code="DOSES_INDEPENDENT")] if covariance == "independent" else []
    return (*notes, *((Note(code="DOSES_TOO_FEW", where=tuple(left_out)),) if left_out else ()))

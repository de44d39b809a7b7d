"""Diagnostic accuracy: sensitivity and specificity of a test, pooled together."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.notes import Note
from metak2.effects.zero_cells import ZeroCells, continuity_correction, zero_cells_named
from metak2.errors import CellProblem, ModelError, StudyDataError, UnknownOptionError
from metak2.kernels.bivariate import bivariate
from metak2.kernels.contract import FloatArray
from metak2.kernels.glmm_families import Binomial
from metak2.kernels.glmm_fit import maximise
from metak2.kernels.glmm_marginal import Random
from metak2.kernels.glmm_problem import Problem
from metak2.models.accuracy_result import Accuracy, AccuracyData
from metak2.studies.table import StudyTable, read_only

Likelihood = Literal["binomial", "ML", "REML"]
COLUMNS = ("tp", "fp", "fn", "tn")
FEWEST = 4  # below it five parameters are not estimable from two numbers a study
FEW = 10
HALF = continuity_correction(0.5, to="all if any")
GIANT = 50.0  # the standard error of a logit on its way to infinity
# Rows: logit sensitivity, logit specificity; columns: loading of the first on z1, of the second on z1 and on z2.
LOADINGS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
AXES = np.array([0, 0, 1])


def accuracy_data(*, study: Sequence[str], tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike) -> AccuracyData:
    """Counts of true and false positives and negatives, one entry for each study.

    >>> accuracy_data(study=["A"], tp=[20], fp=[3], fn=[5], tn=[40]).diseased.tolist()
    [25.0]

    Raises
    ------
    StudyDataError
        Every count that cannot be one, with its study and column.
    """
    columns = {name: np.array(values, dtype=np.float64) for name, values in zip(COLUMNS, (tp, fp, fn, tn), strict=True)}
    if any(values.shape != (len(study),) for values in columns.values()):
        sizes = ", ".join(f"{name} {values.size}" for name, values in columns.items())
        raise ModelError(f"study names {len(study)} studies, but there are {sizes} counts")
    problems = [
        CellProblem(
            code="MK-C03",
            severity="error",
            cell=study[at],
            column=name,
            raw=f"{values[at]:g}",
            message=f"{values[at]:g} is not a count of people",
        )
        for name, values in columns.items()
        for at in range(len(study))
        if not (np.isfinite(values[at]) and values[at] >= 0 and values[at] == round(values[at]))
    ]
    if problems:
        raise StudyDataError(problems, source="accuracy_data()")
    return AccuracyData(study=tuple(study), **{name: read_only(values) for name, values in columns.items()})


def diagnostic_accuracy(
    data: AccuracyData | StudyTable,
    *,
    likelihood: Likelihood = "binomial",
    level: float = 0.95,
    points: int | None = None,
    zero_cells: str | ZeroCells = HALF,
) -> Accuracy:
    """The bivariate model of sensitivity and specificity, and the summary ROC curve that goes with it.

    Parameters
    ----------
    data
        A sheet with the columns study, tp, fp, fn, tn, or `accuracy_data`.
    likelihood
        "binomial" (Chu & Cole 2006): the counts themselves, by adaptive quadrature; or the normal approximation by
        "ML" or "REML" (Reitsma et al. 2005), for comparison with older reviews.
    points
        Quadrature points an axis of the binomial likelihood: by default as many as it takes; 1 is Laplace's
        approximation, for comparison with lme4's.
    zero_cells
        What the normal approximation adds: 0.5 to every cell of every study if one has a zero (the default, as R's
        mada), "affected", "none", or a `continuity_correction(…)`.

    Raises
    ------
    ModelError
        Fewer than four studies, or a likelihood that does not come to rest.
    UnknownOptionError
        A likelihood that is not documented.
    """
    if likelihood not in get_args(Likelihood):
        raise UnknownOptionError("likelihood", likelihood, get_args(Likelihood))
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {level}")
    counts = _from_table(data) if isinstance(data, StudyTable) else data
    used = counts.take((counts.diseased > 0) | (counts.healthy > 0))
    normal = likelihood != "binomial"
    if normal:
        used = used.take((used.diseased > 0) & (used.healthy > 0))
    if len(used.study) < FEWEST:
        raise ModelError(
            f"{len(used.study)} studies cannot carry the five parameters of the bivariate model; show sensitivity and "
            "specificity study by study, or pool each alone with fit_glmm()"
        )
    policy = zero_cells_named(zero_cells)
    fitted = _normal(used, policy, restricted=likelihood == "REML") if normal else _binomial(used, points)
    mu, vcov, sigma, height = fitted
    return Accuracy(
        data=used,
        likelihood=likelihood,
        level=level,
        k=len(used.study),
        mu=read_only(mu),
        vcov=read_only(vcov),
        sigma=read_only(sigma),
        log_likelihood=height,
        notes=tuple(_notes(counts, used, sigma)),
    )


Fitted = tuple[FloatArray, FloatArray, FloatArray, float]


def _from_table(table: StudyTable) -> AccuracyData:
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ModelError(f"diagnostic accuracy needs the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}")
    tp, fp, fn, tn = (table.columns[name] for name in COLUMNS)
    return accuracy_data(study=table.study, tp=tp, fp=fp, fn=fn, tn=tn)


def _binomial(data: AccuracyData, points: int | None) -> Fitted:
    k = len(data.study)
    likelihood = Problem(
        family=Binomial(events=np.stack([data.tp, data.tn], axis=1), people=np.stack([data.diseased, data.healthy], 1)),
        offset=np.zeros((k, 2)),
        design=np.broadcast_to(np.eye(2), (k, 2, 2)),
        own=False,
        random=Random(weights=np.broadcast_to(LOADINGS, (k, 2, 3)), axis=AXES),
    )
    summit = maximise(likelihood, points=points)
    if not (summit.converged and summit.accurate) or not np.isfinite(summit.log_likelihood):
        raise ModelError('the likelihood is flat and did not come to rest; use likelihood="REML"')
    if np.any(np.diag(summit.vcov)[:2] > GIANT**2):
        raise ModelError(
            "sensitivity or specificity is 100 % in (nearly) every study: no finite logit exists; show the studies one "
            'by one, or use likelihood="REML", whose 0.5 in each cell then decides'
        )
    first, lean, second = summit.place.phi
    sigma = np.array([[first**2, first * lean], [first * lean, lean**2 + second**2]])
    return summit.place.beta, summit.vcov[:2, :2], sigma, summit.log_likelihood


def _normal(data: AccuracyData, policy: ZeroCells, *, restricted: bool) -> Fitted:
    tp, fn, fp, tn = policy.correct(data.tp, data.fn, data.fp, data.tn)
    empty = [study for study, least in zip(data.study, np.min([tp, fn, fp, tn], axis=0), strict=True) if least == 0]
    if empty:
        raise ModelError(
            f'a zero has no logit ({", ".join(empty)}): correct it with zero_cells=, or use likelihood="binomial"'
        )
    effects = np.stack([np.log(tp / fn), np.log(tn / fp)], axis=1)
    variances = np.stack([1 / tp + 1 / fn, 1 / tn + 1 / fp], axis=1)
    found = bivariate(effects, variances, restricted=restricted)
    if not found.converged:
        raise ModelError('the likelihood is flat and did not come to rest; use likelihood="binomial"')
    return found.mu, found.vcov, found.sigma, found.log_likelihood


def _notes(counts: AccuracyData, used: AccuracyData, sigma: FloatArray) -> list[Note]:
    left = tuple(study for study in counts.study if study not in used.study)
    notes = [Note(code="ACCURACY_LEFT_OUT", where=left)] if left else []
    if len(used.study) < FEW:
        notes.append(Note(code="ACCURACY_FEW", values={"k": len(used.study)}))
    spread = np.sqrt(np.diag(sigma))
    if min(spread) < 1e-6 or abs(sigma[0, 1]) > (1 - 1e-6) * spread[0] * spread[1]:
        notes.append(Note(code="ACCURACY_AT_BOUND"))
    return notes

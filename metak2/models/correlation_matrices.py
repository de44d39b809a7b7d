"""Correlation matrices: their entries as effects that share patients, and regression from a pooled matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.kernels.correlation_matrices import (
    correlation_covariance,
    pairs_of,
    regression_from_covariance,
    regression_from_people,
)
from metak2.kernels.intervals import t_interval, t_pval
from metak2.models.multilevel_result import FixedEffects
from metak2.models.regression_result import Wald
from metak2.models.sampling_covariance import SamplingCovariance, covariance_of, require_definite
from metak2.models.wald import wald
from metak2.studies.table import read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelationRegression:
    """Standardised coefficients, their covariance, the explained share of the variance, the test of all together."""

    outcome: str
    coefficients: FixedEffects
    vcov: FloatArray
    R2: float
    together: Wald


def correlation_effects(
    matrices: Mapping[str, ArrayLike], n: Mapping[str, int], variables: Sequence[str], *, fisher: bool = True
) -> tuple[EffectSizes, SamplingCovariance]:
    """The correlations of each study's matrix as effects, with their covariance: the people are the same.

    Columns `study_of`, `pair`, `first` and `second` say which correlation of which study a row is. With `fisher` they
    are Fisher's z (measure ZCOR), else as they stand (COR).

    Raises
    ------
    ModelError
        Matrices that are no correlations of these variables (the entries are named), or sizes that are missing.
    """
    pairs = pairs_of(len(variables))
    values, blocks, labels, start = [], [], [], 0
    for study, given in matrices.items():
        R = _correlations(study, given, variables)
        if study not in n or n[study] <= 3:
            raise ModelError(f"{study}: correlations need the number of people, at least 4")
        r = np.array([R[pair] for pair in pairs])
        values.append(np.arctanh(r) if fisher else r)
        block = correlation_covariance(R, n[study], fisher=fisher)
        names = [f"{study} {variables[a]} with {variables[b]}" for a, b in pairs]
        require_definite(block, names)
        blocks.append((np.arange(start, start + len(pairs)), read_only(block)))
        start += len(pairs)
        labels += [(study, variables[a], variables[b]) for a, b in pairs]
    vi = np.concatenate([np.diag(block) for _, block in blocks])
    effects = effects_from(
        np.concatenate(values),
        vi=vi,
        study=[f"{study}: {a} with {b}" for study, a, b in labels],
        measure="ZCOR" if fisher else "COR",
    )
    columns = {
        "study_of": [study for study, _, _ in labels],
        "first": [a for _, a, _ in labels],
        "second": [b for _, _, b in labels],
        "pair": [f"{a} with {b}" for _, a, b in labels],
    }
    made = {name: read_only(np.array(column, dtype=object)) for name, column in columns.items()}
    covariance = covariance_of(blocks, k=start, described="correlations of the same people")
    return replace(effects, moderators={**effects.moderators, **made}), covariance


def regress_correlations(
    R: ArrayLike,
    variables: Sequence[str],
    outcome: str,
    *,
    n: int | None = None,
    V: ArrayLike | None = None,
    level: float = 0.95,
) -> CorrelationRegression:
    """A standardised regression of `outcome` on the other variables of a correlation matrix.

    Parameters
    ----------
    n, V
        One of the two: the number of people behind the matrix (t tests), or the covariance of its entries where they
        were pooled (normal tests), in the order of pairs (first with second, first with third …).

    Raises
    ------
    ModelError
        No correlation matrix, neither or both of n and V, or fewer people than variables.
    """
    names = list(variables)
    if outcome not in names:
        raise ModelError(
            f"there is no variable {outcome!r}{did_you_mean(outcome, names)}. There are {', '.join(names)}"
        )
    if (n is None) == (V is None):
        raise ModelError("give n, the number of people, or V, the covariance of pooled correlations: one of the two")
    matrix = _correlations("the matrix", R, names)
    order = [names.index(outcome), *(at for at, name in enumerate(names) if name != outcome)]
    moved = matrix[np.ix_(order, order)]
    if n is not None:
        if n <= len(names):
            raise ModelError(f"{n} people cannot carry a regression on {len(names) - 1} variables")
        solved, df = regression_from_people(moved, n), float(n - len(names))
    else:
        solved, df = regression_from_covariance(moved, _of_pairs(V, order)), np.inf
    se = np.sqrt(np.diag(solved.vcov))
    statistic, freedom = solved.beta / se, np.full(solved.beta.size, df)
    low, high = t_interval(solved.beta, se, freedom, level=level)
    tested = tuple(names[at] for at in order[1:])
    return CorrelationRegression(
        outcome=outcome,
        coefficients=FixedEffects(
            names=tested,
            estimate=read_only(solved.beta),
            se=read_only(se),
            statistic=read_only(statistic),
            df=read_only(freedom),
            pval=read_only(t_pval(statistic, freedom)),
            ci_low=read_only(low),
            ci_high=read_only(high),
        ),
        vcov=read_only(solved.vcov),
        R2=solved.R2,
        together=wald(solved.beta, solved.vcov, df, tested),
    )


def _correlations(study: str, given: ArrayLike, variables: Sequence[str]) -> FloatArray:
    R = np.array(given, dtype=np.float64)
    if R.shape != (len(variables), len(variables)):
        raise ModelError(f"{study}: {len(variables)} variables have a square matrix of as many rows; got {R.shape}")
    for a, b in pairs_of(len(variables)):
        if abs(R[a, b] - R[b, a]) > 1e-8 or not -1 < R[a, b] < 1:
            raise ModelError(
                f"{study}: {variables[a]} with {variables[b]} is {R[a, b]:g}, the other way {R[b, a]:g}; correlations "
                "lie between -1 and 1 and are the same both ways"
            )
    if np.abs(np.diag(R) - 1).max() > 1e-8:
        raise ModelError(f"{study}: a variable's correlation with itself is 1")
    require_definite(R, [f"{study} {name}" for name in variables])
    return R


def _of_pairs(V: ArrayLike | None, order: Sequence[int]) -> FloatArray:
    """The covariance of the pairs when the variables are put in another order."""
    given = np.array(V, dtype=np.float64)
    pairs = pairs_of(len(order))
    if given.shape != (len(pairs), len(pairs)):
        raise ModelError(
            f"V is the covariance of {len(pairs)} correlations, a square of as many rows; got {given.shape}"
        )
    place = {frozenset(pair): at for at, pair in enumerate(pairs)}
    moved = [place[frozenset((order[a], order[b]))] for a, b in pairs]
    return given[np.ix_(moved, moved)]

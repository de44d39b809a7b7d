"""Multilevel and multivariate meta-analysis: effects that share studies, patients, outcomes or time points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.multivariate.blocks import Sampling, batches
from metak2.kernels.multivariate.fit import Found, maximise
from metak2.kernels.multivariate.likelihood import Blocks, Likelihood, parameters_of
from metak2.kernels.multivariate.nested import Nested, nested
from metak2.models.design import Design
from metak2.models.design_choice import design_of
from metak2.models.multilevel_result import Asked, Component, Fitted, Multilevel, tested
from metak2.models.multilevel_statistics import sampling_alone
from metak2.models.multilevel_weights import weighted, weights_of
from metak2.models.random_terms import Built, Random, build_terms
from metak2.models.sampling_covariance import SamplingCovariance, independent
from metak2.studies.table import read_only

Method = Literal["REML", "ML", "CE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultilevelOptions:
    """The rarer options: "REML", "ML" or "CE" (no random terms); degrees of freedom of t tests; coverage.

    `df` "residual" is k - p; "contain" takes, for a coefficient whose moderator is constant within the groups of a
    random term, the number of groups less p, the smallest over the terms.
    """

    method: Method = "REML"
    test: Literal["z", "t"] = "t"
    df: Literal["residual", "contain"] = "contain"
    level: float = 0.95


DEFAULTS = MultilevelOptions()


def multilevel(
    effects: EffectSizes,
    random: str | Random | Sequence[str | Random] = "study",
    moderators: str | Design = "1",
    *,
    covariance: SamplingCovariance | None = None,
    weights: ArrayLike | None = None,
    options: MultilevelOptions = DEFAULTS,
) -> Multilevel:
    """A model with nested, crossed or structured random effects and correlated sampling errors.

    Parameters
    ----------
    random
        Random terms: words such as "study/effect" or "outcome | trial", or `Random` with a structure; the columns are
        those of the effects, `study` among them.
    moderators
        A formula as in `regress`.
    covariance
        Of the sampling errors, from `sampling_covariance` or `covariance_from`; independent by default.
    weights
        Of one's own: a number for each effect, or a symmetric matrix. The random effects are estimated without them;
        coefficients are (X'WX)^-1 X'Wy, with the variance that the model gives these.

    Raises
    ------
    ModelError
        A term or column that cannot be, more parameters than data, a likelihood that does not come to rest, weights
        that cannot be used (all that is wrong with them at once).
    UnknownOptionError
        A word that is not documented.
    """
    _require_options(options)
    design, used, notes = design_of(effects, moderators)
    chosen = effects.take(used)
    sampling = independent(effects.vi) if covariance is None else covariance
    if sampling.k != len(effects):
        raise ModelError(f"the covariance is that of {sampling.k} effects; there are {len(effects)}")
    sampling = sampling.take(used)
    asked_terms = () if options.method == "CE" else ((random,) if isinstance(random, str | Random) else tuple(random))
    terms = build_terms(asked_terms, chosen)
    _require_data(len(chosen), design, terms)
    if design.p > 1:
        sampling_alone(chosen.yi, design.X, sampling)  # what it refuses is refused here, not when Q is asked for
    fitted = fit_terms(chosen.yi, design.X, sampling, terms, restricted=options.method != "ML")
    if not fitted.found.converged or not np.isfinite(fitted.found.fixed.beta).all():
        raise ModelError(
            "the likelihood did not come to rest: fewer random terms, or a simpler structure (DIAG, CS), can be fitted"
        )
    if weights is not None:
        fitted = weighted(fitted, weights_of(weights, effects, used, design))
    asked = Asked(method=options.method, test=options.test, df=options.df, level=options.level)
    return _result(chosen, design, sampling, asked, fitted, (*effects.notes, *notes))


def _require_options(options: MultilevelOptions) -> None:
    for name, value, allowed in (
        ("method", options.method, get_args(Method)),
        ("test", options.test, ("z", "t")),
        ("df", options.df, ("residual", "contain")),
    ):
        if value not in allowed:
            raise UnknownOptionError(name, value, allowed)
    if not 0.5 <= options.level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {options.level}")


def _require_data(k: int, design: Design, terms: Sequence[Built]) -> None:
    """Refuse more parameters than data, and a random term of one group."""
    size = sum(int(np.isnan(one.held).sum()) for one in terms)
    if k <= design.p or k < design.p + size:
        raise ModelError(
            f"{k} effects cannot carry {design.p} coefficients ({', '.join(design.columns)}) and {size} parameters of "
            "random terms; leave some of them out"
        )
    for one in terms:
        if one.count < 2 and one.term.relation is None:
            raise ModelError(
                f"{one.name} has one group only: nothing can be learned of how groups differ; leave it out"
            )


def fit_terms(
    yi: FloatArray,
    X: FloatArray,
    sampling: SamplingCovariance,
    terms: Sequence[Built],
    *,
    restricted: bool,
    start: FloatArray | None = None,
) -> Fitted:
    """The summit of the likelihood for built terms; `start` begins the climb where an earlier fit ended."""
    kernel_terms = tuple(one.term for one in terms)
    errors = Sampling(variances=sampling.variances, correlated=sampling.correlated)
    likelihood: Likelihood | None = _nested(yi, X, sampling, terms)
    if isinstance(likelihood, Nested):
        spread = likelihood.spread
    else:
        likelihood = Blocks(made=batches(yi, X, errors, kernel_terms), terms=kernel_terms)
        residual = yi - X @ np.linalg.lstsq(X, yi, rcond=None)[0]
        spread = float(np.sqrt((residual**2).mean()))
    spread = spread or 1.0
    held = np.concatenate([np.zeros(0), *(one.held for one in terms)])
    found = maximise(likelihood, kernel_terms, spread, restricted=restricted, held=held, start=start)
    return Fitted(
        yi=yi,
        X=X,
        sampling=errors,
        terms=tuple(terms),
        likelihood=likelihood,
        spread=spread,
        found=found,
        fixed=found.fixed,
    )


def _nested(yi: FloatArray, X: FloatArray, sampling: SamplingCovariance, terms: Sequence[Built]) -> Nested | None:
    """The fast sums, where the model is one or two nested intercepts with independent sampling errors."""
    plain = all(one.intercept and one.term.relation is None for one in terms)
    if not (sampling.independent and plain and 1 <= len(terms) <= 2):
        return None
    single = [one.count == yi.size for one in terms]
    if single not in ([False], [False, True], [True, False]):
        return None
    return nested(
        (yi, sampling.variances, X),
        terms[single.index(False)].term.group,
        inner=len(terms) == 2,
        outer_first=not single[0],
    )


def _result(
    effects: EffectSizes,
    design: Design,
    sampling: SamplingCovariance,
    asked: Asked,
    fitted: Fitted,
    notes: tuple[Note, ...],
) -> Multilevel:
    fixed = fitted.fixed
    df = _degrees(design.X, fitted.terms, asked)
    return Multilevel(
        effects=effects,
        design=design,
        covariance=sampling,
        asked=asked,
        coefficients=tested(design.columns, fixed.beta, fixed.vcov, df, asked.level),
        vcov=read_only(fixed.vcov),
        components=components_of(fitted.terms, fitted.found),
        fitted=fitted,
        notes=(*notes, *_caveats(fitted)),
    )


def _degrees(X: FloatArray, terms: Sequence[Built], asked: Asked) -> FloatArray:
    """Degrees of freedom of each coefficient, `(p,)`."""
    k, p = X.shape
    if asked.test == "z":
        return np.full(p, np.inf)
    df = np.full(p, float(k - p))
    if asked.df == "contain":
        for one in terms:
            fewest = one.count - p
            if fewest < k - p:
                df[_constant(X, one.term.group) & (df > fewest)] = fewest
    if df.min() < 1:
        raise ModelError(
            f"{p} coefficients leave no degrees of freedom between groups; use fewer moderators, or "
            'MultilevelOptions(df="residual")'
        )
    return df


def _constant(X: FloatArray, group: IntArray) -> NDArray[np.bool_]:
    """Which columns of the design do not vary within groups, `(p,)`."""
    row = np.empty(int(group.max()) + 1, dtype=np.int64)
    row[group] = np.arange(group.size)
    return np.asarray((X[row[group]] == X).all(axis=0))


def components_of(terms: Sequence[Built], found: Found) -> tuple[Component, ...]:
    """Variances and correlations in the order of the terms."""
    made: list[Component] = []
    offset = 0
    for one, theta in zip(terms, parameters_of([t.term for t in terms], found.theta), strict=True):
        made += _components(one, theta, offset)
        offset += one.term.structure.size
    return tuple(made)


def _components(one: Built, theta: FloatArray, offset: int) -> list[Component]:
    structure, given = one.term.structure, ~np.isnan(one.held)
    if structure.cholesky:
        G = structure.covariance(theta)
        spread = np.sqrt(np.diag(G))
        pairs = [(a, b) for a in range(len(G)) for b in range(a)]
        variances = [_component(one, "variance", level, G[at, at]) for at, level in enumerate(one.levels)]
        return variances + [
            _component(one, "correlation", f"{one.levels[b]}, {one.levels[a]}", G[a, b] / (spread[a] * spread[b]))
            for a, b in pairs
        ]
    names = one.levels if structure.scales > 1 else ("",)
    made = [
        _component(one, "variance", name, theta[at] ** 2, given=bool(given[at]), number=offset + at)
        for at, name in enumerate(names)
    ]
    if structure.size > structure.scales:
        last = structure.size - 1
        made.append(_component(one, "correlation", "", theta[last], given=bool(given[last]), number=offset + last))
    return made


def _component(
    one: Built,
    kind: Literal["variance", "correlation"],
    level: str,
    value: float,
    *,
    given: bool = False,
    number: int | None = None,
) -> Component:
    return Component(term=one.name, kind=kind, level=level, value=float(value), given=given, number=number)


def _caveats(fitted: Fitted) -> list[Note]:
    notes = []
    if fitted.weights is not None:
        notes.append(Note(code="WEIGHTS_GIVEN", values={"weights": "the weights given"}))
    if fitted.found.unbounded.any():
        names = [one.name for one in components_of(fitted.terms, fitted.found)]
        notes.append(Note(code="COMPONENT_NOT_INFORMED", values={"components": ", ".join(names)}))
    for one in fitted.terms:
        levels = one.term.loadings
        if one.intercept or one.term.structure.scales == 1 or one.term.structure.cholesky:
            continue
        groups = [np.unique(one.term.group[levels[:, at] != 0]).size for at in range(levels.shape[1])]
        thin = tuple(name for name, count in zip(one.levels, groups, strict=True) if count < 2)
        if thin:
            notes.append(Note(code="LEVEL_IN_ONE_GROUP", values={"term": one.name}, where=thin))
    return notes

"""Multilevel and multivariate meta-analysis: effects that share studies, patients, outcomes or time points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.multivariate.blocks import Sampling, batches
from metak2.kernels.multivariate.fit import Found, maximise
from metak2.kernels.multivariate.likelihood import Blocks, Likelihood, parameters_of
from metak2.kernels.multivariate.nested import Nested
from metak2.models.design import Design
from metak2.models.design_choice import design_of
from metak2.models.fit_statistics import FitStatistics, information_of
from metak2.models.multilevel_result import Asked, Component, Fitted, FixedEffects, Multilevel
from metak2.models.random_terms import Built, Random, build_terms
from metak2.models.regression_result import Wald
from metak2.models.sampling_covariance import SamplingCovariance, independent
from metak2.models.wald import slopes_of, wald
from metak2.studies.table import read_only

Method = Literal["REML", "ML", "CE"]
LOG_TWO_PI = float(np.log(2 * np.pi))
SINGULAR = 1e14  # condition number at which nothing is left of the solution


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

    Raises
    ------
    ModelError
        A term or column that cannot be, more parameters than data, a likelihood that does not come to rest.
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
    fitted = fit_terms(chosen.yi, design.X, sampling, terms, restricted=options.method != "ML")
    if not fitted.found.converged or not np.isfinite(fitted.found.fixed.beta).all():
        raise ModelError(
            "the likelihood did not come to rest: fewer random terms, or a simpler structure (DIAG, CS), can be fitted"
        )
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
        groups = np.unique(one.term.group).size
        if groups < 2 and one.term.relation is None:
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
    likelihood = _nested(yi, X, sampling, terms) or Blocks(
        made=batches(yi, X, errors, kernel_terms), terms=kernel_terms
    )
    residual = yi - X @ np.linalg.lstsq(X, yi, rcond=None)[0]
    spread = float(np.sqrt((residual**2).mean())) or 1.0
    held = np.concatenate([np.zeros(0), *(one.held for one in terms)])
    found = maximise(likelihood, kernel_terms, spread, restricted=restricted, held=held, start=start)
    return Fitted(yi=yi, X=X, sampling=errors, terms=tuple(terms), likelihood=likelihood, spread=spread, found=found)


def _nested(yi: FloatArray, X: FloatArray, sampling: SamplingCovariance, terms: Sequence[Built]) -> Likelihood | None:
    """The fast sums, where the model is one or two nested intercepts with independent sampling errors."""
    plain = all(one.intercept and one.term.relation is None for one in terms)
    if not (sampling.independent and plain and 1 <= len(terms) <= 2):
        return None
    single = [np.unique(one.term.group).size == yi.size for one in terms]
    if single not in ([False], [False, True], [True, False]):
        return None
    outer: IntArray = terms[single.index(False)].term.group
    order = np.argsort(outer, kind="stable")
    sorted_groups = outer[order]
    starts = np.flatnonzero(np.append(True, sorted_groups[1:] != sorted_groups[:-1]))
    return Nested(
        y=yi[order],
        v=sampling.variances[order],
        X=X[order],
        starts=starts,
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
    k, p = len(effects), design.p
    fixed = fitted.found.fixed
    df = _degrees(design.X, fitted.terms, asked)
    coefficients = _tested(design.columns, fixed.beta, fixed.vcov, df, asked.level)
    tested = slopes_of(design) or list(range(p))
    QE, vt, saturated = _sampling_alone(effects.yi, design.X, sampling)
    components = components_of(fitted.terms, fitted.found)
    return Multilevel(
        effects=effects,
        design=design,
        covariance=sampling,
        asked=asked,
        k=k,
        p=p,
        coefficients=coefficients,
        vcov=read_only(fixed.vcov.copy()),
        components=components,
        QE=QE,
        QE_df=k - p,
        QE_pval=float(q_pval(np.array([QE]), np.array([float(k - p)]))[0]),
        QM=_joint(coefficients, fixed.vcov, tested),
        vt=vt,
        I2=_shares(components, vt),
        fit=_statistics(fitted.found, k, p, saturated),
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
            group = one.term.group
            groups = np.unique(group).size
            first = np.zeros(int(group.max()) + 1, dtype=np.int64)
            first[group[::-1]] = np.arange(k)[::-1]
            constant = np.all(X[first[group]] == X, axis=0)
            df = np.where(constant, np.minimum(df, groups - p), df)
    if df.min() < 1:
        raise ModelError(
            f"{p} coefficients leave no degrees of freedom between groups; use fewer moderators, or "
            'MultilevelOptions(df="residual")'
        )
    return df


def _tested(names: tuple[str, ...], beta: FloatArray, vcov: FloatArray, df: FloatArray, level: float) -> FixedEffects:
    se = np.sqrt(np.diag(vcov))
    statistic = beta / se
    low, high = t_interval(beta, se, df, level=level)
    return FixedEffects(
        names=names,
        estimate=read_only(beta.copy()),
        se=read_only(se),
        statistic=read_only(statistic),
        df=read_only(df),
        pval=read_only(t_pval(statistic, df)),
        ci_low=read_only(low),
        ci_high=read_only(high),
    )


def _joint(found: FixedEffects, vcov: FloatArray, tested: list[int]) -> Wald:
    """All of `tested` at once, with the fewest of their degrees of freedom."""
    names = tuple(found.names[at] for at in tested)
    return wald(found.estimate[tested], vcov[np.ix_(tested, tested)], float(found.df[tested].min()), names)


def _sampling_alone(yi: FloatArray, X: FloatArray, sampling: SamplingCovariance) -> tuple[float, float, float]:
    """Q of the residuals, the typical sampling variance, and the log-likelihood of a saturated model."""
    k, p = X.shape
    alone = sampling.alone
    w = 1 / sampling.variances[alone]
    WX, Wy = np.empty_like(X), np.empty_like(yi)
    WX[alone], Wy[alone] = w[:, None] * X[alone], w * yi[alone]
    total, half = float(w.sum()), -0.5 * float(np.log(w).sum())
    for rows, block in sampling.correlated:
        W = np.linalg.inv(block)
        WX[rows], Wy[rows] = W @ X[rows], W @ yi[rows]
        total += float(np.trace(W))
        half += 0.5 * float(np.linalg.slogdet(block)[1])
    scale = 1 / np.sqrt((X * WX).sum(axis=0))
    information = scale[:, None] * (X.T @ WX) * scale
    if np.linalg.cond(information) > SINGULAR:
        raise ModelError(
            "the sampling variances differ so much that the moderators cannot be told apart; check the most precise "
            "effect, or leave a moderator out"
        )
    beta = scale * np.linalg.solve(information, scale * (WX.T @ yi))
    Q = float((yi - X @ beta) @ (Wy - WX @ beta))
    trace = total - float(np.trace(np.linalg.solve(information, scale[:, None] * (WX.T @ WX) * scale)))
    return Q, (k - p) / trace, -half - 0.5 * k * LOG_TWO_PI


def _statistics(found: Found, k: int, p: int, saturated: float) -> FitStatistics:
    free = int(found.free.sum())
    ml, reml = found.fixed.log_likelihood, found.fixed.restricted
    return FitStatistics(
        ML=information_of(ml, -2 * (ml - saturated), p + free, k),
        REML=information_of(reml, -2 * reml, p + free, k - p),
        parameters=p + free,
    )


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


def _shares(components: Sequence[Component], vt: float) -> tuple[tuple[str, float], ...]:
    """I² by level: each variance as a share of all and of the typical sampling variance."""
    variances = [one for one in components if one.kind == "variance"]
    if any(one.level for one in variances):
        return ()
    total = sum(one.value for one in variances) + vt
    return tuple((one.term, 100 * one.value / total) for one in variances)


def _caveats(fitted: Fitted) -> list[Note]:
    notes = []
    names = tuple(one.name for one in components_of(fitted.terms, fitted.found))
    if fitted.found.unbounded.any():
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

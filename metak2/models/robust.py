"""Inference that holds whatever the effects of a cluster share: robust errors with honest degrees of freedom."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.robust import Sandwich, gather, hotelling_df, sandwich, satterthwaite
from metak2.kernels.wald import f_pval
from metak2.models.design import Design
from metak2.models.multilevel_result import FixedEffects, Multilevel, tested
from metak2.models.pooled import Pooled
from metak2.models.regression_result import Regression, Wald
from metak2.models.robust_result import Kind, Robust, RobustOptions, Test, Weighted, WorkingName
from metak2.models.shared_patients import cluster_words
from metak2.models.wald import slopes_of
from metak2.models.working_models import fitted_weights, numbered, working_weights
from metak2.studies.table import read_only

JointTest = Literal["HTZ", "F", "chi-squared"]
TRUSTED = 4.0
"""Degrees of freedom below which robust tests mean nothing; Tipton (2015), Psychological Methods 20:375-393."""
PERFECT = 1e-10  # residuals, in standard errors
DEFAULTS = RobustOptions()


def robust(
    fitted: EffectSizes | Pooled | Regression | Multilevel,
    cluster: str = "study",
    moderators: str | Design = "1",
    *,
    correlation: float = 0.6,
    options: RobustOptions = DEFAULTS,
) -> Robust:
    """Coefficients with cluster-robust errors; Hedges, Tipton & Johnson (2010), Research Synthesis Methods 1:39-65.

    Parameters
    ----------
    fitted
        Effects, several for a cluster: they are weighted by the working model of the options, by default correlated
        and hierarchical effects. Or a model that was fitted: its weights and moderators are kept.
    cluster
        The column that says what belongs together; "study" stands for the trial behind each row.
    correlation
        Assumed of the sampling errors in a cluster; it moves the weights, not the validity of the errors. A correlation
        of 1 combines the effects of a cluster into one first, with a note.

    Raises
    ------
    ModelError
        A single cluster, no more clusters than coefficients for CR1p, a model whose blocks reach over clusters.
    UnknownOptionError
        A word that is not documented.
    """
    _require_options(options)
    if isinstance(fitted, EffectSizes):
        _require_clusters(cluster_words(fitted, cluster))
        weighted = working_weights(fitted, cluster, moderators, correlation, options)
    elif moderators != "1":
        raise ModelError("a model that was fitted has its moderators; give effects to choose others")
    else:
        weighted = fitted_weights(fitted)
    return robust_of(weighted, cluster, options)


def robust_of(weighted: Weighted, cluster: str, options: RobustOptions) -> Robust:
    """Robust inference for weights that are known."""
    words = cluster_words(weighted.effects, cluster)
    number = numbered(words)
    _require_clusters(words)
    m, p = int(number.max()) + 1, weighted.design.p
    if m <= p and (options.kind == "CR1p" or options.test == "t"):
        raise ModelError(f'{m} clusters cannot carry {p} coefficients; use fewer moderators, or kind="CR2"')
    _require_nested(weighted, number, words)
    found = sandwich(
        gather(number, weighted.design.X, weighted.blocks),
        weighted.effects.yi - weighted.design.X @ weighted.estimate,
        options.kind,
    )
    coefficients, vcov = _tested(weighted, found, options)
    perfect = [Note(code="ROBUST_PERFECT_FIT")] if _fits_perfectly(weighted) else []
    return Robust(
        weighted=weighted,
        options=options,
        cluster=cluster,
        m=m,
        names=words,
        coefficients=coefficients,
        vcov=read_only(vcov),
        sandwich=found,
        notes=(*weighted.notes, *perfect, *_caveats(coefficients, words, options)),
    )


def robust_test(fitted: Robust, coefficients: Sequence[str] | None = None, *, test: JointTest = "HTZ") -> Wald:
    """Test that several coefficients are all zero; by default all but the intercept.

    Parameters
    ----------
    test
        "HTZ", Hotelling's T² approximated (Tipton & Pustejovsky 2015); "F" with m - 1 degrees of freedom for m clusters
        (m - p where that is the test of the coefficients), which rejects too often with few; or "chi-squared".
    """
    if test not in get_args(JointTest):
        raise UnknownOptionError("test", test, get_args(JointTest))
    if coefficients is None:
        chosen = slopes_of(fitted.design) or list(range(fitted.p))
    else:
        chosen = [fitted.coefficients.index(name) for name in coefficients]
    if not chosen:
        raise ModelError("name at least one coefficient to test")
    names = tuple(fitted.coefficients.names[at] for at in chosen)
    C, q = np.eye(fitted.p)[chosen], len(chosen)
    estimate, vcov = fitted.coefficients.estimate[chosen], fitted.vcov[np.ix_(chosen, chosen)]
    if np.isnan(vcov).any():
        raise ModelError(f"one of {', '.join(names)} rests on a single cluster, so that nothing shows its error")
    if np.linalg.matrix_rank(vcov) < q:
        raise ModelError(f"{fitted.m} clusters do not show how {', '.join(names)} vary together; test fewer at once")
    square = float(estimate @ np.linalg.solve(vcov, estimate))
    if test == "chi-squared":
        return Wald(
            statistic=square,
            df=q,
            df_residual=np.inf,
            pval=float(q_pval(np.array([square]), np.array([q]))[0]),
            tested=names,
        )
    df, statistic = float(fitted.m - (fitted.p if fitted.options.test == "t" else 1)), square / q
    if test == "HTZ":
        eta = hotelling_df(fitted.sandwich, C)
        df = eta - q + 1
        statistic *= df / eta
    pval = float(f_pval(np.array(statistic), np.array(q), np.array(df)))
    return Wald(statistic=statistic, df=q, df_residual=df, pval=pval, tested=names)


def _require_options(options: RobustOptions) -> None:
    for name, value, allowed in (
        ("kind", options.kind, get_args(Kind)),
        ("test", options.test, get_args(Test)),
        ("working", options.working, get_args(WorkingName)),
    ):
        if value not in allowed:
            raise UnknownOptionError(name, value, allowed)
    if not 0.5 <= options.level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {options.level}")


def _require_clusters(words: tuple[str, ...]) -> None:
    if not words:
        raise ModelError("there is no effect to pool; give effects with an estimate and a standard error")
    if len(set(words)) < 2:
        raise ModelError(
            f"all effects belong to one cluster ({words[0]}): nothing shows how clusters differ; present it alone"
        )


def _require_nested(weighted: Weighted, number: IntArray, words: tuple[str, ...]) -> None:
    for rows, _, _ in weighted.blocks:
        apart = np.argwhere(number[rows] != number[rows[:, :1]])
        if apart.size:
            block, at = apart[0]
            one, other = rows[block, 0], rows[block, at]
            raise ModelError(
                f"clusters are to be independent, but in this model effects of {words[one]} and {words[other]} share a "
                "random effect or a sampling error; cluster by what holds both"
            )


def _tested(weighted: Weighted, found: Sandwich, options: RobustOptions) -> tuple[FixedEffects, FloatArray]:
    p, m = weighted.design.p, found.model.m
    honest = satterthwaite(found, np.eye(p))
    shown = np.isfinite(honest)
    vcov = np.where(np.outer(shown, shown), found.vcov, np.nan)
    df = {"Satterthwaite": honest, "naive-t": np.full(p, m - 1.0), "t": np.full(p, float(m - p))}.get(
        options.test, np.full(p, np.inf)
    )
    coefficients = tested(weighted.design.columns, weighted.estimate, vcov, df, options.level)
    return coefficients, vcov


def _fits_perfectly(weighted: Weighted) -> bool:
    effects = weighted.effects
    return bool(np.all(np.abs(effects.yi - weighted.design.X @ weighted.estimate) <= PERFECT * np.sqrt(effects.vi)))


def _caveats(found: FixedEffects, words: tuple[str, ...], options: RobustOptions) -> list[Note]:
    notes = []
    lost = tuple(name for name, se in zip(found.names, found.se, strict=True) if np.isnan(se))
    if lost:
        notes.append(Note(code="RESTS_ON_ONE_CLUSTER", where=lost))
    few = tuple(name for name, df in zip(found.names, found.df, strict=True) if df < TRUSTED)
    if few and options.test == "Satterthwaite":
        smallest = float(np.nanmin(found.df))
        notes.append(Note(code="FEW_CLUSTERS", values={"df": smallest, "clusters": len(set(words))}, where=few))
    if len(set(words)) == len(words):
        notes.append(Note(code="CLUSTERS_OF_ONE"))
    return notes

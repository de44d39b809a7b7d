"""Bayesian multilevel and network models: priors for every standard deviation between groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.bayes import mixture_quantile
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.blocks import Sampling, Term, batches
from metak2.kernels.multivariate.likelihood import Blocks, Likelihood
from metak2.kernels.multivariate.posterior import Draws, deviations_of, sample_deviations
from metak2.models import priors
from metak2.models.bayes_result import Marginal
from metak2.models.design import Design
from metak2.models.design_choice import design_of
from metak2.models.priors import EffectPrior, HeterogeneityPrior
from metak2.models.random_terms import Built, Random, build_terms
from metak2.models.sampling_covariance import SamplingCovariance, independent
from metak2.shown import Shown
from metak2.studies.table import Column

DRAWS = 4096
LEAST_EFFECTIVE = 0.1  # of the draws: below it Laplace's approximation was a poor guide


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BayesianMultilevel(Shown):
    """The posterior of a multilevel model on the analysis scale.

    `coefficients` are named by `design.columns`; `deviations` are the standard deviations of the terms, by name.
    `effective` is the share of the draws that the importance weights are worth (1: Laplace was exact), `laplace` how
    far the logarithm of Laplace's evidence is from that of the sampling.
    """

    effects: EffectSizes
    design: Design
    tau_prior: HeterogeneityPrior
    effect_prior: EffectPrior
    level: float
    k: int
    coefficients: tuple[Marginal, ...]
    deviations: tuple[tuple[str, Marginal], ...]
    log_evidence: float
    laplace: float
    effective: float
    seed: int
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.effects.measure


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesOptions:
    """Priors as in `bayes`, the probability inside the intervals, and the seed of the sequence of draws."""

    tau_prior: str | HeterogeneityPrior
    effect_prior: str = "flat"
    level: float = 0.95
    seed: int = 1


def bayes_multilevel(
    effects: EffectSizes,
    random: str | Random | Sequence[str | Random],
    moderators: str | Design = "1",
    *,
    options: BayesOptions,
    covariance: SamplingCovariance | None = None,
) -> BayesianMultilevel:
    """The posterior under the same prior for the deviation of each random term; the rest is as in `multilevel`.

    A network is a model of its comparisons as moderators without intercept and a random term per comparison with the
    correlation 0.5 given.

    Raises
    ------
    ModelError
        A term whose correlation is neither given nor absent, or what `multilevel` and `bayes` refuse.
    """
    asked = priors.heterogeneity_prior(options.tau_prior), priors.effect_prior(options.effect_prior)
    design, used, notes = design_of(effects, moderators)
    chosen = effects.take(used)
    sampling = (independent(effects.vi) if covariance is None else covariance).take(used)
    terms = build_terms((random,) if isinstance(random, str | Random) else tuple(random), chosen)
    names = _names(terms)
    likelihood = _with_prior(chosen.yi, design.X, sampling, terms, asked[1])
    held = np.concatenate([one.held for one in terms])
    free = np.isnan(held)

    constant = _constant(design.X, asked[1])

    def log_posterior(u: FloatArray) -> float:
        sd = deviations_of(u)
        fixed = likelihood.fixed_part(_filled(held, free, sd))
        height = fixed.restricted - constant + float(asked[0].density.log_density(sd).sum()) + float(u.sum())
        return height if np.isfinite(height) else -np.inf

    start = np.full(int(free.sum()), np.log(max(float(np.std(chosen.yi)), 1e-3)))
    draws = sample_deviations(log_posterior, start, n=DRAWS, seed=options.seed)
    effective = draws.effective / DRAWS
    poor = [Note(code="LAPLACE_POOR", values={"effective": 100 * effective})] if effective < LEAST_EFFECTIVE else []
    return BayesianMultilevel(
        effects=chosen,
        design=design,
        tau_prior=asked[0],
        effect_prior=asked[1],
        level=options.level,
        k=len(chosen),
        coefficients=_coefficients(likelihood, held, free, draws, options.level),
        deviations=tuple(
            (name, _deviation(draws.sd[:, at], draws.weight, options.level)) for at, name in enumerate(names)
        ),
        log_evidence=draws.log_evidence,
        laplace=draws.laplace - draws.log_evidence,
        effective=effective,
        seed=options.seed,
        notes=(*effects.notes, *notes, *poor),
    )


def _names(terms: Sequence[Built]) -> list[str]:
    """What each free deviation belongs to; correlations must be given."""
    names = []
    for one in terms:
        structure = one.term.structure
        free = np.isnan(one.held)
        if structure.cholesky or free[structure.scales :].any():
            raise ModelError(f"{one.name}: give the correlation (Random(…, correlation=…)), or use DIAG or ID")
        levels = one.levels if structure.scales > 1 else ("",)
        names += [f"{one.name} {level}".strip() for level, loose in zip(levels, free, strict=False) if loose]
    if not names:
        raise ModelError("every deviation is given: there is no heterogeneity to learn about")
    return names


def _with_prior(
    yi: FloatArray, X: FloatArray, sampling: SamplingCovariance, terms: Sequence[Built], prior: EffectPrior
) -> Likelihood:
    """The restricted likelihood integrates flat coefficients out; a normal prior is one more row for each of them."""
    p = X.shape[1]
    extra = 0 if prior.flat else p
    y = np.append(yi, np.full(extra, prior.mean))
    design = np.vstack([X, np.eye(p)[:extra]])
    errors = Sampling(
        variances=np.append(sampling.variances, np.full(extra, prior.sd**2)), correlated=sampling.correlated
    )
    grown = tuple(
        Term(
            loadings=np.vstack([one.term.loadings, np.zeros((extra, one.term.loadings.shape[1]))]),
            group=np.append(one.term.group, one.term.group.max() + 1 + np.arange(extra)),
            structure=one.term.structure,
            relation=None if one.term.relation is None else np.pad(one.term.relation, (0, extra)),
        )
        for one in terms
    )
    return Blocks(made=batches(y, design, errors, grown), terms=grown)


def _constant(X: FloatArray, prior: EffectPrior) -> float:
    """What the restricted likelihood holds for |X'X|, which no marginal likelihood has."""
    rows = X if prior.flat else np.vstack([X, np.eye(X.shape[1])])
    return 0.5 * float(np.linalg.slogdet(rows.T @ rows)[1])


def _filled(held: FloatArray, free: Column, sd: FloatArray) -> FloatArray:
    theta = held.copy()
    theta[free] = sd
    return theta


def _coefficients(
    likelihood: Likelihood, held: FloatArray, free: Column, draws: Draws, level: float
) -> tuple[Marginal, ...]:
    kept = np.flatnonzero(draws.weight > 1e-9)
    parts = [likelihood.fixed_part(_filled(held, free, draws.sd[at])) for at in kept]
    weight = draws.weight[kept] / draws.weight[kept].sum()
    means = np.stack([part.beta for part in parts])
    spreads = np.stack([np.sqrt(np.diag(part.vcov)) for part in parts])
    made = []
    for at in range(means.shape[1]):
        centre = float(weight @ means[:, at])
        spread = float(np.sqrt(weight @ (spreads[:, at] ** 2 + (means[:, at] - centre) ** 2)))
        low, median, high = mixture_quantile(_chances(level), means[:, at], spreads[:, at], weight).tolist()
        made.append(Marginal(mean=centre, sd=spread, median=median, low=low, high=high))
    return tuple(made)


def _deviation(sd: FloatArray, weight: FloatArray, level: float) -> Marginal:
    """Weighted moments and quantiles of the draws."""
    centre = float(weight @ sd)
    order = np.argsort(sd)
    reached = np.cumsum(weight[order]) - 0.5 * weight[order]
    low, median, high = np.interp(_chances(level), reached, sd[order]).tolist()
    return Marginal(mean=centre, sd=float(np.sqrt(weight @ (sd - centre) ** 2)), median=median, low=low, high=high)


def _chances(level: float) -> FloatArray:
    return np.array([0.5 - level / 2, 0.5, 0.5 + level / 2])

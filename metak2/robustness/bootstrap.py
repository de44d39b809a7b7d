"""The sampling distribution of the pooled effect and of tau², by simulation.

Van den Noortgate & Onghena (2005), Behavior Research Methods 37:11-22; Efron & Tibshirani (1993), An Introduction to
the Bootstrap, Chapman & Hall, chapter 13 (percentile intervals).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import Fit, FloatArray
from metak2.models.pooled import Interval, Pooled
from metak2.models.rows import fit_arrays, fit_rows
from metak2.shown import Drawn

Kind = Literal["parametric", "non-parametric"]
KINDS = ("parametric", "non-parametric")
FEWEST_DRAWS = 100  # a 95 % percentile interval of fewer rests on the second smallest value
CHUNK = 2**14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bootstrap(Drawn):
    """Refits of resampled meta-analyses, each array `(draws,)`, on the analysis scale.

    Attributes
    ----------
    kind
        "parametric": effects drawn from the fitted model; "non-parametric": studies drawn with replacement.
    estimate, tau2, I2
        NaN where a drawn meta-analysis could not be fitted (`failed` counts them); tau2 for methods without it.
    ci, tau2_ci
        Percentile intervals at the level of `base`; None where there is no tau2.
    """

    base: Pooled
    kind: Kind
    seed: int
    estimate: FloatArray
    tau2: FloatArray
    I2: FloatArray
    ci: Interval
    tau2_ci: Interval | None
    failed: int

    def __len__(self) -> int:
        return self.estimate.size

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def bootstrap(pooled: Pooled, *, kind: Kind = "parametric", n: int = 1_000, seed: int = 1) -> Bootstrap:
    """Percentile intervals from `n` resampled meta-analyses of the pooled studies, with the method that was asked for.

    Raises
    ------
    UnknownOptionError
        Another kind.
    ModelError
        Fewer than two studies or 100 draws; a parametric bootstrap of a method that pools counts, or with weights or a
        tau² of the user.
    """
    if kind not in KINDS:
        raise UnknownOptionError("kind", kind, KINDS)
    kept = np.flatnonzero(pooled.effects.mi)
    if kept.size < 2:
        raise ModelError("a bootstrap needs two pooled studies")
    if n < FEWEST_DRAWS:
        raise ModelError(f"n is the number of meta-analyses to draw, at least {FEWEST_DRAWS}; got {n}")
    rng = np.random.Generator(np.random.PCG64(seed))
    refit = _simulated if kind == "parametric" else _resampled
    fits = [refit(pooled, kept, rng, min(CHUNK, n - start)) for start in range(0, n, CHUNK)]
    random = pooled.asked.model == "random effects"
    from_tau2 = random and pooled.convention.I2_rule == "from tau2"
    estimate, tau2, I2 = (
        np.concatenate([getattr(fit, name) for fit in fits])
        for name in ("estimate", "tau2", "I2" if from_tau2 else "I2_from_Q")
    )
    known = np.isfinite(estimate)
    if not random:
        tau2 = np.full(n, np.nan)
    for array in (estimate, tau2, I2):
        array.flags.writeable = False
    return Bootstrap(
        base=pooled,
        kind=kind,
        seed=seed,
        estimate=estimate,
        tau2=tau2,
        I2=I2,
        ci=_percentile(estimate[known], pooled, pooled.estimate),
        tau2_ci=_percentile(tau2[known], pooled, pooled.tau2 or 0.0) if random else None,
        failed=int(n - known.sum()),
    )


def _resampled(pooled: Pooled, kept: np.ndarray, rng: np.random.Generator, n: int) -> Fit:
    """Studies drawn with replacement: how often each was drawn is its multiplicity."""
    drawn = rng.integers(0, kept.size, size=(n, kept.size)) + kept.size * np.arange(n)[:, None]
    mi = np.zeros((n, len(pooled.effects)))
    mi[:, kept] = np.bincount(drawn.ravel(), minlength=n * kept.size).reshape(n, kept.size)
    return fit_rows(pooled.effects, pooled.choices, mi)


def _simulated(pooled: Pooled, kept: np.ndarray, rng: np.random.Generator, n: int) -> Fit:
    """Effects drawn from the model as the method that was asked for fits it, also to two studies."""
    choices, method = pooled.choices, pooled.asked
    if method.needs == "counts" or not choices.as_planned or choices.convention.about_mantel_haenszel:
        raise ModelError(
            f"a parametric bootstrap draws effects from a normal model, which {method.label} as chosen here does not "
            'fit; use kind="non-parametric"'
        )
    estimate, tau2 = pooled.estimate, pooled.tau2
    if pooled.method is not method:
        fitted = fit_rows(pooled.effects, choices, pooled.effects.mi[None, :])
        estimate, tau2 = float(fitted.estimate[0]), float(fitted.tau2[0])
    vi = pooled.effects.vi[None, kept]
    yi = rng.standard_normal((n, kept.size))
    yi *= np.sqrt(vi + (tau2 or 0.0))
    yi += estimate
    return fit_arrays(yi, vi, np.ones_like(vi), choices, None)


def _percentile(values: FloatArray, pooled: Pooled, estimate: float) -> Interval:
    tail = (1 - pooled.level) / 2
    low, high = np.interp([tail, 1 - tail], np.linspace(0.0, 1.0, values.size), np.sort(values))
    return Interval(
        low=float(low),
        high=float(high),
        level=pooled.level,
        rule="bootstrap percentiles",
        estimate=estimate,
        se=float(values.std(ddof=1)),
        df=np.inf,
    )

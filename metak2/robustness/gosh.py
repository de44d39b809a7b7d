"""The pooled effect of every subset of the studies (GOSH), and the study that splits their cloud in two.

Olkin, Dahabreh & Trikalinos (2012), Research Synthesis Methods 3:214-223.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.subsets import MOST, SubsetFit, every_subset, pool_subsets, sums_with, totals
from metak2.models.choices import Choices
from metak2.models.pooled import Pooled
from metak2.models.rows import fit_rows
from metak2.shown import Drawn

DRAWN = 100_000  # subsets of more than 20 studies
CHUNK = 2**15  # rows of multiplicities in memory at once
SEPARATED = 2.0  # Ashman's D above which two bells show as two summits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gosh(Drawn):
    """Fits of subsets of the pooled studies, each array `(subsets,)`, on the analysis scale.

    Attributes
    ----------
    study
        The pooled studies, in the order of the sheet.
    members
        Which studies are in which subset, `(subsets, studies)`; None where it is every subset in binary order (study i
        is in subset r where bit i of r + 1 is set).
    seed
        Of the sample; None where there is every subset.
    k, estimate, tau2, Q, I2
        tau2, Q and I2 (per cent) are NaN for one study alone; tau2 for methods without it.
    """

    base: Pooled
    study: tuple[str, ...]
    members: NDArray[np.bool_] | None
    seed: int | None
    k: FloatArray
    estimate: FloatArray
    tau2: FloatArray
    Q: FloatArray
    I2: FloatArray

    def __len__(self) -> int:
        return self.k.size

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def complete(self) -> bool:
        """Whether this is every subset."""
        return self.members is None

    def contains(self, study: str) -> NDArray[np.bool_]:
        """Which subsets hold this study, `(subsets,)`."""
        at = self.study.index(study)
        if self.members is not None:
            return self.members[:, at]
        return np.asarray(np.arange(1, len(self) + 1) >> at & 1, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """How far the subsets with a study stand apart from those without it: Ashman's D, `(studies,)`.

    D is the distance of the two means in units of the root mean square of the two standard deviations; above 2 two
    normal clouds show as two (Ashman, Bird & Zepf 1994, Astronomical Journal 108:2348-2361).
    """

    study: tuple[str, ...]
    by_estimate: FloatArray
    by_I2: FloatArray

    @property
    def splitting(self) -> str | None:
        """The study whose presence splits the cloud in two; None where none does."""
        widest = np.fmax(self.by_estimate, self.by_I2)
        if not (widest > SEPARATED).any():
            return None
        return self.study[int(np.nanargmax(widest))]


def gosh(pooled: Pooled, *, n: int | None = None, seed: int = 1) -> Gosh:
    """The planned method refitted to subsets of the pooled studies.

    Every subset up to 20 studies, else `n` (100,000) drawn at random with `seed`, each study in or out with equal
    chance; with `n` given, a sample too where there are more subsets than that. Subsets of two keep the method: the
    rule for a headline of two studies is not a rule for a cloud.

    Raises
    ------
    ModelError
        One study only, or a sample of none.
    """
    kept = np.flatnonzero(pooled.effects.mi)
    if kept.size < 2:
        raise ModelError("the only subset of one study is that study; GOSH needs two pooled studies")
    if n is not None and n < 1:
        raise ModelError(f"n is the number of subsets to draw; got {n}")
    complete = kept.size <= MOST and (n is None or n >= 2**kept.size - 1)
    members = None if complete else _sample(kept.size, n or DRAWN, seed)
    fit = _closed_form(pooled, kept, members) if _has_closed_form(pooled) else _refits(pooled, kept, members)
    return Gosh(
        base=pooled,
        study=tuple(pooled.study[i] for i in kept),
        members=members,
        seed=None if complete else seed,
        **{field.name: getattr(fit, field.name) for field in fields(SubsetFit)},
    )


def separation(cloud: Gosh) -> Separation:
    """Ashman's D of the subsets of two or more studies with and without each study, by estimate and by I²."""
    several = cloud.k > 1
    return Separation(
        study=cloud.study,
        by_estimate=_ashman(cloud, np.where(several, cloud.estimate, np.nan)),
        by_I2=_ashman(cloud, cloud.I2),
    )


def _ashman(cloud: Gosh, values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    centred = np.where(known, values - values[known].mean(), 0.0) if known.any() else np.zeros_like(values)
    columns = np.stack([known.astype(np.float64), centred, centred**2])
    inside = sums_with(columns, cloud.members, len(cloud.study))
    outside = totals(columns) - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        means, variances = zip(
            *((total / count, np.maximum(square / count - (total / count) ** 2, 0.0))
              for count, total, square in (inside, outside)),
            strict=True,
        )  # fmt: skip
        return np.asarray(np.sqrt(2) * np.abs(means[0] - means[1]) / np.sqrt(variances[0] + variances[1]))


def _sample(k: int, n: int, seed: int) -> NDArray[np.bool_]:
    """Non-empty subsets, each as likely as any other."""
    rng = np.random.Generator(np.random.PCG64(seed))
    members = rng.integers(0, 2, size=(n, k), dtype=np.uint8).astype(np.bool_)
    while (empty := ~members.any(axis=1)).any():
        members[empty] = rng.integers(0, 2, size=(int(empty.sum()), k), dtype=np.uint8).astype(np.bool_)
    members.flags.writeable = False
    return members


def _has_closed_form(pooled: Pooled) -> bool:
    """Common effect and DerSimonian–Laird with their own weights; RevMan 5 takes Q about another centre."""
    choices: Choices = pooled.choices
    if choices.method.name == "CE":
        return choices.as_planned
    return choices.method.name == "DL" and choices.as_planned and not choices.convention.about_mantel_haenszel


def _closed_form(pooled: Pooled, kept: NDArray[np.intp], members: NDArray[np.bool_] | None) -> SubsetFit:
    effects: EffectSizes = pooled.effects
    random = pooled.choices.method.model == "random effects"
    return pool_subsets(effects.yi[kept], effects.vi[kept], members, random=random)


def _refits(pooled: Pooled, kept: NDArray[np.intp], members: NDArray[np.bool_] | None) -> SubsetFit:
    """Any other method, some thousand rows of multiplicities at a time."""
    every = every_subset(kept.size) if members is None else members
    parts = [_chunk(pooled, kept, every[start : start + CHUNK]) for start in range(0, len(every), CHUNK)]
    return SubsetFit(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(SubsetFit)}
    )


def _chunk(pooled: Pooled, kept: NDArray[np.intp], members: NDArray[np.bool_]) -> SubsetFit:
    choices = pooled.choices
    random = choices.method.model == "random effects"
    from_tau2 = random and choices.convention.I2_rule == "from tau2"
    mi = np.zeros((len(members), len(pooled.effects)))
    mi[:, kept] = members
    fit = fit_rows(pooled.effects, choices, mi)
    several = fit.k > 1
    nothing = np.full(fit.k.shape, np.nan)
    return SubsetFit(
        k=fit.k,
        estimate=fit.estimate,
        tau2=np.where(several, fit.tau2, np.nan) if random else nothing,
        Q=np.where(several, fit.Q, np.nan),
        I2=np.where(several, fit.I2 if from_tau2 else fit.I2_from_Q, np.nan),
    )

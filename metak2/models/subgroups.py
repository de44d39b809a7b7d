"""Pooled effects by group, and the test for subgroup differences."""

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import Fit
from metak2.kernels.heterogeneity import q_pval
from metak2.models.conventions import Convention, Test
from metak2.models.methods import Method
from metak2.models.pool import build, pool
from metak2.models.pooled import Pooled, Subgroups
from metak2.models.rows import infer


def pool_subgroups(
    effects: EffectSizes,
    *,
    by: str,
    method: str | Method | None = None,
    test: Test | None = None,
    convention: str | Convention = "metak2",
    level: float = 0.95,
) -> Subgroups:
    """Each group pooled with its own tau2, and all groups together; the options are those of `pool`.

    Raises
    ------
    ModelError
        No such column, or nothing to pool.
    """
    return subgroups_of(pool(effects, method=method, test=test, convention=convention, level=level), by=by)


def subgroups_of(pooled: Pooled, *, by: str) -> Subgroups:
    """The groups of a pooled analysis by a column, with its choices, in order of first appearance: one batch.

    The test for subgroup differences is Cochran's Q of the groups' effects with their Wald standard errors, all by the
    method asked for, groups of two included (Cochrane Handbook, section 10.11.3.1).
    """
    effects = pooled.effects
    if by not in effects.moderators:
        raise ModelError(f"there is no column {by!r} to group by{did_you_mean(by, effects.moderators)}")
    words = np.array([value or "not stated" for value in effects.words(by)])
    groups = [str(group) for group in dict.fromkeys(words) if effects.mi[words == group].any()]
    rows = infer(effects, pooled.choices, np.array([effects.mi * (words == group) for group in groups]))
    results = {
        group: build(effects.take(words == group), pooled.choices, rows, row, words == group)
        for row, group in enumerate(groups)
    }
    Q, df = _between(rows.asked)
    single = tuple(group for group, result in results.items() if result.k == 1)
    return Subgroups(
        by=by,
        groups=results,
        overall=pooled,
        Q_between=Q,
        Q_df=df,
        Q_pval=float(q_pval(np.array(Q), np.array(df))) if df > 0 else float("nan"),
        I2_between=max(0.0, 100 * (Q - df) / Q) if Q > 0 and df > 0 else 0.0,
        notes=(Note(code="SUBGROUP_OF_ONE", where=single),) if single else (),
    )


def _between(fit: Fit) -> tuple[float, float]:
    """Cochran's Q of the rows' effects, and its degrees of freedom."""
    weights = 1 / fit.se**2
    centre = (weights * fit.estimate).sum() / weights.sum()
    return float((weights * (fit.estimate - centre) ** 2).sum()), float(fit.estimate.size - 1)

"""Pooled effects by group, and the test for subgroup differences."""

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.heterogeneity import q_pval
from metak2.models.choices import resolve
from metak2.models.conventions import Convention, Test
from metak2.models.methods import Method
from metak2.models.pool import build, pool
from metak2.models.pooled import Subgroups
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
    """Each group pooled with its own tau2, in order of first appearance, one batch over the kernel.

    The test for subgroup differences is Cochran's Q of the groups' effects with their Wald standard errors, all by the
    method asked for, groups of two included (Cochrane Handbook, section 10.11.3.1).

    Raises
    ------
    ModelError
        No such column, or nothing to pool.
    """
    if by not in effects.moderators:
        raise ModelError(f"there is no column {by!r} to group by{did_you_mean(by, effects.moderators)}")
    overall = pool(effects, method=method, test=test, convention=convention, level=level)
    choices = resolve(method, test, convention, level)
    words = np.array([value or "not stated" for value in effects.words(by)])
    groups = [str(group) for group in dict.fromkeys(words) if effects.mi[words == group].any()]
    rows = infer(effects, choices, np.array([effects.mi * (words == group) for group in groups]))
    pooled = {
        group: build(effects.take(words == group), choices, rows, row, words == group)
        for row, group in enumerate(groups)
    }
    weights = 1 / rows.asked.se**2
    centre = (weights * rows.asked.estimate).sum() / weights.sum()
    Q = float((weights * (rows.asked.estimate - centre) ** 2).sum())
    df = float(len(groups) - 1)
    single = tuple(group for group, result in pooled.items() if result.k == 1)
    return Subgroups(
        by=by,
        groups=pooled,
        overall=overall,
        Q_between=Q,
        Q_df=df,
        Q_pval=float(q_pval(np.array(Q), np.array(df))) if df > 0 else float("nan"),
        I2_between=max(0.0, 100 * (Q - df) / Q) if Q > 0 and df > 0 else 0.0,
        notes=(Note(code="SUBGROUP_OF_ONE", where=single),) if single else (),
    )

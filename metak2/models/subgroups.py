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
    effects: EffectSizes | Pooled,
    *,
    by: str,
    method: str | Method | None = None,
    test: Test | None = None,
    convention: str | Convention | None = None,
    level: float | None = None,
) -> Subgroups:
    """Each group with its own tau2, in order of first appearance, and all groups together: one batch.

    From effect sizes, with the options of `pool`; or from a pooled result, with the choices that it was pooled by. The
    test for subgroup differences is Cochran's Q of the groups' effects with their Wald standard errors, all by the
    method asked for, groups of two included (Cochrane Handbook, section 10.11.3.1).

    Raises
    ------
    ModelError
        No such column, nothing to pool, or options beside a pooled result.
    """
    asked = {"method": method, "test": test, "convention": convention, "level": level}
    chosen = {name: value for name, value in asked.items() if value is not None}
    if isinstance(effects, Pooled):
        if chosen:
            raise ModelError(f"a pooled result brings its own {', '.join(chosen)}; give effect sizes to choose anew")
        pooled = effects
    else:
        pooled = pool(effects, **chosen)  # type: ignore[arg-type] # each by the type of its parameter above
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

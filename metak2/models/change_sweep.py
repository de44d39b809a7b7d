"""How much a pooled change rests on the correlation that was assumed for it."""

from collections.abc import Sequence

from metak2.effects.extraction.changes import changes_from_baseline
from metak2.effects.front import effect_sizes
from metak2.errors import ModelError
from metak2.models.conventions import Test
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.studies.table import StudyTable

CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.9)


def sweep_change_correlation(
    baseline: StudyTable,
    final: StudyTable,
    *,
    measure: str = "MD",
    correlations: Sequence[float] = CORRELATIONS,
    method: str | None = None,
    test: Test | None = None,
) -> dict[str, Pooled]:
    """The pooled change under each correlation of baseline with final value, by its label: a report's `sensitivity`.

    A larger correlation gives smaller standard errors of the change, so that an answer which only a high one supports
    is an answer of the assumption. `method` and `test` as in `pool`.

    Raises
    ------
    ModelError
        No correlations, or what `changes_from_baseline` and `pool` refuse.
    """
    if not correlations:
        raise ModelError("a sweep needs at least one correlation, such as 0.5")
    changes = {r: changes_from_baseline(baseline, final, correlation=r) for r in correlations}
    return {
        f"r = {r:g}": pool(effect_sizes(table, measure=measure), method=method, test=test)
        for r, table in changes.items()
    }

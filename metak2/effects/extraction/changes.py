"""Changes from baseline where a paper prints both values and not the change."""

from collections.abc import Mapping

import numpy as np

from metak2.effects.conversions import record
from metak2.effects.derived.deviations import change_sd
from metak2.effects.from_means import Arm, read_arm
from metak2.errors import ModelError
from metak2.studies.table import Column, Conversion, StudyTable

SAME = ("unit", "outcome", "site", "direction")


def changes_from_baseline(baseline: StudyTable, final: StudyTable, *, correlation: float) -> StudyTable:
    """The final values less those at baseline, row by row, with the SD that a stated correlation gives.

    SD = √(SD₁² + SD₂² − 2 r SD₁ SD₂), Cochrane Handbook 6.5.2.8, in each arm; a row whose column `r` is filled takes
    its own correlation. The people are those of the final value. The correlation is an assumption: it is printed at
    each row, and the answer belongs beside those under other correlations (`sweep_change_correlation`).

    Parameters
    ----------
    baseline, final
        Means of the same studies, in any order: `read_studies(…, where={"change_or_final": "baseline"})` and "final".
    correlation
        Between a person's baseline and final value, above −1 and below 1.

    Raises
    ------
    ModelError
        Other kinds of data, studies that stand in one table only, units that differ, a correlation that cannot be.
    """
    order = _matched(baseline, final)
    if not -1 < correlation < 1:
        raise ModelError(f"a correlation lies between -1 and 1, both excluded; got {correlation:g}")
    first = baseline.take(np.array(order, dtype=np.int64))
    stated = final.numbers("r")
    r = np.where(np.isnan(stated), correlation, stated)
    columns: dict[str, Column] = {"change_or_final": np.full(len(final), "change", dtype=object)}
    steps: list[tuple[Conversion, ...]] = [()] * len(final)
    for side in "ec":
        before, after = read_arm(first, side), read_arm(final, side)
        change, sd = after.mean - before.mean, change_sd(before.sd, after.sd, r)
        known = np.isfinite(sd)
        columns |= {
            f"mean_{side}": change,
            f"sd_{side}": sd,
            f"dispersion_type_{side}": np.where(known, "SD", "").astype(object),
        }
        for row in map(int, np.flatnonzero(known)):
            steps[row] = (*steps[row], *_steps(before, after, row, float(r[row]), assumed=bool(np.isnan(stated[row]))))
    read = final
    for table, when in ((first, "baseline"), (final, "final")):
        read = read.beside(
            table, {f"{name}_{side}": f"{name}_{when}_{side}" for side in "ec" for name in ("mean", "sd", "dispersion")}
        )
    return read.converted(columns, steps)


def _steps(before: Arm, after: Arm, row: int, r: float, *, assumed: bool) -> tuple[Conversion, ...]:
    sds = {"SD baseline": float(before.sd[row]), "SD final": float(after.sd[row]), "r": r}
    means = {"baseline": float(before.mean[row]), "final": float(after.mean[row])}
    to_sd = (step for arm in (before, after) for step in arm.conversions[row] if "SD" in step.output)
    return (
        *to_sd,
        record("mean change", means, {"mean change": means["final"] - means["baseline"]}),
        record(
            "change SD",
            sds,
            {"SD": float(change_sd(sds["SD baseline"], sds["SD final"], r))},
            f"correlation {r:g} of baseline with final value" if assumed else "",
        ),
    )


def _matched(baseline: StudyTable, final: StudyTable) -> list[int]:
    """For each row of the final values, its row at baseline."""
    for table in (baseline, final):
        if table.kind != "means":
            raise ModelError(f"a change is of means; {table.source} holds {table.kind}")
    at = {study: row for row, study in enumerate(baseline.study)}
    lonely = {
        "baseline only": [s for s in baseline.study if s not in final.study],
        "final value only": [s for s in final.study if s not in at],
    }
    if any(lonely.values()):
        told = "; ".join(f"{where}: {', '.join(studies)}" for where, studies in lonely.items() if studies)
        raise ModelError(f"each study needs both values ({told}); take the rows that have both")
    differing = [
        f"{study}: {name} {one!r} and {other!r}"
        for name in SAME
        for study, one, other in zip(final.study, _in_order(baseline, name, at, final), final.words(name), strict=True)
        if one and other and one != other
    ]
    if differing:
        raise ModelError(f"baseline and final value are not of one thing ({'; '.join(differing)})")
    return [at[study] for study in final.study]


def _in_order(baseline: StudyTable, name: str, at: Mapping[str, int], final: StudyTable) -> list[str]:
    words = baseline.words(name)
    return [words[at[study]] for study in final.study]

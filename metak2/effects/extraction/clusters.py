"""Cluster-randomised trials that were analysed as if people had been randomised."""

from dataclasses import replace

import numpy as np

from metak2.effects.derived.designs import design_effect
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.studies.table import Conversion, read_only

COLUMNS = ("cluster_size", "icc")


def inflate_for_clusters(effects: EffectSizes) -> EffectSizes:
    """The effects with the variance of every cluster-randomised trial times its design effect, 1 + (M − 1) ICC.

    Cochrane Handbook 23.1.4 and 23.1.5; effective sample sizes give the same variance. M, the people per cluster on
    average, stands in the column `cluster_size` (blank where people were randomised, or where the authors allowed for
    clusters), the intracluster correlation in `icc`; `assume(studies, icc=…)` fills what a paper does not give.

    Raises
    ------
    ModelError
        No such columns, a size below 1, a correlation outside 0 to 1, a size without a correlation.
    """
    size, icc = (np.asarray(effects.moderators.get(name, ()), dtype=object) for name in COLUMNS)
    if not (size.size and icc.size):
        raise ModelError(
            "the columns cluster_size (people per cluster on average) and icc (intracluster correlation) say which "
            "trials randomised clusters; assume(studies, icc=0.05) states a correlation for those without one"
        )
    sizes, correlations = (_numbers(column) for column in (size, icc))
    lacking = [effects.study[row] for row in np.flatnonzero(np.isfinite(sizes) & np.isnan(correlations))]
    if lacking:
        raise ModelError(f"{', '.join(lacking)}: a cluster size without an icc; fill it, or assume(studies, icc=…)")
    rows = np.flatnonzero(np.isfinite(sizes))
    if not rows.size:
        raise ModelError("the column cluster_size is blank everywhere: no trial randomised clusters")
    vi, origins = np.array(effects.vi), _origins(effects)
    factor = design_effect(sizes[rows], correlations[rows])
    for row, by in zip(rows, factor, strict=True):
        inputs = {"M": float(sizes[row]), "ICC": float(correlations[row]), "vi": float(vi[row])}
        vi[row] *= by
        step = Conversion(
            rule="design effect",
            formula="vi × (1 + (M − 1) × ICC)",
            inputs=inputs,
            output={"vi": float(vi[row])},
            assumption="clusters of about equal size",
        )
        origins[row] = replace(origins[row], conversions=(*origins[row].conversions, step))
    note = Note(code="CLUSTERS_INFLATED", where=tuple(effects.study[row] for row in rows))
    return replace(
        effects,
        vi=read_only(vi),
        data={},
        kind="effects",
        origins=tuple(origins),
        notes=(*effects.notes, note),
    )


def _numbers(column: np.ndarray) -> np.ndarray:
    return np.array([np.nan if value == "" else float(value) for value in column])


def _origins(effects: EffectSizes) -> list[Origin]:
    return list(effects.origins) or [Origin(study=study, cells={}, values={}) for study in effects.study]

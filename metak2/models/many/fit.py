"""One table in memory, whole meta-analyses: from its studies to one row of results each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metak2.effects.measures import Measure
from metak2.effects.zero_cells import ZeroCells
from metak2.kernels.contract import IntArray
from metak2.models.choices import Choices
from metak2.models.many.codes import NO_ANSWER, Problem, status_words, text_column, words
from metak2.models.many.groups import Studies, blocks
from metak2.models.many.rows import NOTES, pooled_columns
from metak2.models.many.table import STUDY, Effects, Layout, effects_of

if TYPE_CHECKING:
    from pandas import DataFrame

Mask = NDArray[np.bool_]

NUMBERS = (
    "estimate", "se", "ci_low", "ci_high", "ci_df", "statistic", "pval", "pi_low", "pi_high", "pi_se", "pi_df",
    "tau2", "se_tau2", "tau2_low", "tau2_high", "Q", "Q_df", "Q_pval", "I2", "I2_low", "I2_high",
    "I2_from_tau2", "I2_from_Q", "H2", "H2_low", "H2_high", "vt",
    "asked_estimate", "wald_se", "wald_low", "wald_high", "hk_se", "hk_low", "hk_high",
)  # fmt: skip
WORDS = ("method", "ci_rule", "pi_rule", "tau2_rule", "I2_rule")
COLUMNS = ("status", "notes", "k", "left_out", *NUMBERS, *WORDS)
"""The columns of a result beside those that name the meta-analysis."""
WEIGHTS = "weights"
"""The column of the weights of the studies in per cent, where it was asked for."""
PLACE = "__place__"
"""Where a study stood in the table, as long as it is in pieces: a column that no result keeps."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What is asked of every table, or piece of one, that holds whole meta-analyses."""

    layout: Layout
    measure: Measure
    choices: Choices
    zero_cells: ZeroCells
    variance: str | None
    study_weights: bool = False


def pool_table(frame: "DataFrame", job: Job) -> "DataFrame":
    """One row per meta-analysis, in the order in which they first appear in the table."""
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    keys = list(job.layout.by)
    grouped = frame.groupby(keys, sort=False, dropna=False, observed=True)
    group: IntArray = np.asarray(grouped.ngroup(), dtype=np.int64)
    first = np.full(grouped.ngroups, len(frame), dtype=np.int64)
    np.minimum.at(first, group, np.arange(group.size))
    named = frame[keys].iloc[first].reset_index(drop=True)
    effects = effects_of(frame, job.layout, job.measure, job.zero_cells, job.variance)
    usable = _usable(effects, job.choices)
    size = np.bincount(group[usable], minlength=first.size)
    flags = _flags(frame, job.layout, group, effects, usable)
    flags[named.isna().any(axis=1).to_numpy()] |= int(Problem.MISSING_KEY)
    flags[size == 0] |= int(Problem.NO_STUDIES)
    refused = (flags & int(NO_ANSWER)) != 0
    size[refused] = 0
    results, noted = _fitted(_studies(effects, group, usable & ~refused[group]), size, job, flags)
    flags[size == 1] |= int(Problem.ONE_STUDY)
    left_out = np.bincount(group[~usable], minlength=first.size)
    codes, bits = _notes(effects, group, usable, left_out, noted)
    columns: dict[str, Any] = {
        **{name: named[name] for name in keys},
        "status": status_words(flags),
        "notes": words(bits, codes),
        "k": size,
        "left_out": left_out,
        **{name: results[name] for name in NUMBERS},
        **{name: _texts(results[name]) for name in WORDS},
    }
    if job.study_weights:
        columns[WEIGHTS] = results[WEIGHTS]
    if PLACE in frame:
        columns[PLACE] = frame[PLACE].to_numpy()[first]
    return pd.DataFrame(columns)


def _usable(effects: Effects, choices: Choices) -> Mask:
    """The studies that this method pools: count methods take zeros as they are."""
    if choices.method.needs == "counts":
        return np.asarray(np.isfinite(np.array(list(effects.counts.values()))).all(axis=0))
    return np.asarray(effects.flags == 0)


def _studies(effects: Effects, group: IntArray, pooled: Mask) -> Studies:
    """The studies that are pooled; a count method takes those without an effect of their own, too."""
    known = effects.flags == 0
    return Studies(
        group=group[pooled],
        yi=np.where(known, effects.yi, 0.0)[pooled],
        vi=np.where(known, effects.vi, 1.0)[pooled],
        counts={name: values[pooled] for name, values in effects.counts.items()},
    )


def _flags(frame: "DataFrame", layout: Layout, group: IntArray, effects: Effects, usable: Mask) -> IntArray:
    """What is wrong with the studies of each meta-analysis."""
    flags = np.zeros(int(group.max(initial=-1)) + 1, dtype=np.int64)
    wrong = np.flatnonzero(~usable)
    np.bitwise_or.at(flags, group[wrong], effects.flags[wrong])
    if layout.named:
        named = np.flatnonzero(usable & frame[STUDY].notna().to_numpy())
        again = frame[[STUDY]].iloc[named].assign(group=group[named]).duplicated().to_numpy()
        flags[group[named[again]]] |= int(Problem.SAME_STUDY_TWICE)
    return flags


def _fitted(studies: Studies, size: IntArray, job: Job, flags: IntArray) -> tuple[dict[str, np.ndarray], IntArray]:
    """Every column of the results, NaN and "" where there is no answer, and the bits of `NOTES`."""
    results: dict[str, np.ndarray] = {name: np.full(size.shape, np.nan) for name in NUMBERS}
    results |= {name: np.full(size.shape, "", dtype=object) for name in WORDS}
    results[WEIGHTS] = np.full(size.shape, None, dtype=object)
    noted = np.zeros(size.shape, dtype=np.int64)
    for block in blocks(studies, size):
        columns = pooled_columns(block, job.choices, job.measure)
        there, at = ~columns["lost"], block.groups
        flags[at[~there]] |= int(Problem.NOT_CONVERGED)
        for name in (*NUMBERS, *WORDS):
            results[name][at[there]] = columns[name][there]
        noted[at[there]] = columns["notes"][there]
        for row in np.flatnonzero(there).tolist() if job.study_weights else ():
            results[WEIGHTS][at[row]] = columns[WEIGHTS][row, : size[at[row]]]
    return results, noted


def _notes(
    effects: Effects, group: IntArray, usable: Mask, left_out: IntArray, noted: IntArray
) -> tuple[Sequence[str], IntArray]:
    """The codes of all notes and their bits: those of the studies first, those of the fit last, as in `Pooled`."""
    of_studies = np.zeros(noted.shape, dtype=np.int64)
    np.bitwise_or.at(of_studies, group[usable], effects.note_bits[usable])
    codes = (*effects.notes, "EXCLUDED", *NOTES)
    size = len(effects.notes)
    return codes, of_studies | ((left_out > 0).astype(np.int64) << size) | (noted << (size + 1))


def _texts(column: np.ndarray) -> Any:  # noqa: ANN401 - a pandas column
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    place, texts = pd.factorize(column)
    return text_column(list(texts), place)

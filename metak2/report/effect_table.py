"""The effect sizes of a report as numbers to take elsewhere: one row per study, full precision, CSV and sheet."""

import csv
import io
from dataclasses import dataclass

import numpy as np

from metak2.models.pooled import Pooled, Unpooled
from metak2.report.blocks import one_line

Value = str | float | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTable:
    """Columns and rows; text is kept as text, a number that does not exist is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def effect_table(result: Pooled | Unpooled) -> EffectTable:
    """Study, yi and vi on the analysis scale, estimate and limits as displayed, weight, why not pooled, data."""
    effects, back = result.effects, result.measure.back
    low, high = effects.limits(result.level)
    weights = result.weights if isinstance(result, Pooled) else np.full(len(effects), np.nan)
    numbers = {
        "yi": effects.yi,
        "vi": effects.vi,
        "estimate": back(effects.yi),
        "ci_low": back(low),
        "ci_high": back(high),
        "weight_percent": weights,
        **effects.data,
    }
    rows = tuple(
        (one_line(study), result.measure.name, effects.excluded[i], *(_known(float(v[i])) for v in numbers.values()))
        for i, study in enumerate(effects.study)
    )
    return EffectTable(columns=("study", "measure", "not_pooled_because", *numbers), rows=rows)


def as_csv(table: EffectTable) -> str:
    """Comma-separated values with LF line ends; text that a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([neutral(value) if isinstance(value, str) else _digits(value) for value in row])
    return out.getvalue()


def neutral(text: str) -> str:
    """The text so that no spreadsheet runs it.

    >>> neutral("=1+1"), neutral("Habu 2004")
    ("'=1+1", 'Habu 2004')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _known(value: float) -> float | None:
    return float(f"{value:.12g}") if np.isfinite(value) else None


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"

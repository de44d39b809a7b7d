"""Every number of a report under readable names, on the analysis scale and as displayed, down to the cells it is from.

`to_json` knows the results of the models; a dataclass that nobody registered is written field by field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from functools import singledispatch

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.absolute import AbsoluteEffect
from metak2.models.conventions import Convention
from metak2.models.methods import Method
from metak2.models.pooled import Interval, Pooled, Subgroups, Unpooled
from metak2.report.canonical_json import snapped
from metak2.report.expectations import Expectation
from metak2.robustness.refits import Refits
from metak2.studies.table import Conversion, Trace

Json = dict[str, object]


@singledispatch
def to_json(value: object) -> object:
    """The value as something JSON can hold. Floats below 1e-12 are residues and become 0."""
    if value is None or isinstance(value, (bool, int, str, np.bool, np.integer)):
        return value
    if isinstance(value, (float, np.floating)):
        return snapped(float(value))
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, (Sequence, np.ndarray)):
        return [to_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"no JSON form of {type(value).__name__} is registered: see metak2.report.results.to_json")


@to_json.register
def _(measure: Measure) -> str:
    return measure.name


@to_json.register
def _(method: Method) -> str:
    return method.name


@to_json.register
def _(convention: Convention) -> str:
    return convention.name


@to_json.register
def _(note: Note) -> Json:
    return {"code": note.code, "values": to_json(note.values), "where": list(note.where)}


@to_json.register
def _(expectation: Expectation) -> Json:
    return {**asdict(expectation), "met": expectation.met}


@to_json.register
def _(origin: Origin) -> Json:
    """Values and cells exactly as read: nothing is snapped here."""
    return {
        "cells": dict(origin.cells),
        "values": dict(origin.values),
        "conversions": [to_json(conversion) for conversion in origin.conversions],
        **({"read": {name: _told(trace) for name, trace in origin.traces.items()}} if origin.traces else {}),
    }


def _told(trace: Trace) -> Json:
    told = {"raw": trace.raw, "rule": trace.rule, "source": trace.source}
    return {name: text for name, text in told.items() if text}


@to_json.register
def _(conversion: Conversion) -> Json:
    return {
        "rule": conversion.rule,
        "formula": conversion.formula,
        "inputs": dict(conversion.inputs),
        "output": dict(conversion.output),
        "assumption": conversion.assumption,
    }


@to_json.register
def _(interval: Interval) -> Json:
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "rule": interval.rule,
        "estimate": interval.estimate,
        "se": interval.se,
        "df": interval.df,
    }


@to_json.register
def _(effects: EffectSizes) -> Json:
    return {**_meaning(effects), "studies": _studies(effects, weights=None, level=0.95)}


@to_json.register
def _(pooled: Pooled) -> Json:
    return {**_summary(pooled), "studies": _studies(pooled.effects, weights=pooled.weights, level=pooled.level)}


@to_json.register
def _(unpooled: Unpooled) -> Json:
    return {
        "kind": "unpooled",
        **_meaning(unpooled.effects),
        "why": unpooled.why,
        "level": unpooled.level,
        "notes": to_json(unpooled.notes),
        "studies": _studies(unpooled.effects, weights=None, level=unpooled.level),
    }


@to_json.register
def _(subgroups: Subgroups) -> Json:
    """Origins stand with `overall`, once; a group lists its studies and their weights within it."""
    groups = [
        {
            "group": name,
            **_summary(group),
            "studies": [
                {"study": study, "weight": float(weight)}
                for study, weight in zip(group.study, group.weights, strict=True)
            ],
        }
        for name, group in subgroups.groups.items()
    ]
    return {
        "kind": "subgroups",
        "by": subgroups.by,
        "Q_between": snapped(subgroups.Q_between),
        "Q_df": subgroups.Q_df,
        "Q_pval": subgroups.Q_pval,
        "I2_between": snapped(subgroups.I2_between),
        "groups": groups,
        "overall": to_json(subgroups.overall),
        "notes": to_json(subgroups.notes),
    }


@to_json.register
def _(effect: AbsoluteEffect) -> Json:
    return {**asdict(effect), "nnt": effect.nnt, "includes_no_difference": effect.includes_no_difference}


@to_json.register
def _(refits: Refits) -> Json:
    """One entry per refit; `base` is the analysis that was refitted, without its studies."""
    scale = _natural_scale(refits.base.effects.vi)
    displayed = np.column_stack(
        [refits.measure.back(part) for part in (refits.estimate, refits.ci_low, refits.ci_high)]
    )
    rows = [
        {
            "label": label,
            "study": refits.study[at],
            "k": int(refits.k[at]),
            "estimate": snapped(float(refits.estimate[at]), scale),
            "se": float(refits.se[at]),
            "ci_low": snapped(float(refits.ci_low[at]), scale),
            "ci_high": snapped(float(refits.ci_high[at]), scale),
            "displayed": _named(displayed[at], scale),
            "pval": float(refits.pval[at]),
            "tau2": snapped(float(refits.tau2[at]), scale**2),
            "I2": snapped(float(refits.I2[at])),
            "Q": snapped(float(refits.Q[at])),
        }
        for at, label in enumerate(refits.label)
    ]
    return {"kind": refits.kind, "base": _summary(refits.base), "refits": rows, "notes": to_json(refits.notes)}


def _summary(pooled: Pooled) -> Json:
    scale = _natural_scale(pooled.effects.vi)
    limits = [pooled.ci.low, pooled.ci.high, *([pooled.pi.low, pooled.pi.high] if pooled.pi else [np.nan, np.nan])]
    displayed = pooled.measure.back([pooled.estimate, *limits])
    return {
        "kind": "pooled",
        **_meaning(pooled.effects),
        "method": pooled.method.name,
        "model": pooled.method.model,
        "asked_method": pooled.choices.method.name,
        "convention": pooled.choices.convention.name,
        "test": pooled.ci.rule,
        "asked_test": pooled.choices.test,
        "level": pooled.level,
        "k": pooled.k,
        "estimate": snapped(pooled.estimate, scale),
        "se": pooled.se,
        "ci": to_json(pooled.ci),
        "intervals": to_json(pooled.intervals),
        "pi": to_json(pooled.pi),
        "displayed": _named(displayed, scale),
        "statistic": snapped(pooled.statistic),
        "pval": pooled.pval,
        "tau2": None if pooled.tau2 is None else snapped(pooled.tau2, scale**2),
        "tau2_ci": to_json(pooled.tau2_ci),
        "Q": snapped(pooled.Q),
        "Q_df": pooled.Q_df,
        "Q_pval": pooled.Q_pval,
        "I2": snapped(pooled.I2),
        "I2_rule": pooled.I2_rule,
        "H2": pooled.H2,
        "notes": to_json(pooled.notes),
    }


def _meaning(effects: EffectSizes) -> Json:
    return {
        "measure": effects.measure.name,
        "measure_label": effects.measure.label,
        "scale": effects.measure.scale.name,
        "source": effects.source,
        "selection": to_json(effects.selection),
        "effect_notes": to_json(effects.notes),
        "problems": to_json(effects.problems),
    }


def _studies(effects: EffectSizes, *, weights: FloatArray | None, level: float) -> list[Json]:
    scale = _natural_scale(effects.vi)
    low, high = effects.limits(level)
    displayed = np.column_stack([effects.measure.back(part) for part in (effects.yi, low, high)])
    return [
        {
            "study": study,
            "yi": snapped(float(effects.yi[at]), scale),
            "vi": float(effects.vi[at]),
            "displayed": _named(displayed[at], scale),
            "weight": None if weights is None else float(weights[at]),
            "excluded": effects.excluded[at],
            "data": {name: float(values[at]) for name, values in effects.data.items()},
            "origin": to_json(effects.origins[at]) if effects.origins else None,
        }
        for at, study in enumerate(effects.study)
    ]


def _named(displayed: FloatArray, scale: float) -> Json:
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    return {name: snapped(float(value), scale) for name, value in zip(names, displayed, strict=False)}


def _natural_scale(vi: FloatArray) -> float:
    """The smallest standard error: what is below 1e-12 of it, no study can have measured."""
    known = vi[np.isfinite(vi)]
    return float(np.sqrt(known.min())) if known.size else 1.0

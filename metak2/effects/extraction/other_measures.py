"""Effects of one measure as another: odds ratios as standardised differences, correlations, risk ratios."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from metak2.effects.conversions import FORMULAS, record
from metak2.effects.derived import between_measures as between
from metak2.effects.measures import measure_named
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.estimable import Effects
from metak2.studies.table import read_only

Convert = Callable[[EffectSizes, float, str], Effects]


def _sizes(effects: EffectSizes) -> tuple[np.ndarray, np.ndarray]:
    """People in each arm, equal arms where they are not known."""
    both = [effects.data.get(name, np.full(len(effects), np.nan)) for name in ("n_e", "n_c")]
    known = np.isfinite(both[0] + both[1])
    n_e, n_c = (np.where(known, n, 1.0) for n in both)
    return n_e, n_c


def _smd_to_ror(effects: EffectSizes, _: float, __: str) -> Effects:
    return between.correlation_from_d(effects.yi, effects.vi, *_sizes(effects))


CONVERSIONS: Mapping[tuple[str, str], tuple[Convert, str]] = {
    ("OR", "SMD"): (lambda e, _, values: between.smd_from_log_or(e.yi, e.vi, values=values), "SMD from OR"),
    ("SMD", "OR"): (lambda e, _, values: between.log_or_from_smd(e.yi, e.vi, values=values), "OR from SMD"),
    ("SMD", "COR"): (_smd_to_ror, "r from d"),
    ("COR", "SMD"): (lambda e, _, __: between.d_from_correlation(e.yi, e.vi), "d from r"),
    ("OR", "RR"): (lambda e, risk, _: between.log_rr_from_log_or(e.yi, e.vi, risk), "RR from OR"),
}
"""From one measure to another: how, and by which formula."""


def as_measure(
    effects: EffectSizes, measure: str, *, baseline_risk: float | None = None, values: str = "logistic"
) -> EffectSizes:
    """The same studies in another measure, so that they can be joined with others; every step recorded.

    A standardised difference stands for an odds ratio where a continuous outcome with logistic (`values="logistic"`,
    Hasselblad & Hedges 1995) or normal (`"normal"`, Cox & Snell 1989) values lies behind it; a correlation where the
    groups are two halves of it (Borenstein et al. 2009); a risk ratio follows from an odds ratio at a stated
    `baseline_risk` only, the same for all studies (Cochrane Handbook 15.4.4.4).

    Parameters
    ----------
    measure
        "SMD" (from OR or COR), "OR" or "COR" (from SMD), "RR" (from OR).

    Raises
    ------
    UnknownOptionError
        No way from the one measure to the other.
    ModelError
        RR without a baseline risk, or a baseline risk where none is used.
    """
    own = effects.measure.name
    ways = [to for frm, to in CONVERSIONS if frm == own]
    if measure not in ways:
        raise UnknownOptionError(f"measure for effects in {own}", measure, ways)
    if (measure == "RR") != (baseline_risk is not None):
        raise ModelError("a risk ratio needs baseline_risk=, the risk without treatment, such as 0.2; no other does")
    convert, rule = CONVERSIONS[own, measure]
    yi, vi = convert(effects, np.nan if baseline_risk is None else baseline_risk, values)
    assumed = f"{values} values" if "SMD" in {own, measure} and "OR" in {own, measure} else ""
    if baseline_risk is not None:
        assumed = f"baseline risk {baseline_risk:g}, the same in every study"
    told = {"rule": rule, "formula": FORMULAS[rule], "assumption": assumed}
    return replace(
        effects,
        measure=measure_named(measure),
        kind="effects",
        yi=read_only(np.array(yi)),
        vi=read_only(np.array(vi)),
        data={},
        notes=(*effects.notes, Note(code="CONVERTED", values=told, where=effects.study)),
        origins=_recorded(effects, yi, vi, rule, assumed),
        zero_cells=None,
    )


def _recorded(effects: EffectSizes, yi: np.ndarray, vi: np.ndarray, rule: str, assumed: str) -> tuple[Origin, ...]:
    """The origins with this conversion as their last step."""
    origins = effects.origins or tuple(Origin(study=study, cells={}, values={}) for study in effects.study)
    made = []
    for row, origin in enumerate(origins):
        before = {"yi": float(effects.yi[row]), "vi": float(effects.vi[row])}
        step = record(rule, before, {"yi": float(yi[row]), "vi": float(vi[row])}, assumed)
        made.append(replace(origin, conversions=(*origin.conversions, step)))
    return tuple(made)

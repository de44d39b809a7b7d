"""The pooled effect as lines of formulas over the rows of the studies."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from metak2.models.pooled import Pooled

STUDIES = "trials"
POOLED = "pooled"
_LIVE_RULES = frozenset({"z", "t", "HK", "HK-adhoc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: what it is, the formula ("" for a number that stands there as it is), metak2's result, in words."""

    what: str
    value: float
    formula: str = ""
    how: str = ""


def pooled_lines(pooled: Pooled, letters: Mapping[str, str], *, last: int) -> list[Line]:
    """The lines in their order from row 2: τ² stands in B2, where the weights look for it.

    `letters` leads from yi, used, common, weight to their columns on the sheet of studies, rows 2 to `last`.
    """
    at = {key: f"{STUDIES}!${letter}$2:${letter}${last}" for key, letter in letters.items()}
    if not _is_live(pooled):
        return _as_found(pooled)
    log = pooled.measure.log
    back = ("EXP({})", "the exponential") if log else ("{}", "the same scale")
    shown = pooled.displayed
    se, how = _standard_error(pooled, at)
    quantile = "NORMSINV((1+B3)/2)" if math.isinf(pooled.ci.df) else "TINV(1-B3,B4-1)"
    centre = f"SUMPRODUCT({at['common']},{at['yi']})/SUM({at['common']})"
    q = f"SUMPRODUCT({at['common']},({at['yi']}-{centre})^2)"
    return [
        _tau2(pooled, at),
        Line(what="coverage of the interval", value=pooled.level),
        Line(what="studies, k", value=float(pooled.k), formula=f"SUM({at['used']})"),
        _scatter(pooled, q),
        Line(
            what="estimate",
            value=pooled.estimate,
            formula=f"SUMPRODUCT({at['weight']},{at['yi']})/SUM({at['weight']})",
            how=f"Σ wᵢyᵢ / Σ wᵢ, {pooled.method.label}, on the analysis scale",
        ),
        Line(what="standard error", value=pooled.ci.se, formula=se, how=how),
        Line(what="quantile", value=_quantile(pooled), formula=quantile, how="normal or t with k − 1"),
        Line(what="lower limit", value=pooled.ci.low, formula="B6-B8*B7"),
        Line(what="upper limit", value=pooled.ci.high, formula="B6+B8*B7"),
        Line(what=pooled.measure.label, value=shown.estimate, formula=back[0].format("B6"), how=back[1]),
        Line(what="lower limit as shown", value=shown.ci_low, formula=back[0].format("B9")),
        Line(what="upper limit as shown", value=shown.ci_high, formula=back[0].format("B10")),
    ]


def _is_live(pooled: Pooled) -> bool:
    plain = pooled.choices.options.weights
    rule = pooled.ci.rule in _LIVE_RULES
    scale = pooled.measure.scale.name in {"log", "identity"}
    return pooled.method.needs == "yi_vi" and rule and scale and isinstance(plain, str) and plain == "inverse variance"


def _as_found(pooled: Pooled) -> list[Line]:
    shown, how = pooled.displayed, f"{pooled.method.label}: as metak2 found it, not calculated here"
    return [
        Line(what="τ²", value=pooled.tau2 or 0.0),
        Line(what="estimate", value=pooled.estimate, how=how),
        Line(what=pooled.measure.label, value=shown.estimate, how=how),
        Line(what="lower limit as shown", value=shown.ci_low, how=how),
        Line(what="upper limit as shown", value=shown.ci_high, how=how),
    ]


def _tau2(pooled: Pooled, at: Mapping[str, str]) -> Line:
    """DerSimonian–Laird's is a formula; the others are found by iteration and stand here to be tried."""
    value = pooled.tau2 or 0.0
    if pooled.method.name == "DL" and not _about_mantel_haenszel(pooled):
        scatter = f"SUM({at['common']})-SUMSQ({at['common']})/SUM({at['common']})"
        return Line(what="τ²", value=value, formula=f"MAX(0,(B5-(B4-1))/({scatter}))", how="DerSimonian–Laird")
    how = "0: common effect" if pooled.tau2 is None else f"{pooled.method.name}, found by metak2; type another to see"
    return Line(what="τ²", value=value, how=how)


def _scatter(pooled: Pooled, q: str) -> Line:
    """Q; about the Mantel–Haenszel estimate it stands as found."""
    if _about_mantel_haenszel(pooled):
        return Line(what="Q", value=_known(pooled.Q), how="about the Mantel–Haenszel estimate, as metak2 found it")
    return Line(what="Q", value=_known(pooled.Q), formula=q, how="about the common effect")


def _about_mantel_haenszel(pooled: Pooled) -> bool:
    return pooled.convention.about_mantel_haenszel and pooled.effects.kind == "counts"


def _standard_error(pooled: Pooled, at: Mapping[str, str]) -> tuple[str, str]:
    wald = f"SQRT(1/SUM({at['weight']}))"
    scatter = f"SUMPRODUCT({at['weight']},({at['yi']}-B6)^2)/((B4-1)*SUM({at['weight']}))"
    return {
        "HK": (f"SQRT({scatter})", "Hartung–Knapp"),
        "HK-adhoc": (f"MAX(SQRT({scatter}),{wald})", "Hartung–Knapp, never narrower than Wald"),
    }.get(pooled.ci.rule, (wald, "1 / √Σ wᵢ"))


def _quantile(pooled: Pooled) -> float:
    return (pooled.ci.high - pooled.ci.low) / (2 * pooled.ci.se)


def _known(value: float) -> float:
    return value if math.isfinite(value) else 0.0

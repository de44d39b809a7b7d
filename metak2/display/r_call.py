"""The line of R that gives the same numbers, with the data in it."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from metak2.display.worked_effects import by_formula
from metak2.effects.sizes import EffectSizes
from metak2.effects.zero_cells import ZeroCells
from metak2.models.pooled import Pooled

ARGUMENTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "counts": {"ai": "event_e", "n1i": "n_e", "ci": "event_c", "n2i": "n_c"},
        "means": {"m1i": "mean_e", "sd1i": "sd_e", "n1i": "n_e", "m2i": "mean_c", "sd2i": "sd_c", "n2i": "n_c"},
        "rates": {"x1i": "event_e", "t1i": "time_e", "x2i": "event_c", "t2i": "time_c"},
        "proportions": {"xi": "event", "ni": "n"},
        "single_rates": {"xi": "event", "ti": "person_time"},
        "single_means": {"mi": "mean", "sdi": "sd", "ni": "n"},
        "correlations": {"ri": "r", "ni": "n"},
    }
)
"""Metafor's arguments and our columns."""
SAME_NAME = {
    "RR", "OR", "RD", "PETO", "AS", "MD", "SMD", "IRR", "IRD", "IRSD", "PR", "PLN", "PLO", "PAS", "PFT",
    "IR", "IRLN", "IRS", "IRFT", "MN", "MNLN", "COR", "ZCOR",
}  # fmt: skip
TESTS = {"z": "z", "t": "t", "HK": "knha", "HK-adhoc": "adhoc"}
METHODS = {"CE": "EE", "SJIT": "PM"}
BEYOND = {
    "KR": 'Kenward–Roger: meta::metagen(..., method.random.ci = "KR")',
    "HK-wider": 'the wider interval: meta::metagen(..., method.random.ci = "HK", adhoc.hakn.ci = "ci")',
    "HK-IQWiG": 'IQWiG\'s rule: meta::metagen(..., method.random.ci = "HK", adhoc.hakn.ci = "IQWiG6")',
}


def r_call(pooled: Pooled) -> tuple[str, ...]:
    """One line for metafor, and a comment for each thing that it has no option for."""
    if pooled.k == 1:
        call = f"summary({_escalc(pooled.effects)})"
    elif pooled.method.name == "MH":
        call = f'rma.mh(measure="{pooled.measure.name}", {_columns(pooled.effects)}{_level(pooled)})'
    elif pooled.method.name == "PETO":
        call = f"rma.peto({_columns(pooled.effects)}{_level(pooled)})"
    elif _about_mantel_haenszel(pooled):
        call = _dersimonian_laird_about(pooled)
    else:
        call = f"rma({_data(pooled.effects)}, {_choices(pooled)})"
    wrapped = pooled.pi is not None and pooled.choices.prediction in {"as test", "t(k-1)"} and _as_test(pooled)
    comments = [f"# {BEYOND[pooled.ci.rule]}"] if pooled.ci.rule in BEYOND else []
    if pooled.pi is not None and not wrapped:
        comments.append("# the prediction interval of this analysis has another rule than predict() of metafor 3.8-1")
    show = f"fit <- {call}; print(fit); predict(fit)" if wrapped else call
    return (f"library(metafor); {show}", *comments)


def _as_test(pooled: Pooled) -> bool:
    """Whether `predict()` would take the same distribution and standard error."""
    return pooled.pi is not None and pooled.ci.rule in TESTS and pooled.pi.df == pooled.ci.df


def _about_mantel_haenszel(pooled: Pooled) -> bool:
    return (
        pooled.convention.about_mantel_haenszel
        and pooled.method.name == "DL"
        and pooled.effects.kind == "counts"
        and pooled.measure.name in {"RR", "OR", "RD"}
    )


def _dersimonian_laird_about(pooled: Pooled) -> str:
    """RevMan 5's tau², which metafor has no option for, from its definition."""
    columns = _columns(pooled.effects)
    return (
        f"d <- {_escalc(pooled.effects)}; w <- 1/d$vi; "
        f'Q <- rma.mh(measure="{pooled.measure.name}", {columns})$QE; '
        "rma(yi, vi, data=d, tau2=max(0, (Q - (nrow(d) - 1)) / (sum(w) - sum(w^2)/sum(w))), "
        f'test="{TESTS.get(pooled.ci.rule, "z")}"{_level(pooled)})'
    )


def _choices(pooled: Pooled) -> str:
    """Method, test and what was given beside them."""
    options, name = pooled.choices.options, pooled.method.name
    parts = [f'method="{METHODS.get(name, name)}"', f'test="{TESTS.get(pooled.ci.rule, "z")}"']
    if options.tau2 is not None:
        parts.append(f"tau2={options.tau2!r}")
    if options.weighted:
        parts.append(f"weights={_vector(options.weights_of(len(pooled.effects))[pooled.effects.mi > 0])}")
    return ", ".join(parts) + _level(pooled)


def _level(pooled: Pooled) -> str:
    return "" if math.isclose(pooled.level, 0.95) else f", level={100 * pooled.level:g}"


def _escalc(effects: EffectSizes) -> str:
    if not _has_formula(effects):
        return f"escalc(yi={_vector(_kept(effects, effects.yi))}, vi={_vector(_kept(effects, effects.vi))})"
    return f"escalc({_data(effects)})"


def _data(effects: EffectSizes) -> str:
    """The studies' numbers with their measure where metafor has its formula under the same name, else yi and vi."""
    if not _has_formula(effects):
        return f"yi={_vector(_kept(effects, effects.yi))}, vi={_vector(_kept(effects, effects.vi))}"
    nothing = ', add=0, to="none"' if effects.zero_cells is not None and effects.zero_cells.name == "none" else ""
    return f'measure="{effects.measure.name}", {_columns(effects)}{nothing}'


def _has_formula(effects: EffectSizes) -> bool:
    """Whether metafor computes the same effects and variances from the columns."""
    if effects.kind not in ARGUMENTS or effects.measure.name not in SAME_NAME or not _plain(effects.zero_cells):
        return False
    return bool(by_formula(effects)[effects.mi > 0].all())


def _plain(policy: ZeroCells | None) -> bool:
    return policy is None or policy.name in {"affected", "none"}


def _columns(effects: EffectSizes) -> str:
    pairs = ARGUMENTS[effects.kind].items()
    return ", ".join(f"{name}={_vector(_kept(effects, effects.data[column]))}" for name, column in pairs)


def _kept(effects: EffectSizes, values: np.ndarray) -> np.ndarray:
    return np.asarray(values[effects.mi > 0])


def _vector(values: Sequence[float] | np.ndarray) -> str:
    """The numbers as R reads them, each with the digits that it needs to be the same number."""
    return f"c({','.join(str(int(v)) if float(v).is_integer() else repr(float(v)) for v in values)})"

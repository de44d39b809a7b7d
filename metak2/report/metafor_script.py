"""An R script that reproduces a pooled effect with metafor and stops where the two disagree."""

from collections.abc import Mapping, Sequence

import numpy as np

from metak2.errors import ModelError
from metak2.models.pooled import Pooled
from metak2.report.blocks import one_line
from metak2.version import __version__

CHECKED_WITH = "3.8-1"
TOLERANCE = "1e-6"  # metafor's own convergence threshold is 1e-5; the script asks for 1e-12
TAU2 = frozenset({"DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "GENQ"})
TESTS: Mapping[str, str] = {"z": "z", "t": "t", "HK": "knha", "HK-adhoc": "adhoc"}
ESCALC = frozenset({"RR", "OR", "RD", "PETO"})
_ITERATES = ", control = list(threshold = 1e-12, maxiter = 10000)"
_CONTROL = {"REML": _ITERATES, "ML": _ITERATES, "EB": _ITERATES, "PM": ", control = list(tol = 1e-12, maxiter = 10000)"}
_ZERO = {"affected": 'add = 1/2, to = "only0"', "none": 'add = 0, to = "none"'}


def metafor_script(pooled: Pooled, title: str) -> str:
    """The script as text: the studies to twelve digits, the call, and metak2's numbers that it must give again.

    `ModelError` where metafor has no such interval (Kenward–Roger, IQWiG's rule …).
    """
    if pooled.k > 1 and pooled.ci.rule not in TESTS:
        allowed = ", ".join(TESTS)
        raise ModelError(f"metafor has no interval {pooled.ci.rule!r}; export an analysis with one of: {allowed}")
    kept = [at for at, why in enumerate(pooled.effects.excluded) if not why]
    out = [why for why in zip(pooled.study, pooled.effects.excluded, strict=True) if why[1]]
    lines = [
        f"# {one_line(title)}: {one_line(pooled.measure.label)}",
        f"# Written by metak2 {__version__}; checked with R's metafor {CHECKED_WITH}. Run: Rscript THIS_FILE",
        *(f"# not pooled ({one_line(reason)}): {one_line(study)}" for study, reason in out),
        "library(metafor)",
        "",
        *_data(pooled, kept),
        *_effects(pooled),
        *_fit(pooled),
        "",
        *_agreement(pooled),
    ]
    return "\n".join(lines) + "\n"


def _data(pooled: Pooled, kept: Sequence[int]) -> list[str]:
    """One line per column, so that a name with any sign in it stays text."""
    effects = pooled.effects
    columns = [f"slab = c({', '.join(r_text(effects.study[at]) for at in kept)})"]
    if _from_counts(pooled):
        names = {"ai": "event_e", "n1i": "n_e", "ci": "event_c", "n2i": "n_c"}
        columns += [f"{r} = c({_numbers(effects.data[ours], kept)})" for r, ours in names.items()]
    if pooled.method.needs == "yi_vi":
        prefix = "metak2_" if _from_counts(pooled) else ""
        columns.append(f"{prefix}yi = c({_numbers(effects.yi, kept)})")
        columns.append(f"{prefix}vi = c({_numbers(effects.vi, kept)})")
    body = ",\n".join(f"  {column}" for column in [*columns, "stringsAsFactors = FALSE"])
    return ["dat <- data.frame(", body, ")"]


def _effects(pooled: Pooled) -> list[str]:
    if not _from_counts(pooled) or pooled.method.needs == "counts":
        return []
    zero = _ZERO[pooled.effects.zero_cells.name if pooled.effects.zero_cells else "affected"]
    return [
        "dat <- escalc(",
        f'  measure = "{pooled.measure.name}", ai = ai, n1i = n1i, ci = ci, n2i = n2i,',
        f"  {zero}, data = dat",
        ")",
        f"stopifnot(max(abs(dat$yi - dat$metak2_yi)) < {TOLERANCE}, max(abs(dat$vi - dat$metak2_vi)) < {TOLERANCE})",
    ]


def _fit(pooled: Pooled) -> list[str]:
    level = f"level = {100 * pooled.level:.12g}"
    tables = 'ai = ai, n1i = n1i, ci = ci, n2i = n2i, add = 0, to = "none", slab = slab, data = dat'
    if pooled.method.name == "PETO":
        return [f"fit <- rma.peto({tables}, {level})"]
    if pooled.method.name == "MH":
        return [f'fit <- rma.mh(measure = "{pooled.measure.name}", {tables}, correct = FALSE, {level})']
    if pooled.method.needs == "counts":
        raise ModelError(f"there is no metafor script for {pooled.method.label}; export one of DL, REML, CE, MH, PETO")
    control = _CONTROL.get(pooled.method.name, "")
    test = TESTS[pooled.ci.rule] if pooled.k > 1 else "z"
    return [f'fit <- rma(yi, vi, {_method(pooled)}, test = "{test}", slab = slab, data = dat, {level}{control})']


def _method(pooled: Pooled) -> str:
    """The estimator by metafor's name; where metafor has none, tau² itself."""
    equal = pooled.choices.options.weights
    weights = "" if isinstance(equal, str) and equal == "inverse variance" else _weights(pooled)
    if pooled.method.model == "common effect":
        return f'method = "EE"{weights}'
    about_mh = pooled.convention.about_mantel_haenszel and pooled.effects.kind == "counts"
    if pooled.method.name in TAU2 and not about_mh and not weights:
        return f'method = "{pooled.method.name}"'
    return f"tau2 = {_number(pooled.tau2 or 0.0)}{weights}"


def _weights(pooled: Pooled) -> str:
    kept = [at for at, why in enumerate(pooled.effects.excluded) if not why]
    return f", weights = c({_numbers(pooled.weights, kept)})"


def _agreement(pooled: Pooled) -> list[str]:
    found = {"estimate": "as.vector(fit$beta)", "ci_low": "fit$ci.lb", "ci_high": "fit$ci.ub"}
    ours = {"estimate": pooled.estimate, "ci_low": pooled.ci.low, "ci_high": pooled.ci.high}
    expected = ", ".join(f"{name} = {_number(value)}" for name, value in ours.items())
    asked = ", ".join(f"{name} = {value}" for name, value in found.items())
    lines = [f"metak2 <- c({expected})", f"metafor <- c({asked})", "print(rbind(metak2, metafor), digits = 10)"]
    if pooled.measure.log:
        lines.append(f"print(exp(metafor), digits = 6)  # {one_line(pooled.measure.label)}")
    return [*lines, f"stopifnot(max(abs(metak2 - metafor)) < {TOLERANCE})", 'cat("metafor gives the same numbers.\\n")']


def _from_counts(pooled: Pooled) -> bool:
    effects = pooled.effects
    follows = effects.zero_cells is not None and effects.zero_cells.name in _ZERO
    counted = effects.kind == "counts" and (effects.measure.name in ESCALC) and follows
    return counted or (effects.kind == "counts" and pooled.method.needs == "counts")


def r_text(text: str) -> str:
    r"""The text as an R string on one line.

    >>> print(r_text('O"Neill \\ 1999'))
    "O\"Neill \\ 1999"
    """
    return '"' + one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _numbers(values: np.ndarray, kept: Sequence[int]) -> str:
    return ", ".join(_number(float(values[at])) for at in kept)


def _number(value: float) -> str:
    return f"{value:.12g}" if np.isfinite(value) else "NA"

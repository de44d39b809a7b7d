"""Each study's numbers put into the formula of its effect and variance, for a reader who checks by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metak2.display.numbers import DASH, fixed, significant
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.kernels.estimable import gamma_correction

MATCHES = 1e-9  # relative: the formula is the one that was used, not another variance or an SE as read


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """Effect and variance as formulas with the names of columns in braces."""

    yi: str
    vi: str


FORMULAS: Mapping[tuple[str, str], Worked] = MappingProxyType(
    {
        ("RR", "counts"): Worked(
            yi="ln(({event_e}/{n_e})/({event_c}/{n_c}))",
            vi="1/{event_e} − 1/{n_e} + 1/{event_c} − 1/{n_c}",
        ),
        ("OR", "counts"): Worked(
            yi="ln(({event_e}/{none_e})/({event_c}/{none_c}))",
            vi="1/{event_e} + 1/{none_e} + 1/{event_c} + 1/{none_c}",
        ),
        ("RD", "counts"): Worked(
            yi="{event_e}/{n_e} − {event_c}/{n_c}",
            vi="{event_e} × {none_e}/{n_e}³ + {event_c} × {none_c}/{n_c}³",
        ),
        ("PETO", "counts"): Worked(
            yi="({event_e} − {n_e} × {events}/{n}) × {n}² × ({n} − 1)/({n_e} × {n_c} × {events} × {none})",
            vi="{n}² × ({n} − 1)/({n_e} × {n_c} × {events} × {none})",
        ),
        ("AS", "counts"): Worked(
            yi="arcsin(√({event_e}/{n_e})) − arcsin(√({event_c}/{n_c}))",
            vi="1/(4 × {n_e}) + 1/(4 × {n_c})",
        ),
        ("MD", "means"): Worked(yi="{mean_e} − {mean_c}", vi="{sd_e}²/{n_e} + {sd_c}²/{n_c}"),
        ("SMD", "means"): Worked(
            yi="{J} × ({mean_e} − {mean_c})/{sd}",
            vi="1/{n_e} + 1/{n_c} + {g}²/(2 × ({n_e} + {n_c}))",
        ),
        ("ROM-uncorrected", "means"): Worked(
            yi="ln({mean_e}/{mean_c})",
            vi="{sd_e}²/({n_e} × {mean_e}²) + {sd_c}²/({n_c} × {mean_c}²)",
        ),
        ("IRR", "rates"): Worked(yi="ln(({event_e}/{time_e})/({event_c}/{time_c}))", vi="1/{event_e} + 1/{event_c}"),
        ("IRD", "rates"): Worked(
            yi="{event_e}/{time_e} − {event_c}/{time_c}", vi="{event_e}/{time_e}² + {event_c}/{time_c}²"
        ),
        ("PR", "proportions"): Worked(yi="{event}/{n}", vi="{event} × ({n} − {event})/{n}³"),
        ("PLN", "proportions"): Worked(yi="ln({event}/{n})", vi="1/{event} − 1/{n}"),
        ("PLO", "proportions"): Worked(yi="ln({event}/({n} − {event}))", vi="1/{event} + 1/({n} − {event})"),
        ("PAS", "proportions"): Worked(yi="arcsin(√({event}/{n}))", vi="1/(4 × {n})"),
        ("IRLN", "single_rates"): Worked(yi="ln({event}/{person_time})", vi="1/{event}"),
        ("MN", "single_means"): Worked(yi="{mean}", vi="{sd}²/{n}"),
        ("ZCOR", "correlations"): Worked(yi="1/2 × ln((1 + {r})/(1 − {r}))", vi="1/({n} − 3)"),
        ("HR", "logrank"): Worked(yi="{o_minus_e}/{v}", vi="1/{v}"),
        ("PETO", "logrank"): Worked(yi="{o_minus_e}/{v}", vi="1/{v}"),
    }
)
INPUTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "counts": ("event_e", "none_e", "event_c", "none_c"),
        "means": ("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"),
        "rates": ("event_e", "time_e", "event_c", "time_c"),
        "proportions": ("event", "n"),
        "single_rates": ("event", "person_time"),
        "single_means": ("mean", "sd", "n"),
        "correlations": ("r", "n"),
        "logrank": ("o_minus_e", "v"),
    }
)
"""The columns that the formulas of a kind of data take, in order."""
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "none_e": "people without the event, experimental arm",
        "none_c": "people without the event, control arm",
        "events": "events in both arms",
        "none": "people without the event in both arms",
        "J": "the small-sample correction Γ(m/2)/(√(m/2) Γ((m − 1)/2)) with m = n_e + n_c − 2",
        "sd": "the pooled SD √(((n_e − 1) sd_e² + (n_c − 1) sd_c²)/(n_e + n_c − 2))",
        "g": "the effect yi",
        "o_minus_e": "events observed less expected",
        "v": "variance of the log-rank statistic",
    }
)


def formula_of(effects: EffectSizes) -> Worked | None:
    """The formula behind these effect sizes; None where it has no short form."""
    return FORMULAS.get((effects.measure.name, effects.kind))


def worked_effects(effects: EffectSizes) -> tuple[str, ...]:
    """One line a study: its numbers in the formula, or what was read and the rule, or why it is not estimable."""
    worked = formula_of(effects)
    numbers, agrees = _numbers(effects), by_formula(effects)
    lines = []
    for i in range(len(effects)):
        yi, vi = four(effects.yi[i]), four(effects.vi[i])
        if not np.isfinite(effects.yi[i]):
            lines.append(f"no effect: {effects.excluded[i]}")
        elif worked and agrees[i]:
            shown = {name: plain(values[i]) for name, values in numbers.items()}
            lines.append(f"yi = {worked.yi.format_map(shown)} = {yi};  vi = {worked.vi.format_map(shown)} = {vi}")
        else:
            lines.append(f"yi = {yi};  vi = {vi}{_source(effects, i)}")
    return tuple(lines)


def by_formula(effects: EffectSizes) -> np.ndarray:
    """Whether the measure's usual formula gives each study's effect and variance from its columns, (k,)."""
    numbers, names = _numbers(effects), INPUTS.get(effects.kind, ())
    if not names or not set(names) <= numbers.keys() or effects.kind not in effects.measure.formulas:
        return np.zeros(len(effects), dtype=np.bool_)
    uses = effects.measure.uses or names
    yi, vi = effects.measure.computed(effects.kind, tuple(numbers[name] for name in uses), None)
    same = np.isclose(yi, effects.yi, rtol=MATCHES, atol=0) & np.isclose(vi, effects.vi, rtol=MATCHES, atol=0)
    return np.asarray(same)


def four(value: float) -> str:
    """Four decimals, or four significant digits where they say more."""
    return DASH if not np.isfinite(value) else fixed(value, 4) if abs(value) >= 0.1 else significant(value, 4)


def plain(value: float) -> str:
    """A number as it goes into a formula: every digit that it has, in brackets below 0."""
    text = f"{float(value):.10g}".replace("-", "−")
    return f"({text})" if value < 0 else text


def _numbers(effects: EffectSizes) -> dict[str, FloatArray]:
    """The columns that go into the formula, counts as corrected, with their sums."""
    numbers = dict(effects.data)
    if effects.kind == "means" and set(INPUTS["means"]) <= numbers.keys():
        return {**numbers, **_standardising(effects)}
    if effects.kind != "counts":
        return numbers
    cells = (
        numbers["event_e"], numbers["n_e"] - numbers["event_e"], numbers["event_c"], numbers["n_c"] - numbers["event_c"]
    )  # fmt: skip
    policy = effects.zero_cells
    if policy is not None and (policy.unconditional or not effects.measure.keeps_zeros):
        cells = policy.correct(*cells)
    ai, bi, ci, di = cells
    return {
        "event_e": ai, "none_e": bi, "n_e": ai + bi, "event_c": ci, "none_c": di, "n_c": ci + di,
        "events": ai + ci, "none": bi + di, "n": ai + bi + ci + di,
    }  # fmt: skip


def _standardising(effects: EffectSizes) -> dict[str, FloatArray]:
    """Pooled SD, small-sample correction and effect, as a standardised mean difference takes them."""
    sd_e, n_e, sd_c, n_c = (effects.data[name] for name in ("sd_e", "n_e", "sd_c", "n_c"))
    df = n_e + n_c - 2
    pooled = np.sqrt(((n_e - 1) * sd_e**2 + (n_c - 1) * sd_c**2) / df)
    return {"J": gamma_correction(df), "sd": pooled, "g": effects.yi}


def _source(effects: EffectSizes, i: int) -> str:
    """What was read and how it was converted, in brackets."""
    data = [f"{name} {plain(values[i])}" for name, values in effects.data.items() if np.isfinite(values[i])]
    steps = [
        f"{step.rule}: {', '.join(f'{name} = {four(value)}' for name, value in step.output.items())}"
        for step in (effects.origins[i].conversions if effects.origins else ())
    ]
    told = "; ".join([", ".join(data), *steps] if data else steps)
    return f"  ({told})" if told else ""

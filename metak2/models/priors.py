"""Priors written as words, such as "half-normal(0.5)", and the published ones with their source."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.tau_priors import TauPrior, half_normal, half_t, log_normal, log_t, uniform


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeterogeneityPrior:
    """A prior for tau as it was asked for: `words` to print, `density` to compute with, `source` where it is published.

    `measures` are those that a published prior was made for; empty for a prior of the user's own.
    """

    words: str
    density: TauPrior
    source: str = ""
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPrior:
    """The prior of each coefficient on the analysis scale: normal, or flat where `sd` is infinite."""

    words: str
    mean: float = 0.0
    sd: float = math.inf

    @property
    def flat(self) -> bool:
        """Whether every value is as likely as any other."""
        return math.isinf(self.sd)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    takes: tuple[str, ...]
    make: Callable[..., TauPrior]
    free: frozenset[str] = frozenset()


_LOCATED = frozenset({"location"})
FAMILIES: Mapping[str, _Family] = MappingProxyType(
    {
        "half-normal": _Family(takes=("scale",), make=half_normal),
        "half-cauchy": _Family(takes=("scale",), make=lambda scale: half_t(1.0, scale)),
        "half-t": _Family(takes=("df", "scale"), make=half_t),
        "uniform": _Family(takes=("upper",), make=uniform),
        "log-normal": _Family(takes=("location", "scale"), make=log_normal, free=_LOCATED),
        "log-t": _Family(takes=("df", "location", "scale"), make=log_t, free=_LOCATED),
    }
)
TURNER = "Turner, Jackson, Wei, Thompson & Higgins 2015, Stat Med 34:984-998"
RHODES = "Rhodes, Turner & Higgins 2015, J Clin Epidemiol 68:52-60"
PUBLISHED: Mapping[str, HeterogeneityPrior] = MappingProxyType(
    {
        "Turner general": HeterogeneityPrior(
            words="log-normal(-2.56, 1.74) for τ², general health care",
            density=log_normal(-2.56, 1.74),
            source=TURNER,
            measures=("OR",),
        ),
        "Turner pain": HeterogeneityPrior(
            words="log-normal(-1.83, 1.52) for τ², pain, pharmacological against placebo or control",
            density=log_normal(-1.83, 1.52),
            source=TURNER,
            measures=("OR",),
        ),
        "Rhodes general": HeterogeneityPrior(
            words="log-t(5, -3.44, 2.59) for τ², general health care",
            density=log_t(5.0, -3.44, 2.59),
            source=RHODES,
            measures=("SMD",),
        ),
        "Rhodes pain in cancer": HeterogeneityPrior(
            words="log-t(5, -0.60, 2.61) for τ², pain in cancer, pharmacological against placebo or control",
            density=log_t(5.0, -0.60, 2.61),
            source=RHODES,
            measures=("SMD",),
        ),
    }
)
"""Predictive distributions of tau² from Cochrane reviews: log odds ratios (Turner), standardised means (Rhodes)."""

_CALL = re.compile(r"\s*([a-z-]+)\s*\(([^()]*)\)\s*")
FLAT = "flat"


def heterogeneity_prior(words: str | HeterogeneityPrior) -> HeterogeneityPrior:
    """The prior of tau behind `words`: a family with its numbers, or the name of a published one.

    >>> heterogeneity_prior("half-normal(0.5)").words
    'half-normal(0.5)'
    """
    if isinstance(words, HeterogeneityPrior):
        return words
    if words in PUBLISHED:
        return PUBLISHED[words]
    name, numbers = _call(words)
    if name not in FAMILIES:
        raise UnknownOptionError("tau_prior", words, (*(_written(known) for known in FAMILIES), *PUBLISHED))
    family = FAMILIES[name]
    if len(numbers) != len(family.takes):
        raise ModelError(f"tau_prior: {name} takes {_written(name)}; got {words!r}")
    wrong = [
        what for what, number in zip(family.takes, numbers, strict=True) if what not in family.free and not number > 0
    ]
    if wrong:
        raise ModelError(f"tau_prior: {' and '.join(wrong)} of {name} must be above 0; got {words!r}")
    return HeterogeneityPrior(words=words.strip(), density=family.make(*numbers))


def effect_prior(words: str) -> EffectPrior:
    """The prior of the effect behind `words`: "flat" or "normal(mean, sd)" on the analysis scale.

    >>> effect_prior("normal(0, 2)").sd
    2.0
    """
    if words == FLAT:
        return EffectPrior(words=FLAT)
    name, numbers = _call(words)
    if name != "normal":
        raise UnknownOptionError("effect_prior", words, (FLAT, "normal(mean, sd)"))
    if len(numbers) != 2 or not numbers[1] > 0:
        raise ModelError(f"effect_prior: normal takes normal(mean, sd) with sd above 0; got {words!r}")
    return EffectPrior(words=words.strip(), mean=numbers[0], sd=numbers[1])


def _written(name: str) -> str:
    return f"{name}({', '.join(FAMILIES[name].takes)})"


def _call(words: str) -> tuple[str, list[float]]:
    """The name and the finite numbers of `name(1, 2)`; no numbers where it is not written so."""
    match = _CALL.fullmatch(words)
    if match is None:
        return words, []
    try:
        numbers = [float(part) for part in match[2].split(",")]
    except ValueError:
        return match[1], []
    return match[1], numbers if all(math.isfinite(number) for number in numbers) else []

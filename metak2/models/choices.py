"""The choices of one analysis, resolved at the front door from words to objects."""

from dataclasses import dataclass, fields
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.models.conventions import (
    PREDICTIONS,
    TAU2_INTERVALS,
    TESTS,
    Convention,
    Prediction,
    Tau2Interval,
    Test,
    convention_named,
)
from metak2.models.methods import Method, method_named

WEIGHTS = ("inverse variance", "equal")


class MoreOptions(TypedDict, total=False):
    """The rarely used options of `pool`, by name; `PoolOptions` says what each means."""

    weights: ArrayLike | str
    tau2: float
    tau2_interval: Tau2Interval
    draws: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoolOptions:
    """The rarely used options of a pooled effect.

    Attributes
    ----------
    weights
        "inverse variance", "equal" (the unweighted mean), or one weight of at least 0 for each study in the order of
        the effect sizes. Method and weights are separate: tau² is estimated as the method says, but by GENQ and GENQM
        with these weights.
    tau2
        A between-study variance that is given, not estimated; the method then lends its standard error only.
    tau2_interval
        "Q-profile", "BJ", "J", "GENQ", "PL" or "none"; None: the convention's (GENQ where the method is).
    draws, seed
        Of prediction="bootstrap".
    """

    weights: Literal["inverse variance", "equal"] | FloatArray = "inverse variance"
    tau2: float | None = None
    tau2_interval: Tau2Interval | None = None
    draws: int = 25_000
    seed: int = 1

    @property
    def weighted(self) -> bool:
        """Whether the studies are weighted otherwise than by inverse variance."""
        return not isinstance(self.weights, str) or self.weights != "inverse variance"

    def weights_of(self, k: int) -> FloatArray:
        """One weight for each of `k` studies."""
        return np.ones(k) if isinstance(self.weights, str) else self.weights


NO_OPTIONS = PoolOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Method, test, convention, coverage of the intervals, rule of the prediction interval and rarer options."""

    method: Method
    test: Test
    convention: Convention
    level: float
    prediction: Prediction
    options: PoolOptions = NO_OPTIONS

    @property
    def tau2_interval(self) -> Tau2Interval:
        """The rule of the interval for tau²."""
        if self.options.tau2_interval is not None:
            return self.options.tau2_interval
        if self.method.weighted_estimator is not None:
            return "GENQ"
        return self.convention.tau2_interval_DL if self.method.name == "DL" else self.convention.tau2_interval

    @property
    def as_planned(self) -> bool:
        """Whether tau² and weights are the model's own, so that the rules for few studies apply."""
        return self.options.tau2 is None and not self.options.weighted


def resolve(
    method: str | Method | None,
    test: Test | None,
    convention: str | Convention,
    level: float,
    prediction: Prediction | None = None,
    options: PoolOptions = NO_OPTIONS,
) -> Choices:
    """The choices, with the convention's defaults where nothing was asked; unknown words are refused."""
    preset = convention_named(convention)
    chosen = method_named(method if method is not None else preset.method)
    if prediction is not None and prediction not in PREDICTIONS:
        raise UnknownOptionError("prediction", prediction, PREDICTIONS)
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {level}")
    choices = Choices(
        method=chosen,
        test=_test(test, chosen, preset),
        convention=preset,
        level=level,
        prediction=prediction if prediction is not None else preset.prediction,
        options=options,
    )
    _require_consistent(choices)
    return choices


def more_options(given: MoreOptions) -> PoolOptions:
    """The rarely used options as an object; an unknown name or word is refused with the list of those allowed."""
    if not given:
        return NO_OPTIONS
    names = [field.name for field in fields(PoolOptions)]
    for name in given:
        if name not in names:
            raise UnknownOptionError("option", name, names)
    checked: dict[str, object] = {**given}
    if "weights" in given:
        checked["weights"] = _weights(given["weights"])
    if "tau2" in given and not (np.isfinite(given["tau2"]) and given["tau2"] >= 0):
        raise ModelError(f"tau2 is a variance of at least 0 on the analysis scale; got {given['tau2']}")
    if "tau2_interval" in given and given["tau2_interval"] not in TAU2_INTERVALS:
        raise UnknownOptionError("tau2_interval", given["tau2_interval"], TAU2_INTERVALS)
    if given.get("draws", 1_000) < 1_000:
        raise ModelError(f"draws is the number of bootstrap draws, at least 1,000; got {given['draws']}")
    return PoolOptions(**checked)  # type: ignore[arg-type] # each value was checked above, the keys are its fields


def _weights(given: ArrayLike | str) -> str | FloatArray:
    """The weights as a word or as a read-only copy."""
    if isinstance(given, str):
        if given not in WEIGHTS:
            raise UnknownOptionError("weights", given, WEIGHTS)
        return given
    weights = np.array(given, dtype=np.float64)
    if weights.ndim != 1 or not np.all(np.isfinite(weights) & (weights >= 0)) or not weights.any():
        raise ModelError("weights are numbers of at least 0, one for each study, not all 0")
    weights.flags.writeable = False
    return weights


def _test(test: Test | None, method: Method, preset: Convention) -> Test:
    """The test asked for, else the convention's; a common effect has no Hartung–Knapp variance."""
    if test is not None and test not in TESTS:
        raise UnknownOptionError("test", test, TESTS)
    if test is None:
        return preset.test if method.model == "random effects" else "z"
    if method.needs == "counts" and test != "z":
        raise ModelError(f'{method.label} has a normal test only; use test="z"')
    if method.model == "common effect" and test.startswith("HK"):
        raise ModelError(f'Hartung–Knapp belongs to random effects; with {method.label} use test="z"')
    return test


def _require_consistent(choices: Choices) -> None:
    """Refuse options that do not fit the method."""
    method, options = choices.method, choices.options
    if method.needs == "counts" and not choices.as_planned:
        raise ModelError(f"{method.label} has its own weights and no tau²; use CE or a random-effects method instead")
    if method.model == "common effect" and options.tau2 is not None:
        raise ModelError(f"{method.label} has no tau²; give tau2= with a random-effects method such as REML")
    if method.weighted_estimator is not None and not options.weighted:
        raise ModelError(f"{method.name} estimates tau² with your own weights: give weights=, one a study, or use DL")
    if choices.tau2_interval == "GENQ" and not options.weighted:
        raise ModelError('tau2_interval="GENQ" needs weights=; "BJ" and "J" are the same interval with usual weights')
    if choices.tau2_interval == "PL" and method.likelihood is None:
        raise ModelError(f'tau2_interval="PL" belongs to ML and REML; with {method.name} use "Q-profile"')
    if choices.test == "KR" and (method.name != "REML" or not choices.as_planned):
        raise ModelError('Kenward–Roger corrects for a tau² estimated by REML; use method="REML", no weights, no tau2')

"""The choices of one analysis, resolved at the front door from words to objects."""

from dataclasses import dataclass

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.conventions import PREDICTIONS, TESTS, Convention, Prediction, Test, convention_named
from metak2.models.methods import Method, method_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Method, test, convention, coverage of the intervals and rule of the prediction interval."""

    method: Method
    test: Test
    convention: Convention
    level: float
    prediction: Prediction


def resolve(
    method: str | Method | None,
    test: Test | None,
    convention: str | Convention,
    level: float,
    prediction: Prediction | None = None,
) -> Choices:
    """The choices, with the convention's defaults where nothing was asked; unknown words are refused."""
    preset = convention_named(convention)
    chosen = method_named(method if method is not None else preset.method)
    if prediction is not None and prediction not in PREDICTIONS:
        raise UnknownOptionError("prediction", prediction, PREDICTIONS)
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {level}")
    return Choices(
        method=chosen,
        test=_test(test, chosen, preset),
        convention=preset,
        level=level,
        prediction=prediction if prediction is not None else preset.prediction,
    )


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

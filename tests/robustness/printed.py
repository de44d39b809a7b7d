"""Published results as a test types them: the words of the paper, digits and all."""

from typing import Literal

from metak2.studies.targets import Printed, Quantity, Target


def number(text: str) -> Printed:
    """A number with the decimals typed; "<0.001" is a bound."""
    plain = text.removeprefix("<")
    decimals = len(plain.partition(".")[2])
    return Printed(value=float(plain), decimals=decimals, below=plain != text, typed=decimals)


def target(measure: str, review: str = "paper", *, sided: Literal["one", "two"] = "two", **printed: str) -> Target:
    """A target: target("OR", estimate="0.30", ci_low="0.05", ci_high="1.74")."""
    names: tuple[Quantity, ...] = ("estimate", "ci_low", "ci_high", "p", "I2", "k")
    found = {name: number(printed[name]) for name in names if name in printed}
    return Target(
        review=review,
        outcome="",
        measure=measure,
        printed=found,
        p_sided=sided,
        cells={name: f"targets!{name}" for name in found},
    )


def interval(measure: str, estimate: str, low: str, high: str, **more: str) -> Target:
    """A target with an interval."""
    return target(measure, estimate=estimate, ci_low=low, ci_high=high, **more)

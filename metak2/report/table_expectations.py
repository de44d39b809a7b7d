"""The numbers somebody else printed beside those found here, one row for each result and source."""

from collections.abc import Sequence

from metak2.display.numbers import fixed, significant
from metak2.report.blocks import Column, Table
from metak2.report.expectations import Expectation

DIGITS = 7  # enough to compare; an expected number may come with seventeen
WORDS = {"se": "SE", "ci_low": "lower limit", "ci_high": "upper limit", "pi_low": "prediction, lower limit",
         "pi_high": "prediction, upper limit", "tau2": "τ²", "I2": "I²", "H2": "H²", "R2": "R²", "pval": "p",
         "tau2_low": "τ², lower limit", "tau2_high": "τ², upper limit", "QM_pval": "p of QM",
         "Q_pval": "p of Q"}  # fmt: skip


def expectation_table(expectations: Sequence[Expectation]) -> Table:
    """What was expected, and what was found wherever that is not the same number; a miss is named in capitals."""
    together: dict[tuple[str, str], list[Expectation]] = {}
    for one in expectations:
        together.setdefault((one.of, one.source), []).append(one)
    rows = tuple(
        (_result(of), "; ".join(_number(one) for one in group), _verdict(group), source)
        for (of, source), group in together.items()
    )
    columns = (Column("Result"), Column("Numbers expected"), Column("Found here"), Column("Source"))
    return Table("Numbers somebody else printed", columns, rows)


def _result(of: str) -> str:
    name = of.removeprefix("primary, ")
    return "Primary analysis" if name == "primary" else name


def _number(one: Expectation) -> str:
    """The number as it was expected; with it what was found, where that reads otherwise."""
    name, _, scale = one.quantity.partition(" (")
    quantity = WORDS.get(name, name) + (f" ({scale}" if scale and scale != "displayed)" else "")
    expected = _as_given(one.expected)
    found = fixed(one.found, len(expected.partition(".")[2]))
    if one.met and found == expected:
        return f"{quantity} {expected}"
    return f"{quantity} {expected} (found {significant(one.found, DIGITS)}{'' if one.met else ', NOT MET'})"


def _as_given(value: float) -> str:
    """Seven significant digits, without the zeros that nobody wrote."""
    text = significant(value, DIGITS)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _verdict(group: Sequence[Expectation]) -> str:
    missed = sum(not one.met for one in group)
    if missed:
        return f"{missed} of {len(group)} NOT MET"
    return "the same" if len(group) == 1 else f"all {len(group)} the same"

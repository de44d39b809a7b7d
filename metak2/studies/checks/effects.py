"""MK-E: effects as a paper reports them."""

from collections.abc import Iterator

from metak2.errors import CellProblem
from metak2.studies.rows import Side, plain

RATIOS = frozenset({"HR", "RR", "OR", "IRR", "ROM", "PETO", "DOR", "VR", "CVR"})


def not_an_effect(cell: str, column: str, raw: str) -> CellProblem:
    """MK-E01: a word where an effect or its precision belongs."""
    return CellProblem(
        code="MK-E01",
        severity="error",
        message=f"'{raw}' is not a number",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="type the number, or leave the cell blank where none is reported",
    )


def estimate_outside_interval(side: Side) -> Iterator[CellProblem]:
    """MK-E02: the confidence interval, or the one limit that is given, does not leave room for its estimate."""
    low, estimate, high = (side.number(role) for role in ("ci_low", "estimate", "ci_high"))
    if low > high:
        return
    if low <= high and (estimate < low or estimate > high):
        cells = f"ci_low in {side.cell('ci_low')}, ci_high in {side.cell('ci_high')}"
        message = f"{plain(estimate)} is not inside its interval {plain(low)} to {plain(high)} ({cells})"
        yield side.problem("MK-E02", "estimate", message)
    elif estimate < low:
        message = f"{plain(estimate)} is below its lower limit {plain(low)} (ci_low in {side.cell('ci_low')})"
        yield side.problem("MK-E02", "estimate", message)
    elif estimate > high:
        message = f"{plain(estimate)} is above its upper limit {plain(high)} (ci_high in {side.cell('ci_high')})"
        yield side.problem("MK-E02", "estimate", message)


def interval_swapped(side: Side) -> Iterator[CellProblem]:
    """MK-E03: the lower limit of an interval is above the upper one."""
    if side.number("ci_low") > side.number("ci_high"):
        low, high = plain(side.number("ci_low")), plain(side.number("ci_high"))
        yield side.problem(
            "MK-E03", "ci_low", f"lower limit {low} is above the upper {high} (ci_high in {side.cell('ci_high')})"
        )


def ratio_not_positive(side: Side) -> Iterator[CellProblem]:
    """MK-E04: a ratio, or a limit of one, of 0 or less."""
    measure = side.word("measure")
    if measure.upper() in RATIOS:
        for role in ("estimate", "ci_low", "ci_high"):
            if side.number(role) <= 0:
                yield side.problem(
                    "MK-E04",
                    role,
                    f"{plain(side.number(role))} cannot be a {measure}, which is above 0",
                    suggestion="type the ratio itself, not its logarithm",
                )


def impossible_level(side: Side) -> Iterator[CellProblem]:
    """MK-E05: a confidence level outside 50 to 100 per cent (0.95 and 95 are both read)."""
    level = side.number("level")
    if side.has("level") and not (0.5 <= level < 1 or 50 <= level < 100):
        yield side.problem(
            "MK-E05", "level", f"{plain(level)} is not a level between 50 and 100 per cent", suggestion="0.95 or 95"
        )


def impossible_p(side: Side) -> Iterator[CellProblem]:
    """MK-E06: a p value outside 0 to 1."""
    if side.has("pval") and not 0 <= side.number("pval") <= 1:
        yield side.problem("MK-E06", "pval", f"{plain(side.number('pval'))} is not between 0 and 1")


def no_error(side: Side) -> Iterator[CellProblem]:
    """MK-E07: a standard error or variance of 0 or less."""
    for role, name in (("se", "standard error"), ("vi", "variance")):
        if side.number(role) <= 0:
            yield side.problem("MK-E07", role, f"the {name} is {plain(side.number(role))}, and must be above 0")


def bounded_p(cell: str, column: str, raw: str) -> CellProblem:
    """MK-E08: a bound on p where an exact p value belongs."""
    return CellProblem(
        code="MK-E08",
        severity="error",
        message=f"'{raw}' is a bound, not an exact p value",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="leave the cell blank and write the bound into note",
    )


def unknown_sidedness(side: Side) -> Iterator[CellProblem]:
    """MK-E09: `p_sided` says neither one nor two."""
    if side.has("p_sided") and side.word("p_sided").casefold() not in {"one", "two"}:
        yield side.problem("MK-E09", "p_sided", f"'{side.word('p_sided')}' is neither 'one' nor 'two'")

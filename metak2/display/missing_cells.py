"""What blank cells are worth, in words and as rows. Importing this module registers what `print(result)` shows."""

from metak2.display.decimals import fewest
from metak2.display.numbers import effect, interval, significant
from metak2.display.sentences import lower_first, studies
from metak2.robustness.missing_cells import BlankCell, MissingCells
from metak2.shown import show

NAMES = {"mean": "mean", "sd": "SD", "n": "n", "event": "events", "risk": "risk"}
ARMS = {"e": "experimental", "c": "control"}
HEADS = ("Study", "Blank", "Cell", "Plausible", "Pooled at the low end", "Pooled at the high end", "Changes the answer")


def reading(result: MissingCells) -> str:
    """Which blank would move the answer most."""
    label = lower_first(result.measure.label)
    now = "Nothing can be pooled now."
    if (base := result.base) is not None:
        pooled = _pooled(result, base.estimate, base.ci.low, base.ci.high)
        now = f"The answer now: {label} {pooled} from {studies(base.k)}."
    unknown = ""
    if result.unranged:
        listed = ", ".join(dict.fromkeys(_blank(column) for _, column in result.unranged))
        unknown = f" No plausible values are known for {listed}: give ranges."
    if not result.cells:
        return f"{now} No blank cell with a plausible range keeps a study out.{unknown}"
    first = result.cells[0]
    turning = sum(one.turns for one in result.cells)
    could = f"{turning} of {len(result.cells)} blank cells" if turning else "No blank cell"
    return (
        f"{now} The blank that would move it most is {_blank(first.column)} of {first.study}"
        f"{f' ({first.cell})' if first.cell else ''}. {could} could change the answer.{unknown}"
    )


def _blank(column: str) -> str:
    name, _, arm = column.rpartition("_")
    return f"{NAMES[name]}, {ARMS[arm]}"


def _pooled(result: MissingCells, estimate: float, low: float, high: float) -> str:
    shown = [float(one) for one in result.measure.back([estimate, low, high])]
    digits = fewest(result.measure)
    return f"{effect(shown[0], digits)} ({interval(shown[1], shown[2], digits)})"


def rows(result: MissingCells) -> tuple[tuple[str, ...], ...]:
    """A row for each blank, the farthest-moving first."""
    return tuple(_row(result, one) for one in result.cells)


def _row(result: MissingCells, one: BlankCell) -> tuple[str, ...]:
    return (
        one.study,
        _blank(one.column) + ("" if one.alone else " (among others)"),
        one.cell or "no column",
        f"{significant(one.low)} to {significant(one.high)}" + (" (risk)" if one.column.startswith("event") else ""),
        _pooled(result, one.estimate[0], *one.ci_at_low),
        _pooled(result, one.estimate[1], *one.ci_at_high),
        "yes" if one.turns else "no",
    )


def study_rows(result: MissingCells) -> tuple[tuple[str, ...], ...]:
    """A row for each study: the range of answers over all its plausible values."""
    digits, back = fewest(result.measure), result.measure.back
    return tuple(
        (
            one.study,
            str(one.blanks),
            interval(float(back(one.estimate[0])), float(back(one.estimate[1])), digits),
            interval(float(back(one.ci[0])), float(back(one.ci[1])), digits),
            "yes" if one.turns else "no",
        )
        for one in result.studies
    )


STUDY_HEADS = ("Study", "Blank cells", "Pooled estimates", "Outermost limits", "Changes the answer")
RULE = (
    "Plausible values are the smallest and the largest of the other rows, unless stated; arms hold between a third and "
    "two thirds of a study’s people; its other blanks stand in the middle. A plausible value is never an answer: the "
    "table says where to look first."
)


@show.register
def _(result: MissingCells) -> str:
    lines = ["  ".join(row) for row in (HEADS, *rows(result))]
    return "\n".join([reading(result), *lines, RULE])

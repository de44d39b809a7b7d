"""The columns of text in a forest plot: what was reported by arm, and the moderators a reader asked for."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from metak2.display import numbers
from metak2.display.journal import active
from metak2.effects.sizes import EffectSizes
from metak2.errors import UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.plots.labels import balanced, sentence, wrapped
from metak2.plots.marks import Column

ARM_WIDTH = 18
MODERATOR_WIDTH = 24

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmColumn:
    """One column of an arm: what it is called, how a study's numbers are written, and the totals below it."""

    key: str
    caption: str
    cell: Callable[[Numbers], str]
    total: Callable[[Numbers], str]
    named: bool = True


def _fraction(event: str, total: str, write: Callable[[float | None], str]) -> Callable[[Numbers], str]:
    def cell(values: Numbers) -> str:
        if np.isnan(values[event]) and np.isnan(values[total]):
            return numbers.DASH
        return f"{numbers.count(values[event])}/{write(values[total])}"

    return cell


def _person_time(value: float | None) -> str:
    return numbers.significant(value, 4)


def _mean_and_spread(arm: str, spread: str, digits: int) -> Callable[[Numbers], str]:
    def cell(values: Numbers) -> str:
        mean = numbers.fixed(values[f"mean_{arm}"], digits)
        return mean if mean == numbers.DASH else f"{mean} ({numbers.fixed(values[f'{spread}_{arm}'], digits)})"

    return cell


def _all_known(data: Mapping[str, FloatArray], spread: str) -> bool:
    """Whether every arm with a mean has this spread; the others' standard errors are shown instead."""
    return all(bool((np.isfinite(data[f"{spread}_{a}"]) | np.isnan(data[f"mean_{a}"])).all()) for a in "ec")


def _digits(data: Mapping[str, FloatArray], spread: str) -> int:
    """Decimals of means and spreads: two significant digits of the smallest spread, the same for all studies."""
    deviations = np.concatenate([data[f"{spread}_e"], data[f"{spread}_c"]])
    deviations = deviations[np.isfinite(deviations) & (deviations > 0)]
    if deviations.size == 0:
        return 2
    return min(max(1 - math.floor(math.log10(deviations.min())), 0), 4)


def _whole(name: str) -> Callable[[Numbers], str]:
    return lambda values: numbers.count(values[name])


def _no_total(_: Numbers) -> str:
    return ""


def _events(
    arm: str, total: str, write: Callable[[float | None], str], captions: tuple[str, ...]
) -> tuple[ArmColumn, ...]:
    """Events of so many people or so much time, in one column or in two."""
    event = f"event_{arm}"
    if len(captions) == 1:
        joined = _fraction(event, total, write)
        return (ArmColumn(key=f"data_{arm}", caption=captions[0], cell=joined, total=joined),)

    def size(values: Numbers) -> str:
        return write(values[total])

    return (
        ArmColumn(key=f"data_{arm}", caption=captions[0], cell=_whole(event), total=_whole(event)),
        ArmColumn(key=f"n_{arm}", caption=captions[1], cell=size, total=size, named=False),
    )


def _counts(arm: str, _: Mapping[str, FloatArray]) -> tuple[ArmColumn, ...]:
    return _events(arm, f"n_{arm}", numbers.count, active().forest.counts)


def _rates(arm: str, _: Mapping[str, FloatArray]) -> tuple[ArmColumn, ...]:
    return _events(arm, f"time_{arm}", _person_time, active().forest.rates)


def _means(arm: str, data: Mapping[str, FloatArray]) -> tuple[ArmColumn, ...]:
    """Mean, spread and size of an arm in one, two or three columns, as the style has captions."""
    spread = "sd" if _all_known(data, "sd") else "se"
    captions = tuple(caption.replace("SD", spread.upper()) for caption in active().forest.means)
    digits, size = _digits(data, spread), _whole(f"n_{arm}")
    both = _mean_and_spread(arm, spread, digits)
    sizes = ArmColumn(key=f"n_{arm}", caption=captions[-1], cell=size, total=size, named=False)
    if len(captions) == 1:
        joined = ArmColumn(
            key=f"data_{arm}", caption=captions[0], cell=lambda values: f"{both(values)}/{size(values)}", total=size
        )
        return (joined,)
    if len(captions) == 2:
        return ArmColumn(key=f"data_{arm}", caption=captions[0], cell=both, total=_no_total), sizes

    def alone(name: str) -> Callable[[Numbers], str]:
        return lambda values: numbers.fixed(values[f"{name}_{arm}"], digits)

    return (
        ArmColumn(key=f"data_{arm}", caption=captions[0], cell=alone("mean"), total=_no_total),
        ArmColumn(key=f"spread_{arm}", caption=captions[1], cell=alone(spread), total=_no_total, named=False),
        sizes,
    )


Moderators = Sequence[str] | Mapping[str, str]
"""Names of moderator columns, or name → heading."""

Design = Callable[[str, Mapping[str, FloatArray]], tuple[ArmColumn, ...]]
DESIGNS: Mapping[frozenset[str], Design] = MappingProxyType(
    {
        frozenset({"event_e", "n_e", "event_c", "n_c"}): _counts,
        frozenset({"event_e", "time_e", "event_c", "time_c"}): _rates,
        frozenset({"mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"}): _means,
    }
)


def arm_names(effects: EffectSizes) -> tuple[str, str]:
    """The experimental and the control arm as the analysis chose them, else the general words."""
    chosen = effects.selection
    return _arm(chosen.get("experimental"), "Experimental"), _arm(chosen.get("control"), "Control")


def _arm(chosen: Any, otherwise: str) -> str:  # noqa: ANN401 - text or a list of texts, as the plan wrote it
    if not chosen:
        return otherwise
    return chosen if isinstance(chosen, str) else ", ".join(str(name) for name in chosen)


class DataColumns:
    """The columns between study name and plot: moderators by name, then what was reported by arm.

    Raises `UnknownOptionError` for a moderator that the effect sizes do not have.
    """

    __slots__ = ("_arms", "_effects", "_moderators", "columns")

    def __init__(self, effects: EffectSizes, moderators: Moderators) -> None:
        for name in moderators:
            if name not in effects.moderators:
                raise UnknownOptionError("columns", name, effects.moderators)
        self._effects = effects
        self._moderators = (
            dict(moderators)
            if isinstance(moderators, Mapping)
            else {name: sentence(name.replace("_", " ")) for name in moderators}
        )
        present = frozenset(effects.data)
        design = next((make for names, make in DESIGNS.items() if names <= present), None)
        self._arms = (*design("e", effects.data), *design("c", effects.data)) if design else ()
        self.columns = (*map(self._moderator_column, self._moderators), *self._arm_columns())

    def _moderator_column(self, name: str) -> Column:
        text = self._effects.moderators[name].dtype == object
        title = tuple(wrapped(self._moderators[name], MODERATOR_WIDTH).split("\n"))
        return Column(key=f"moderator {name}", title=title, align="left" if text else "right")

    def _arm_columns(self) -> tuple[Column, ...]:
        names = dict(zip("ec", arm_names(self._effects), strict=True))
        return tuple(
            Column(
                key=arm.key,
                title=(
                    *(sentence(balanced(names[arm.key[-1]], ARM_WIDTH)).split("\n") if arm.named else ()),
                    arm.caption,
                ),
                align="right",
            )
            for arm in self._arms
        )

    def cells(self, row: int) -> tuple[str, ...]:
        """The texts of one study."""
        values = {name: float(column[row]) for name, column in self._effects.data.items()}
        moderators = (_moderator(self._effects.moderators[name][row]) for name in self._moderators)
        return (*moderators, *(arm.cell(values) for arm in self._arms))

    def totals(self, studies: Sequence[str]) -> tuple[str, ...]:
        """Participants and events of these studies together; blank below moderators and means."""
        counted = np.isin(np.array(self._effects.study, dtype=object), list(studies))
        sums = {name: float(np.sum(column[counted])) for name, column in self._effects.data.items()}
        return (*("" for _ in self._moderators), *(arm.total(sums) for arm in self._arms))

    def blanks(self) -> tuple[str, ...]:
        """An empty text per column."""
        return ("",) * len(self.columns)


def _moderator(value: Any) -> str:  # noqa: ANN401 - a cell of a study table: number or text
    if isinstance(value, str):
        return wrapped(value, MODERATOR_WIDTH)
    number = float(value)
    if np.isnan(number):
        return ""
    return numbers.count(number) if number == round(number) else numbers.significant(number, 3)

"""MK-B: "check this": numbers that honest trials seldom print. None of these says why; each has innocent reasons.

They are the arithmetic ones among the questions of INSPECT-SR (Wilkinson et al. 2025, medRxiv 2025.09.03.25334905).
docs/inspection.md says how often each is raised over honest trials, and how often it finds made-up ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from metak2.errors import CellProblem
from metak2.studies.checks.granularity import grim_power, nearest_means, sd_fits, sums
from metak2.studies.rows import Entry, plain, within

ALARM = 0.001
"""Below which one-sided p the arms' baseline is pointed out."""

LARGEST_D, LARGEST_RATIO = 4.0, 10.0
"""Beyond these lies the whole interval of an implausible effect. Honest trials reach an SMD of 2.5 and an odds ratio of
22 (metadat's normand1999 and linde2005), and these limits leave both alone."""

FASTEST = 50.0
"""People randomised a month and centre. Walters et al. 2017, BMJ Open 7:e015276: median 0.92, quartiles 0.43 and 2.79
in 151 trials; spread lognormally, 1 trial in 500 would be faster than this."""

INNOCENT_SCALE = "n may be another one, values may have been missing, weighted or between whole numbers, or a misprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A mean, or a mean and SD, of n people on a scale of whole-number items, with half units of the last digits."""

    mean: Entry
    n: int
    items: int
    half: float
    sd: Entry | None = None
    sd_half: float = 0.0

    @property
    def totals(self) -> range:
        """The sums that give the mean."""
        return sums(_exact(self.mean), Fraction(self.half).limit_denominator(10**12), self.n, self.items)

    @property
    def decimals(self) -> int:
        """Digits after the point of the mean."""
        return len(f"{self.half:.12f}".rstrip("0").partition(".")[2]) - 1


def impossible_mean(scale: Scale) -> Iterator[CellProblem]:
    """MK-B01: a mean that no whole numbers of so many people have (GRIM)."""
    if scale.totals:
        return
    near = " and ".join(nearest_means(_exact(scale.mean), scale.n, scale.items, scale.decimals))
    yield CellProblem(
        code="MK-B01",
        severity="warning",
        message=f"no whole numbers of {scale.n} people{_items(scale)} have the mean "
        f"{float(scale.mean.value):.{scale.decimals}f} ({near} are next to it)",
        cell=scale.mean.cell,
        column="mean",
        raw=scale.mean.raw,
        suggestion=f"check this: {INNOCENT_SCALE}",
    )


def impossible_sd(scale: Scale) -> Iterator[CellProblem]:
    """MK-B02: an SD that whole numbers with this mean and n do not have (GRIMMER)."""
    totals, sd = scale.totals, scale.sd
    if sd is None or not totals:
        return
    half = Fraction(scale.sd_half).limit_denominator(10**12)
    if sd_fits(totals, _exact(sd), half, scale.n, scale.items):
        return
    yield CellProblem(
        code="MK-B02",
        severity="warning",
        message=f"no whole numbers of {scale.n} people{_items(scale)} with the mean {plain(float(scale.mean.value))} "
        f"({within(scale.mean.cell)}) have the SD {plain(float(sd.value))}",
        cell=sd.cell,
        column="sd",
        raw=sd.raw,
        suggestion=f"check this: it may be an SE or the SD of other people; {INNOCENT_SCALE}",
    )


def power_of_grim(sheet: str, scales: Sequence[Scale]) -> CellProblem:
    """MK-B03: what GRIM could find here at all: how many wrong means it would notice at these n and decimals."""
    powers = [grim_power(scale.n, scale.items, scale.decimals) for scale in scales]
    blind = sum(power == 0 for power in powers)
    return CellProblem(
        code="MK-B03",
        severity="note",
        message=f"GRIM looked at {len(powers)} means: it would notice {100 * sum(powers) / len(powers):.0f} % of wrong "
        f"ones at these n and decimals, and at {blind} of them none (people × items ≥ 10 to the decimals)",
        cell=sheet,
        column="scale_items",
    )


def pairs_repeated(cell: str, study: str, other: tuple[str, str], shared: Sequence[str]) -> CellProblem:
    """MK-B04: two trials print two or more of the same pairs of mean and SD."""
    name, at = other
    return CellProblem(
        code="MK-B04",
        severity="warning",
        message=f"'{study}' and '{name}' ({within(at)}) print the same mean ± SD {len(shared)} times: "
        f"{', '.join(shared[:6])}",
        cell=cell,
        column="study",
        raw=study,
        suggestion="check this: the same patients may be in both, an arm may be shared, or a row copied",
    )


def baseline_alike(cell: str, study: str, variables: int, p: float) -> CellProblem:
    """MK-B05: the arms are more alike at baseline than random allocation makes them."""
    return CellProblem(
        code="MK-B05",
        severity="warning",
        message=f"the arms of '{study}' are more alike in {variables} baseline variables than chance makes them in "
        f"{_once_in(p)} trials",
        cell=cell,
        column="study",
        raw=study,
        suggestion="check this: allocation may have been stratified or minimised on them, SEs be printed as SDs, or "
        "variables measure nearly the same",
    )


def baseline_apart(cell: str, study: str, variables: int, p: float) -> CellProblem:
    """MK-B06: the arms differ more at baseline than random allocation makes them."""
    return CellProblem(
        code="MK-B06",
        severity="warning",
        message=f"the arms of '{study}' differ more in {variables} baseline variables than chance makes them in "
        f"{_once_in(p)} trials",
        cell=cell,
        column="study",
        raw=study,
        suggestion="check this: allocation may not have been random or by cluster, those lost may be left out, or SDs "
        "be SEs",
    )


def implausible_effect(entry: Entry, column: str, study: str, said: str) -> CellProblem:
    """MK-B07: an effect whose whole interval lies beyond what treatments hardly ever do."""
    return CellProblem(
        code="MK-B07",
        severity="warning",
        message=f"the effect of '{study}' is {said}: larger than treatments hardly ever have",
        cell=entry.cell,
        column=column,
        raw=entry.raw,
        suggestion="check this: an SE may stand for an SD, arms or units be exchanged, or it is no outcome of patients",
    )


def fast_recruitment(cell: str, study: str, raw: str, rate: float) -> CellProblem:
    """MK-B08: more people were randomised a month and centre than almost any trial reaches."""
    return CellProblem(
        code="MK-B08",
        severity="warning",
        message=f"'{study}' randomised {rate:.0f} people a month and centre; half of all trials stay below 1",
        cell=cell,
        column="recruitment_months",
        raw=raw,
        suggestion="check this: months, centres or people may be mistyped; screening and emergency trials can be fast",
    )


def _items(scale: Scale) -> str:
    return f" on {scale.items} items" if scale.items > 1 else ""


def _once_in(p: float) -> str:
    return f"1 of {round(1 / max(p, 1e-6), -3):,.0f}".replace(",", "\u202f")


def _exact(entry: Entry) -> Fraction:
    return Fraction(plain(float(entry.value)))

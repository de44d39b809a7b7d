"""MK-E12 to E14 and E18: what a paper reports of two arms against what it reports of their difference."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from metak2.errors import CellProblem
from metak2.studies.checks.printed import NORMAL, gap, half_units, p_text, z_of_t, z_range_of_p
from metak2.studies.rows import Entry, Side, plain, within

APART = 0.1  # z scores beside all rounding: Eelderink 2023 prints 0.04 apart, the misprint of Kurnatowska 2015 is 0.12
NARROW, NARROW_ADJUSTED = 1.5, 2.5  # an adjustment for baseline narrows by 1.4 at r = 0.7, by 2.3 at r = 0.9
MOST_PEOPLE = 100_000  # every count of them is tried
STANDARD_ERRORS = frozenset({"SEM", "SE"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoMeans:
    """The experimental and the control arm of one result, as means; `spread` is SD or SEM."""

    experimental: Side
    control: Side
    spread: str

    @property
    def cells(self) -> str:
        """Where the two means stand."""
        return f"{self.experimental.cell('mean')} and {self.control.cell('mean')}"

    def difference(self) -> float:
        """Experimental minus control."""
        return self.experimental.number("mean") - self.control.number("mean")

    def people(self) -> tuple[float, float]:
        """People in the two arms, those randomised where those analysed are not given."""
        return self.experimental.people, self.control.people

    @property
    def analysed(self) -> bool:
        """Whether the people analysed are given: those randomised are the most that may have been."""
        return self.experimental.has("n") and self.control.has("n")

    def errors(self, spread: str, shift: float = 0.0) -> tuple[float, float, float]:
        """Welch's and Student's standard error of the difference, and the smaller degrees of freedom."""
        n1, n2 = self.people()
        sd1, sd2 = (
            max(_spread(side) + shift * _half(side, _role(side)), 0.25 * _spread(side))
            * (1.0 if spread == "SD" else math.sqrt(n))
            for side, n in ((self.experimental, n1), (self.control, n2))
        )
        v1, v2 = sd1**2 / n1, sd2**2 / n2
        pooled = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2) * (1 / n1 + 1 / n2)
        welch = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
        return math.sqrt(v1 + v2), math.sqrt(pooled), welch

    def score(self, spread: str) -> float:
        """The z score of Student's t test from the numbers as printed."""
        n1, n2 = self.people()
        return z_of_t(abs(self.difference()) / self.errors(spread)[1], n1 + n2 - 2)

    def scores(self, spread: str) -> tuple[float, float]:
        """The z scores of a t test, over every rounding of means and spreads and both kinds of test."""
        slack = _half(self.experimental, "mean") + _half(self.control, "mean")
        size = abs(self.difference())
        found = []
        n1, n2 = self.people()
        for shift, moved in ((1.0, max(size - slack, 0.0)), (0.0, size), (-1.0, size + slack)):
            welch, student, df = self.errors(spread, shift)
            found += [z_of_t(moved / welch, df), z_of_t(moved / student, n1 + n2 - 2), moved / welch]
        return (min(found) if self.analysed else 0.0), max(found)


def two_means(experimental: Side, control: Side) -> TwoMeans | None:
    """The pair where both arms have a mean, people, and an SD or SEM of one kind."""
    kinds = {_kind(side) for side in (experimental, control)}
    usable = all(
        not math.isnan(side.number("mean")) and side.people >= 2 and _spread(side) > 0
        for side in (experimental, control)
    )
    if not usable or len(kinds) != 1 or not kinds <= {"SD", "SEM"}:
        return None
    return TwoMeans(experimental=experimental, control=control, spread=kinds.pop())


def p_not_from_means(means: TwoMeans, p: Entry, column: str) -> Iterator[CellProblem]:
    """MK-E12: a p value that does not follow from the means, spreads and numbers of the two arms."""
    if not isinstance(p.value, float) or not 0 < p.value < 1:
        return
    printed = z_range_of_p(p)
    if gap(means.scores(means.spread), printed) <= APART:
        return
    other = "SEM" if means.spread == "SD" else "SD"
    fits = gap(means.scores(other), printed) <= APART
    hint = f"; it would follow if the spread were an {other}" if fits else ""
    yield CellProblem(
        code="MK-E12",
        severity="warning",
        message=f"p is {plain(p.value)}, but the means, {means.spread}s and n of the arms ({means.cells}) give about "
        f"{p_text(means.score(means.spread))}",
        cell=p.cell,
        column=column,
        raw=p.raw,
        suggestion=f"check this: the test may be another one, or a number misprinted{hint}",
    )


def readings(experimental: Side, control: Side, printed: tuple[float, float]) -> tuple[str, ...]:
    """What "±" may be so that the printed p follows: SD, SEM, both or neither; `printed` are the z scores of p."""
    means = TwoMeans(experimental=experimental, control=control, spread="SD")
    return tuple(kind for kind in ("SD", "SEM") if gap(means.scores(kind), printed) <= APART)


def spread_not_named(experimental: Side, control: Side, p: Entry, column: str) -> Iterator[CellProblem]:
    """MK-E18: "±" without a name: whether SDs or SEMs give the printed p (note)."""
    sides = (experimental, control)
    unnamed = all(
        side.has("dispersion") and not (_kind(side) or side.has("sd")) and side.people >= 2 and _spread(side) > 0
        for side in sides
    )
    if not unnamed or not isinstance(p.value, float) or not 0 < p.value < 1:
        return
    fits = readings(experimental, control, z_range_of_p(p))
    given = {
        kind: p_text(TwoMeans(experimental=experimental, control=control, spread=kind).score(kind))
        for kind in ("SD", "SEM")
    }
    said = " and ".join(f"as {kind} it gives about {found}" for kind, found in given.items())
    fit = f"{fits[0]} fits" if len(fits) == 1 else "both fit" if fits else "neither fits"
    yield CellProblem(
        code="MK-E18",
        severity="note",
        message=f"the spread ({experimental.cell('dispersion')} and {control.cell('dispersion')}) has no name; p is "
        f"{plain(p.value)}, and {said}: {fit}",
        cell=p.cell,
        column=column,
        raw=p.raw,
        suggestion="write what the source calls it into dispersion_type, or what fits into dispersion_inferred",
    )


def interval_not_from_means(means: TwoMeans, effect: Side) -> Iterator[CellProblem]:
    """MK-E13: an interval of a mean difference far narrower or wider than the SDs and n of the arms give."""
    low, high = effect.number("ci_low"), effect.number("ci_high")
    if not low < high:
        return
    level = effect.number("level")
    level = 0.95 if math.isnan(level) else level / 100 if level > 1 else level
    printed = (high - low) / (2 * NORMAL.inv_cdf(0.5 + level / 2))
    welch, student, _ = means.errors(means.spread)
    ratio = welch / printed
    allowed = NARROW_ADJUSTED if effect.word("adjusted_for").casefold() not in {"", "none"} else NARROW
    least = 1 / NARROW if means.analysed else 0.0
    if any(least <= found <= allowed for found in (ratio, student / printed)):
        return
    if ratio > 1:
        side, times = "narrower", ratio
        explained = (
            f"compatible with {ratio**2:.0f} values per person taken as independent (√{ratio**2:.1f} = {ratio:.2f}), "
            f"with adjustment for a covariate (r about {math.sqrt(1 - 1 / ratio**2):.2f}), with SEs printed as SDs, or "
            "with another model: ask the authors"
        )
    else:
        side, times = "wider", 1 / ratio
        explained = "compatible with SEs printed as SDs, with fewer people analysed, or with another model"
    yield effect.problem(
        "MK-E13",
        "ci_low",
        f"check this: {plain(low)} to {plain(high)} is {times:.2f} times {side} than the {means.spread}s and n of the "
        f"arms give ({means.cells}; SE {welch:.3g} against {printed:.3g})",
        severity="warning",
        suggestion=explained,
    )


def counts_do_not_give_ratio(effect: Side, experimental: Side, control: Side) -> Iterator[CellProblem]:
    """MK-E14: a printed risk or odds ratio that the counts of the arms, or any whole count, do not give."""
    measure = effect.word("measure").upper()
    estimate = effect.entry("estimate")
    n_e, n_c, events_c = experimental.number("n"), control.number("n"), control.number("events")
    if measure not in {"RR", "OR"} or estimate is None or estimate.is_blank or not (n_e >= 1 and 0 < events_c < n_c):
        return
    printed, half = effect.number("estimate"), half_units([estimate])[0]
    known = experimental.has("events")
    if not known and n_e > MOST_PEOPLE:
        return
    counts = [experimental.number("events")] if known else [float(count) for count in range(int(n_e) + 1)]
    ratios = {count: _ratio(measure, (count, n_e), (events_c, n_c)) for count in counts}
    if any(abs(ratio - printed) <= half * 1.02 + 1e-9 for ratio in ratios.values()):
        return
    near = sorted(sorted(ratios, key=lambda count: abs(ratios[count] - printed))[:2])
    offers = " and ".join(f"{plain(count)} of {plain(n_e)} gives {ratios[count]:.3g}" for count in near)
    arms = f"against {plain(events_c)} of {plain(n_c)} in {within(control.cell('events'))}"
    what = "the counts give another" if known else "no whole count gives it"
    yield effect.problem(
        "MK-E14",
        "estimate",
        f"{measure} {plain(printed)}: {what} ({offers}, {arms})",
        severity="warning",
        suggestion="check this: it may be adjusted or of other people, or a number is misprinted",
    )


def _ratio(measure: str, experimental: tuple[float, float], control: tuple[float, float]) -> float:
    (ai, n1i), (ci, n2i) = experimental, control
    if measure == "RR":
        return (ai / n1i) / (ci / n2i)
    return math.inf if ai == n1i else (ai / (n1i - ai)) / (ci / (n2i - ci))


def _role(side: Side) -> str:
    return "sd" if side.has("sd") else "dispersion"


def _spread(side: Side) -> float:
    return side.number(_role(side))


def _kind(side: Side) -> str:
    if side.has("sd"):
        return "SD"
    stated = (side.word("dispersion_type") or side.word("dispersion_inferred")).upper()
    return "SEM" if stated in STANDARD_ERRORS else stated


def _half(side: Side, role: str) -> float:
    entry = side.entry(role)
    return half_units([entry])[0] if entry is not None else 0.0

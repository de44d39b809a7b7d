"""How often each "check this" is raised over honest trials, and how many made-up ones it finds: docs/inspection.md.

python -m benchmarks.inspection          writes docs/inspection.md (about two minutes)
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.simulated_field import Trial, book_of, field_of, honest
from metak2.studies.checks import CHECKS
from metak2.studies.checks.granularity import grim_power, sd_fits, sums
from metak2.studies.gate.book import check_book
from metak2.studies.sheet import Book, text_of

SEED = 7
FIELDS, TRIALS, SHARE = 60, 30, 0.3
DOCUMENT = Path(__file__).parents[1] / "docs" / "inspection.md"
MEASURED = ("MK-C09", "MK-B01", "MK-B02", "MK-E12", "MK-E13", "MK-B04", "MK-B05", "MK-B06", "MK-B07", "MK-B08")
WAYS = ("invented", "copied", "exaggerated")


@dataclass(kw_only=True)
class Tally:
    """How many trials of each kind ("" = honest) there were, and how many got each code; "any" counts one or more."""

    trials: Counter[str] = field(default_factory=Counter)
    alarms: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, trial: Trial, codes: set[str]) -> None:
        """Count one trial."""
        self.trials[trial.made_up] += 1
        self.alarms.update((trial.made_up, code) for code in (*codes, *(["any"] if codes else [])))

    def rate(self, kind: str, code: str) -> float:
        """Per cent of the trials of this kind."""
        return 100 * self.alarms[kind, code] / self.trials[kind] if self.trials[kind] else 0.0


def alarms_of(trials: list[Trial]) -> Mapping[str, set[str]]:
    """The codes that each trial gets when the field is checked as a workbook.

    A copied result is said of the later of the two trials, and both are asked about; only the later one is counted.
    """
    book = book_of(trials)
    named = _studies_of_cells(book)
    found: dict[str, set[str]] = {trial.name: set() for trial in trials}
    for problem in check_book(book):
        if problem.code in MEASURED and problem.severity != "note":
            found[named[problem.cell]].add(problem.code)
    return found


def measured(fields: int, trials: int, *, share: float, seed: int = SEED) -> Tally:
    """Simulate fields and tally what is said of their trials."""
    rng = np.random.default_rng(seed)
    tally = Tally()
    for _ in range(fields):
        one = field_of(trials, share, rng)
        alarms = alarms_of(one)
        for trial in one:
            tally.add(trial, alarms[trial.name])
    return tally


def baseline_alarms(correlation: float, trials: int, *, seed: int = SEED) -> tuple[float, float]:
    """Per cent of honest trials with MK-B05 and with MK-B06 where baseline variables correlate so."""
    rng = np.random.default_rng(seed)
    alarms = alarms_of([honest(f"Trial {at:04d}", rng, correlation=correlation) for at in range(trials)])
    return tuple(100 * sum(code in codes for codes in alarms.values()) / trials for code in ("MK-B05", "MK-B06"))


def grimmer_power(n: int, decimals: int, *, draws: int = 400, seed: int = SEED) -> float:
    """Per cent of SDs between 2 and 9 taken at random, beside a possible mean, that GRIMMER refuses."""
    rng = np.random.default_rng(seed)
    half = Fraction(1, 2 * 10**decimals)
    refused = 0
    for _ in range(draws):
        mean = Fraction(f"{int(rng.integers(5 * n, 30 * n)) / n:.{decimals}f}")
        sd = Fraction(f"{rng.uniform(2, 9):.{decimals}f}")
        refused += not sd_fits(sums(mean, half, n, 1), sd, half, n, 1)
    return 100 * refused / draws


def document(tally: Tally, baseline: Mapping[float, tuple[float, float]]) -> str:
    """docs/inspection.md."""
    honest_trials = tally.trials[""]
    head = "| Check | Honest trials | Invented | Copied | Exaggerated |\n|---|---:|---:|---:|---:|"
    rows = [_row(tally, code, f"{code} {CHECKS[code].meaning}") for code in MEASURED]
    rows.append(_row(tally, "any", "**Any of them**"))
    powers = [
        f"| {n} | {decimals} | {100 * grim_power(n, 1, decimals):.0f} | {grimmer_power(n, decimals):.0f} |"
        for decimals in (1, 2)
        for n in (10, 20, 50, 100, 200)
    ]
    alike = [f"| {r:.1f} | {found[0]:.2f} | {found[1]:.2f} |" for r, found in baseline.items()]
    made_up = sum(tally.trials[way] for way in WAYS)
    return TEXT.format(
        honest=honest_trials,
        made_up=made_up,
        fields=round((honest_trials + made_up) / TRIALS),
        trials=TRIALS,
        share=round(100 * SHARE),
        seed=SEED,
        alarms="\n".join([head, *rows]),
        powers="\n".join(powers),
        baseline="\n".join(alike),
    )


def _row(tally: Tally, code: str, label: str) -> str:
    cells = " | ".join(f"{tally.rate(kind, code):.1f}" for kind in ("", *WAYS))
    return f"| {label} | {cells} |"


def _studies_of_cells(book: Book) -> Mapping[str, str]:
    return {
        cell.address: text_of(row["study"])
        for sheet in book.sheets.values()
        for row in sheet.rows
        for cell in row.values()
    }


TEXT = """\
# "Check this": how often, and how well

DO NOT EDIT: written by `python -m benchmarks.inspection`; a test compares it with a smaller run.

`metak2 check` points out numbers that honest trials seldom print. It accuses nobody: every one of these lines says
"check this", names innocent reasons, and none changes a number. A clean result is no proof either: who makes up people
one by one, and computes from them, passes every check of sums.

## Over simulated trials

{honest} honest and {made_up} made-up trials: {fields} fields of {trials}, {share} % made up, seed {seed}.

- *Honest* trials are simulated from people and then rounded as papers round: 20 to 150 people an arm, a whole-number
  score, a skewed measurement, a share, ten baseline variables of which eight correlate by 0.3, Student's t test.
- *Invented*: means, SDs, percentages, p and limits are typed as they come, and baseline means are nearly alike.
- *Copied*: the results are those of another trial, under other numbers of people.
- *Exaggerated*: consistent people with an effect of six SDs, recruited at 60 to 150 a month and centre.

Per cent of trials with at least one such line. The first column is the rate of false alarms, the others are the
sensitivity; 0 there says that this way of making up leaves no such trace.

{alarms}

## The power of GRIM and GRIMMER

Per cent of wrong means (GRIM), and of wrong SDs beside a possible mean (GRIMMER; SDs of 2 to 9), that are noticed on a
whole-number scale of one item. With L items a person, read the line of n × L. **From n × L = 100 on, two decimals tell
GRIM nothing; with one decimal, from 10 on.** Most trials are larger: the silence of these checks says nothing there.

| n | Decimals | GRIM | GRIMMER |
|---:|---:|---:|---:|
{powers}

## Baseline balance

Per cent of honest trials with arms "too alike" (MK-B05) and "too different" (MK-B06), where eight of the ten variables
correlate. Each is nominally 0.1 %. The sum of z allows for correlations of 0.3; variables that measure nearly the same
raise false alarms, and stratified or minimised allocation makes arms alike honestly.

| Correlation | MK-B05 | MK-B06 |
|---:|---:|---:|
{baseline}
"""


def main() -> None:
    """Measure everything and write the document."""
    tally = measured(FIELDS, TRIALS, share=SHARE)
    baseline = {r: baseline_alarms(r, 1000) for r in (0.0, 0.3, 0.6, 0.9)}
    DOCUMENT.write_text(document(tally, baseline), encoding="utf-8")


if __name__ == "__main__":
    main()

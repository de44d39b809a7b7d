"""docs/inspection.md says what the checks do: a smaller simulation with another seed finds the same rates."""

import re

import pytest
from scipy import stats

from benchmarks.inspection import DOCUMENT, MEASURED, WAYS, Tally, grimmer_power, measured
from metak2.studies.checks.granularity import grim_power

RARE = 1e-4  # one cell of the table in ten thousand may lie beyond this by chance


@pytest.fixture(scope="module")
def written() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def smaller() -> Tally:
    return measured(5, 30, share=0.3, seed=11)


def rates(text: str, label: str) -> list[float]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {label}"))
    return [float(cell) for cell in line.strip("| ").split(" | ")[1:]]


@pytest.mark.parametrize("code", [*MEASURED, "any"])
def test_the_documented_rates_are_those_of_a_smaller_field(written: str, smaller: Tally, code: str) -> None:
    documented = rates(written, "**Any" if code == "any" else code)
    for kind, per_cent in zip(("", *WAYS), documented, strict=True):
        found, n = smaller.alarms[kind, code], smaller.trials[kind]
        share = min(max(per_cent / 100, 0.005), 0.995)  # 0.0 of a few hundred trials is not never
        assert stats.binomtest(found, n, share).pvalue > RARE, f"{kind or 'honest'}: {found} of {n}, {per_cent} %"


def test_fewer_than_one_honest_trial_in_a_hundred_is_pointed_out(written: str, smaller: Tally) -> None:
    assert rates(written, "**Any")[0] < 1
    assert smaller.rate("", "any") < 3  # 105 trials: three alarms would be far from one in a hundred


def test_the_table_of_power_is_the_powers_of_the_checks(written: str) -> None:
    rows = re.findall(r"^\| (\d+) \| ([12]) \| (\d+) \| (\d+) \|$", written, flags=re.MULTILINE)
    assert len(rows) == 10
    for n, decimals, grim, grimmer in ((int(cell) for cell in row) for row in rows):
        assert grim == round(100 * grim_power(n, 1, decimals))
        if n <= 20:  # larger ones cost time and are 0
            assert grimmer == round(grimmer_power(n, decimals))


def test_the_document_accuses_nobody(written: str) -> None:
    assert "It accuses nobody" in written
    assert not re.search(r"fraud|fake|fabricat|misconduct|liar|cheat", written, flags=re.IGNORECASE)

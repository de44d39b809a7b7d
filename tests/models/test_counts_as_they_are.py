"""Mantel–Haenszel and Peto pool the counts as they are, zeros included, under every zero-cell policy."""

import numpy as np
import pytest

from metak2.effects.front import effect_sizes
from metak2.models.pool import pool
from tests.effects.made_up import trials, trials_of
from tests.golden.cases import Case, assert_close, load

ROWS = [("A", 0, 30, 4, 30), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50)]


def test_mantel_haenszel_is_the_same_under_every_zero_cell_policy() -> None:
    got = {
        z: pool(effect_sizes(trials(ROWS), measure="RR", zero_cells=z), method="MH")
        for z in ("affected", "none", "treatment-arm")
    }
    # by hand: sum(a n2/N) / sum(c n1/N)
    by_hand = np.log((0 * 30 / 60 + 5 * 40 / 80 + 7 * 50 / 100) / (4 * 30 / 60 + 9 * 40 / 80 + 8 * 50 / 100))
    assert {z: p.estimate for z, p in got.items()} == {z: pytest.approx(by_hand) for z in got}
    assert {p.k for p in got.values()} == {3}


def test_risk_difference_keeps_double_zero_under_policy_none() -> None:
    rows = [("A", 0, 30, 0, 30), *ROWS[1:]]
    e = effect_sizes(trials(rows), measure="RD", zero_cells="none")
    assert pool(e, method="MH").estimate == pytest.approx((15 * 0 + 20 * -0.1 + 25 * -0.02) / 60)


@pytest.mark.parametrize(
    "case", [c for c in load("mh") if c.id in ("mh-0033", "mh-0079", "mh-0087", "mh-0091")], ids=str
)
def test_a_trial_of_events_only_is_in_the_mh_risk_ratio_as_in_metafor(case: Case) -> None:
    p = pool(effect_sizes(trials_of(case), measure="RR"), method="MH", level=case.options.get("level", 95) / 100)
    assert_close(p.estimate, case, "estimate")

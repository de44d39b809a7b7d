"""The methods cite what was done, and nothing else."""

import pytest

import metak2 as mk
from metak2.display.methods import pooling_methods, pooling_references, pooling_steps
from tests.effects.made_up import counts

ROWS = [("A", 4, 40, 8, 40), ("B", 5, 40, 19, 40), ("C", 17, 50, 8, 50), ("D", 3, 30, 16, 30)]
PAPERS = {
    "Q-profile": "Viechtbauer 2007",
    "BJ": "Biggerstaff & Jackson 2008",
    "J": "Jackson 2013",
    "PL": "Hardy & Thompson 1996",
}


@pytest.mark.parametrize("rule", sorted(PAPERS))
def test_the_interval_of_tau2_cites_its_own_paper_alone(rule: str) -> None:
    cited = pooling_references(mk.pool(counts(ROWS), tau2_interval=rule))
    assert [name for name in PAPERS.values() if any(name in paper for paper in cited)] == [PAPERS[rule]]


def test_without_an_interval_of_tau2_none_is_cited_or_told() -> None:
    pooled = mk.pool(counts(ROWS), tau2_interval="none")
    assert not any(name in paper for name in PAPERS.values() for paper in pooling_references(pooled))
    assert "τ² has a" not in pooling_methods(pooled)


def test_wald_intervals_do_not_cite_hartung_and_knapp() -> None:
    wald, hk = (pooling_references(mk.pool(counts(ROWS), test=test)) for test in ("z", "HK"))
    assert not any("Hartung" in paper for paper in wald)
    assert any("Hartung" in paper for paper in hk)


def test_a_paper_stands_with_the_sentence_it_is_behind() -> None:
    steps = pooling_steps(mk.pool(counts(ROWS)))
    (pooling,) = [step for step in steps if step.text.startswith("Pooling: random effects, REML")]
    assert any("Viechtbauer 2005" in paper for paper in pooling.references)
    assert any("Hartung & Knapp" in paper for paper in pooling.references)


def test_studies_side_by_side_cite_their_measure_only() -> None:
    apart = mk.side_by_side(counts(ROWS), why="Apart.")
    assert pooling_references(apart) == ("Greenland & Robins 1985, Biometrics 41:55-68",)

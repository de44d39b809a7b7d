"""The analyses of networks: what the scripts say."""

import runpy
from pathlib import Path

import pytest

import metak2 as mk
from metak2.models.network_data import NetworkMap
from metak2.models.network_result import Network
from metak2.report.blocks import Caveat

ROOT = Path(__file__).parents[2]


def report_of(name: str, monkeypatch: pytest.MonkeyPatch) -> mk.Report:
    monkeypatch.chdir(ROOT)
    made: mk.Report = runpy.run_path(str(ROOT / "analyses" / f"{name}.py"))["report"]()
    return made


def test_senns_network_is_a_lesson_and_says_so_at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of("senn2013", monkeypatch)
    assert isinstance(report.blocks[1], Caveat)
    assert report.blocks[1].text.startswith("For teaching only.")
    results = report.results["network"]
    assert isinstance(results, dict)
    network = results["primary"]
    assert isinstance(network, Network)
    assert (network.k, len(network.treatments), network.reference) == (26, 10, "placebo")
    # metafor 3.8-1 on the same arms: rma.mv(yi, V, random = ~ comp | study, rho = 0.5), metformin against placebo.
    assert network.contrast("metformin", "placebo").estimate == pytest.approx(-1.1284038204554923, rel=1e-6)
    assert network.tau2 == pytest.approx(0.09991454421327901, rel=1e-6)  # its optimiser stops near 1e-8


def test_the_plan_of_hasselblads_network_reproduces_metafor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    report = mk.run_plan(ROOT / "analyses" / "smoking_cessation.toml")
    assert len(report.expectations) == 4
    assert all(one.met for one in report.expectations)
    opening = report.blocks[0]
    assert isinstance(opening, mk.Paragraph)
    assert "odds ratio against no_contact" in opening.text
    assert [picture.name for picture in report.pictures] == [
        "network-graph", "network-forest", "network-heat", "network-funnel", "network-ranks",
    ]  # fmt: skip


def test_the_osteoporosis_trials_are_drawn_and_nothing_of_them_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of("osteoporosis_network", monkeypatch)
    shown = report.results["map"]
    assert isinstance(shown, NetworkMap)
    assert set(shown.thin) == set(shown.trials)
    assert len([edge for edge in shown.of_concern if shown.trials[edge] == ("Ishida & Kawai 2004",)]) == 15
    assert [picture.name for picture in report.pictures] == ["network-graph"]
    said = " ".join(block.text for block in report.blocks if isinstance(block, Caveat))
    assert "No network estimate, ranking or league table: 27 of 27 comparisons" in said

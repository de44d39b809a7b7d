import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.network_data import NetworkMap
from metak2.plots.chart_marks import Chart, Stroke
from metak2.plots.network_forest_layout import network_forest_layout
from metak2.plots.network_funnel_layout import adjusted_funnel_layout
from metak2.plots.network_graph_layout import network_graph_layout
from metak2.plots.network_heat_layout import net_heat_layout
from metak2.plots.network_rank_layout import rankogram_layout
from tests.models.networks import made_up

LONG = ("a treatment with a name that runs on and on and on", "ビタミンK2 45 mg", "витамин К2", "плацебо")


def arms(**trials: str) -> NetworkMap:
    """Each trial as the letters of its treatments."""
    rows = [(study, arm) for study, letters in trials.items() for arm in letters]
    return mk.network_map({"study": [row[0] for row in rows], "arm": [row[1] for row in rows]})


def inside(chart: Chart) -> None:
    """Every disc lies on the page."""
    for panel in chart.panels:
        for disc in panel.discs:
            x = panel.left + panel.width * panel.across.position(disc.x)
            y = panel.bottom + panel.height * panel.up.position(disc.y)
            assert disc.radius <= x <= chart.width - disc.radius
            assert -20 <= y <= chart.height + 20


def test_a_comparison_of_one_trial_is_dashed_and_thin_and_the_number_of_several_stands_beside_the_line() -> None:
    (panel,) = network_graph_layout(arms(one="xy", two="yz", three="yz", four="yz")).panels
    ties = {tie.dashed: tie for tie in panel.strokes if isinstance(tie, Stroke)}
    assert ties[True].width < ties[False].width
    assert [words.text for words in panel.words] == ["3", "x", "y", "z"]
    assert {disc.name: disc.radius for disc in panel.discs}["y"] > {d.name: d.radius for d in panel.discs}["x"]


def test_a_comparison_with_a_trial_of_concern_is_marked() -> None:
    rows = {"study": ["a", "a", "b", "b"], "arm": list("xyxy"), "integrity_status": ["", "", "concern", "concern"]}
    chart = network_graph_layout(mk.network_map(rows))
    assert chart.panels[0].words[0].text == "2!"
    assert "b (concern)" in chart.footer[-1]


def test_parts_that_no_trial_joins_stand_apart_and_the_picture_says_what_cannot_be_estimated() -> None:
    chart = network_graph_layout(arms(one="xy", two="uvw"))
    assert [len(panel.discs) for panel in chart.panels] == [3, 2]
    assert "No comparison between the parts of the network: u – v – w; x – y." in chart.footer
    assert any("4 of 4 comparisons rest on a single trial" in line for line in chart.footer)
    assert "2 trials compare 5 treatments in 4 pairs" in chart.alt
    inside(chart)


@pytest.mark.parametrize("count", [2, 5, 13, 60])
def test_a_network_of_any_size_fits_its_page(count: int) -> None:
    names = [f"{LONG[at % 4]} {at}" for at in range(count)]
    rows = {"study": [], "arm": []}
    for at in range(count):
        rows["study"] += [f"T{at}"] * 2
        rows["arm"] += [names[at], names[(at * 7 + 1) % count if (at * 7 + 1) % count != at else (at + 1) % count]]
    chart = network_graph_layout(mk.network_map(rows))
    inside(chart)
    assert sum(len(panel.discs) for panel in chart.panels) == count


def test_a_rankogram_has_a_panel_for_each_treatment_best_first() -> None:
    ranking = mk.rank_treatments(mk.network(made_up(1, names=LONG)), better="higher", draws=2000)
    chart = rankogram_layout(ranking)
    best = ranking.treatments[ranking.order[0]]
    assert chart.panels[0].title.startswith(best[:8])
    assert [bar.top for bar in chart.panels[0].bars] == ranking.probability[ranking.order[0]].tolist()
    assert chart.panels[0].strokes[0].points[-1] == pytest.approx((4.0, 1.0))
    assert "P-scores (higher values are better" in chart.alt


def test_the_heat_of_a_design_stands_in_its_row_and_column() -> None:
    designs = mk.network_designs(mk.network(made_up(9), method="CE"))
    chart = net_heat_layout(designs)
    grid = chart.panels[0]
    n = len(designs.designs)
    assert grid.up.tick_labels[-1] == f"{' – '.join(designs.designs[0])}  1"
    numbers = {(round(w.x - 0.5), n - 1 - int(w.y)): w.text for w in grid.words}
    row, column = np.unravel_index(np.abs(designs.change).argmax(), designs.change.shape)
    if abs(designs.change[row, column]) >= 0.5:
        assert numbers[column, row].strip("+−") == f"{abs(designs.change[row, column]):.1f}"
    assert "Net heat plot" in chart.alt


def test_the_adjusted_funnel_centres_every_comparison_and_leaves_out_those_of_one_trial() -> None:
    network = mk.network(mk.network_data("datasets/teaching/senn2013.csv", measure="MD"), weak_edges="allow")
    order = ("placebo", *(name for name in network.treatments if name != "placebo"))
    found = mk.adjusted_funnel(network, order=order)
    for pair in set(found.comparison):
        at = [i for i, one in enumerate(found.comparison) if one == pair]
        weights = 1 / (found.se[at] ** 2 + (network.tau2 or 0.0))
        assert (weights * found.difference[at]).sum() == pytest.approx(0.0, abs=1e-9)
    (panel,) = adjusted_funnel_layout(found).panels
    assert len(panel.discs) == len(found.study) - 9
    assert panel.up.low > panel.up.high == 0.0
    with pytest.raises(ModelError, match="every treatment once"):
        mk.adjusted_funnel(network, order=("placebo",))


def test_the_forest_of_a_network_shows_every_treatment_but_the_reference() -> None:
    network = mk.network(made_up(1)).against("B")
    chart = network_forest_layout(network)
    assert [disc.name for disc in chart.panels[1].discs] == ["A", "C", "D"]
    assert chart.panels[1].discs[0].x == pytest.approx(network.contrast("A", "B").estimate)
    assert "against B" in chart.alt


def test_every_picture_of_a_network_is_drawn_with_its_words() -> None:
    network = mk.network(made_up(1, names=LONG))
    ranking, designs = mk.rank_treatments(network, better="lower", draws=100), mk.network_designs(network)
    pictures = (
        mk.network_graph(network),
        mk.network_forest(network),
        mk.rankogram(ranking),
        mk.net_heat_plot(designs),
        mk.adjusted_funnel_plot(mk.adjusted_funnel(network, order=network.treatments)),
    )
    for picture in pictures:
        assert "<desc>" in picture.svg()
        assert picture.alt
        assert picture.data()["panels"]

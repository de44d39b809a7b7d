from dataclasses import replace
from itertools import combinations

import numpy as np

from metak2.plots.forest import forest
from metak2.plots.forest_bias import DISCS, SIGNS
from metak2.plots.forest_layout import forest_layout
from metak2.plots.marks import ForestLayout
from tests.plots.factory import bcg, bcg_effects, bcg_subgroups, judgements

# Machado, Oliveira & Fernandes 2009, IEEE Trans Vis Comput Graph 15:1291-1298, severity 1.0: linear RGB as seen without
# the long-, the middle- and the short-wave cones.
SEEN_WITHOUT = {
    "L": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "M": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "S": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lightness(light: np.ndarray) -> float:
    """CIE L* of linear RGB, 0 to 100."""
    y = float(np.clip(np.array([0.2126, 0.7152, 0.0722]) @ np.clip(light, 0, 1), 0, 1))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def judged() -> ForestLayout:
    effects = bcg_effects()
    return forest_layout(bcg(replace(effects, moderators={**effects.moderators, **judgements(13)})))


def test_each_domain_and_the_overall_judgement_have_a_column_right_of_the_plot() -> None:
    columns = [column for column in judged().columns if column.judgements]
    assert [column.title for column in columns] == [("D1",), ("D2",), ("D3",), ("D4",), ("D5",), ("All",)]
    assert all(column.after_plot for column in columns)


def test_a_judgement_is_a_sign_and_a_study_without_one_has_none() -> None:
    layout = judged()
    assert layout.column("risk_of_bias D1")[:3] == ("+", "?", "−")
    assert layout.column("risk_of_bias D1")[12] == ""
    assert all(cell == "" for cell, row in zip(layout.column("risk_of_bias D1"), layout.rows, strict=True)
               if row.kind != "study")  # fmt: skip


def test_the_legend_names_domains_and_signs() -> None:
    legend = judged().footer[-1]
    assert legend.startswith("Risk of bias (RoB 2): D1 randomisation, D2 deviations from the intended treatment, ")
    assert legend.replace("\u00a0", " ").endswith("All overall; + low, ? some concerns, − high.")


def test_nothing_is_shown_where_nothing_is_judged() -> None:
    effects = bcg_effects()
    blank = {name: np.array([""] * 13, dtype=object) for name in judgements(13)}
    layout = forest_layout(bcg(replace(effects, moderators={**effects.moderators, **blank})))
    assert layout == forest_layout(bcg())


def test_subgroups_have_the_judgements_too() -> None:
    groups = bcg_subgroups()
    effects = groups.overall.effects
    told = replace(effects, moderators={**effects.moderators, **judgements(13)})
    layout = forest_layout(replace(groups, overall=replace(groups.overall, effects=told)))
    assert [cell for cell in layout.column("risk_of_bias overall") if cell]


def test_the_svg_has_each_sign_as_text_on_its_disc() -> None:
    effects = bcg_effects()
    svg = forest(bcg(replace(effects, moderators={**effects.moderators, **judgements(13)}))).svg()
    for fill, _ in (DISCS["+"], DISCS["?"], DISCS["−"]):
        assert fill in svg
    assert svg.count(">?</text>") == 24  # 12 judged studies, 6 columns, a third of them


def test_the_discs_stand_apart_in_grey_and_for_every_kind_of_colour_blindness() -> None:
    # low, some concerns, high: 15 units of L* are seen side by side at a glance, 2 are just noticeable
    shades = [linear(DISCS[SIGNS[word]][0]) for word in ("low", "some concerns", "high", "critical")]
    for seen in (np.eye(3), *SEEN_WITHOUT.values()):
        apart = [abs(lightness(seen @ one) - lightness(seen @ other)) for one, other in combinations(shades, 2)]
        assert min(apart) > 15


def test_a_sign_can_be_read_on_its_disc() -> None:
    for fill, ink in DISCS.values():
        dark, light = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)) for colour in (fill, ink))
        assert (light + 0.05) / (dark + 0.05) > 4.5  # WCAG 2.2, contrast (minimum)


def test_judgements_differ_in_sign_wherever_they_differ_in_colour() -> None:
    assert set(SIGNS.values()) == set(DISCS)

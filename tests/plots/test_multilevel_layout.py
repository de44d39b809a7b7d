from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import metak2 as mk
from metak2.display.wording import Wording
from metak2.models.multilevel_levels import group_means, levels_of
from metak2.plots.multilevel_layout import multilevel_layout

TEACHING = Path(__file__).parents[2] / "datasets" / "teaching"
WORDS = Wording(favours=("the traditional calendar", "the modified calendar"))


@pytest.fixture(scope="module")
def schools() -> mk.Multilevel:
    return mk.multilevel(
        mk.effect_sizes(mk.read_studies(TEACHING / "konstantopoulos2011.csv"), measure="SMD"), "district/school"
    )


@pytest.fixture(scope="module")
def outcomes() -> mk.Multilevel:
    trials = mk.read_studies(TEACHING / "berkey1998.csv", where={"outcome": ["PD", "AL"]}, label=["study", "outcome"])
    effects = mk.effect_sizes(trials, measure="MD")
    return mk.multilevel(effects, mk.Random(term="outcome | trial", structure="UN"), "C(outcome) - 1")


def test_schools_stand_below_their_district_with_the_district_s_own_effect(schools: mk.Multilevel) -> None:
    layout = multilevel_layout(schools, wording=WORDS)
    headings = [row for row in layout.rows if row.kind == "heading"]
    found = group_means(schools, "district")
    assert [row.name for row in headings] == [f"District {name}" for name in found.groups]
    assert [row.mark.estimate for row in headings if row.mark] == pytest.approx(list(found.estimate))
    first = layout.rows.index(headings[1])
    assert [row.kind for row in layout.rows[:first]] == ["heading", *["study"] * 4, "space"]


def test_the_diamond_and_a_prediction_interval_for_each_level_close_the_plot(schools: mk.Multilevel) -> None:
    layout = multilevel_layout(schools, wording=WORDS)
    diamond, *bars = layout.rows[-3:]
    assert diamond.kind == "pooled"
    assert diamond.name == "All 56 schools in 11 districts"
    assert [bar.name.split(",")[0] for bar in bars] == ["New district", "New school of a new district"]
    expected = [(one.pi_low, one.pi_high) for one in levels_of(schools)]
    assert [(bar.mark.low, bar.mark.high) for bar in bars if bar.mark] == expected
    assert layout.favours == ("Favours the\ntraditional calendar", "Favours the\nmodified calendar")
    assert layout.alt.startswith("Forest plot of 56 schools in 11 districts: standardised mean difference 0.185")


def test_each_outcome_has_its_effects_its_diamond_and_its_prediction_interval(outcomes: mk.Multilevel) -> None:
    layout = multilevel_layout(outcomes, wording=Wording(categories={"AL": "attachment level"}))
    kinds = ["heading", *["study"] * 5, "pooled", "prediction"]
    assert [row.kind for row in layout.rows] == [*kinds, "space", *kinds]
    assert [row.name for row in layout.rows if row.kind == "heading"] == ["Attachment level (AL)", "PD"]
    diamonds = [row.mark.estimate for row in layout.rows if row.kind == "pooled" and row.mark]
    assert diamonds == [float(one) for one in outcomes.coefficients.estimate]
    assert layout.summary is None


def test_a_model_with_moderators_draws_effects_and_no_diamond(schools: mk.Multilevel) -> None:
    layout = multilevel_layout(mk.multilevel(schools.effects, "district", "year"), wording=Wording())
    assert {row.kind for row in layout.rows} == {"study"}
    assert "No pooled effect" in layout.footer[0]


def test_every_effect_of_its_own_group_needs_no_headings(schools: mk.Multilevel) -> None:
    layout = multilevel_layout(mk.multilevel(schools.effects, "study"), wording=Wording())
    assert not [row for row in layout.rows if row.kind == "heading"]


def test_the_plain_verb_draws_it_too_and_another_answer_below(schools: mk.Multilevel) -> None:
    drawn = mk.forest(schools, also=[("Taken as independent", mk.pool(schools.effects))])
    assert drawn.layout.rows[-1].name == "Taken as independent"
    assert "<svg" in schools._repr_svg_()


@pytest.mark.parametrize("groups", [2, 5, 12])
def test_long_and_foreign_names_are_drawn_at_any_size(groups: int) -> None:
    names = ("a hospital with a name that runs on and on and on", "東京都立病院", "больница", "โรงพยาบาล")
    rng = np.random.default_rng(groups)
    group = np.repeat(np.arange(groups), 5)
    effects = mk.effects_from(
        rng.normal(0.3, 0.4, group.size), vi=rng.uniform(0.01, 0.2, group.size),
        study=[f"{names[at % 4]} {at}" for at in range(group.size)],
    )  # fmt: skip
    hospitals = np.array([f"{names[at % 4]} {at}" for at in group], dtype=object)
    result = mk.multilevel(replace(effects, moderators={"hospital": hospitals}), "hospital")
    pages = mk.multilevel_forest_pages(result)
    assert len(pages) == (2 if group.size > 50 else 1)
    assert all(page.png().startswith(b"\x89PNG") for page in pages)

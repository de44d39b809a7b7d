"""The table of names is complete, holds nothing that is not ours, and its document is up to date."""

from dataclasses import fields
from pathlib import Path

import metak2 as mk
from metak2.display.names import MEASURE_ROWS, METHOD_ROWS, names_document, tables
from metak2.effects.measures import MEASURES
from metak2.effects.zero_cells import ZERO_CELLS
from metak2.models.choices import PoolOptions
from metak2.models.conventions import CONVENTIONS, PREDICTIONS, TAU2_INTERVALS, TESTS
from metak2.models.glmm_designs import MODELS
from metak2.models.methods import METHODS
from metak2.robustness.selection_question import KINDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "names.md"


def ours(start: str) -> list[str]:
    (rows,) = [rows for heading, rows in tables().items() if heading.startswith(start)]
    return [row.metak2 for row in rows]


def test_the_document_is_what_the_data_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == names_document()


def test_every_measure_method_test_interval_and_convention_has_a_row() -> None:
    assert ours("Measures") == list(MEASURES)
    assert ours("Methods") == list(METHODS)
    assert ours("Tests") == list(TESTS)
    assert ours("Selection models") == list(KINDS)
    assert ours("Prediction") == list(PREDICTIONS)
    assert ours("Intervals of τ²") == list(TAU2_INTERVALS)
    assert set(ours("Conventions")) == set(CONVENTIONS)
    assert ours("Generalised") == list(MODELS)


def test_every_option_has_a_row() -> None:
    named = {field.name for field in fields(PoolOptions)} | {"method", "test", "convention", "level", "prediction"}
    assert set(ours("Options of `pool`")) == named
    assert set(ours("Options of those")) == {field.name for field in fields(mk.GlmmOptions)}
    assert set(ours("Zero")) >= set(ZERO_CELLS)
    assert set(ours("Variance")) == {name for measure in MEASURES.values() for name in measure.variances}


def test_the_table_names_nothing_that_we_do_not_have() -> None:
    assert set(MEASURE_ROWS) <= set(MEASURES)
    assert set(METHOD_ROWS) <= set(METHODS)
    assert set(ours("Functions")) <= set(mk.__all__)


def test_no_name_of_ours_stands_twice_under_a_heading() -> None:
    for rows in tables().values():
        named = [row.metak2 for row in rows]
        assert len(named) == len(set(named))


def test_the_older_bias_correction_is_an_option_of_escalc_not_a_measure() -> None:
    (rom,) = [row for row in tables()["Measures (`measure=`)"] if row.metak2 == "ROM-uncorrected"]
    assert rom.metafor == 'measure="ROM", correct=FALSE'

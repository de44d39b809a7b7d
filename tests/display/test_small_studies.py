"""Every caveat of small-study effects has its sentence, and every result can be printed."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metak2.display import small_studies as _  # noqa: F401 - registers what print shows
from metak2.display.notes import sentence
from metak2.display.notes_small_studies import SENTENCES
from metak2.effects.notes import Note
from metak2.models.pooled import Pooled
from metak2.robustness.adjusted_estimates import henmi_copas, limit_meta_analysis, pet_peese
from metak2.robustness.binary_asymmetry import harbord, schwarzer
from metak2.robustness.copas import copas
from metak2.robustness.copas_path import copas_path
from metak2.robustness.pcurve import p_curve, p_uniform
from metak2.robustness.selection import selection_model
from metak2.robustness.small_studies import begg, egger
from metak2.robustness.trim_and_fill import trim_and_fill
from metak2.robustness.unseen_studies import excess_significance, fail_safe_n
from metak2.shown import show, show_html
from tests.golden.cases import load
from tests.robustness.pools import pool_tables

ROBUSTNESS = Path(__file__).parents[2] / "metak2" / "robustness"
HOMES = ("small_studies", "binary_asymmetry", "seen_studies", "trim_and_fill", "unseen_studies", "adjusted_estimates",
         "selection", "pcurve", "copas", "copas_path")  # fmt: skip
VALUES = {"k": 4, "I2": 81.2, "most": 10_000, "significant": 2, "asked": "random effects, REML", "rows": (3, 4)}
EVERYTHING: tuple[Callable[[Pooled], Any], ...] = (
    egger, begg, harbord, schwarzer, trim_and_fill, fail_safe_n, excess_significance, pet_peese, henmi_copas,
    limit_meta_analysis, selection_model, copas, copas_path, p_curve, p_uniform,
)  # fmt: skip
BCG = pool_tables(next(case for case in load("bias_binary") if case.dataset == "dat.bcg"), "OR")


def emitted() -> set[str]:
    codes = set()
    for home in HOMES:
        for node in ast.walk(ast.parse((ROBUSTNESS / f"{home}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Note":
                codes |= {k.value.value for k in node.keywords if k.arg == "code" and isinstance(k.value, ast.Constant)}
    return codes


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert emitted() == set(SENTENCES)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_caveat_is_a_whole_sentence(code: str) -> None:
    text = sentence(Note(code=code, values=VALUES))
    assert text[0].isupper() or text[0].isdigit() or text.startswith("τ")
    assert text.endswith(".")


@pytest.mark.parametrize("method", EVERYTHING, ids=lambda one: one.__name__)
def test_every_result_can_be_printed(method: Callable[[Pooled], Any]) -> None:
    result = method(BCG)
    text = show(result)
    assert "nan" not in text
    assert "p = –" not in text
    assert show_html(result).startswith("<div>")
    assert str(result) == text
    assert result.measure is BCG.measure


def test_asymmetry_is_never_called_publication_bias() -> None:
    for method in (egger, begg, harbord):
        assert "publication bias" not in show(method(BCG)).lower()


def test_eggers_test_of_odds_ratios_names_the_better_ones() -> None:
    assert "use Harbord's or Peters' test" in show(egger(BCG))
    assert np.isfinite(harbord(BCG).statistic)

"""Every caveat has its sentence, and every sentence names the studies it is about."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metak2.display.listing import listed
from metak2.display.notes import REASONS, SENTENCES, reason, sentence
from metak2.effects.notes import Note
from metak2.models.notes import FLAGS

PACKAGE = Path(__file__).parents[2]
EXAMPLES: dict[str, dict[str, Any]] = {
    "EXCLUDED": {"reason": "retracted"},
    "DISPERSION_INFERRED": {"type": "SEM", "evidence": "reproduces the printed p"},
    "ZERO_CELLS_CORRECTED": {"policy": "0.5 added"},
    "SE_FROM_P": {"p": 0.011},
    "P_BESIDE_INTERVAL": {"p": 0.055, "excludes": True},
    "SE_MAY_BE_SD": {"Q": 0.03, "df": 5},
    "RECONSTRUCTED": {"how": "from the log-rank p"},
    "ASSUMED": {"what": "randomised n taken as analysed"},
    "TWO_STUDIES": {"asked": "random effects, REML"},
    "PREDICTION_FEW": {"k": 4},
    "REDUNDANT_COLUMNS": {"columns": "Year"},
    "REGRESSION_FEW": {"k": 13, "moderators": 2},
    "PERMUTATIONS_FAILED": {"failed": 1, "of": 9},
    "REFITTED_BY_ML": {"method": "REML"},
    "TAU2_GIVEN": {"tau2": 0.1},
    "WEIGHTS_GIVEN": {"weights": "equal weights"},
    "ZERO_COUNTS_CORRECTED": {"policy": "0.5 added"},
    "FREEMAN_TUKEY": {"harmonic_mean": 42.0, "smallest": 10, "largest": 400},
    "CONVERTED": {"rule": "SD from CI", "formula": "√n × width / (2 q)", "assumption": ""},
    "EFFECTS_COMBINED": {"weighted": True, "assumed": "correlation 0.5 between them"},
    "FEW_CLUSTERS": {"df": 2.7, "clusters": 5},
    "PREDICTION_DRAWN": {"draws": 25_000, "seed": 1},
    "NETWORK_WEAK_EDGES": {"reasons": ["1 of 3 comparisons rest on a single trial: x with y (T)"]},
    "NETWORK_FEW": {"df": 3},
    "NETWORK_NO_MODERATOR": {"moderator": "year"},
    "PRIOR_OF_ANOTHER_MEASURE": {"made_for": "log odds ratios"},
    "ACCURACY_FEW": {"k": 5},
    "LAPLACE_POOR": {"effective": 4.0},
    "COMPONENT_NOT_INFORMED": {"components": "variance of study"},
    "LEVEL_IN_ONE_GROUP": {"term": "outcome | study"},
}
OF_ASYMMETRY: dict[str, Any] = {"k": 7, "I2": 85.0, "most": 1000, "significant": 2, "asked": "REML", "rows": (7, 8)}
ABOUT_STUDIES = {
    "EXCLUDED", "DISPERSION_INFERRED", "ZERO_CELLS_CORRECTED", "ZERO_RATES_CORRECTED", "COUNTS_DERIVED", "SE_FROM_P",
    "ZERO_COUNTS_CORRECTED", "MODERATOR_MISSING", "NOT_WITHOUT", "NO_RESIDUAL", "SCALE_AT_ZERO",
    "RECONSTRUCTED", "ASSUMED", "SUBGROUP_OF_ONE", "P_BESIDE_INTERVAL", "ACCURACY_LEFT_OUT",
    "LEVEL_IN_ONE_GROUP", "NETWORK_EMPTY_DESIGN", "NETWORK_NO_MODERATOR", "CONTRASTS_REPAIRED", "DOSES_TOO_FEW",
    "EFFECTS_COMBINED", "RESTS_ON_ONE_CLUSTER", "FEW_CLUSTERS", "CONTROL_SPLIT", "CLUSTERS_INFLATED", "CONVERTED",
    "SE_MAY_BE_SD",
}  # fmt: skip


def emitted() -> Iterator[tuple[str, str]]:
    """Every code given to Note(...) in the package and the analyses, with its file."""
    for folder in ("metak2", "analyses"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Note":
                    for keyword in node.keywords:
                        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                            yield str(keyword.value.value), path.name


def example(code: str) -> Note:
    where = ("Sato 2005", "Iwamoto & Takeda 2009") if code in ABOUT_STUDIES else ()
    return Note(code=code, values=EXAMPLES.get(code, OF_ASYMMETRY), where=where)


def test_every_code_that_can_be_emitted_has_a_sentence() -> None:
    codes = {code for code, _ in emitted()} | set(FLAGS.values())
    assert {"ONE_STUDY", "EXCLUDED", "SUBGROUP_OF_ONE"} <= codes
    assert codes <= set(SENTENCES)


def test_no_sentence_waits_for_a_code_that_nothing_emits() -> None:
    assert set(SENTENCES) == {code for code, _ in emitted()} | set(FLAGS.values())


@pytest.mark.parametrize("code", SENTENCES)
def test_a_caveat_is_a_whole_sentence(code: str) -> None:
    text = sentence(example(code))
    assert text[0].isupper() or text[0].isdigit() or text.startswith("τ")
    assert text.endswith(".")
    assert not any(rest in text for rest in ("None", "nan", "{", "}", "  "))
    assert ("Sato 2005 and Iwamoto & Takeda 2009" in text) == (code in ABOUT_STUDIES)


@pytest.mark.parametrize(
    "why", ["retracted", "concern", "duplicate", "double zero", "not reported", "not estimable", "not a mean"]
)
def test_every_reason_says_that_the_study_is_not_pooled(why: str) -> None:
    assert "not pooled" in REASONS[why]
    assert reason(why) in sentence(Note(code="EXCLUDED", values={"reason": why}, where=("A",)))


def test_a_reason_of_the_reviewers_own_is_told_as_it_is() -> None:
    assert sentence(Note(code="EXCLUDED", values={"reason": "open label"}, where=("A",))) == (
        "A: open label; shown, not pooled."
    )


def test_an_inferred_dispersion_says_what_it_was_read_as_and_why() -> None:
    assert sentence(example("DISPERSION_INFERRED")).endswith(
        "it is read as a standard error of the mean (reproduces the printed p)."
    )
    bare = Note(code="DISPERSION_INFERRED", values={"type": "SD", "evidence": ""}, where=("A",))
    assert sentence(bare).endswith("it is read as a standard deviation.")


@pytest.mark.parametrize(
    "names, text", [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")]
)
def test_names_are_listed_as_in_a_sentence(names: tuple[str, ...], text: str) -> None:
    assert listed(names) == text

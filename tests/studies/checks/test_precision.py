"""A standard error that looks like a variance or a standard deviation is asked about; honest ones are left alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from metak2.studies.checks.precision import Precision, error_among_others, errors_too_large
from metak2.studies.gate.workbook import report_on
from metak2.studies.read import open_book

GOLDEN = Path(__file__).parents[2] / "golden"
ROUNDS = 400


def said(**columns: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - columns of a sheet
    k = len(columns["estimate"])
    report = report_on(open_book(pd.DataFrame({"study": [f"trial {i}" for i in range(k)], **columns})))
    return [(problem.code, problem.message) for problem in report.problems if problem.severity != "note"]


@pytest.mark.parametrize(
    "measure, estimate, given, low, high, asked",
    [
        ("MD", 2.0, 0.25, 1.02, 2.98, "is it a variance?"),
        ("HR", 0.5, 0.15, 0.2783, 0.8983, "is it a standard error of the ratio itself, not of its logarithm?"),
        ("MD", 2.0, 5.0, 1.02, 2.98, "is it a standard deviation?"),
        ("MD", 2.0, 90.0, 1.02, 2.98, "is it another quantity, or of another analysis?"),
    ],
)
def test_a_standard_error_that_is_not_of_its_interval_is_asked_about(
    measure: str, estimate: float, given: float, low: float, high: float, asked: str
) -> None:
    found = said(measure=[measure], estimate=[estimate], se=[given], ci_low=[low], ci_high=[high], n=[100])
    assert [code for code, _ in found] == ["MK-E19"]
    assert found[0][1].endswith(asked)


@pytest.mark.parametrize("given, low, high", [(0.5, 1.02, 2.98), (0.5, 0.85, 3.15), (0.5, 1.0, 3.0)])
def test_a_standard_error_of_its_interval_by_z_or_t_or_rounded_is_left_alone(
    given: float, low: float, high: float
) -> None:
    assert said(measure=["MD"], estimate=[2.0], se=[given], ci_low=[low], ci_high=[high]) == []


def test_a_standard_error_in_the_column_of_variances_is_asked_about() -> None:
    found = said(measure=["MD"], estimate=[2.0], vi=[0.5], ci_low=[1.02], ci_high=[2.98])
    assert found[0][0] == "MK-E19"
    assert found[0][1].endswith("is it a standard error?")


def test_an_error_below_what_so_many_people_can_give_is_asked_about() -> None:
    # 50 of 100 against 50 of 100: var(log OR) = 4 / 50 = 0.08, the smallest of 200 people, SE 0.283
    found = said(measure=["OR"], estimate=[1.2], se=[0.08], n_e=[100], n_c=[100])
    assert [code for code, _ in found] == ["MK-E20"]
    assert "200 people give at least about 0.28" in found[0][1]
    assert said(measure=["OR"], estimate=[1.2], se=[0.283], n_e=[100], n_c=[100]) == []


def made_up(rng: np.random.Generator, k: int, wrong: Callable[[float, float], float] | None = None) -> list[Precision]:
    """Mean differences in SDs of 1 of 40 to 400 people, tau 0.1; the first, or each, is written down `wrong`."""
    n = rng.integers(40, 400, k)
    se = 2 / np.sqrt(n) * np.exp(rng.normal(0, 0.1, k))
    yi = rng.normal(0.3, np.sqrt(se**2 + 0.01))
    stated = [wrong(error, size) if wrong else error for error, size in zip(se, n, strict=True)]
    return [
        Precision(cell=f"t!C{i}", column="se", raw="", estimate=float(yi[i]), se=float(stated[i]), n=float(n[i]))
        for i in range(k)
    ]


@pytest.mark.parametrize("k", [6, 12, 30])
def test_standard_deviations_for_standard_errors_are_found_by_effects_too_alike(k: int) -> None:
    rng = np.random.default_rng(20261122)
    sets = [(made_up(rng, k), made_up(rng, k, lambda se, n: se * n**0.5)) for _ in range(ROUNDS)]
    # Q of honest sets falls below the level of 0.001 at most once in 1,000; three standard errors of 400 rounds.
    assert sum(bool(errors_too_large(honest)) for honest, _ in sets) <= 3
    assert all(errors_too_large(wrong) for _, wrong in sets)


@pytest.mark.parametrize("wrong", [lambda se, n: se * n**0.5, lambda se, _: se**2], ids=["SD", "variance"])
def test_one_wrong_error_among_right_ones_is_found(wrong: Callable[[float, float], float]) -> None:
    rng = np.random.default_rng(20261122)
    found = false = 0
    for _ in range(ROUNDS):
        honest = made_up(rng, 10)
        false += bool(error_among_others(honest))
        found += [one.cell for one in error_among_others([made_up(rng, 1, wrong)[0], *honest[1:]])] == ["t!C0"]
    # As MK-M05, whose rule it is: at least 0.93 found, at most 0.02 of honest sets asked about.
    assert found / ROUNDS >= 0.93
    assert false / ROUNDS <= 0.02


def golden_effects() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in ("uni_intercept", "uni_moderators", "trimfill", "regtest", "selmodel"):
        for case in json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")):
            inputs = case["inputs"]
            if {"yi", "vi"} <= inputs.keys():
                found.setdefault(case["dataset"], {name: inputs[name] for name in ("yi", "vi", "ni") if name in inputs})
    return found


def test_golden_effects_raise_no_false_alarm() -> None:
    alarms = {}
    for name, inputs in golden_effects().items():
        people = {"n": inputs["ni"]} if "ni" in inputs else {}
        yi, se = np.array(inputs["yi"], dtype=float), np.sqrt(np.array(inputs["vi"], dtype=float))
        told = said(measure=["MD"] * yi.size, estimate=yi, se=se, **people)
        notes = mk.effects_from(yi, se=se, study=[f"trial {i}" for i in range(yi.size)]).notes
        alarms[name] = [code for code, _ in told] + [note.code for note in notes]
    assert len(alarms) >= 20
    assert {name: found for name, found in alarms.items() if found} == {}


def test_effects_from_arrays_ask_whether_errors_are_standard_deviations() -> None:
    yi, se, n = [0.1, 0.3, 0.25, 0.0, 0.2, 0.4], np.array([0.2, 0.1, 0.2, 0.15, 0.1, 0.2]), 100
    names = [f"trial {i}" for i in range(6)]
    assert mk.effects_from(yi, se=se, study=names).notes == ()
    asked = mk.effects_from(yi, se=se * n**0.5, study=names).notes
    assert [note.code for note in asked] == ["SE_MAY_BE_SD"]
    # Q by hand is that of the right errors divided by n.
    weights = 1 / se**2
    q = float((weights * (np.array(yi) - np.average(yi, weights=weights)) ** 2).sum())
    assert dict(asked[0].values)["Q"] == pytest.approx(q / n, rel=1e-12)

"""Every test of asymmetry and every correction for unseen studies says when it must not be used."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import metak2 as mk
from metak2.display.notes import sentence
from metak2.robustness.selection import KINDS
from tests.robustness.pools import pool_arrays

Verb = Callable[[mk.Pooled], Any]
ALWAYS = ("should not be used", "too few", "advises against")
OF_EFFECTS: dict[str, Verb] = {
    "egger": mk.egger,
    "egger, lm": partial(mk.egger, model="lm"),
    "begg": mk.begg,
    "trim and fill": mk.trim_and_fill,
    "fail-safe N": mk.fail_safe_n,
    "Orwin": partial(mk.fail_safe_n, rule="orwin"),
    "Rosenberg": partial(mk.fail_safe_n, rule="rosenberg"),
    "Henmi-Copas": mk.henmi_copas,
    "PET-PEESE": mk.pet_peese,
    "excess significance": mk.excess_significance,
    "Copas": mk.copas,
    "Copas' contours": mk.copas_contour,
    "Copas' path": mk.copas_path,
    "limit": mk.limit_meta_analysis,
    **{kind: partial(mk.selection_model, kind=kind) for kind in KINDS},
}
OF_TABLES: dict[str, Verb] = {"harbord": mk.harbord, "peters": mk.peters, "macaskill": mk.macaskill, "deeks": mk.deeks}
OF_SIGNIFICANT: dict[str, Verb] = {
    "p-curve": mk.p_curve,
    "p-uniform*": mk.p_uniform,
    **{kind: partial(mk.selection_model, kind=kind) for kind in KINDS},
}


def warned(result: object) -> bool:
    return any(words in sentence(note) for note in result.notes for words in ALWAYS)  # type: ignore[attr-defined] # each result has notes


def studies(k: int, z: np.ndarray) -> mk.Pooled:
    vi = np.linspace(0.04, 0.4, k)
    return pool_arrays(z * np.sqrt(vi), vi)


def tables(k: int) -> mk.Pooled:
    rng = np.random.default_rng(4)
    n = rng.integers(60, 400, k)
    data = mk.count_data(event_e=rng.binomial(n, 0.3), n_e=n, event_c=rng.binomial(n, 0.4), n_c=n)
    table = mk.StudyTable(source="made up", kind="counts", study=data.study, columns=dict(data.columns), cells={})
    return mk.pool(mk.effect_sizes(table, measure="OR"), method="DL")


@pytest.mark.parametrize("name", OF_EFFECTS)
def test_with_nine_studies_every_method_says_that_it_should_not_be_used(name: str) -> None:
    z = np.array([0.2, 2.4, 1.1, -0.5, 2.9, 0.4, 3.1, -1.0, 2.5])
    assert warned(OF_EFFECTS[name](studies(9, z)))


@pytest.mark.parametrize("name", OF_TABLES)
def test_with_nine_tables_every_test_says_that_it_should_not_be_used(name: str) -> None:
    assert warned(OF_TABLES[name](tables(9)))
    assert not warned(OF_TABLES[name](tables(20)))


@pytest.mark.parametrize("name", OF_SIGNIFICANT)
def test_with_two_significant_results_every_method_that_rests_on_them_says_so(name: str) -> None:
    z = np.array([2.3, 2.8, *np.linspace(-0.9, 1.5, 18)])
    codes = {note.code for note in OF_SIGNIFICANT[name](studies(20, z)).notes}
    assert codes & {"PCURVE_FEW", "SELECTION_ONE_SIDED"}


@pytest.mark.parametrize("name", [name for name in OF_EFFECTS if name not in {"fail-safe N", "Orwin", "Rosenberg"}])
def test_with_forty_like_studies_none_says_so(name: str) -> None:
    rng = np.random.default_rng(40)
    result = OF_EFFECTS[name](studies(40, rng.normal(1.4, 1.0, 40)))
    said = [note.code for note in result.notes]
    assert not [code for code in said if code.endswith("_FEW")]
    assert "FAILSAFE_DISCOURAGED" not in said

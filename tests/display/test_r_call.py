"""The line of R that is printed gives the numbers that are printed: R 4.2.2 was asked once, its answers are kept."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import metak2 as mk
from metak2.display.r_call import r_call

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "r_calls.json").read_text(encoding="utf-8"))["cases"]
ZERO = pd.DataFrame(
    {"study": list("ABCDE"), "event_e": [0, 3, 5, 2, 0], "n_e": [24, 60, 80, 51, 33], "event_c": [4, 7, 6, 0, 0],
     "n_c": [25, 58, 82, 50, 30]}
)  # fmt: skip
MEANS = pd.DataFrame(
    {"study": list("ABCD"), "mean_e": [5.1, 4.25, 6.0, 5.5], "sd_e": [1.5, 1.25, 2.0, 1.75], "n_e": [20, 35, 41, 18],
     "mean_c": [4.0, 4.1, 4.5, 5.9], "sd_c": [1.4, 1.3, 2.2, 1.6], "n_c": [22, 33, 40, 19]}
)  # fmt: skip


def bcg() -> mk.StudyTable:
    file = ROOT / "datasets" / "bcg" / "bcg.xlsx"
    return mk.read_studies(file, outcome="tuberculosis", experimental="BCG", control="no vaccination")


CASES: dict[str, Callable[[], mk.Pooled]] = {
    "reml_hk": lambda: mk.pool(mk.effect_sizes(bcg(), measure="RR")),
    "dl_z": lambda: mk.pool(mk.effect_sizes(bcg(), measure="RR"), method="DL", test="z"),
    "ml_t": lambda: mk.pool(mk.effect_sizes(bcg(), measure="OR"), method="ML", test="t"),
    "ce": lambda: mk.pool(mk.effect_sizes(bcg(), measure="RD"), method="CE"),
    "mh": lambda: mk.pool(mk.effect_sizes(bcg(), measure="RR"), method="MH"),
    "mh_or": lambda: mk.pool(mk.effect_sizes(bcg(), measure="OR"), method="MH"),
    "peto": lambda: mk.pool(mk.effect_sizes(bcg(), measure="PETO"), method="PETO"),
    "revman5": lambda: mk.pool(mk.effect_sizes(bcg(), measure="RR"), convention="revman5"),
    "metafor_90": lambda: mk.pool(mk.effect_sizes(bcg(), measure="RR"), convention="metafor", level=0.9),
    "zero_or": lambda: mk.pool(mk.effect_sizes(ZERO, measure="OR"), convention="metafor"),
    "zero_revman5": lambda: mk.pool(mk.effect_sizes(ZERO, measure="OR"), convention="revman5"),
    "zero_tacc": lambda: mk.pool(mk.effect_sizes(ZERO, measure="OR", zero_cells="treatment-arm"), convention="metafor"),
    "md": lambda: mk.pool(mk.effect_sizes(MEANS, measure="MD"), method="PM"),
    "smd": lambda: mk.pool(mk.effect_sizes(MEANS, measure="SMD"), method="EB", test="z"),
    "adhoc": lambda: mk.pool(mk.effect_sizes(MEANS, measure="MD"), test="HK-adhoc"),
    "given_tau2": lambda: mk.pool(mk.effect_sizes(MEANS, measure="MD"), tau2=0.2, test="z", method="REML"),
    "weights": lambda: mk.pool(mk.effect_sizes(MEANS, measure="MD"), weights="equal", test="z"),
}


@pytest.mark.parametrize("name", CASES)
def test_r_answers_the_printed_line_with_the_printed_numbers(name: str) -> None:
    pooled, golden = CASES[name](), GOLDEN[name]
    assert r_call(pooled)[0] == golden["r_call"]
    tolerance = 1e-4  # metafor stops its iterations for tau² at an absolute change of 1e-5
    assert pooled.estimate == pytest.approx(golden["estimate"], rel=tolerance)
    assert pooled.ci.low == pytest.approx(golden["ci_low"], rel=tolerance)
    assert pooled.ci.high == pytest.approx(golden["ci_high"], rel=tolerance)
    if "pi_low" in golden:
        assert pooled.pi is not None
        assert pooled.pi.low == pytest.approx(golden["pi_low"], rel=tolerance)
        assert pooled.pi.high == pytest.approx(golden["pi_high"], rel=tolerance)


def test_closed_forms_agree_with_r_to_the_last_bits() -> None:
    for name in ("dl_z", "ce", "mh", "mh_or", "peto", "revman5", "zero_revman5"):
        # closed forms: no iteration to stop early
        assert CASES[name]().estimate == pytest.approx(GOLDEN[name]["estimate"], rel=1e-12)


def test_what_metafor_has_no_option_for_is_said_beside_the_line() -> None:
    effects = mk.effect_sizes(MEANS, measure="MD")
    kenward = r_call(mk.pool(effects, test="KR"))
    assert any('method.random.ci = "KR"' in line for line in kenward)
    assert any("another rule" in line for line in r_call(mk.pool(effects, prediction="bootstrap", draws=1000)))


def test_one_study_alone_is_summarised_not_pooled() -> None:
    (line,) = r_call(mk.pool(mk.effect_sizes(MEANS.head(1), measure="MD")))
    assert line.startswith("library(metafor); summary(escalc(")

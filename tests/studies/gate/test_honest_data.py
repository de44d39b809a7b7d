"""Honest trials pass: what the shipped and the golden data sets are told, each with the reason why it is true."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metak2.studies.gate.outcome import CheckReport
from metak2.studies.gate.workbook import check_workbook, report_on
from metak2.studies.read import open_book

ROOT = Path(__file__).parents[3]
DATASETS = sorted(path for path in ROOT.glob("datasets/*/*.xlsx") if path.stem != "k2_claims")  # claims, not trials

# What is printed as an error or a warning, and why each is true of the data as the papers print them.
SAID = {
    ("huang2014", "MK-M06", "continuous!P16"): "Shiraki measured percent, Yonemura and Je g/cm2: METHODS 5 pools none",
    ("huang2014", "MK-M06", "continuous!P70"): "ucOC in per cent and in ng/mL",
    ("huang2014", "MK-M06", "continuous!P94"): "ucOC in per cent and in ng/dL",
    ("huang2014", "MK-M08", "continuous!A2"): "lumbar spine BMD as change and, by Yonemura, as final value",
    ("huang2014", "MK-M08", "continuous!A59"): "ucOC as change and, by Koitaya, as final value",
    ("huang2014", "MK-T17", "misprints!D4"): "Orimo's misprint, quoted in the sheet of misprints",
    ("huang2014", "MK-E14", "effects!G2"): "Ishida & Kawai: no whole count gives 0.44; there are integrity concerns",
    ("k2_reviews", "MK-E10", "effects!G61"): "Hao 2017 pooled risk ratios on the plain scale, as Lees 2019 did",
    ("k2_reviews", "MK-S17", "studies!E3"): "Cockayne 2006 and its correction: the same trials",
    ("k2_reviews", "MK-S17", "studies!E13"): "Mott 2019 and its correction: the same trials",
    ("k2_vascular", "MK-M06", "continuous!P34"): "dp-ucMGP in pmol/L and in per cent",
    ("k2_vascular", "MK-M06", "continuous!P30"): "pulse wave velocity in per cent and in m/s",
    ("k2_vascular", "MK-M08", "continuous!A14"): "coronary calcium as change and, by Ikari, as final value",
    ("k2_vascular", "MK-M08", "continuous!A28"): "pulse wave velocity as change and, by Mansour, as final value",
    ("k2_vascular", "MK-E10", "effects!G9"): "Zwakenberg 2019: the sheet's own note says that the CI is not symmetric",
    ("k2_vascular", "MK-E10", "effects!G20"): "Gast 2009: 0.91 is 0.16 half-widths below the middle of 0.85 to 1.00",
    ("tan2024", "MK-E13", "effects!I2"): "Tan 2024: the interval is 2.80 times too narrow",
}


def told(report: CheckReport) -> list[tuple[str, str]]:
    return [(problem.code, problem.cell) for problem in report.problems if problem.severity != "note"]


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.stem)
def test_of_the_shipped_data_nothing_is_said_that_is_not_true(path: Path) -> None:
    expected = {(code, cell) for dataset, code, cell in SAID if dataset == path.stem}
    found = told(check_workbook(path))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_no_error_stands_in_the_shipped_data() -> None:
    assert len(DATASETS) == 8
    assert sum(check_workbook(path).count("error") for path in DATASETS) == 0


def frame_of(inputs: dict[str, Any]) -> pd.DataFrame | None:
    """The trials of a golden case as a wide sheet; None for a case that holds no arms."""
    if {"m1i", "sd1i", "n1i"} <= inputs.keys():
        columns = dict(zip(("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
                           ("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"), strict=True))  # fmt: skip
        data = {name: inputs[key] for key, name in columns.items()}
    elif {"ai", "ci"} <= inputs.keys():
        n1 = inputs.get("n1i") or [a + b for a, b in zip(inputs["ai"], inputs["bi"], strict=True)]
        n2 = inputs.get("n2i") or [c + d for c, d in zip(inputs["ci"], inputs["di"], strict=True)]
        data = {"event_e": inputs["ai"], "n_e": n1, "event_c": inputs["ci"], "n_c": n2}
    else:
        return None
    return pd.DataFrame({"study": [f"trial {at + 1}" for at in range(len(data["n_e"]))], **data})


def golden_frames() -> dict[str, pd.DataFrame]:
    frames: dict[str, pd.DataFrame] = {}
    for name in ("escalc_2x2", "escalc_2x2_zero", "escalc_cont2"):
        for case in json.loads((ROOT / "tests" / "golden" / f"{name}.json").read_text(encoding="utf-8")):
            frame = frame_of(case["inputs"])
            if frame is not None:
                frames.setdefault(case["dataset"], frame)
    return frames


def test_golden_trials_raise_no_false_alarm() -> None:
    alarms = {name: told(report_on(open_book(frame))) for name, frame in golden_frames().items()}
    trials = sum(map(len, golden_frames().values()))
    assert trials >= 200  # BCG, normand1999, dagostino1998, li2007, linde2005 … and the invented ones
    assert {name: found for name, found in alarms.items() if found} == {}


def test_false_alarms_per_hundred_clean_trials_are_none() -> None:
    """17 warnings on the studies of the shipped data, every one true (SAID); none on the golden trials."""
    shipped: Counter[str] = Counter()
    studies = 0
    for path in DATASETS:
        shipped.update(code for code, _ in told(check_workbook(path)))
        studies += len(open_book(path).sheets["studies"].rows)
    assert shipped == Counter(code for _, code, _ in SAID)
    false_alarms = sum(shipped.values()) - len(SAID)
    golden = sum(map(len, golden_frames().values()))
    clean = studies + golden
    print(f"false alarms per 100 clean trials: {100 * false_alarms / clean:.1f} ({false_alarms} of {clean})")  # noqa: T201 - the issue asks for the number
    assert false_alarms == 0
    told_in_the_docs = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert f"which holds no trials) | {studies} | {len(SAID)} | {len(SAID)} | 0.0 |" in told_in_the_docs
    assert f"(`tests/golden/`) | {golden} | 0 | – | 0.0 |" in told_in_the_docs

"""Pooled effects of every kind that is exported: counts with and without empty cells, means, ready-made effects."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

import metak2 as mk
from metak2.effects.sizes import EffectSizes
from metak2.models.pooled import Pooled

BCG = Path(__file__).parents[2] / "datasets" / "bcg" / "bcg.xlsx"
HOSTILE = ('O"Neill \\ 1999', "=1+1", "two\nlines")
ZEROS = pd.DataFrame({
    "study": ["Ando 2001", "Baba 2004", "Chiba 2007", "Doi 2009"],
    "event_e": [0, 10, 0, 5], "n_e": [100, 120, 60, 80], "event_c": [16, 18, 0, 0], "n_c": [100, 118, 62, 81],
})  # fmt: skip
MEANS = pd.DataFrame({
    "study": ["Ando 2001", "Baba 2004", "Chiba 2007"],
    "mean_e": [1.2, 2.2, 1.9], "sd_e": [0.5, 0.5, 0.5], "n_e": [20, 30, 10],
    "mean_c": [1.0, 1.5, 1.7], "sd_c": [0.6, 0.6, 0.4], "n_c": [22, 32, 12],
})  # fmt: skip
REPORTED = pd.DataFrame({
    "study": ["Ando 2001", "Baba 2004", "Chiba 2007"], "measure": "HR", "estimate": [0.8, 0.7, 0.9],
    "ci_low": [0.6, 0.5, None], "ci_high": [1.1, 0.98, None], "se": [None, None, 0.2],
})  # fmt: skip


def bcg(measure: str) -> EffectSizes:
    asked = mk.read_studies(BCG, outcome="tuberculosis", experimental="BCG", control="no vaccination")
    return mk.effect_sizes(asked, measure=measure)


def made_up(frame: pd.DataFrame, measure: str) -> EffectSizes:
    return mk.effect_sizes(mk.read_studies(frame), measure=measure)


def hostile() -> EffectSizes:
    return mk.effects_from([0.1, 0.2, 0.4], study=HOSTILE, se=[0.1, 0.2, 0.15], measure="MD")


def cases() -> Mapping[str, Pooled]:
    """Name → pooled effect, one for each way in which an export can be made."""
    return {
        "reml-hk": mk.pool(bcg("RR")),
        "dl-z": mk.pool(bcg("OR"), method="DL", test="z"),
        "revman5": mk.pool(bcg("RR"), convention="revman5"),
        "risk-difference": mk.pool(bcg("RD")),
        "common-effect": mk.pool(bcg("RR"), method="CE"),
        "mantel-haenszel": mk.pool(bcg("RR"), method="MH"),
        "peto": mk.pool(bcg("PETO"), method="PETO"),
        "one-retracted": mk.pool(bcg("RR").excluding("retracted", ("Aronson 1948",))),
        "zeros": mk.pool(made_up(ZEROS, "RR"), method="PM"),
        "zeros-or": mk.pool(made_up(ZEROS, "OR")),
        "zeros-mh": mk.pool(made_up(ZEROS, "RR"), method="MH"),
        "means-md": mk.pool(made_up(MEANS, "MD")),
        "means-smd": mk.pool(made_up(MEANS, "SMD")),
        "means-rom": mk.pool(made_up(MEANS, "ROM")),
        "reported": mk.pool(made_up(REPORTED, "HR"), method="ML", test="t"),
        "hostile": mk.pool(hostile()),
    }

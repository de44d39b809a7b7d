"""A reviewer's project in a folder of its own: a data file, and plans beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

TRIALS = """\
study,event_e,n_e,event_c,n_c,year,dose,integrity_status
Ando 2001,8,100,16,100,2001,low,ok
Baba 2004,10,120,18,118,2004,low,ok
Chiba 2007,4,60,11,62,2007,high,ok
Doi 2009,1,90,20,90,2009,high,concern
"""
PLAN = """\
title = "Vitamin K2 and fracture"
studies = { file = "datasets/k2/k2.csv" }
measure = "RR"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "datasets" / "k2").mkdir(parents=True)
    (tmp_path / "datasets" / "k2" / "k2.csv").write_text(TRIALS, encoding="utf-8")
    (tmp_path / "analyses").mkdir()
    return tmp_path


@pytest.fixture
def write_plan(project: Path) -> Callable[..., Path]:
    """Write a plan: the three lines that every plan needs, and more."""

    def write(more: str = "", *, base: str = PLAN, name: str = "k2.toml") -> Path:
        path = project / "analyses" / name
        path.write_text(base + more, encoding="utf-8")
        return path

    return write

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metak2.report.blocks import Heading, Paragraph
from metak2.report.formats import FORMATS
from metak2.report.report import rendered
from tests.report.samples import HOSTILE, Sketch, sample_blocks, sample_report

ROOT = Path(__file__).parents[2]
WRITE = (
    "from tests.report.samples import HOSTILE, sample_report; "
    "sample_report(names=HOSTILE).write('bcg', formats=['html', 'md', 'docx', 'pdf', 'xlsx'])"
)


def test_a_report_is_text_page_numbers_manifest_and_each_picture_three_times(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "forest.pdf",
        "forest.png",
        "forest.svg",
        "manifest.json",
        "report.html",
        "report.md",
        "results.json",
    ]


def test_another_folder_time_zone_hash_seed_and_day_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for zone, seed in (("Pacific/Kiritimati", "1"), ("UTC", "2")):  # their clocks differ by more than the test takes
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", WRITE], cwd=folder, env=environment, check=True)
        written.append({entry.name: entry.read_bytes() for entry in (folder / "bcg").iterdir()})
    assert written[0] == written[1]
    assert written[0] == rendered(sample_report(names=HOSTILE), formats=FORMATS)


def test_the_version_stands_on_one_line_of_the_text() -> None:
    lines = rendered(sample_report())["report.md"].decode().splitlines()
    assert [line for line in lines if "metak2" in line] == ["Written by metak2 0.1.0."]


def test_the_data_read_are_named_with_their_fingerprint() -> None:
    assert "Data read: datasets/bcg/bcg.xlsx (content SHA-256 abababababab)." in str(
        rendered(sample_report())["report.md"]
    )


def test_results_json_holds_results_and_drawings_and_the_version() -> None:
    found = json.loads(rendered(sample_report())["results.json"])
    assert sorted(found) == ["data_date", "drawings", "expectations", "metak2", "origins", "results", "title"]
    assert found["results"]["primary"] == {"estimate": -0.7145, "k": 13, "pval": 0.0012}
    assert found["drawings"]["forest"] == {"rows": ["Aronson 1948"], "estimate": 0.49}


def test_two_pictures_cannot_share_a_name() -> None:
    picture = sample_blocks()[3]
    with pytest.raises(ValueError, match="same name"):
        sample_report(blocks=(picture, picture))


def test_headings_do_not_jump_a_level() -> None:
    with pytest.raises(ValueError, match="'Deep' of level 4 stands below level 2"):
        sample_report(blocks=(Heading("Results"), Paragraph("…"), Heading("Deep", 4)))


def test_a_picture_is_drawn_from_what_it_was_given() -> None:
    files = rendered(sample_report(Sketch(label="RR 0.50")))
    assert b"RR 0.50" in files["forest.svg"]
    assert b"RR 0.50" in files["report.html"]

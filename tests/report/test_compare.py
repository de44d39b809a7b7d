import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from metak2.report.blocks import Paragraph
from metak2.report.compare import Verdict, compare_reports
from metak2.report.manifest import MANIFEST
from metak2.report.report import Report
from metak2.studies.reading_log import ParsedInput
from tests.report.samples import Sketch, sample_blocks, sample_report


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPixels(Sketch):
    """The same figure, painted by another PNG writer."""

    def png(self) -> bytes:
        return b"\x89PNG other"


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    return sample_report().write(tmp_path / "reports" / "bcg")


def against(committed: Path, fresh: Report) -> Verdict:
    verdict = compare_reports(committed, fresh.write(committed.parents[1] / "fresh" / "bcg"))
    prefix = f"{committed}/"
    return Verdict(
        differences=tuple(line.removeprefix(prefix) for line in verdict.differences), information=verdict.information
    )


def edit_manifest(folder: Path, **changes: object) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**content, **changes}))


def test_the_same_report_twice_has_no_difference(committed: Path) -> None:
    assert against(committed, sample_report()) == Verdict()


def test_gate_1_says_that_an_input_changed(committed: Path) -> None:
    fresh = sample_report(inputs=(ParsedInput(path="datasets/bcg/bcg.xlsx", sha256="ab" * 6 + "00" * 26),))
    assert against(committed, fresh).differences == (
        "manifest.json: datasets/bcg/bcg.xlsx has changed since the report was written; run `metak2 run`",
    )


def test_gate_1_says_that_the_analysis_changed_or_reads_something_else(committed: Path) -> None:
    fresh = sample_report(
        analysis=ParsedInput(path="analyses/bcg.toml", sha256="ef" * 32),
        inputs=(ParsedInput(path="datasets/other.xlsx", sha256="ab" * 32),),
    )
    lines = [line for line in against(committed, fresh).differences if line.startswith("manifest.json")]
    assert lines == [
        "manifest.json: analyses/bcg.toml has changed since the report was written; run `metak2 run`",
        "manifest.json: datasets/bcg/bcg.xlsx was read and no longer is; run `metak2 run`",
        "manifest.json: datasets/other.xlsx is read and was not; run `metak2 run`",
    ]


def test_gate_2_names_the_number_with_old_and_new(committed: Path) -> None:
    fresh = sample_report(results={"primary": {"estimate": -0.7146, "k": 13, "pval": 0.0012}})
    assert against(committed, fresh).differences == ("results.json: results.primary.estimate: -0.7145 became -0.7146",)


def test_gate_2_sees_what_a_drawing_shows(committed: Path) -> None:
    fresh = sample_report(Sketch(shown={"rows": ["Aronson 1948"], "estimate": 0.5}))
    assert against(committed, fresh).differences == ("results.json: drawings.forest.estimate: 0.49 became 0.5",)


def test_gate_3_names_what_moved_in_a_figure(committed: Path) -> None:
    lines = against(committed, sample_report(Sketch(at=60.0))).differences
    assert lines[0] == "forest.svg: a <use> moved: its x differs by 20"


def test_gate_4_quotes_the_sentence_in_markdown_and_page(committed: Path) -> None:
    blocks = (Paragraph("The risk ratio is 0.50."), *sample_blocks()[1:])
    old = "“The risk ratio is 0.49 (95\u202f% CI 0.33 to 0.73), p \\< 0.001.”"
    assert against(committed, sample_report(blocks=blocks)).differences == (
        "report.html: " + old.replace("\\", "").replace("\u202f", " ") + " became “The risk ratio is 0.50.”",
        f"report.md: {old} became “The risk ratio is 0.50.”",
    )


def test_a_sentence_edited_by_hand_is_one_difference(committed: Path) -> None:
    text = (committed / "report.md").read_text(encoding="utf-8")
    (committed / "report.md").write_text(text.replace("a trial of concern", "a fine trial"), encoding="utf-8")
    (line,) = against(committed, sample_report()).differences
    assert "Aronson 1948 is a fine trial.” became" in line


def test_gate_5_compares_bytes_on_the_same_platform(committed: Path) -> None:
    assert against(committed, sample_report(OtherPixels())).differences == (
        "forest.png: is written with other bytes now, though data, numbers and text are the same",
    )


def test_gate_5_is_only_information_on_another_platform(committed: Path) -> None:
    tag = json.loads((committed / MANIFEST).read_text())["platform"]
    edit_manifest(committed, platform={**tag, "matplotlib": "3.9.4"})
    verdict = against(committed, sample_report(OtherPixels()))
    assert verdict.differences == ()
    (line,) = verdict.information
    assert f"matplotlib 3.9.4 then, {tag['matplotlib']} now" in line


def test_a_new_version_that_changes_no_number_is_only_information(committed: Path) -> None:
    edit_manifest(committed, metak2="0.0.9")
    verdict = against(committed, sample_report())
    assert verdict.differences == ()
    assert "metak2 0.0.9 wrote the report" in verdict.information[0]


def test_a_picture_edited_by_hand_is_seen_on_every_platform(committed: Path) -> None:
    edit_manifest(committed, metak2="0.0.9")
    (committed / "forest.png").write_bytes(b"\x89PNG retouched")
    assert against(committed, sample_report()).differences == (
        "forest.png: was changed after it was written: its SHA-256 is not the one in manifest.json",
    )


def test_a_missing_file_and_a_stray_one_are_one_line_each(committed: Path) -> None:
    (committed / "forest.png").unlink()
    (committed / "old-forest.png").write_bytes(b"")
    assert against(committed, sample_report()).differences == (
        "forest.png: is missing; run `metak2 run`",
        "old-forest.png: no analysis writes this file",
    )


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_results_that_cannot_be_read_are_one_line(committed: Path, content: bytes) -> None:
    (committed / "results.json").write_bytes(content)
    (line,) = against(committed, sample_report()).differences
    assert line.startswith("results.json: cannot be read (")


def test_another_schema_asks_for_a_new_run(committed: Path) -> None:
    edit_manifest(committed, schema=0)
    assert "run `metak2 run`" in against(committed, sample_report()).differences[0]


def test_a_report_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    fresh = sample_report().write(tmp_path / "fresh")
    assert compare_reports(tmp_path / "none", fresh).differences == (
        f"{tmp_path / 'none'}: there is no report; run `metak2 run`",
    )


def test_a_report_without_its_manifest_is_one_line(committed: Path) -> None:
    (committed / MANIFEST).unlink()
    (line,) = against(committed, sample_report()).differences
    assert "manifest.json cannot be read" in line or line.startswith("manifest.json cannot be read")

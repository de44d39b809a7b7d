from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import PlanError
from metak2.plan import verify as verifying
from metak2.plan.run import Ran
from metak2.plan.verify import update, verify
from metak2.report.report import Report
from tests.report.samples import sample_report

Runner = Callable[..., Ran]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    sample_report().write(tmp_path / "reports" / "bcg")
    return tmp_path / "reports"


def running(report: Report, *unmet: str) -> Runner:
    def run(path: Path, out: Path, *, formats: tuple[str, ...]) -> Ran:
        return Ran(folder=report.write(out / path.stem, formats=formats or None), unmet=unmet)

    return run


def test_reports_that_follow_from_their_data_have_no_difference(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "run", running(sample_report()))
    verdict = verify([Path("analyses/bcg.toml")], reports)
    assert (verdict.differences, verdict.information) == ((), ())


def test_a_report_is_verified_in_the_formats_it_was_written_in(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample_report().write(reports / "bcg", formats=["md", "docx", "pdf", "xlsx"])
    monkeypatch.setattr(verifying, "run", running(sample_report()))
    assert verify([Path("analyses/bcg.toml")], reports).differences == ()
    changed = sample_report(data_date="2026-11-02")
    monkeypatch.setattr(verifying, "run", running(changed))
    lines = verify([Path("analyses/bcg.toml")], reports).differences
    assert f"{reports}/bcg/report.docx: “Data as of 2026-11-01.” became “Data as of 2026-11-02.”" in lines
    assert {line.split(": ")[0].rpartition("/")[2] for line in lines} == {
        "report.docx",
        "report.md",
        "report.pdf",
        "report.xlsx",
        "results.json",
    }


def test_a_number_that_moved_is_one_line(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = sample_report(results={"primary": {"estimate": -0.7, "k": 13, "pval": 0.0012}})
    monkeypatch.setattr(verifying, "run", running(fresh))
    assert verify([Path("analyses/bcg.toml")], reports).differences == (
        f"{reports}/bcg/results.json: results.primary.estimate: -0.7145 became -0.7",
    )


def test_an_expected_number_that_is_not_found_is_a_difference(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "run", running(sample_report(), "primary: estimate is -0.7, expected -0.8"))
    assert verify([Path("analyses/bcg.toml")], reports).differences == (
        "analyses/bcg.toml: primary: estimate is -0.7, expected -0.8",
    )


def test_an_analysis_without_a_report_and_a_report_without_an_analysis_are_differences(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "run", running(sample_report()))
    assert verify([Path("analyses/habu2004.py")], reports).differences == (
        f"{reports}/habu2004: there is no report; run `metak2 run`",
        f"{reports}/bcg: no analysis writes this report",
    )


def test_an_analysis_that_cannot_be_run_does_not_hide_the_others(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample_report().write(reports / "broken")

    def run(path: Path, out: Path, *, formats: tuple[str, ...]) -> Ran:
        if path.stem == "broken":
            raise PlanError(['primary: the key "methd" is not known'], source="analyses/broken.toml")
        return running(sample_report(title="Another"))(path, out, formats=formats)

    monkeypatch.setattr(verifying, "run", run)
    first, *others = verify([Path("analyses/broken.toml"), Path("analyses/bcg.toml")], reports).differences
    assert first == (
        'analyses/broken.toml: cannot be run: 1 problem in analyses/broken.toml; primary: the key "methd" is not known'
    )
    assert others


def test_two_analyses_of_one_name_would_write_one_report(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "run", running(sample_report()))
    (line,) = verify([Path("analyses/bcg.py"), Path("analyses/bcg.toml")], reports).differences
    assert line == "analyses/bcg.toml: writes the same report as analyses/bcg.py; rename one of them"


def test_no_reports_at_all_is_one_line_per_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "run", running(sample_report()))
    assert len(verify([Path("analyses/bcg.toml")], tmp_path / "reports").differences) == 1


def test_only_reports_that_no_longer_follow_are_written_anew(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample_report().write(reports / "sound")
    changed = sample_report(data_date="2026-11-02")

    def run(path: Path, out: Path, *, formats: tuple[str, ...]) -> Ran:
        return running(changed if path.stem == "bcg" else sample_report())(path, out, formats=formats)

    monkeypatch.setattr(verifying, "run", run)
    analyses = [Path("analyses/bcg.toml"), Path("analyses/sound.toml")]
    assert verify(analyses, reports).differences
    assert update(analyses, reports) == (reports / "bcg",)
    assert verify(analyses, reports).differences == ()
    assert update(analyses, reports) == ()

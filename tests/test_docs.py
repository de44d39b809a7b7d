"""The documents tell the truth: their Python runs, their plans are accepted, their commands and links exist."""

import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import metak2 as mk
from metak2.plan.schema import read_plan
from tests.commands import assert_command_exists

DOCS = Path(__file__).parents[1] / "docs"
BASE = 'title = "T"\nabout = "one against the other"\nmeasure = "RR"\n'
STUDIES = 'studies = { file = "trials.xlsx" }\n'
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code in a document."""

    document: str
    language: str
    text: str


def blocks(*languages: str) -> list[Block]:
    found: list[Block] = []
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        found += [Block(path.name, *parts) for parts in FENCED.findall(text)]
    return [block for block in found if block.language in languages]


def named(block: Block) -> str:
    return block.document


COMMANDS = [
    line.partition("#")[0].strip()
    for block in blocks("sh", "")
    for line in block.text.splitlines()
    if line.startswith("metak2 ")
]
LINKS = [
    (path.name, target)
    for path in sorted(DOCS.glob("*.md"))
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    if "://" not in target
]


@pytest.fixture
def clusters(tmp_path: Path) -> dict[str, Any]:
    """Twelve trials of two doses against one placebo."""
    header = "study,arm_e,arm_c,month,dose,site,district,school,event_e,n_e,event_c,n_c"
    rows = []
    for trial in range(1, 13):
        n, control, site = 90 + 5 * trial, 30 + trial % 4, "north" if trial % 2 else "south"
        for month, dose in ((6, 1), (12, 2)):
            events = (10 if trial % 3 else 27) + dose + trial % 5
            place = f"{month},{dose},{site},{trial % 4},{trial}"
            rows.append(f"Trial {trial},dose {dose},placebo,{place},{events},{n},{control},{n}")
    (tmp_path / "trials.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    studies = mk.read_studies(tmp_path / "trials.csv", each_arm=True)
    return {"effects": mk.effect_sizes(studies, measure="RR")}


@pytest.fixture
def styles() -> dict[str, Any]:
    pooled = mk.pool(mk.effects_from([-0.9, -0.3, 0.1], vi=[0.1, 0.04, 0.2], study=["A", "B", "C"], measure="RR"))
    comparison = mk.Comparison(name="primary", title="BCG", about="tuberculosis", primary=pooled)
    return {"pooled": pooled, "comparisons": (comparison,)}


@pytest.fixture
def conversions(tmp_path: Path) -> dict[str, Any]:
    """Three trials with baseline and final values."""
    header = "study,change_or_final,outcome,mean_e,sd_e,n_e,mean_c,sd_c,n_c"
    rows = [
        f"Trial {trial},{when},BMD,{mean + trial},4,4{trial},{mean - 0.2 * trial},4.2,4{trial}"
        for trial in (1, 2, 3)
        for when, mean in (("baseline", 70.0), ("final", 71.5))
    ]
    pd.read_csv(StringIO("\n".join([header, *rows]))).to_excel(
        tmp_path / "trials.xlsx", sheet_name="trials", index=False
    )
    return {}


def test_there_is_something_to_try() -> None:
    assert all((blocks("python"), blocks("toml"), COMMANDS, LINKS))


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("python"), ids=named)
def test_the_python_of_a_document_runs(
    block: Block, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = request.getfixturevalue(Path(block.document).stem)
    monkeypatch.chdir(tmp_path)
    exec(compile(block.text, block.document, "exec"), {"mk": mk, **given})  # noqa: S102 - the example under test


@pytest.mark.parametrize("block", blocks("toml"), ids=named)
def test_the_plan_of_a_document_is_accepted(block: Block, tmp_path: Path) -> None:
    whole = block.text.startswith("title")
    head = "" if whole else BASE + ("" if block.text.startswith("studies") else STUDIES)
    plan = tmp_path / "plan.toml"
    plan.write_text(head + block.text, encoding="utf-8")
    assert read_plan(plan).title == ("Help to stop smoking" if whole else "T")


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_a_document_exists_with_its_options(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_command_exists(line, monkeypatch, capsys)


@pytest.mark.parametrize("document, target", LINKS)
def test_a_link_of_a_document_leads_somewhere(document: str, target: str) -> None:
    assert (DOCS / target).exists(), document

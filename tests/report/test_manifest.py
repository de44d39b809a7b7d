import json
from hashlib import sha256
from pathlib import Path

import pytest

from metak2.report.manifest import MANIFEST, platform_tag
from metak2.report.manifest_reading import ManifestError, read_manifest
from metak2.report.report import rendered
from tests.report.samples import sample_report


def test_the_manifest_fingerprints_every_other_file() -> None:
    files = rendered(sample_report())
    recorded = json.loads(files.pop(MANIFEST))["files"]
    assert recorded == {name: sha256(content).hexdigest() for name, content in files.items()}


def test_inputs_and_analysis_are_named_with_their_fingerprints(tmp_path: Path) -> None:
    manifest = read_manifest(sample_report().write(tmp_path / "bcg"))
    assert manifest.inputs == {"datasets/bcg/bcg.xlsx": "ab" * 32}
    assert manifest.analysis == {"analyses/bcg.toml": "cd" * 32}


def test_a_report_made_by_hand_has_no_analysis(tmp_path: Path) -> None:
    assert read_manifest(sample_report(analysis=None).write(tmp_path / "bcg")).analysis == {}


def test_the_platform_names_everything_that_changes_bytes() -> None:
    tag = platform_tag()
    assert {"python", "machine", "simd", "font", "numpy", "scipy", "matplotlib", "fonttools"} <= set(tag)
    assert all(tag.values())


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"metak2": "0.1.0", "analysis": 3, "inputs": []}'])
def test_a_manifest_that_cannot_be_read_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(ManifestError, match=r"manifest\.json cannot be read"):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_says_so(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="FileNotFoundError"):
        read_manifest(tmp_path)

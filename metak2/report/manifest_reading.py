"""A manifest as it stands in a report's folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metak2.errors import MetaError
from metak2.report.manifest import MANIFEST


class ManifestError(MetaError):
    """A report's manifest is missing or cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `manifest.json` says: `inputs` path → fingerprint, `analysis` likewise, `files` name → SHA-256."""

    metak2: str
    schema: int
    analysis: Mapping[str, str]
    inputs: Mapping[str, str]
    platform: Mapping[str, str]
    files: Mapping[str, str]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the folder; `ManifestError` where there is none that can be read."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        analysis = found["analysis"]
        return Manifest(
            metak2=found["metak2"],
            schema=found["schema"],
            analysis={analysis["path"]: analysis["sha256"]} if analysis else {},
            inputs={read["path"]: read["sha256"] for read in found["inputs"]},
            platform=found["platform"],
            files=found["files"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(
            f"{path} cannot be read ({type(error).__name__}: {error}); run `metak2 run` again"
        ) from error

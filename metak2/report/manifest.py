"""What a report was made from and with: fingerprints of data, analysis and files, and the platform that wrote them."""

import platform
import sys
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from metak2.report.canonical_json import canonical_json
from metak2.report.fonts import font_folder
from metak2.studies.reading_log import ParsedInput
from metak2.version import __version__

MANIFEST = "manifest.json"
SCHEMA = 1  # of results.json; raised when a name in it changes its meaning
_WRITERS = ("numpy", "scipy", "matplotlib", "pillow", "fonttools", "jinja2", "openpyxl")
_IF_THERE = ("lxml",)  # openpyxl writes its XML with it where it is installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a report was made from: the data as parsed, and the plan or script, None for a report made by hand.

    `writers` are the distributions whose versions decide bytes beyond those that decide them for every report.
    """

    inputs: tuple[ParsedInput, ...]
    analysis: ParsedInput | None
    writers: tuple[str, ...] = ()


def manifest_json(sources: Sources, files: Mapping[str, bytes]) -> str:
    """The manifest of a folder with these files, as canonical JSON."""
    inputs = sorted(sources.inputs, key=lambda read: (read.path, read.sha256))
    return canonical_json(
        {
            "metak2": __version__,
            "schema": SCHEMA,
            "analysis": asdict(sources.analysis) if sources.analysis else None,
            "inputs": [asdict(read) for read in inputs],
            "platform": platform_tag(sources.writers),
            "files": {name: sha256(content).hexdigest() for name, content in files.items()},
        }
    )


def platform_tag(further: tuple[str, ...] = ()) -> dict[str, str]:
    """Everything known to change the bytes of a report: equal tags mean that bytes can be compared.

    The instruction sets decide which kernels NumPy and its BLAS choose, hence the last bits of a sum.
    """
    simd = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": platform.machine(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "simd": " ".join(sorted([*simd.get("baseline", []), *simd.get("found", [])])),
        "font": sha256((font_folder() / "DejaVuSans.ttf").read_bytes()).hexdigest()[:16],
        **{name: _version(name) for name in (*_WRITERS, *_IF_THERE, *further)},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"

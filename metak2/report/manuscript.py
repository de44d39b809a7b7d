"""All that a renderer may need to write a report in its format."""

from collections.abc import Mapping
from dataclasses import dataclass

from metak2.report.blocks import Document
from metak2.report.effect_table import EffectTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """The document, each picture's SVG and PNG by its name, the effect sizes, and the user's Word template if any."""

    document: Document
    svgs: Mapping[str, str]
    pngs: Mapping[str, bytes]
    effect_tables: Mapping[str, EffectTable]
    template: bytes | None = None

"""A report: blocks to read, results to check, and the folder they are written to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from metak2.report.blocks import Block, Document, Heading, Picture
from metak2.report.canonical_json import canonical_json
from metak2.report.effect_table import EffectTable, as_csv
from metak2.report.expectations import Expectation
from metak2.report.folder import write_whole
from metak2.report.html import html
from metak2.report.manifest import MANIFEST, Sources, manifest_json
from metak2.report.markdown import markdown
from metak2.report.provenance import provenance
from metak2.report.results import Json, to_json
from metak2.report.shared_origins import share_origins
from metak2.report.workbook import workbook_bytes
from metak2.studies.reading_log import ParsedInput
from metak2.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """A report, not yet written.

    Attributes
    ----------
    blocks
        What is read, in order; sections start with `Heading` level 2.
    results
        Name → result (Pooled, Unpooled, Subgroups, Refits, other dataclasses, plain numbers) for results.json.
    effect_tables
        Name → effect sizes, written as <name>-studies.csv and as the sheets of studies.xlsx.
    inputs, analysis
        Fingerprints of the data as parsed and of the plan or script.
    data_date
        When the data were last looked up, as the plan states it; never the clock.
    """

    title: str
    blocks: tuple[Block, ...]
    results: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    effect_tables: Mapping[str, EffectTable] = field(default_factory=lambda: MappingProxyType({}))
    expectations: tuple[Expectation, ...] = ()
    inputs: tuple[ParsedInput, ...] = ()
    analysis: ParsedInput | None = None
    data_date: str = ""

    def __post_init__(self) -> None:
        names = [picture.name for picture in self.pictures]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two pictures of a report have the same name: {twice}")
        depth = 1
        for block in self.blocks:
            if isinstance(block, Heading):
                if block.level > depth + 1:
                    raise ValueError(f"heading {block.text!r} of level {block.level} stands below level {depth}")
                depth = block.level

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Picture))

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write report.md, report.html, the pictures, results.json and manifest.json; all of them or none.

        `OutputError` where the folder cannot be written or holds files of somebody else.
        """
        return write_whole(Path(folder), rendered(self))


def rendered(report: Report) -> dict[str, bytes]:
    """Every file of the report by name, the manifest last."""
    document = Document(
        title=report.title, blocks=report.blocks, data_date=report.data_date, provenance=provenance(report.inputs)
    )
    svgs = {picture.name: picture.drawing.svg() for picture in report.pictures}
    files = {
        "report.md": markdown(document).encode(),
        "report.html": html(document, svgs).encode(),
        "results.json": canonical_json(results_json(report)).encode(),
    }
    for picture in report.pictures:
        files[f"{picture.name}.svg"] = svgs[picture.name].encode()
        files[f"{picture.name}.png"] = picture.drawing.png()
        files[f"{picture.name}.pdf"] = picture.drawing.pdf()
    for name, table in report.effect_tables.items():
        files[f"{name}-studies.csv"] = as_csv(table).encode()
    if report.effect_tables:
        files["studies.xlsx"] = workbook_bytes(report.effect_tables)
    sources = Sources(inputs=report.inputs, analysis=report.analysis)
    return {**files, MANIFEST: manifest_json(sources, files).encode()}


def results_json(report: Report) -> Json:
    """All numbers of the report, the cells they came from and what its drawings show, ready for `canonical_json`."""
    results, origins = share_origins(to_json(report.results))
    return {
        "metak2": __version__,
        "title": report.title,
        "data_date": report.data_date,
        "results": results,
        "origins": origins,
        "expectations": to_json(report.expectations),
        "drawings": {picture.name: to_json(picture.drawing.data()) for picture in report.pictures},
    }

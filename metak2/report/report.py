"""A report: blocks to read, results to check, and the folder they are written to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from metak2.argument_types import check_fields
from metak2.report import results_clusters, results_multilevel, results_network  # noqa: F401 - they register their JSON
from metak2.report.blocks import Block, Document, Drawn, Heading, Picture
from metak2.report.canonical_json import canonical_json
from metak2.report.effect_table import EffectTable, as_csv
from metak2.report.expectations import Expectation
from metak2.report.folder import write_whole
from metak2.report.formats import DEFAULT_FORMATS, LIBRARIES, STEM, known_formats, renderers
from metak2.report.manifest import MANIFEST, Sources, manifest_json
from metak2.report.manuscript import Manuscript
from metak2.report.provenance import provenance
from metak2.report.results import Json, to_json
from metak2.report.shared_origins import share_origins
from metak2.report.word_template import read_template
from metak2.report.workbook import workbook_bytes
from metak2.studies.reading_log import ParsedInput
from metak2.version import __version__

PictureFormat = Literal["svg", "png", "pdf"]
PICTURES: tuple[PictureFormat, ...] = ("svg", "png", "pdf")


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
    formats, template
        What `write` writes where it is not told otherwise: "html", "md", "docx", "pdf", "xlsx"; a Word document whose
        styles, page and headers the .docx takes over.
    recorded
        Picture name → the drawing that results.json tells of in its place: the plain one of a journal's report.
    """

    title: str
    blocks: tuple[Block, ...]
    results: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    effect_tables: Mapping[str, EffectTable] = field(default_factory=lambda: MappingProxyType({}))
    expectations: tuple[Expectation, ...] = ()
    inputs: tuple[ParsedInput, ...] = ()
    analysis: ParsedInput | None = None
    data_date: str = ""
    formats: tuple[str, ...] = DEFAULT_FORMATS
    template: Path | None = None
    recorded: Mapping[str, Drawn] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        check_fields(self)
        known_formats(self.formats)
        names = [picture.name for picture in self.pictures]
        if STEM in names:
            raise ValueError(f"no picture can be called {STEM!r}: its files would be the report's")
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

    def write(
        self,
        folder: str | PathLike[str],
        *,
        formats: Iterable[str] | None = None,
        template: str | PathLike[str] | None = None,
    ) -> Path:
        """Write the report in each format, the pictures, results.json and manifest.json; all of them or none.

        `OutputError` where the folder cannot be written or holds files of somebody else, `TemplateError` where the
        template is missing or no Word document, `MissingExtraError` where a format's library is not installed.
        """
        chosen = self.formats if formats is None else known_formats(formats)
        return write_whole(Path(folder), rendered(self, formats=chosen, template=template or self.template))


def rendered(
    report: Report,
    *,
    formats: Iterable[str] = DEFAULT_FORMATS,
    template: str | PathLike[str] | None = None,
    pictures: Sequence[PictureFormat] = PICTURES,
) -> dict[str, bytes]:
    """Every file of the report by name, the manifest last. Word needs the pictures as "png"."""
    chosen = known_formats(formats)
    written = renderers(chosen)
    manuscript = Manuscript(
        document=Document(
            title=report.title, blocks=report.blocks, data_date=report.data_date, provenance=provenance(report.inputs)
        ),
        svgs={picture.name: picture.drawing.svg() for picture in report.pictures},
        pngs={picture.name: picture.drawing.png() for picture in report.pictures if "png" in pictures},
        effect_tables=report.effect_tables,
        template=read_template(Path(template)) if template and "docx" in chosen else None,
    )
    files = {f"{STEM}.{name}": render(manuscript) for name, render in written.items()}
    files["results.json"] = canonical_json(results_json(report)).encode()
    for picture in report.pictures:
        files[f"{picture.name}.svg"] = manuscript.svgs[picture.name].encode()
        if "png" in pictures:
            files[f"{picture.name}.png"] = manuscript.pngs[picture.name]
        if "pdf" in pictures:
            files[f"{picture.name}.pdf"] = picture.drawing.pdf()
    for name, table in report.effect_tables.items():
        files[f"{name}-studies.csv"] = as_csv(table).encode()
    if report.effect_tables:
        files["studies.xlsx"] = workbook_bytes(report.effect_tables)
    sources = Sources(
        inputs=report.inputs,
        analysis=report.analysis,
        writers=tuple(library for name in chosen for library in LIBRARIES.get(name, ())),
    )
    return {**files, MANIFEST: manifest_json(sources, files).encode()}


def results_json(report: Report) -> Json:
    """All numbers of the report, the cells they came from and what its drawings show, ready for `canonical_json`."""
    results, origins = share_origins(to_json(report.results))
    drawings = {picture.name: report.recorded.get(picture.name, picture.drawing) for picture in report.pictures}
    return {
        "metak2": __version__,
        "title": report.title,
        "data_date": report.data_date,
        "results": results,
        "origins": origins,
        "expectations": to_json(report.expectations),
        "drawings": {name: to_json(drawing.data()) for name, drawing in drawings.items()},
    }

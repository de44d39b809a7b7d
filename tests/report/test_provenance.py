from metak2.report.provenance import VERSION_LINE, provenance
from metak2.studies.reading_log import ParsedInput
from metak2.version import __version__


def test_every_file_that_was_read_is_named_before_the_version() -> None:
    sentences = provenance((ParsedInput(path="a.xlsx", sha256="1" * 64), ParsedInput(path="b.csv", sha256="2" * 64)))
    assert sentences[0] == "Data read: a.xlsx (content SHA-256 111111111111)."
    assert sentences[1].startswith("Data read: b.csv")
    assert sentences[-1] == f"{VERSION_LINE}{__version__}."

"""Fuzzing by coverage with atheris (Apache-2.0; wheels for Python 3.11 to 3.13 on Linux): `make fuzz`.

Any bytes as .xlsx, .csv or .rm5, grown from honest files: read, or refused with a MetaError; anything else is a crash.
Not a test by itself: it needs minutes to be of use. `test_fuzz.py` and `test_mutated_files.py` run in `make test`.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

NAMES = ("trials.xlsx", "trials.csv", "review.rm5", "package.zip")


def target(folder: Path) -> Callable[[bytes], None]:
    """What is called with each content: its first byte says which kind of file it is written as."""
    from metak2.errors import MetaError  # noqa: PLC0415 - imported where atheris watches it
    from metak2.models.revman_check import check_revman  # noqa: PLC0415 - the same
    from metak2.studies.gate.workbook import check_workbook  # noqa: PLC0415 - the same

    def one(data: bytes) -> None:
        if not data:
            return
        name = NAMES[data[0] % len(NAMES)]
        (folder / name).write_bytes(data[1:])
        try:
            check_workbook(folder / name)
            if name in NAMES[2:]:
                check_revman(folder / name)
        except MetaError:
            return

    return one


def main() -> None:
    import atheris  # type: ignore[import-not-found]  # noqa: PLC0415 - installed by `make fuzz` only

    with atheris.instrument_imports(include=["metak2.studies", "metak2.models.revman_check"]):
        import metak2.studies.gate.workbook  # noqa: F401, PLC0415 - atheris watches what is imported here

    from tests.studies.formats.test_mutated_files import FILES  # noqa: PLC0415 - imports metak2

    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name) / "corpus"
        corpus.mkdir()
        for at, kind in enumerate(NAMES):
            (corpus / kind).write_bytes(bytes([at]) + FILES[kind])
        atheris.Setup([*sys.argv, str(corpus)], target(Path(name)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()

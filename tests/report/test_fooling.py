"""Nobody can change a report unseen, not even one who mends the manifest and names another platform."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pandas as pd
import pytest

import metak2 as mk
from metak2.report.compare import compare_reports
from metak2.report.formats import FORMATS
from metak2.report.manifest import MANIFEST
from metak2.report.number_gate import number_differences

FILES = {"A": (4, 123, 11, 139), "B": (6, 306, 29, 303), "C": (3, 231, 11, 220)}
Tamper = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in every format; the pooled risk ratio is printed as 0.26."""
    frame = pd.DataFrame(
        [(study, *counts) for study, counts in FILES.items()], columns=["study", "event_e", "n_e", "event_c", "n_c"]
    )
    report = mk.report("Fooled", primary=mk.pool(mk.effect_sizes(frame, measure="RR"), method="CE"))
    return report.write(tmp_path_factory.mktemp("fooled") / "fresh", formats=FORMATS)


def forged(written: Path, into: Path, name: str, tamper: Tamper) -> list[str]:
    """What verify says of a copy in which one file was changed, its hash mended and the platform renamed."""
    into.mkdir()
    for file in written.iterdir():
        (into / file.name).write_bytes(file.read_bytes())
    before = (into / name).read_bytes()
    after = tamper(before)
    assert after != before
    (into / name).write_bytes(after)
    manifest = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][name] = sha256(after).hexdigest()
    manifest["platform"]["machine"] = "another"
    (into / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    verdict = compare_reports(into, written)
    assert "bytes are not comparable here" in verdict.information[0]
    return [line.removeprefix(f"{into}/") for line in verdict.differences]


def swap(old: str, new: str) -> Tamper:
    return lambda content: content.decode().replace(old, new, 1).encode()


def in_part(part: str, pattern: str, new: str) -> Tamper:
    """Replace in one part of a zip container."""

    def tamper(content: bytes) -> bytes:
        out = BytesIO()
        with ZipFile(BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as written:
            for name in old.namelist():
                text = old.read(name)
                if name == part:
                    text = re.sub(pattern.encode(), new.encode(), text, count=1)
                written.writestr(name, text)
        return out.getvalue()

    return tamper


CHEATS: dict[str, tuple[str, Tamper, str]] = {
    "a number in the text": ("report.md", swap("0.26", "0.21"), "0.21"),
    "a number on the page": ("report.html", swap("0.26", "0.21"), "0.21"),
    "a number in a figure on the page": (
        "report.html",
        lambda page: re.sub(rb"(<svg.*?>)0\.26 ", rb"\g<1>0.21 ", page, count=1, flags=re.DOTALL),
        "figure 1: the text",
    ),
    "what a screen reader hears of a figure": ("report.html", swap('href="#', 'href="#x'), "href: #x"),
    "a number in a figure": ("primary-forest.svg", swap(">0.26 ", ">0.21 "), "the text '0.21"),
    "a result": ("results.json", swap('"k": 3', '"k": 4'), "results.primary.primary.k: 4 became 3"),
    "a sentence in Word": ("report.docx", in_part("word/document.xml", r"0\.26", "0.21"), "0.21"),
    "a picture's alternative text in Word": (
        "report.docx",
        in_part("word/document.xml", r'descr="Forest', 'descr="A forest'),
        "“A forest",
    ),
    "a cell of the workbook": ("studies.xlsx", in_part("xl/worksheets/sheet1.xml", r"<v>123</v>", "<v>124</v>"), "124"),
    "a text in the workbook of tables": ("report.xlsx", in_part("xl/worksheets/sheet1.xml", r"Fooled", "Fool"), "Fool"),
    "a number in the table of studies": ("primary-studies.csv", swap(",123,", ",124,"), "124.0 became 123.0"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_change_is_found_on_another_platform_with_a_mended_manifest(
    written: Path, tmp_path: Path, cheat: str
) -> None:
    name, tamper, told = CHEATS[cheat]
    lines = forged(written, tmp_path / "forged", name, tamper)
    assert lines
    assert all(line.startswith(f"{name}: ") for line in lines)
    assert told in lines[0]


@pytest.mark.parametrize("name", ["report.pdf", "primary-forest.pdf"])
def test_the_words_of_a_pdf_are_compared(written: Path, tmp_path: Path, name: str) -> None:
    other = mk.report(
        "Fooled",
        primary=mk.pool(
            mk.effects_from(yi=[0.1, 0.2, 0.3], se=[0.1, 0.1, 0.1], measure="RR", study=list(FILES)), method="CE"
        ),
    ).write(tmp_path / "other", formats=FORMATS)
    lines = forged(written, tmp_path / "forged", name, lambda _: (other / name).read_bytes())
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}: page 1: “")


def test_a_file_that_is_a_folder_and_one_that_is_gone_are_lines_and_no_crash(written: Path, tmp_path: Path) -> None:
    into = tmp_path / "copy"
    into.mkdir()
    for file in written.iterdir():
        (into / file.name).write_bytes(file.read_bytes())
    (into / "report.md").unlink()
    (into / "report.md").mkdir()
    (into / "studies.xlsx").write_bytes(b"PK no workbook")
    (into / "primary-studies.csv").unlink()
    said = {line.removeprefix(f"{into}/").partition(":")[0] for line in compare_reports(into, written).differences}
    assert said == {"report.md", "studies.xlsx", "primary-studies.csv"}


def test_a_small_scale_hides_no_change() -> None:
    assert list(number_differences({"se": 1.0e-9}, {"se": 1.0005e-9})) == ["se: 1e-09 became 1.0005e-09"]
    assert list(number_differences({"residue": 3e-17}, {"residue": 0.0})) == []

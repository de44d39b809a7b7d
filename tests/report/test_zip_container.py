import io
import zipfile

import pytest

from metak2.report.zip_container import timeless

CORE = "<p><dcterms:created xsi:type='d'>{0}</dcterms:created><dcterms:modified>{0}</dcterms:modified></p>"


def packed(day: int, names: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name in names:
            text = CORE.format(f"2026-11-{day}T10:00:00Z") if name == "docProps/core.xml" else name
            parts.writestr(zipfile.ZipInfo(name, date_time=(2026, 11, day, 10, 0, 0)), text)
    return out.getvalue()


def test_a_container_written_on_another_day_in_another_order_has_the_same_bytes() -> None:
    assert timeless(packed(1, ("a.xml", "docProps/core.xml"))) == timeless(packed(22, ("docProps/core.xml", "a.xml")))


def test_the_parts_stay_as_they_are_but_for_the_dates() -> None:
    with zipfile.ZipFile(io.BytesIO(timeless(packed(22, ("b.xml", "docProps/core.xml", "a.xml"))))) as parts:
        assert parts.namelist() == ["a.xml", "b.xml", "docProps/core.xml"]
        assert parts.read("a.xml") == b"a.xml"
        assert parts.read("docProps/core.xml").decode() == CORE.format("2000-01-01T00:00:00Z")


def test_what_is_no_container_is_an_error() -> None:
    with pytest.raises(zipfile.BadZipFile):
        timeless(b"not a zip")

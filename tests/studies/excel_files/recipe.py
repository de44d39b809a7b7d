"""How the files beside this were made, so that what LibreOffice writes is read and not only what openpyxl writes.

`python tests/studies/excel_files/recipe.py` writes libreoffice.fods and makes an .xlsx and an .ods file of it with
LibreOffice 7 or newer (`soffice --headless`). The tests read the files; they need no LibreOffice.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HEAD = ["study", "event_e", "n_e", "event_c", "n_c", "remark"]
SPACES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{where}:1.0"'
        for name, where in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("number", "datastyle"),
        )
    )
    + ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
)
STYLES = """<office:automatic-styles>
<number:percentage-style style:name="P0"><number:number number:decimal-places="0" number:min-integer-digits="1"/>
<number:text>%</number:text></number:percentage-style>
<number:date-style style:name="D0"><number:day number:style="long"/><number:text>.</number:text>
<number:month number:style="long"/></number:date-style>
<style:style style:name="struck" style:family="table-cell"><style:text-properties
 style:text-line-through-style="solid" style:text-line-through-type="single"/></style:style>
<style:style style:name="filled" style:family="table-cell"><style:table-cell-properties
 fo:background-color="#ffff00"/></style:style>
<style:style style:name="percent" style:family="table-cell" style:data-style-name="P0"/>
<style:style style:name="day" style:family="table-cell" style:data-style-name="D0"/>
</office:automatic-styles>"""  # fmt: skip


def number(value: float, more: str = "", note: str = "") -> str:
    comment = f"<office:annotation><text:p>{note}</text:p></office:annotation>" if note else ""
    return f'<table:table-cell office:value-type="float" office:value="{value}" {more}>{comment}</table:table-cell>'


def text(said: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{said}</text:p></table:table-cell>'


def row(cells: list[str], more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def counts(study: str, *numbers: str, more: str = "") -> str:
    return row([text(study), *numbers, "<table:table-cell/>"], more)


def day(iso: str) -> str:
    return f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{iso}"/>'


def share(value: float) -> str:
    return f'<table:table-cell table:style-name="percent" office:value-type="percentage" office:value="{value}"/>'


def formula(of: str, stored: str) -> str:
    return f'<table:table-cell table:formula="of:={of}" {stored}/>'


SIXTH = formula("ROUND(0.1*[.C6];0)", 'office:value-type="float" office:value="6"')


def marked() -> str:
    merged = 'table:number-rows-spanned="1" table:number-columns-spanned="2"'
    rows = [
        row([text(name) for name in HEAD]),
        counts("Alder 2001", number(12, note="Table 2, p 345"), number(100), number(15), number(98)),
        counts("Birch 2002", number(9), number(80), number(11), number(81), more='table:visibility="collapse"'),
        counts("Cedar 2003", number(13, 'table:style-name="struck"'), number(90), number(17), number(92)),
        counts("Dill 2004", day("2026-02-21"), number(70), number(8), number(71)),
        counts("Elder 2005", SIXTH, number(60), number(9), number(61)),
        counts("Fern 2006", formula("1/0", ""), number(50), number(9), number(51)),
        row([text("Gorse 2007"), number(8), number(77), number(11, merged), "<table:covered-table-cell/>",
             "<table:table-cell/>"]),
        counts("Holly 2008", share(0.15), number(120), number(21), number(118)),
        row([text("Ivy 2009", 'table:style-name="filled"'), text("12"), number(111), number(16), number(109),
             "<table:table-cell/>"]),
        counts("Jute 2010", number(7), number(66), number(9), number(64), more='table:visibility="filter"'),
    ]  # fmt: skip
    body = "<table:table-column table:number-columns-repeated='4'/><table:table-column table:visibility='collapse'/>"
    filters = (
        '<table:database-ranges><table:database-range table:name="__Anonymous_Sheet_DB__0"'
        ' table:target-range-address="trials.A1:trials.F11"'
        ' table:display-filter-buttons="true"><table:filter><table:filter-condition table:field-number="0"'
        ' table:value="Jute 2010" table:operator="!="/></table:filter></table:database-range></table:database-ranges>'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {SPACES} office:version="1.2"'
        f' office:mimetype="application/vnd.oasis.opendocument.spreadsheet">{STYLES}<office:body><office:spreadsheet>'
        f'<table:table table:name="trials">{body}{"".join(rows)}</table:table>{filters}'
        "</office:spreadsheet></office:body></office:document>"
    )


def main() -> None:
    source = HERE / "libreoffice.fods"
    source.write_text(marked(), encoding="utf-8")
    for ending in ("xlsx", "ods"):
        command = ["soffice", "--headless", "--convert-to", ending, "--outdir", str(HERE), str(source)]
        subprocess.run(command, check=True, timeout=180, stdout=sys.stderr)
    source.unlink()


if __name__ == "__main__":
    main()

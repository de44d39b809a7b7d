"""What two extractors disagree about, as a reader of the terminal sees it."""

import math

from metak2.display.numbers import DASH, fixed
from metak2.studies.reconcile import ItemAgreement, Reconciliation
from metak2.studies.sheet import CellValue, text_of


def reconciliation_text(found: Reconciliation) -> str:
    """The disagreements by study and item, the rows that one workbook lacks, agreement by item."""
    lines = [f"A  {found.first}", f"B  {found.second}", ""]
    study = None
    for pair in found.disagreements:
        if pair.study != study:
            study = pair.study
            lines.append(study or "(no study)")
        where = f" ({pair.row})" if pair.row else ""
        lines.append(f"  {pair.item}{where}: A {_shown(pair.first)}, B {_shown(pair.second)}")
    for one in found.only:
        pair = one.pairs[0]
        lines.append(f"{pair.study}{f' ({pair.row})' if pair.row else ''}: only in {one.of}, {one.cell}")
    if not found.disagreements and not found.only:
        lines.append("No disagreement.")
    lines += ["", *(_agreement(item) for item in found.items)]
    lines.append(f"All items: {fixed(found.percent, 1)} % agreement")
    return "\n".join(lines)


def _shown(cell: CellValue | None) -> str:
    if cell is None:
        return "has no such column"
    return f"“{text_of(cell)}” [{cell.address}]" if not cell.is_blank else f"blank [{cell.address}]"


def _agreement(item: ItemAgreement) -> str:
    kappa = DASH if math.isnan(item.kappa) else fixed(item.kappa, 2)
    note = " (both wrote one value throughout)" if math.isnan(item.kappa) else ""
    return f"{item.sheet}, {item.item}: {fixed(item.percent, 1)} % of {item.n} rows, Cohen's κ {kappa}{note}"

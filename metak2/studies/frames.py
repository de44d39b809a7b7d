"""A pandas DataFrame as a book of one sheet; pandas itself is not needed to read it."""

from typing import TYPE_CHECKING, Any

from metak2.studies.sheet import Book, CellValue, raw_text, sheet_from_cells

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "data frame"


def read_frame(frame: "DataFrame") -> Book:
    """The frame's columns; cells are named "row 3, column event_e", where row 1 is the first row of data."""
    names = [str(name) for name in frame.columns]
    header = [CellValue(value=name, address=f"column {name}", raw=name) for name in names]
    blank = frame.isna().to_numpy()
    columns = [frame.iloc[:, position].tolist() for position in range(len(names))]
    body = [
        [
            _cell(None if blank[row, position] else columns[position][row], f"row {row + 1}, column {name}")
            for position, name in enumerate(names)
        ]
        for row in range(len(frame))
    ]
    return Book(source=SOURCE, sheets={"": sheet_from_cells(SOURCE, "", header, body)})


def _cell(value: Any, address: str) -> CellValue:  # noqa: ANN401 - a frame holds anything
    plain = value.item() if hasattr(value, "item") else value  # NumPy scalars in a column of mixed types
    return CellValue(value=plain, address=address, raw=raw_text(plain))

"""A pandas DataFrame as one sheet; pandas itself is not needed to read it."""

from typing import TYPE_CHECKING, Any

from metak2.studies.grid import Grid
from metak2.studies.sheet import CellValue, raw_text

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "data frame"


def read_frame(frame: "DataFrame", title: str = "", source: str = SOURCE) -> Grid:
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
    rows = tuple((number, tuple(cells)) for number, cells in enumerate([header, *body], start=1))
    return Grid(source=source, title=title, rows=rows)


def _cell(value: Any, address: str) -> CellValue:  # noqa: ANN401 - a frame holds anything
    plain = value.item() if hasattr(value, "item") else value  # NumPy scalars in a column of mixed types
    return CellValue(value=plain, address=address, raw=raw_text(plain))

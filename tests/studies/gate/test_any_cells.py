"""Whatever stands in the cells: never a traceback, never a clean verdict on what cannot be pooled."""

from datetime import date, time

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from metak2.report.check_formats import STYLES, render
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.gate.workbook import report_on
from metak2.studies.read import open_book
from tests.studies.gate.disasters import COUNTS, EFFECTS, MEANS

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=True, allow_infinity=True),
    st.dates(date(1904, 1, 1), date(2060, 1, 1)),
    st.times().map(lambda found: time(found.hour, found.minute)),
    st.text(max_size=12),
    st.sampled_from(["1,150", "12–14", "3/21", "15 %", "12.3 (4.5)", "−2.5", "#N/A", "None", "999", "1e308", "0/0"]),
)


def sheets(columns: tuple[str, ...]) -> st.SearchStrategy[pd.DataFrame]:
    row = st.tuples(st.sampled_from(["A", "B", "Á", "Total", "C (10 mg)"]), *([ODD] * (len(columns) - 1)))
    return st.lists(row, min_size=1, max_size=7).map(
        lambda rows: pd.DataFrame(rows, columns=list(columns), dtype=object)
    )


@settings(deadline=None, max_examples=60)
@given(st.one_of(*(sheets(columns) for columns in (COUNTS, MEANS, EFFECTS))))
def test_odd_cells_give_problems_and_no_traceback(frame: pd.DataFrame) -> None:
    report = report_on(open_book(frame))
    assert report.exit_code == (1 if any(problem.severity == "error" for problem in report.problems) else 0)
    for style in STYLES:
        assert render(report, style)


@given(st.text(alphabet="0123456789.,-–−+±/%()[];' \u00a0aeto", max_size=20))
def test_any_text_is_read_as_numbers_or_not_at_all(text: str) -> None:
    read = numbers_in(text)
    assert (read.kind == "none") == (read.numbers == ())

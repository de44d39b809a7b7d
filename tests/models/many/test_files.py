"""Tables on disk: chunk by chunk, whole or not at all."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import metak2 as mk
from metak2.models.many import files
from metak2.models.many.fit import COLUMNS, Job, pool_table
from tests.models.many.tables import table

BY = ["review", "outcome"]
Write = Callable[[pd.DataFrame, Path], None]


def as_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path.with_suffix(".parquet"), index=False)


def as_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path.with_suffix(".csv"), index=False)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Chunks of 100 studies; the sizes of the tables that were pooled."""
    sizes: list[int] = []

    def noted(frame: pd.DataFrame, job: Job) -> pd.DataFrame:
        sizes.append(len(frame))
        return pool_table(frame, job)

    monkeypatch.setattr(files, "CHUNK", 100)
    monkeypatch.setattr(files, "pool_table", noted)
    return sizes


@pytest.mark.parametrize("write", [as_parquet, as_csv])
@pytest.mark.parametrize("order", ["sorted", "mixed"])
def test_a_table_read_in_chunks_gives_what_it_gives_in_memory(
    write: Write, order: str, tmp_path: Path, seen: list[int]
) -> None:
    studies = table(200)
    studies = studies if order == "sorted" else studies.sample(frac=1, random_state=1, ignore_index=True)
    write(studies, tmp_path / "studies")
    (path,) = tmp_path.iterdir()
    from_disk = mk.pool_many(path, by=BY)
    in_memory = mk.pool_many(studies, by=BY)
    assert len(seen) > 5
    if path.suffix == ".csv":
        assert from_disk["review"].tolist() == [str(review) for review in in_memory["review"]]
    # The issue asks for 1e-12: a meta-analysis keeps the order of its studies, and only its neighbours change.
    pd.testing.assert_frame_equal(from_disk[list(COLUMNS)], in_memory[list(COLUMNS)], rtol=1e-12, atol=1e-12)


def test_the_memory_that_is_needed_does_not_grow_with_the_table(tmp_path: Path, seen: list[int]) -> None:
    largest = {}
    for groups in (200, 2000):
        seen.clear()
        as_parquet(table(groups), tmp_path / f"{groups}")
        mk.pool_many(tmp_path / f"{groups}.parquet", by=BY, out=tmp_path / "pooled.parquet")
        largest[groups] = max(seen)
    assert largest[2000] < 3 * files.CHUNK  # parts by hash are of uneven size, whatever their number
    assert largest[2000] < 2 * largest[200]


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_several_files_are_one_table_and_go_to_one_file(ending: str, tmp_path: Path, seen: list[int]) -> None:
    studies = table(120)
    half = len(studies) // 2  # in the midst of a meta-analysis
    as_csv(studies.iloc[:half], tmp_path / "part-1")
    as_csv(studies.iloc[half:], tmp_path / "part-2")
    out = tmp_path / "results" / f"pooled{ending}"
    assert mk.pool_many(str(tmp_path / "part-*.csv"), by=BY, out=out) == out
    assert seen
    written = pd.read_csv(out, dtype={"review": str}) if ending == ".csv" else pd.read_parquet(out)
    expected = mk.pool_many(studies.astype({"review": str}), by=BY)
    one, other = (frame.sort_values(BY, ignore_index=True) for frame in (written, expected))
    numbers = other.select_dtypes("number").columns
    np.testing.assert_allclose(one[numbers], other[numbers], rtol=1e-12, atol=1e-12)  # as above
    assert one["status"].tolist() == other["status"].tolist()
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_names_of_a_csv_file_are_taken_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("review;yi;vi\n007;0.1;0.1\n007;.;0.2\nNA;0.2;0.1\n;0.2;0.1\n", encoding="utf-8")
    pooled = mk.pool_many(tmp_path / "t.csv", by="review")
    assert pooled["review"].fillna("blank").tolist() == ["007", "NA", "blank"]
    assert pooled["status"].tolist() == ["ONE_STUDY MISSING", "ONE_STUDY", "MISSING_KEY"]


def test_whole_numbers_with_a_blank_among_them_stay_whole_numbers(tmp_path: Path, seen: list[int]) -> None:
    studies = table(60)
    studies["review"] = studies["review"].astype("Int64").mask(studies["review"] == 19)
    as_parquet(studies, tmp_path / "t")
    pooled = mk.pool_many(tmp_path / "t.parquet", by="review")
    assert len(seen) > 1
    assert pooled["review"].dropna().tolist() == list(range(19))
    assert pooled.loc[pooled["review"].isna(), "status"].tolist() == ["MISSING_KEY"]


def test_a_word_in_the_last_line_is_found_before_the_first_row_is_pooled(tmp_path: Path, seen: list[int]) -> None:
    path = tmp_path / "t.csv"
    as_csv(table(100), tmp_path / "t")
    rows = len(path.read_text(encoding="utf-8").splitlines())
    with path.open("a", encoding="utf-8") as handle:
        handle.write("7,o1,abc,0.1\n")
    with pytest.raises(mk.StudyDataError, match=rf"row {rows}  yi  'abc' is not a number"):
        mk.pool_many(path, by=BY, out=tmp_path / "out.csv")
    assert seen == []
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]


def test_all_files_are_looked_at_before_any_is_read(tmp_path: Path) -> None:
    as_csv(table(3).drop(columns="vi"), tmp_path / "a")
    as_parquet(table(3).drop(columns="review").assign(yi="x"), tmp_path / "b")
    with pytest.raises(mk.StudyDataError) as wrong:
        mk.pool_many([tmp_path / "a.csv", tmp_path / "b.parquet"], by=BY)
    assert [problem.column for problem in wrong.value.problems] == ["vi", "review"]
    with pytest.raises(mk.StudyDataError, match="MK-F01"):
        mk.pool_many(tmp_path / "c.csv", by=BY)
    with pytest.raises(mk.StudyDataError, match="MK-F06"):
        mk.pool_many(Path(__file__), by=BY)
    with pytest.raises(mk.UnknownOptionError, match=r"\*\.parquet"):
        mk.pool_many(table(3), by=BY, out=tmp_path / "pooled.xlsx")


def test_without_pyarrow_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(mk.StudyDataError, match=r"MK-R08.*pip install 'metak2\[formats\]'"):
        mk.pool_many(table(3), by=BY, out=tmp_path / "pooled.parquet")


def test_an_interrupted_run_leaves_what_stood_there_before(
    tmp_path: Path, seen: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_csv(table(100), tmp_path / "t")
    out = tmp_path / "out.parquet"
    out.write_text("an older result", encoding="utf-8")

    def interrupted(frame: pd.DataFrame, job: Job) -> pd.DataFrame:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(len(frame))
        return pool_table(frame, job)

    monkeypatch.setattr(files, "pool_table", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mk.pool_many(tmp_path / "t.csv", by=BY, out=out)
    assert out.read_text(encoding="utf-8") == "an older result"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.parquet", "t.csv"]


@pytest.mark.slow
def test_the_command_line_writes_the_results_and_counts_them(tmp_path: Path) -> None:
    as_csv(table(30), tmp_path / "t")
    command = ["pool-many", "t.csv", "--by", "review,outcome", "--out", "pooled.csv", "--method", "DL"]
    ran = subprocess.run(
        [sys.executable, "-m", "metak2", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert ran.stdout.startswith("30 meta-analyses → pooled.csv\n")
    assert set(pd.read_csv(tmp_path / "pooled.csv")["method"]) == {"DL", "CE"}

"""A review of one's own: what `metak2 new` writes reads and fits, and nothing is overwritten."""

from pathlib import Path

import pytest

from metak2.errors import PlanError
from metak2.plan.fit import fit_comparison
from metak2.plan.new import new_review
from metak2.plan.schema import read_plan


def test_the_new_plan_fits_its_new_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook, plan_path, *_ = new_review("my_review", tmp_path)
    assert workbook == tmp_path / "datasets/my_review/my_review.xlsx"
    monkeypatch.chdir(tmp_path)
    plan = read_plan(plan_path)
    primary = fit_comparison(plan.comparisons[0], plan_path).primary
    assert primary.study == ("Example 2001",)


@pytest.mark.parametrize("taken", ["datasets/mine/mine.xlsx", "analyses/mine.toml"])
def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path, taken: str) -> None:
    path = tmp_path / taken
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(PlanError, match="is already there; nothing was written"):
        new_review("mine", tmp_path)
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["../x", "My Review", "", "-x", "a/b", "k2.toml", "naïve"])
def test_a_name_is_made_of_plain_letters_and_signs(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlanError, match="lower-case letters, digits, - and _ only"):
        new_review(name, tmp_path)
    assert list(tmp_path.iterdir()) == []

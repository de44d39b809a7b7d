"""What moved between two versions, and which cell, row, answer or option moved it."""

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import MetaError
from metak2.plan.diff import Asked, Compared, DiffError, compare
from metak2.plan.diff_written import diff_written, write_diff
from metak2.plan.quantities import Quantity
from metak2.plan.run import run

Writer = Callable[..., Path]
EFFECTS = """\
study,estimate,se,region
Ando 2001,1.0,1.0,east
Baba 2004,2.0,0.5,east
Chiba 2007,3.0,0.5,west
"""
PLAN = """\
title = "An average"
studies = { file = "datasets/k2/effects.csv" }
measure = "GEN"
[primary]
method = "CE"
"""
EXACT = 1e-12  # sums of three terms in floating point


@pytest.fixture
def averaged(project: Path, write_plan: Writer) -> Path:
    """A plan whose answer is Σwy/Σw with w = 1, 4, 4 and y = 1, 2, 3: (1 + 8 + 12)/9."""
    (project / "datasets/k2/effects.csv").write_text(EFFECTS, encoding="utf-8")
    return write_plan(base=PLAN, name="average.toml")


def against(plan: Path, changed: str, *, every: bool = False) -> Compared:
    """The plan's own file against this one."""
    new = plan.parent / "effects.csv"
    new.write_text(changed, encoding="utf-8")
    old = plan.parents[1] / "datasets/k2/effects.csv"
    (found,) = compare(str(old), str(new), Asked(plan=plan, every=every))
    return found


def moved(
    compared: Compared, name: str = "estimate", of: str = "primary"
) -> tuple[float, float, tuple[float, ...], float]:
    wanted = Quantity(comparison="primary", of=of, name=name)
    (one,) = (one for one in compared.found.moved if one.quantity == wanted)
    return one.old, one.new, one.steps, one.remainder


def test_the_same_data_move_no_number(averaged: Path) -> None:
    found = against(averaged, EFFECTS).found
    assert (found.changes, found.moved, found.undone) == ((), (), ())
    assert found.compared > 0


def test_a_changed_effect_moves_the_average_by_its_share_of_the_weight(averaged: Path) -> None:
    found = against(averaged, EFFECTS.replace("Baba 2004,2.0", "Baba 2004,2.9"))
    assert [change.text() for change in found.found.changes] == ["effects!B3  estimate of Baba 2004: 2.0 → 2.9"]
    old, new, steps, rest = moved(found)
    assert old == pytest.approx(21 / 9, rel=EXACT)
    assert new - old == pytest.approx(0.9 * 4 / 9, rel=1e-11)  # a difference of numbers near 2.5
    assert steps == pytest.approx([0.9 * 4 / 9], rel=1e-11)
    assert rest == 0


def test_effects_add_up_and_precisions_interact(averaged: Path) -> None:
    additive = against(averaged, EFFECTS.replace("1.0,1.0", "1.9,1.0").replace("2.0,0.5", "1.1,0.5"))
    assert moved(additive)[3] == 0
    assert moved(additive)[2] == pytest.approx([0.1, -0.4], rel=1e-11)

    precise = against(averaged, EFFECTS.replace("1.0,1.0", "1.0,0.5").replace("3.0,0.5", "3.0,1.0"))
    old, new, steps, rest = moved(precise)
    first, second, both = (4 + 8 + 12) / 12, (1 + 8 + 3) / 6, (4 + 8 + 3) / 9
    assert (old, new) == pytest.approx((21 / 9, both), rel=EXACT)
    assert steps == pytest.approx([first - 21 / 9, second - 21 / 9], rel=1e-11)
    assert rest == pytest.approx(both - 21 / 9 - (first - 21 / 9) - (second - 21 / 9), rel=1e-10)


def test_an_added_study_is_one_change_and_a_removed_one_another(averaged: Path) -> None:
    changed = EFFECTS.replace("Chiba 2007,3.0,0.5,west\n", "") + "Doi 2009,0.0,1.0,west\n"
    found = against(averaged, changed)
    assert [(change.kind, change.old, change.new) for change in found.found.changes] == [
        ("rows", "1 row", ""),
        ("rows", "", "1 row"),
    ]
    old, new, steps, _ = moved(found)
    assert new == pytest.approx(9 / 6, rel=EXACT)
    assert steps == pytest.approx([9 / 5 - old, 21 / 10 - old], rel=1e-11)


def test_rows_in_another_order_are_no_change(averaged: Path) -> None:
    head, first, second, third = EFFECTS.splitlines()
    found = against(averaged, f"{head}\n{third}\n{first}\n{second}\n").found
    assert (found.changes, found.moved) == ((), ())


def test_a_study_renamed_is_one_change_that_moves_no_answer(averaged: Path) -> None:
    found = against(averaged, EFFECTS.replace("Baba 2004", "Baba & Endo 2004")).found
    assert [(change.kind, change.old, change.new) for change in found.changes] == [
        ("name", "Baba 2004", "Baba & Endo 2004")
    ]
    assert [one for one in found.moved if one.quantity.headline] == []


def test_a_note_that_changed_is_said_to_move_nothing(averaged: Path) -> None:
    changed = EFFECTS.replace("west", "north")
    found = against(averaged, changed).found
    assert [change.what for change in found.changes] == ["region of Chiba 2007"]
    assert found.idle == found.changes
    assert found.moved == ()


def test_changes_that_undo_one_another_are_told_though_no_number_moved(averaged: Path) -> None:
    found = against(averaged, EFFECTS.replace("2.0,0.5", "2.4,0.5").replace("3.0,0.5", "2.6,0.5")).found
    undone = [one.quantity.name for one in found.undone if one.quantity.headline]
    assert "estimate" in undone


def test_a_column_that_came_is_one_change(averaged: Path) -> None:
    lines = EFFECTS.splitlines()
    found = against(averaged, "\n".join(f"{line},{'dose' if at == 0 else at}" for at, line in enumerate(lines)) + "\n")
    assert [(change.kind, change.new) for change in found.found.changes] == [("column", "3 cells")]
    assert found.found.moved == ()


def test_a_change_that_cannot_stand_alone_says_why(project: Path, write_plan: Writer) -> None:
    plan = write_plan(name="counts.toml")
    old = project / "datasets/k2/k2.csv"
    new = plan.parent / "k2.csv"
    new.write_text(old.read_text(encoding="utf-8").replace("Ando 2001,8,100", "Ando 2001,108,200"), encoding="utf-8")
    (compared,) = compare(str(old), str(new), Asked(plan=plan))
    found = compared.found
    assert [bool(why) for why in found.refused] == [True, False]
    assert "108 events among 100 people" in found.refused[0]
    assert "cannot be made alone" in diff_written([compared], "text")
    assert any(one.quantity.headline for one in found.moved)


def test_options_of_the_plan_are_changes_too(averaged: Path, write_plan: Writer) -> None:
    other = write_plan(base=PLAN.replace("CE", "DL"), name="other.toml")
    (compared,) = compare(str(averaged), str(other), Asked())
    assert [change.text() for change in compared.found.changes] == ["plan  primary.method: CE → DL"]
    old, new, steps, _ = moved(compared)
    assert new != old
    assert steps == (new - old,)


def test_a_comparison_that_came_has_numbers_that_no_other_change_explains(averaged: Path, write_plan: Writer) -> None:
    named = 'title = "Two"\nmeasure = "GEN"\nstudies = { file = "datasets/k2/effects.csv" }\n[primary]\nmethod = "CE"\n'
    one = write_plan('[[comparison]]\nname = "first"\n', base=named, name="one.toml")
    two = write_plan('[[comparison]]\nname = "first"\n[[comparison]]\nname = "second"\n', base=named, name="two.toml")
    (compared,) = compare(str(one), str(two), Asked())
    assert [change.what for change in compared.found.changes] == ["comparison second"]
    assert {moved.quantity.comparison for moved in compared.found.moved} == {"second"}
    assert averaged.is_file()


def test_every_number_of_the_report_can_be_asked_for(averaged: Path) -> None:
    averaged.write_text(PLAN + '[[sensitivity]]\ndesign = "leave-one-out"\n', encoding="utf-8")
    changed = EFFECTS.replace("Baba 2004,2.0", "Baba 2004,2.9")
    answers, everything = against(averaged, changed), against(averaged, changed, every=True)
    assert not [one for one in answers.found.moved if one.quantity.of == "leave-one-out"]
    left_out = {one.quantity.name: one for one in everything.found.moved if one.quantity.of == "leave-one-out"}
    assert left_out["refits[Chiba 2007].estimate"].new == pytest.approx((1 + 4 * 2.9) / 5, rel=EXACT)
    assert "refits[Baba 2004].estimate" not in left_out


def test_fifty_changed_cells_take_seconds(averaged: Path) -> None:
    rows = "".join(f"Trial {at},{at % 7},1.0,east\n" for at in range(50))
    head = EFFECTS.splitlines()[0] + "\n"
    (averaged.parents[1] / "datasets/k2/effects.csv").write_text(head + rows, encoding="utf-8")
    found = against(averaged, head + rows.replace(",1.0,", ",2.0,")).found
    assert len(found.changes) == 50
    weights = {one.quantity.of for one in found.moved if one.quantity.name == "weight (%)"}
    assert weights == set()  # all doubled alike: together no weight moves
    assert {one.quantity.of for one in found.undone if one.quantity.name == "weight (%)"} == {
        f"study Trial {at}" for at in range(50)
    }


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_two_revisions_are_compared_with_their_data_plans_and_answers(
    averaged: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    (project / "datasets/k2/effects.csv").write_text(EFFECTS.replace("3.0", "4.0"), encoding="utf-8")
    averaged.write_text(PLAN.replace("CE", "DL"), encoding="utf-8")
    (project / "analyses/late.toml").write_text(PLAN, encoding="utf-8")
    monkeypatch.chdir(project)
    main, late = sorted(compare("HEAD", "", Asked()), key=lambda one: one.found.analysis)
    assert main.found.analysis == "analyses/average.toml"
    assert [change.kind for change in main.found.changes] == ["cell", "option"]
    assert late.found.analysis == "analyses/late.toml"
    assert [change.new for change in late.found.changes] == ["there"]
    (same,) = compare("HEAD", "HEAD", Asked(plan=averaged))
    assert same.found.moved == ()
    with pytest.raises(DiffError, match="no git revision"):
        compare("nowhere", "", Asked())


def test_what_cannot_be_compared_is_said(averaged: Path, project: Path) -> None:
    data = str(project / "datasets/k2/effects.csv")
    with pytest.raises(DiffError, match="--plan"):
        compare(data, "", Asked())
    with pytest.raises(DiffError, match="the second must be one, too"):
        compare(str(averaged), data, Asked())
    broken = project / "analyses" / "effects.csv"
    broken.write_text(EFFECTS.replace("2.0", "two"), encoding="utf-8")
    with pytest.raises(MetaError, match="two"):
        compare(data, str(broken), Asked(plan=averaged))


def test_all_four_forms_say_the_same(averaged: Path, tmp_path: Path) -> None:
    found = [against(averaged, EFFECTS.replace("Baba 2004,2.0", "Baba 2004,2.9").replace("east", "<b>east"))]
    told = json.loads(diff_written(found, "json"))
    (estimate,) = (one for one in told[0]["moved"] if one["headline"] and one["number"] == "estimate")
    assert estimate["new"] == pytest.approx((1 + 4 * 2.9 + 12) / 9, rel=1e-9)  # ten digits are written
    assert estimate["alone"][0]["change"] == 2
    for style in ("text", "md", "html"):
        page = diff_written(found, style)
        assert "2.333" in page
        assert "2.733" in page
        assert "<b>east" not in page or style == "text"
    folder = write_diff(found, tmp_path / "moved")
    assert {path.name for path in folder.iterdir()} >= {"diff.html", "diff.md", "diff.json", "primary-ghost.svg"}
    assert write_diff(found, folder) == folder


def reported(project: Path, plan: Path, folder: str) -> str:
    return str(run(plan, project / folder).folder)


def test_two_reports_tell_the_same_as_their_analyses(project: Path, write_plan: Writer) -> None:
    more = '[[sensitivity]]\nmethod = "MH"\n[[subgroups]]\nby = "dose"\n'
    plan, data = write_plan(more), project / "datasets/k2/k2.csv"
    before, old = data.read_text(encoding="utf-8"), reported(project, plan, "one")
    kept = project / "old.csv"
    kept.write_text(before, encoding="utf-8")
    data.write_text(before.replace("Ando 2001,8,", "Ando 2001,12,").replace("4,60,11", "4,60,15"), encoding="utf-8")
    (recorded,) = compare(old, reported(project, plan, "two"), Asked())
    (rerun,) = compare(str(kept), str(data), Asked(plan=plan))
    assert [(change.old, change.new) for change in recorded.found.changes] == [("8", "12"), ("11", "15")]
    told = {one.quantity: one for one in recorded.found.moved}
    for one in rerun.found.moved:
        if "subgroups" in one.quantity.of:
            continue
        other = told[one.quantity]
        assert (other.old, other.new) == pytest.approx((one.old, one.new), rel=1e-9)  # ten digits are recorded
        assert other.steps == pytest.approx(one.steps, rel=1e-6, abs=1e-8)  # differences of those
    assert "do not record enough to say" in diff_written([recorded], "text")
    assert recorded.old["primary"].study == rerun.old["primary"].study


def test_a_report_that_its_cells_do_not_give_is_not_attributed(project: Path, write_plan: Writer) -> None:
    plan = write_plan('[primary]\nweights = [1, 2, 3, 4]\nmethod = "GENQ"\n')
    data = project / "datasets/k2/k2.csv"
    old = reported(project, plan, "one")
    data.write_text(data.read_text(encoding="utf-8").replace("Ando 2001,8,", "Ando 2001,12,"), encoding="utf-8")
    data.write_text(data.read_text(encoding="utf-8").replace("4,60,11", "4,60,15"), encoding="utf-8")
    (compared,) = compare(old, reported(project, plan, "two"), Asked())
    (estimate,) = (one for one in compared.found.moved if one.quantity.headline and one.quantity.name == "estimate")
    assert not any(map(math.isfinite, estimate.steps))
    assert compared.old == {}

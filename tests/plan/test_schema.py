"""What a plan may say: everything wrong is told at once, with table, key and the nearest known word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from metak2.errors import PlanError
from metak2.plan.entries import texts
from metak2.plan.keys import COMPARISON, DESIGNS, EXPECT, TABLES, TOP
from metak2.plan.schema import merged, read_plan

Writer = Callable[..., Path]


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    return raised.value.problems


def test_a_plan_of_three_lines_is_a_plan(write_plan: Writer) -> None:
    plan = read_plan(write_plan())
    assert plan.title == "Vitamin K2 and fracture"
    (only,) = plan.comparisons
    assert (only["name"], only["measure"], only["studies"]) == ("primary", "RR", {"file": "datasets/k2/k2.csv"})


def test_every_problem_of_a_plan_is_told_at_once_with_the_nearest_key(write_plan: Writer) -> None:
    path = write_plan(
        """
        levle = 0.9
        exclude = 3
        [primary]
        methd = "REML"
        test = 1
        [[sensitivity]]
        desing = "leave-one-out"
        [[subgroups]]
        bye = "dose"
        [[expect]]
        estimate = "0.5"
        scale = "log"
        """
    )
    told = problems(path)
    assert told == (
        'the plan: the key "levle" is not known; did you mean "level"?',
        'the plan: the key "exclude" must be str or list, not 3',
        'primary: the key "methd" is not known; did you mean "method"?',
        'primary: the key "test" must be str, not 1',
        'sensitivity 1: the key "desing" is not known; did you mean "design"?',
        'subgroups 1: the key "bye" is not known; did you mean "by"?',
        'subgroups 1: the key "by" is missing',
        "expect 1: the key \"estimate\" must be int or float, not '0.5'",
        'expect 1: the key "of" is missing',
        'expect 1: the key "source" is missing',
        'expect 1: scale is "analysis" (log for ratios) or "displayed"',
    )
    with pytest.raises(PlanError, match=f"11 problems in {path.as_posix()}"):
        read_plan(path)


@pytest.mark.parametrize(
    "base, missing",
    [
        ('studies = { file = "x.csv" }\nmeasure = "RR"\n', "title"),
        ('title = "T"\nstudies = { file = "x.csv" }\n', "measure"),
        ('title = "T"\nmeasure = "RR"\n', "studies"),
        ('title = "T"\nmeasure = "RR"\nstudies = { outcome = "x" }\n', "file"),
    ],
)
def test_what_every_plan_needs_is_missed_by_name(write_plan: Writer, base: str, missing: str) -> None:
    (told,) = problems(write_plan(base=base))
    assert f'the key "{missing}" is missing' in told


@pytest.mark.parametrize(
    "table, key", [("[[subgroups]]", "by"), ("[[absolute]]", "baseline_risk"), ("[favours]", "left")]
)
def test_what_a_table_needs_is_missed_by_name(write_plan: Writer, table: str, key: str) -> None:
    assert any(f'the key "{key}" is missing' in line for line in problems(write_plan(f"{table}\n")))


def test_an_unknown_design_lists_those_there_are(write_plan: Writer) -> None:
    (told,) = problems(write_plan('[[sensitivity]]\ndesign = "xyz"\n'))
    assert told == f"sensitivity 1: design 'xyz' is not known; allowed: {', '.join(DESIGNS)}"
    refits = {"leave-one-out", "cumulative", "gosh", "leave-two-out", "bootstrap", "fragility", "influence"}
    assert set(DESIGNS) == refits | {"next-trial", "new-trial", "missing-cells"}


def test_a_misspelt_design_is_told_the_nearest(write_plan: Writer) -> None:
    (told,) = problems(write_plan('[[sensitivity]]\ndesign = "leave-to-out"\n'))
    assert told == "sensitivity 1: design 'leave-to-out' is not known; did you mean \"leave-two-out\"?"


def test_a_design_takes_its_own_keys_and_no_others(write_plan: Writer) -> None:
    path = write_plan(
        """
        [[sensitivity]]
        design = "gosh"
        n = 500
        seed = 2
        kind = "parametric"
        [[sensitivity]]
        design = "fragility"
        method = "DL"
        [[sensitivity]]
        n = 100
        """
    )
    assert problems(path) == (
        'sensitivity 1: design "gosh" takes n, seed, not "kind"',
        'sensitivity 2: design "fragility" takes no further key, not "method"',
        'sensitivity 3: the key "n" belongs to a design; write design = "..."',
    )


def test_every_problem_of_regressions_and_specifications_is_told_at_once(write_plan: Writer) -> None:
    path = write_plan(
        """
        [primary]
        wieghts = "equal"
        draws = 1.5
        [[regression]]
        moderator = ["dose"]
        [[regression]]
        moderators = []
        [[regression]]
        moderators = ["dose", 3]
        [specifications]
        mesures = ["OR"]
        tests = [1]
        [[specifications.filter]]
        name = "high"
        colum = "dose"
        """
    )
    assert problems(path) == (
        'primary: the key "wieghts" is not known; did you mean "weights"?',
        'primary: the key "draws" must be int, not 1.5',
        'regression 1: the key "moderator" is not known; did you mean "moderators"?',
        'regression 1: the key "moderators" is missing',
        'regression 2: moderators is empty; name a column, such as moderators = ["year"]',
        'regression 3: the key "moderators" holds texts, not 3',
        'specifications: the key "mesures" is not known; did you mean "measures"?',
        'specifications: the key "tests" holds texts, not 1',
        'specifications: filter 1: the key "colum" is not known; did you mean "column"?',
        'specifications: filter 1: the key "column" is missing',
        "specifications: filter 1: says neither what to keep nor what to drop",
    )


def test_weights_are_a_word_or_numbers_and_a_design_is_a_word(write_plan: Writer) -> None:
    path = write_plan(
        '[primary]\nweights = [1, "a"]\n[[sensitivity]]\nweights = ["b"]\n[[sensitivity]]\ndesign = ["gosh"]\n'
    )
    assert problems(path) == (
        "primary: the key \"weights\" holds one number for each study, not 'a'",
        "sensitivity 1: the key \"weights\" holds one number for each study, not 'b'",
        "sensitivity 2: the key \"design\" must be str, not ['gosh']",
    )


def test_the_same_regression_twice_needs_a_label(write_plan: Writer) -> None:
    twice = '[[regression]]\nmoderators = ["dose", "year"]\n[[regression]]\nmoderators = "dose + year"\n'
    assert problems(write_plan(twice)) == ("regression: 'dose + year' stands 2 times; give one a label",)


def test_filters_have_names_of_their_own(write_plan: Writer) -> None:
    one = '[[specifications.filter]]\nname = "a"\ncolumn = "dose"\nkeep = "high"\n'
    assert set(problems(write_plan(one * 2))) == {
        "specifications: filter 1: the name 'a' is used twice",
        "specifications: filter 2: the name 'a' is used twice",
    }


def test_a_key_like_no_other_lists_all_there_are(write_plan: Writer) -> None:
    (told,) = problems(write_plan("[primary]\nzzz = 1\n"))
    assert told == 'primary: the key "zzz" is not known; allowed: ' + ", ".join(TABLES["primary"])


@pytest.mark.parametrize("value", ["true", '"RR"', "[1]"])
def test_a_truth_value_is_no_number_and_a_word_no_level(write_plan: Writer, value: str) -> None:
    (told,) = problems(write_plan(f"level = {value}\n"))
    assert told.startswith('the plan: the key "level" must be int or float, not ')


@pytest.mark.parametrize("text", ["title = ", "[primary", 'title = "a"\ntitle = "b"\n'])
def test_a_file_that_is_no_toml_says_where(write_plan: Writer, text: str) -> None:
    (told,) = problems(write_plan(base=text))
    assert told.startswith("not a TOML file: ")


def test_a_plan_in_another_encoding_is_no_traceback(project: Path) -> None:
    path = project / "analyses" / "latin.toml"
    path.write_bytes('title = "Étude"\n'.encode("latin-1"))
    assert problems(path)[0].startswith("not a TOML file: ")


def test_a_missing_plan_is_missed_by_name(project: Path) -> None:
    with pytest.raises(PlanError, match=r"analyses/none\.toml\n  there is no such file"):
        read_plan(project / "analyses" / "none.toml")


SEVERAL = """
[[comparison]]
name = "hip"
title = "Hip"
studies = { outcome = "hip fracture" }

[[comparison]]
name = "spine"
studies = { outcome = "vertebral fracture", file = "other.csv" }
measure = "OR"
"""


def test_a_comparison_has_what_the_top_level_says_for_all_completed_key_by_key(write_plan: Writer) -> None:
    hip, spine = read_plan(write_plan(SEVERAL)).comparisons
    assert hip["studies"] == {"file": "datasets/k2/k2.csv", "outcome": "hip fracture"}
    assert (hip["measure"], hip["title"]) == ("RR", "Hip")
    assert spine["studies"] == {"file": "other.csv", "outcome": "vertebral fracture"}
    assert spine["measure"] == "OR"
    assert "title" not in spine


def test_expected_numbers_and_titles_of_the_top_level_belong_to_no_comparison() -> None:
    document = {"title": "All", "about": "all", "expect": [{}], "measure": "RR", "level": 0.9}
    assert merged(document, {"name": "one"}) == {"measure": "RR", "level": 0.9, "name": "one"}


def test_comparisons_need_names_of_their_own(write_plan: Writer) -> None:
    told = problems(write_plan('[[comparison]]\nname = "a"\n[[comparison]]\nname = "a"\n[[comparison]]\n'))
    assert "comparison 1: the name 'a' is used twice" in told
    assert 'comparison 3: the key "name" is missing (stem of its figures)' in told


def test_a_problem_inside_a_comparison_says_which(write_plan: Writer) -> None:
    (told,) = problems(write_plan('[[comparison]]\nname = "a"\n[comparison.primary]\nmethod = 3\n'))
    assert told == 'comparison 1, primary: the key "method" must be str, not 3'


def test_one_comparison_table_with_single_brackets_is_told_how_to_be_written(write_plan: Writer) -> None:
    assert "comparison: must be written as [[comparison]] tables" in problems(write_plan('[comparison]\nname = "a"\n'))


def test_one_text_or_several_are_several() -> None:
    assert (texts("one"), texts(["one", "two"])) == (("one",), ("one", "two"))


def test_every_table_that_has_keys_is_a_key_of_a_comparison() -> None:
    assert set(TABLES) <= set(COMPARISON) <= set(TOP)
    assert {"estimate", "tau2", "pi_low"} <= set(EXPECT)


def test_a_plan_names_its_formats_and_its_word_template(write_plan: Writer) -> None:
    plan = read_plan(write_plan('formats = ["pdf", "html", "pdf"]\ntemplate = "journal.dotx"\n'))
    assert (plan.formats, plan.template) == (("html", "pdf"), "journal.dotx")
    assert (read_plan(write_plan()).formats, read_plan(write_plan()).template) == (("html", "md"), "")


def test_an_unknown_format_is_refused_with_the_nearest(write_plan: Writer) -> None:
    assert problems(write_plan('formats = ["dcox", 3]\n')) == (
        "formats: 'dcox' is not known; did you mean \"docx\"? allowed: html, md, docx, pdf, xlsx",
        "formats: 3 is not known; allowed: html, md, docx, pdf, xlsx",
    )
    assert problems(write_plan("formats = 3\n")) == ('the plan: the key "formats" must be str or list, not 3',)


def test_a_plan_names_the_style_of_its_journal(write_plan: Writer) -> None:
    assert read_plan(write_plan('style = "lancet"\n')).style == "lancet"
    assert read_plan(write_plan()).style == ""


def test_an_unknown_style_is_refused_with_the_list(write_plan: Writer) -> None:
    assert problems(write_plan('style = "lancett"\n')) == (
        "style: 'lancett' is not known; did you mean \"lancet\"? allowed: plain, cochrane, bmj, jama, lancet",
    )
    assert problems(write_plan("style = 3\n")) == ('the plan: the key "style" must be str, not 3',)

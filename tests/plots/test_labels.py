from metak2.plots.labels import balanced, clean, wrapped


def test_newlines_tabs_and_control_characters_become_one_space() -> None:
    assert clean("Smith\r\n\t1990 \x07 (a)\u2028b") == "Smith 1990 (a) b"


def test_marks_that_turn_or_hide_text_are_dropped() -> None:
    assert clean("Smith \u202e0991\u200b") == "Smith 0991"


def test_half_a_surrogate_pair_is_named_by_its_code_point() -> None:
    assert clean("Smith \ud800") == "Smith U+D800"


def test_a_decomposed_umlaut_is_composed() -> None:
    assert clean("Mu\u0308ller") == "Müller"


def test_a_name_of_more_than_four_lines_ends_in_an_ellipsis() -> None:
    lines = wrapped("a randomised trial " * 14).split("\n")
    assert len(lines) == 4
    assert max(map(len, lines)) <= 60
    assert lines[-1].endswith("…")


def test_one_long_word_is_broken() -> None:
    assert wrapped("x" * 260).split("\n") == ["x" * 60] * 3 + ["x" * 59 + "…"]


def test_east_asian_names_wrap_at_half_as_many_characters() -> None:
    assert max(map(len, wrapped("維生素" * 20).split("\n"))) == 30


def test_a_blank_name_stays_blank() -> None:
    assert wrapped(" \n ") == ""
    assert balanced("", 10) == ""


def test_balanced_lines_leave_no_word_alone() -> None:
    assert balanced("no treatment or placebo", 20) == "no treatment\nor placebo"


def test_a_dose_is_not_torn_from_its_unit() -> None:
    assert wrapped("menatetrenone 45 mg", 16) == "menatetrenone\n45 mg"


def test_a_name_of_two_hundred_letters_is_shown_whole() -> None:
    words = "A trial of vitamin K2 in people after a stroke " * 5
    name = words[:200].strip()
    assert wrapped(name).replace("\n", " ") == name
    assert wrapped("x" * 200).replace("\n", "") == "x" * 200

import pytest

from metak2.report.number_gate import number_differences


def lines(committed: object, fresh: object) -> list[str]:
    return list(number_differences(committed, fresh))


def test_last_bits_do_not_count_and_the_eighth_digit_does() -> None:
    assert lines({"tau2": 0.3132433}, {"tau2": 0.3132433 * (1 + 5e-9)}) == []
    assert lines({"tau2": 0.3132433}, {"tau2": 0.3132433 * (1 + 5e-8)}) != []


def test_residues_of_an_iteration_do_not_count() -> None:
    assert lines([0.0], [9e-13]) == []


def test_a_whole_number_and_the_same_decimal_agree() -> None:
    assert lines({"k": 13}, {"k": 13.0}) == []


def test_the_path_names_the_study_not_its_number_in_the_list() -> None:
    committed = {"studies": [{"study": "Habu 2004", "yi": -1.6}, {"study": "Yoshida 2011", "yi": 0.1}]}
    fresh = {"studies": [{"study": "Habu 2004", "yi": -1.6}, {"study": "Yoshida 2011", "yi": 0.2}]}
    assert lines(committed, fresh) == ["studies[Yoshida 2011].yi: 0.1 became 0.2"]


@pytest.mark.parametrize(
    "committed, fresh, line",
    [
        ({"a": 1}, {}, "a: 1 is no longer written"),
        ({}, {"a": {"b": 1}}, "a: an object is new"),
        ({"a": None}, {"a": 0.0}, "a: null became 0.0"),
        ({"a": True}, {"a": 1}, "a: true became 1"),
        ({"a": "REML"}, {"a": "DL"}, 'a: "REML" became "DL"'),
        ({"a": [1, 2]}, {"a": [1]}, "a: 2 entries became 1"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a[1]: 2 became 3"),
        ({"a": [1]}, {"a": {"b": 1}}, "a: a list became an object"),
    ],
)
def test_each_kind_of_difference_is_one_line(committed: object, fresh: object, line: str) -> None:
    assert lines(committed, fresh) == [line]

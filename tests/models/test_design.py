"""From columns to a design: R's treatment contrasts, and columns that cannot be used."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.design import Design, as_words, design_from, recipe_for
from metak2.models.formula import formula
from tests.golden.cases import load

WORDS = np.array(["b", "a", "c", "b"], dtype=object)
COLUMNS = {"g": WORDS, "h": np.array(["x", "y", "x", "y"], dtype=object), "n": np.array([1.0, 2.0, 4.0, 8.0])}
STUDY = ("S1", "S2", "S3", "S4")
EVERYONE = np.ones(4, dtype=bool)


def design(text: str, **columns: np.ndarray) -> Design:
    given = columns or COLUMNS
    return recipe_for(formula(text), given, EVERYONE, STUDY).build(given, 4)


@pytest.mark.parametrize(
    "text, names",
    [
        ("C(g)", ("intercept", "C(g)[b]", "C(g)[c]")),
        ("g", ("intercept", "g[b]", "g[c]")),
        ("C(g) - 1", ("C(g)[a]", "C(g)[b]", "C(g)[c]")),
        ("C(g) + C(h) - 1", ("C(g)[a]", "C(g)[b]", "C(g)[c]", "C(h)[y]")),
        ("n:C(h) + n", ("intercept", "n", "n:C(h)[y]")),
        ("n:C(h)", ("intercept", "n:C(h)[x]", "n:C(h)[y]")),
        ("C(g) * C(h)", ("intercept", "C(g)[b]", "C(g)[c]", "C(h)[y]", "C(g)[b]:C(h)[y]", "C(g)[c]:C(h)[y]")),
        ("C(n)", ("intercept", "C(n)[2]", "C(n)[4]", "C(n)[8]")),
    ],
)
def test_categories_are_coded_as_in_r(text: str, names: tuple[str, ...]) -> None:
    made = design(text)
    assert made.columns == names
    assert set(np.unique(made.X)) <= {0.0, 1.0, *COLUMNS["n"]}


@pytest.mark.parametrize("sign", ["*", "+"])
def test_the_matrix_is_that_of_r(sign: str) -> None:
    wanted = {"*": "~x1 * x2", "+": "~x1 + x2"}[sign]
    case = next(case for case in load("uni_moderators") if case.options["formula"] == wanted)
    x1 = np.array(case.inputs["moderators"]["x1"], dtype=float)
    x2 = np.array(case.inputs["moderators"]["x2"], dtype=object)
    columns = {"x1": x1, "x2": x2}
    study = tuple(str(number) for number in range(x1.size))
    made = recipe_for(formula(f"x1 {sign} x2"), columns, np.ones(x1.size, dtype=bool), study).build(columns, x1.size)
    np.testing.assert_array_equal(made.X, np.array(case.inputs["X"], dtype=float))


def test_log_and_center_by_hand() -> None:
    made = design("log(n) + center(n)")
    np.testing.assert_allclose(made.X[:, 1], np.log([1, 2, 4, 8]), rtol=1e-15)
    np.testing.assert_allclose(made.X[:, 2], np.array([1, 2, 4, 8]) - 3.75, rtol=1e-15)


def test_the_terms_know_their_columns() -> None:
    assert dict(design("n * C(g)").terms) == {"n": (1,), "C(g)": (2, 3), "n:C(g)": (4, 5)}


def test_numbers_as_categories_are_in_numerical_order() -> None:
    assert as_words(np.array([4.0, np.nan, 0.5])) == ("4", "", "0.5")


def test_trials_called_by_their_long_numbers_are_told_apart() -> None:
    assert as_words(np.array([31234567.0, 31234568.0])) == ("31234567", "31234568")
    assert as_words(np.array([31234567, "", 31234568.0], dtype=object)) == ("31234567", "", "31234568")
    assert design("C(n)", n=np.array([10.0, 9.0, 10.0, 100.0])).columns == ("intercept", "C(n)[10]", "C(n)[100]")


def test_every_bad_column_is_named_at_once() -> None:
    mixed = {"dose": np.array([1.0, "n/a", 2.0, "high"], dtype=object), "n": np.array([1.0, 0.0, -2.0, 3.0])}
    with pytest.raises(ModelError) as refused:
        design("dose + log(n) + dosis", **mixed)
    message = str(refused.value)
    assert "dose is not a number in S2 ('n/a'), S4 ('high'); correct it, or write C(dose)" in message
    assert "log(n) does not exist for S2, S3: not above 0" in message
    assert "there is no column 'dosis'; did you mean \"dose\"?" in message


def test_a_design_by_hand_names_each_column() -> None:
    assert design_from([[1, 2], [1, 3]], ["intercept", "dose"]).intercept == 0
    assert design_from([[2.0], [3.0]], ["dose"]).intercept is None
    with pytest.raises(ModelError, match="but 1 columns are named"):
        design_from([[1, 2], [1, 3]], ["dose"])

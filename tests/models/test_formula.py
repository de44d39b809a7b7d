"""The grammar of moderators: what it holds, what it refuses, and that nothing in it is ever run."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.errors import ModelError
from metak2.models.formula import Formula, formula
from tests.strategies import quick


@pytest.mark.parametrize(
    "text, labels, intercept",
    [
        ("ablat", ("ablat",), True),
        ("~ ablat + C(alloc)", ("ablat", "C(alloc)"), True),
        ("a:b + a", ("a", "a:b"), True),
        ("a * b - 1", ("a", "b", "a:b"), False),
        ("-1 + C(g)", ("C(g)",), False),
        ("0 + C(g)", ("C(g)",), False),
        ("(a + C(b)) * c", ("a", "C(b)", "c", "a:c", "C(b):c"), True),
        ("a * b:c", ("a", "b:c", "a:b:c"), True),
        ("log(x) + center(y) + log(x)", ("log(x)", "center(y)"), True),
        ("a:b + b:a", ("a:b",), True),
        ("1", (), True),
        ("", (), True),
    ],
)
def test_a_formula_is_its_terms(text: str, labels: tuple[str, ...], intercept: bool) -> None:
    parsed = formula(text)
    assert (parsed.labels, parsed.intercept) == (labels, intercept)


@pytest.mark.parametrize(
    "text, message",
    [
        ("__import__('os').system('true')", "is not part of the grammar"),
        ("exec('1')", "is not part of the grammar"),
        ("[a for a in b]", "is not part of the grammar"),
        ("a.b", "a.b is not part of the grammar"),
        ("a / b", "a / b is not part of the grammar"),
        ("Center(a)", 'did you mean "center"?'),
        ("a - b", "only -1 (no intercept) can be taken away"),
        ("2 + a", "2 is neither a column nor -1"),
        ("a ** 2", "Add a column with the powers"),
        ("a:a", "crosses a column with itself"),
        ("C(a):a", "crosses a column with itself"),
        ("log(a + b)", "is not part of the grammar"),
        ("a +", "cannot be read"),
        ("a b", "cannot be read"),
        ("+".join(["abcdefghij"] * 200), "at most 2000 are read"),
        ("*".join(f"a{i}" for i in range(30)), "more than 200 terms"),
        ("(" * 900 + "a" + ")" * 900, "cannot be read"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ModelError) as refused:
        formula(text)
    assert message in str(refused.value)


@quick
@given(text=st.text(alphabet="ab1-+*:~() Clog,.'[]", max_size=30))
def test_any_text_is_a_formula_or_a_model_error(text: str) -> None:
    parsed: Formula | None = None
    with suppress(ModelError):
        parsed = formula(text)
    assert parsed is None or all(set(column) <= set("abClog1") for column in parsed.columns)

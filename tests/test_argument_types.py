"""A wrong kind of object is refused by name, with what makes the right one, at every function and report part."""

import inspect
from collections.abc import Callable
from typing import Any, cast

import pandas as pd
import pytest

import metak2 as mk
from metak2.argument_types import _annotations
from tests.effects.made_up import counts

EFFECTS = counts([("A", 5, 50, 9, 50), ("B", 6, 60, 8, 60), ("C", 4, 40, 9, 40)])

THREE: Any = 3
TEXT: Any = "x"
NOTHING: Any = None
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a number is not effect sizes": (
        lambda: mk.pool(THREE),
        "pool(): effects is the int 3; it takes EffectSizes, made by",
    ),
    "a text is not a result": (
        lambda: mk.forest(TEXT),
        "forest(): result is the str 'x'; it takes Pooled, made by pool(…)",
    ),
    "nothing is not a study table": (
        lambda: mk.effect_sizes(NOTHING, measure="RR"),
        "effect_sizes(): studies is None; it takes StudyTable",
    ),
    "a report needs a result": (
        lambda: mk.report("T", primary=cast("Any", EFFECTS)),
        "report(): primary is an object of type EffectSizes; it takes Pooled",
    ),
    "each sensitivity analysis is a result": (
        lambda: mk.report("T", primary=mk.pool(EFFECTS), sensitivity=[TEXT]),
        "sensitivity is the list ['x']; it takes Pooled",
    ),
    "a report holds blocks": (
        lambda: mk.Report(title="T", blocks=(THREE,)),
        "Report(): blocks is the tuple (3,); it takes Heading or Paragraph",
    ),
    "a picture holds a drawing": (
        lambda: mk.Picture("a", "b", THREE),
        "Picture(): drawing is the int 3; it takes Drawn",
    ),
    "a table has columns": (
        lambda: mk.Table("a", (TEXT,), ()),
        "Table(): columns is the tuple ('x',); it takes Column",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_the_message_names_function_argument_and_way_out(mistake: str) -> None:
    call, said = WRONG[mistake]
    with pytest.raises(mk.WrongTypeError) as caught:
        call()
    assert said in str(caught.value)
    assert isinstance(caught.value, mk.MetaError)
    assert isinstance(caught.value, TypeError)


def test_every_wrong_argument_is_named_at_once() -> None:
    with pytest.raises(mk.WrongTypeError) as caught:
        mk.full_report("T", comparisons=[THREE], before=[THREE])
    assert [line.partition(" is ")[0] for line in str(caught.value).splitlines()] == [
        "full_report(): comparisons",
        "full_report(): before",
    ]


@pytest.mark.parametrize("name", [name for name in mk.__all__ if inspect.isfunction(getattr(mk, name))])
def test_every_public_function_is_checked_by_its_own_signature(name: str) -> None:
    function = getattr(mk, name)
    assert function.__wrapped__.__name__ == name
    assert set(inspect.signature(function).parameters) >= set(_annotations(function.__wrapped__)) - {"return"}


def test_a_data_frame_is_known_without_importing_pandas() -> None:
    frame = pd.DataFrame({"study": ["A"], "event_e": [1], "n_e": [9], "event_c": [2], "n_c": [9]})
    assert mk.effect_sizes(frame, measure="RR").k == 1


def test_the_words_of_r_are_answered_with_ours() -> None:
    effects = mk.effects_from([0.1, 0.4, 0.3], vi=[0.1, 0.2, 0.1], study=["A", "B", "C"])
    for options, ours in (({"method": "FE"}, '"CE"'), ({"test": "knha"}, '"HK"'), ({"prediction": "HTS"}, "Wald")):
        with pytest.raises(mk.UnknownOptionError, match=f"here it is called .*{ours}"):
            mk.pool(effects, **options)  # type: ignore[arg-type] # the words of R
    for theirs, function in (("rma", "pool"), ("escalc", "effect_sizes"), ("trimfill", "trim_and_fill")):
        with pytest.raises(AttributeError, match=rf"R's {theirs}\(\) is here .*{function}"):
            getattr(mk, theirs)
    with pytest.raises(AttributeError, match=r"no attribute 'nothing_of_the_kind'$"):
        mk.nothing_of_the_kind  # noqa: B018 # the access is the test

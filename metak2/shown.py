"""How a result shows itself: `display` registers the text, `plots` the pictures, and no other floor knows either.

The modules that register are loaded one by one when a result first shows itself; pictures load matplotlib.
"""

from collections.abc import Callable, Sequence
from functools import singledispatch
from html import escape
from importlib import import_module

TEXTS = tuple(
    f"metak2.display.{name}"
    for name in (
        "pooled", "extracted", "regression", "counts", "small_studies", "robustness", "multilevel", "robust", "bayes",
        "network_print", "accuracy", "dose_response", "rare_events", "grade", "missing_cells", "open_questions",
    )
)  # fmt: skip
"""The modules that register texts, what is printed most first."""

PICTURES = tuple(
    f"metak2.plots.{name}"
    for name in ("accuracy", "diagnostics", "dose_response", "network", "notebook", "open_questions", "robustness")
)
"""The modules that register pictures."""

Form = Callable[[object], str]


@singledispatch
def show(result: object) -> str:
    """The result as a clinician reads it, in plain text."""
    form = _registered(show.dispatch, TEXTS, type(result))
    return form(result) if form else object.__repr__(result)


@singledispatch
def show_html(result: object) -> str:
    """The result as an HTML fragment for a notebook: a paragraph for each line of its text."""
    form = _registered(show_html.dispatch, TEXTS, type(result))
    if form:
        return form(result)
    lines = (line.strip() for line in show(result).splitlines())
    return f"<div>{''.join(f'<p>{escape(line)}</p>' for line in lines if line)}</div>"


@singledispatch
def show_svg(result: object) -> str:
    """The result as an SVG picture for a notebook. NotImplementedError, which a notebook passes over, for none."""
    form = _registered(show_svg.dispatch, PICTURES, type(result))
    if form is None:
        raise NotImplementedError(f"there is no picture of {type(result).__name__}")
    return form(result)


def _registered(dispatch: Callable[[type], Form], modules: Sequence[str], kind: type) -> Form | None:
    """The form of this kind of result, from the first of the modules that brings it; None where there is none."""
    for module in modules:
        import_module(module)
        found = dispatch(kind)
        if found is not dispatch(object):
            return found
    return None


class Shown:
    """A result that shows itself as text, in a console too, and as an HTML fragment."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        cls.__repr__ = Shown.__str__  # type: ignore[assignment, method-assign] # before dataclass writes its own

    def __str__(self) -> str:
        return show(self)

    def _repr_html_(self) -> str:
        return show_html(self)


class Drawn(Shown):
    """A result that shows a picture of itself too."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return show_svg(self)

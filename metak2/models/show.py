"""How a result shows itself. `display` registers the text, `plots` the pictures; models know neither."""

from functools import singledispatch
from html import escape
from importlib import import_module

PICTURES = tuple(
    f"metak2.plots.{name}"
    for name in ("accuracy", "diagnostics", "dose_response", "network", "notebook", "open_questions", "robustness")
)
"""The modules that register pictures; they load matplotlib, so that they are loaded with the first picture."""


@singledispatch
def show(result: object) -> str:
    """The result as a clinician reads it, in plain text."""
    return object.__repr__(result)


@singledispatch
def show_html(result: object) -> str:
    """The result as an HTML fragment for a notebook: a paragraph for each line of its text."""
    lines = (line.strip() for line in show(result).splitlines())
    return f"<div>{''.join(f'<p>{escape(line)}</p>' for line in lines if line)}</div>"


@singledispatch
def show_svg(result: object) -> str:
    """The result as an SVG picture for a notebook. NotImplementedError, which a notebook passes over, for none."""
    for module in PICTURES:
        import_module(module)
    drawn = show_svg.dispatch(type(result))
    if drawn is show_svg.dispatch(object):
        raise NotImplementedError(f"there is no picture of {type(result).__name__}")
    return drawn(result)


class Shown:
    """A result that shows itself as text and as an HTML fragment."""

    __slots__ = ()

    def __str__(self) -> str:
        return show(self)

    def _repr_html_(self) -> str:
        return show_html(self)


class Drawn(Shown):
    """A result that shows a picture of itself too."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return show_svg(self)

"""How a result shows itself. `display` registers the text, `plots` the pictures; models know neither."""

from functools import singledispatch
from html import escape


@singledispatch
def show(result: object) -> str:
    """The result as a clinician reads it, in plain text."""
    return object.__repr__(result)


def show_html(result: object) -> str:
    """The result as an HTML fragment for a notebook: its text, preformatted."""
    return f"<pre>{escape(show(result))}</pre>"


@singledispatch
def show_svg(result: object) -> str:
    """The result as an SVG picture for a notebook."""
    raise NotImplementedError(f"no picture of {type(result).__name__} is registered: import metak2.plots")

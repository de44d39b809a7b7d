"""How a result shows itself. `display` registers the text and HTML forms, `plots` the pictures; models know neither."""

from functools import singledispatch


@singledispatch
def show(result: object) -> str:
    """The result as a clinician reads it, in plain text."""
    return object.__repr__(result)


@singledispatch
def show_html(result: object) -> str:
    """The result as an HTML fragment for a notebook."""
    return object.__repr__(result)


@singledispatch
def show_svg(result: object) -> str:
    """The result as an SVG picture for a notebook."""
    raise NotImplementedError(f"no picture of {type(result).__name__} is registered: import metak2.plots")

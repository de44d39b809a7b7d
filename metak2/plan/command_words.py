"""Messages that were written for Python, as a command line would say them."""

import re
from collections.abc import Collection

KEYWORD = re.compile(r"\b([a-z_]+)=([\w\"'\[(]?)")


def as_options(text: str, options: Collection[str]) -> str:
    """The message with `control=` as `--control`, for the options that the command has.

    >>> as_options('say experimental= and control=; or method="PM", test="z"', {"experimental", "control", "method"})
    'say --experimental and --control; or --method "PM", test="z"'
    """

    def spoken(match: re.Match[str]) -> str:
        name, value = match.groups()
        return f"--{name.replace('_', '-')}{' ' * bool(value)}{value}" if name in options else match[0]

    return KEYWORD.sub(spoken, text)

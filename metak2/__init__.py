"""Meta-analysis of clinical trials, from the spreadsheet cell to a report that a machine can check.

>>> import metak2 as mk
>>> effects = mk.effects_from([-0.89, -1.59, -1.35], study=["A", "B", "C"], measure="RR", se=[0.57, 0.44, 0.64])
>>> mk.pool(effects).k
3

The public names stand once, in `__init__.pyi`, each on a line of its own: type checkers read them there, and each is
loaded when it is first used.
"""

import re
import sys
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from types import ModuleType
from typing import Any

from metak2.argument_types import checked

with open(f"{__file__}i", encoding="utf-8") as _stub:  # noqa: PTH123 - pathlib costs as much as all the rest here
    _HOMES = {name: home for _, home, _, name, _, _ in (line.split() for line in _stub if line.startswith("from "))}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names stand in the stub


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name with the module that holds it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'metak2' has no attribute {name!r}{_elsewhere(name)}")
    value = getattr(import_module(_HOMES[name]), name)
    if isfunction(value):
        value = checked(value)
    globals()[name] = value
    return value


def _elsewhere(name: str) -> str:
    """What does the work of the function that has this name in metafor or meta, or an empty string."""
    if name.startswith("_") or not name.isidentifier() or find_spec(f"metak2.{name}"):
        return ""
    called = re.compile(rf"\b{re.escape(name)}\(")
    functions = import_module("metak2.display.names_functions").FUNCTIONS
    rows = (row for table in functions.values() for row in table)
    ours = sorted({row[0] for row in rows if row[0] in _HOMES and called.search(" ".join(row[2:4]))})
    return f"; R's {name}() is here {' or '.join(ours)}" if ours else ""


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package: importing the floor `metak2.report` must not put a module where the verb `report` stands."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

"""Whatever a reader must know about a result, as a code with its values. `display.notes` makes the sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A caveat: `code` names its sentence in `display/notes.py`, `values` fill it, `where` names the studies."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    where: tuple[str, ...] = ()

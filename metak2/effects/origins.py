"""Where a number comes from: the cells that were read and the conversions they went through, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metak2.studies.table import Conversion, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The cells behind one study's effect size: column → address, column → value as read, and the conversions.

    `traces` holds the columns whose cell does not simply show its value: text, a formula, a rule, a source note.
    """

    study: str
    cells: Mapping[str, str]
    values: Mapping[str, float | str]
    conversions: tuple[Conversion, ...] = ()
    traces: Mapping[str, Trace] = field(default_factory=dict)

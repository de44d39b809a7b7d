"""A number somebody else printed, beside the one found here."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A published or independently computed number that an analysis must reproduce.

    `of` names the result and `quantity` its field; `expected` and `found` are on the same scale; `rtol` is relative to
    `expected` (where that is 0, absolute); `source` says where the expected number stands.
    """

    of: str
    quantity: str
    expected: float
    found: float
    rtol: float
    source: str

    @property
    def met(self) -> bool:
        """Whether the number found agrees with the number expected."""
        if self.expected == 0:
            return abs(self.found) <= self.rtol
        return math.isclose(self.found, self.expected, rel_tol=0, abs_tol=self.rtol * abs(self.expected))

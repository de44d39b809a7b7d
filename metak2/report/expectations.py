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

    @classmethod
    def printed(cls, of: str, quantity: str, printed: str, found: float, source: str) -> "Expectation":
        """The expectation that a number agrees to the last digit of one that somebody printed.

        >>> Expectation.printed("Habu 2004", "risk ratio", "0.20", 0.2011, "metafor").met
        True
        """
        expected = float(printed)
        half = 0.5001 * 10.0 ** -len(printed.partition(".")[2])
        rtol = half / abs(expected) if expected else half
        return cls(of=of, quantity=quantity, expected=expected, found=float(found), rtol=rtol, source=source)

    @property
    def met(self) -> bool:
        """Whether the number found agrees with the number expected."""
        if self.expected == 0:
            return abs(self.found) <= self.rtol
        return math.isclose(self.found, self.expected, rel_tol=0, abs_tol=self.rtol * abs(self.expected))

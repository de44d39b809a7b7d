"""Numbers and phrases as a report prints them, for the sentences that a script writes itself.

>>> from metak2 import words
>>> words.interval(0.0495, 0.8160), words.p_value(0.0123), words.listed(("Mizuta", "Kakizaki"))
('0.05 to 0.82', 'p = 0.012', 'Mizuta and Kakizaki')

They follow the style of a journal where one is chosen (`journal_style`), as everything else in the report does.
"""

from metak2.display import published
from metak2.display.absolute import number_needed, per_thousand
from metak2.display.listing import listed
from metak2.display.numbers import effect, fixed, interval, p_value, percent, significant
from metak2.display.sentences import RULES, estimate
from metak2.display.survival import reading
from metak2.report.blocks import slug
from metak2.report.compose import answer

__all__ = [
    "RULES", "answer", "effect", "estimate", "fixed", "interval", "listed", "number_needed", "p_value", "per_thousand",
    "percent", "published", "reading", "significant", "slug",
]  # fmt: skip

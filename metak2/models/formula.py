"""Moderator formulas: names, `+`, `:`, `*`, `C(name)`, `log(name)`, `center(name)`, `-1`; parsed, never evaluated.

>>> formula("ablat + C(alloc)").labels
('ablat', 'C(alloc)')
>>> formula("a * b - 1").labels, formula("a * b - 1").intercept
(('a', 'b', 'a:b'), False)
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from metak2.errors import ModelError, did_you_mean

Kind = Literal["as is", "C", "log", "center"]
FUNCTIONS: tuple[Kind, ...] = ("C", "log", "center")
LONGEST = 2000  # characters: no formula that a person writes is longer
MOST_TERMS = 200
ALLOWED = "names, + : *, C(name), log(name), center(name) and -1"


@dataclass(frozen=True, slots=True, order=True)
class Factor:
    """One column of the study table, as it is or through C (categories), log or center (minus its mean)."""

    column: str
    kind: Kind = "as is"

    @property
    def label(self) -> str:
        """The factor as it is written."""
        return self.column if self.kind == "as is" else f"{self.kind}({self.column})"


Term = tuple[Factor, ...]
"""One factor, or the interaction of several in the order in which they were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A parsed formula: main effects first, then interactions by order, as R arranges them."""

    text: str
    terms: tuple[Term, ...]
    intercept: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """The terms as they are written."""
        return tuple(term_label(term) for term in self.terms)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the formula needs, each once."""
        return tuple(dict.fromkeys(factor.column for term in self.terms for factor in term))


def term_label(term: Term) -> str:
    """`a:C(b)`."""
    return ":".join(factor.label for factor in term)


@lru_cache(maxsize=256)
def formula(text: str) -> Formula:
    """Parse a formula; a leading `~` and the intercept `1` are understood.

    Raises
    ------
    ModelError
        With everything in the text that the grammar does not know.
    """
    body = text.strip().removeprefix("~").strip()
    # In Python's grammar ":" is no operator; "**" binds more tightly than "*", as ":" does in formulas.
    source = body.replace(":", "**")
    if len(body) > LONGEST:
        raise ModelError(f"the formula has {len(body)} characters; at most {LONGEST} are read")
    if "**" in body:
        raise ModelError(f"the formula {text!r} has **; allowed are {ALLOWED}. Add a column with the powers instead")
    try:
        tree = ast.parse(source or "1", mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ModelError(f"the formula {text!r} cannot be read; allowed are {ALLOWED}") from error
    problems: list[str] = []
    intercept, terms = True, []
    for sign, node in _summands(tree, problems):
        if isinstance(node, ast.Constant):
            if node.value not in (0, 1) or isinstance(node.value, bool):
                problems.append(f"{node.value!r} is neither a column nor -1")
            intercept = (node.value == 1) == (sign > 0)
        elif sign < 0:
            problems.append(f"-{_written(node)}: only -1 (no intercept) can be taken away")
        else:
            terms += _expanded(node, problems)
    if problems:
        listed = "; ".join(problems)
        raise ModelError(f"the formula {text!r} cannot be used: {listed}. Allowed are {ALLOWED}")
    once: dict[frozenset[Factor], Term] = {}
    for term in terms:
        once.setdefault(frozenset(term), term)
    return Formula(text=text, terms=tuple(sorted(once.values(), key=len)), intercept=intercept)


def _summands(node: ast.expr, problems: list[str]) -> Iterator[tuple[int, ast.expr]]:
    """The parts of a sum with their signs, from left to right."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _summands(node.left, problems)
        yield (1 if isinstance(node.op, ast.Add) else -1), node.right
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield -1, node.operand
    else:
        yield 1, node


def _expanded(node: ast.expr, problems: list[str]) -> list[Term]:
    """The terms of a product: `a*b` is a + b + a:b."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Pow):
        left, right = _expanded(node.left, problems), _expanded(node.right, problems)
        if len(left) * len(right) > MOST_TERMS:
            problems.append(f"the products hold more than {MOST_TERMS} terms")
            return []
        crossed = [_crossed(a, b, problems) for a in left for b in right]
        return [*left, *right, *crossed] if isinstance(node.op, ast.Mult) else crossed
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_expanded(node.left, problems), *_expanded(node.right, problems)]
    factor = _factor(node)
    if factor is None:
        problems.append(f"{_written(node)} is not part of the grammar{_hint(node)}")
        return []
    return [(factor,)]


def _crossed(a: Term, b: Term, problems: list[str]) -> Term:
    joined = tuple(dict.fromkeys((*a, *b)))
    if len({factor.column for factor in joined}) < len(a) + len(b):
        problems.append(f"{term_label(a)}:{term_label(b)} crosses a column with itself; add a column with its squares")
    return joined


def _factor(node: ast.expr) -> Factor | None:
    if isinstance(node, ast.Name):
        return Factor(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        argument = node.args[0]
        for kind in FUNCTIONS:
            if node.func.id == kind and isinstance(argument, ast.Name):
                return Factor(argument.id, kind)
    return None


def _hint(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return did_you_mean(node.func.id, [*FUNCTIONS, "center"])
    return ""


def _written(node: ast.expr) -> str:
    return ast.unparse(node).replace(" ** ", ":")

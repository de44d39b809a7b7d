"""One thing, five names: what metak2, metafor, meta, RevMan and Stata call each measure, model, option and function.

The names stand in `names_measures`, `names_options`, `names_models` and `names_functions`; an empty one says that there
is none, or that none is known to us. It is never a guess: what no documentation confirmed carries a dagger.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from metak2.display.names_functions import FUNCTIONS
from metak2.display.names_measures import MEASURE_ROWS, METHOD_ROWS, NOT_IN_METAFOR
from metak2.display.names_models import MODELS
from metak2.display.names_options import OPTIONS
from metak2.effects.measures import MEASURES
from metak2.models.methods import METHODS

PROGRAMS = ("metak2", "metafor", "meta", "RevMan", "Stata")
DAGGER = " †"
INTRO = """# One thing, five names

DO NOT EDIT: written by `metak2.display.names.names_document()`; a test keeps it up to date.

A dash says that a program has none, or that none is known to us. A dagger (†): the program has it, but the name was
not found in its documentation.

- **metafor** (and `clubSandwich::`, `robumeta::`): releases 3 and 4 (`correct=FALSE` and `conv.fivenum()` need 4). Run
  in the golden tests, or read in the help pages.
- **meta** (and `netmeta::`, `metasens::`): release 8, with netmeta 3. Run in the golden tests, or read in the help.
- **RevMan**: the words on its screen, in its data packages and its help; Cochrane Handbook 5.1, sections 9.4 and 11.3;
  Cochrane Methods, "Random-effects meta-analysis methods for Intervention Reviews".
- **Stata**: its official `meta` suite, release 19 (leave-one-out and multivariate models since 17, proportions and
  multilevel models since 18, correlations since 19), by its help files and manual; other commands say "community".
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A row of the table: what it is, and its name in each program; "" where there is none."""

    meaning: str
    metak2: str
    metafor: str = ""
    meta: str = ""
    revman: str = ""
    stata: str = ""


def tables() -> dict[str, tuple[Names, ...]]:
    """Heading → rows, in the order of the document."""
    return {
        "Measures (`measure=`)": tuple(_measures()),
        "Methods of pooling (`method=`)": tuple(_methods()),
        **{
            heading: tuple(_named(*row) for row in rows) for heading, rows in {**OPTIONS, **MODELS, **FUNCTIONS}.items()
        },
    }


def names_document() -> str:
    """`docs/names.md`: the tables as Markdown."""
    parts = [INTRO]
    for heading, rows in tables().items():
        head = f"| | {' | '.join(PROGRAMS)} |\n|{'---|' * (len(PROGRAMS) + 1)}"
        parts.append("\n".join([f"## {heading}\n", head, *(_line(row) for row in rows), ""]))
    return "\n".join(parts)


def _measures() -> Iterator[Names]:
    """Metafor's name is the measure's own; a suffix of ours is an option of `escalc`."""
    for measure in MEASURES.values():
        base, uncorrected, _ = measure.name.partition("-uncorrected")
        theirs, meta, revman, stata = MEASURE_ROWS.get(measure.name, ("", "", "", ""))
        own = f'measure="{base}"' + (", correct=FALSE" if uncorrected else "")
        metafor = theirs or ("" if base in NOT_IN_METAFOR else own)
        yield Names(meaning=measure.label, metak2=measure.name, metafor=metafor, meta=meta, revman=revman, stata=stata)


def _methods() -> Iterator[Names]:
    """Metafor's name is the method's own."""
    for method in METHODS.values():
        metafor, meta, revman, stata = METHOD_ROWS.get(method.name, (f'method="{method.name}"', "", "", ""))
        yield Names(meaning=method.label, metak2=method.name, metafor=metafor, meta=meta, revman=revman, stata=stata)


def _named(ours: str, meaning: str, metafor: str = "", meta: str = "", revman: str = "", stata: str = "") -> Names:
    return Names(meaning=meaning, metak2=ours, metafor=metafor, meta=meta, revman=revman, stata=stata)


def _line(row: Names) -> str:
    cells = (_code(row.metak2), _code(row.metafor), _code(row.meta), row.revman or "–", _code(row.stata))
    return f"| {row.meaning} | {' | '.join(cells)} |"


def _code(name: str) -> str:
    bare = name.removesuffix(DAGGER)
    return f"`{bare}`{name[len(bare) :]}" if name else "–"

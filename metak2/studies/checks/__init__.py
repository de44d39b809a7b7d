"""What can be wrong with extracted data: one small function per problem, one code that never changes.

An error stops the reading, a warning is printed in the report, a note says what was done.

    MK-F  the file, its sheets and columns        MK-S  what was asked for, and rows that stand twice
    F01   no such file                            S01   two columns of one name
    F02   no such sheet                           S02   the same study, outcome, time and arm twice
    F03   a column is missing                     S03   two rows of the table with one label
    F04   damaged, or not a workbook              S04   a study without a row in `studies`
    F05   unpacks to too much                     S05   asked for what does not stand there
    F06   an ending that is not read              S06   several sheets hold what was asked for
    F07   a CSV file not in UTF-8                 S07   several outcomes, none asked for
    F08   an empty sheet                          S08   a row without a study
    F09   the columns of no layout                S09   a study described twice in `studies`
    F10   full to the last possible row           S10   `where` or `label` names no column
    F11   days counted from 1904                  S11   a CSV line longer than its header
                                                  S12   a row of totals
    MK-C  counts                                  S13   one study, two names
    C01   negative                                S14   two studies, the same numbers
    C02   fractional                              S15   several times in one outcome
    C03   a word                                  S16   a mean age against the words
    C04   an arm of 0 people                      S17   two studies, one DOI or registration
    C05   no time at risk                         S18   rows of the same patients
    C06   a percentage outside 0 to 100           MK-M  means
    C07   more events than people                 M01   a word
    C08   a percentage for a count                M02   an SD, SE or other spread of 0 or less
    C09   a percentage no count gives             M03   limits swapped
                                                  M04   limits do not hold the mean
    MK-T  what kind of thing a cell holds         M05   an SE called an SD
    T01   a date                                  M06   units of different names
    T02   TRUE or FALSE                           M07   mean and SD 10 or 18 … 1000 times as large
    T03   a formula's error, such as #DIV/0!      M08   change scores with final values
    T04   a formula without a stored result       M09   a dose a thousand times the others
    T05   a number stored as text (note)          M10   a spread of one person
    T06   control characters (note)               M11   quartiles, median, range not in order
    T07   a word in a column used as numbers      M12   medians too skewed for a mean (warning)
    T08   a date's number                         MK-E  effects
    T09   a decimal comma                         E01   a word
    T10   a comma or point before three digits    E02   the interval does not hold its estimate
    T11   thousands apart (note)                  E03   limits swapped
    T12   a printer's minus sign (note)           E04   a ratio of 0 or less
    T13   a range                                 E05   a level outside 50 to 100 per cent
    T14   zeros in front, exponents (note)        E06   p outside 0 to 1
    T15   several numbers in one cell             E07   an SE or variance of 0 or less
    T16   a per cent sign or format               E08   a bound on p
    T17   decreased by a negative amount          E09   p neither one- nor two-sided
    T18   beyond anything measured                E10   estimate off the middle of its interval
                                                  E11   p not from the interval
    MK-H  what is hidden or marked                E12   p not from means and SDs
    H01   a hidden row                            E13   interval not from SDs and n
    H02   a hidden column                         E14   ratio not from counts
    H03   a hidden sheet                          E15   the sign against all others
    H04   a row a filter hides                    E16   p not from chi-square
    H05   struck through                          E17   favours the other side
    H06   inside merged cells                     E18   ± without a name: SD or SEM (note)
    H07   filled with a colour (note)             E19   an SE that is not of its interval
                                                  E20   an SE too small for its people
                                                  E21   effects too alike for their SEs
                                                  E22   an SE out of line with the others
                                                  MK-A  arms
                                                  A01   several arms match
                                                  A02   left over without a partner (warning)
                                                  A03   not asked for (note)
    MK-G  gaps                                    A04   no study has both arms
    G01   blank: not reported (note)              A05   arms in different units, directions, statistics
    G02   999 and its like                        A06   a control used twice (among effects a warning)
                                                  A07   combined into one (note)
    MK-X  files that would do harm                A08   cannot be combined
    X01   a path out of the archive               A09   no word which arm is which
    X02   a document type                         A10   called None (note)
    X03   too many rows or cells
    X04   too many columns                        MK-L  how a layout was understood (notes)
    X05   an archive too many                     L01   a column worded otherwise
    X06   macros, links (note)                    L02   names not in row 1
                                                  L03   a text file read as
    MK-Q  answers                                 L04   a mapped column is gone
    Q01   void: the cell has changed              L05   the mapping cannot be read
    Q02   its cell is not there                   L06   a note below the table
    Q03   an unknown key                          L07   a sheet's name tidied
    Q04   something is missing                    L08   rows of single reviewers left out
    Q05   cannot be accepted                      MK-R  imported files
    Q06   the file cannot be read                 R01   RevMan's number does not follow
    Q07   the correction does not fit             R02   RevMan stored no result (note)
                                                  R03   not recomputed (note)
                                                  R04   not the export it looks like
                                                  R05   a reference without its study
    MK-N  single groups, correlations, pairs      R06   the flow does not add up
    N01   a number that its column cannot hold    R07   no judgement of risk of bias
                                                  R08   an extra package is needed
                                                  R09   judgements of several tools
                                                  R10   no box of the flow diagram

    MK-N  single groups, correlations, pairs
    N01   a number that its column cannot hold

    MK-I  standing, and Retraction Watch's file
    I01   a word that is no status
    I02   ok without database, date, person
    I03   a DOI tidied (note)
    I04   no DOI, no PubMed number
    I05   not Retraction Watch's file
    I06   a broken row in it
    I07   two studies, one identifier, a notice
    I08   identifiers of two papers
    I09   a title alike (suggested only)
    I10   sheet and file differ
    I11   what was looked up (note)
    I12   a notice without a date

    MK-B  check this: seldom in honest trials
    B01   a mean no whole numbers have (GRIM)
    B02   an SD they do not have (GRIMMER)
    B03   what GRIM could find (note)
    B04   mean ± SD of another trial, twice
    B05   arms too alike at baseline
    B06   arms too different at baseline
    B07   an effect beyond what is plausible
    B08   recruitment beyond what is plausible
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from metak2.errors import CellProblem
from metak2.studies.checks import (
    across,
    agreement,
    answering,
    arms,
    arms_and_effects,
    cells,
    counts,
    effects,
    files,
    gaps,
    inspection,
    integrity,
    looks,
    means,
    one_row,
    precision,
    reading,
    repeats,
    structure,
    typed,
)
from metak2.studies.kinds import COLUMNS
from metak2.studies.rows import Side

_CODE = re.compile(r"MK-[A-Z][0-9]{2}")

RowCheck = Callable[[Side], Iterable[CellProblem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A code, the function that finds or words the problem, and what it means (its docstring's first line)."""

    code: str
    function: Callable[..., CellProblem | Iterable[CellProblem]]

    @property
    def meaning(self) -> str:
        """What is wrong, in a line."""
        return (self.function.__doc__ or "").partition("\n")[0].partition(": ")[2]


_COUNT_CHECKS: tuple[RowCheck, ...] = (counts.negative_count, counts.fractional_count, counts.nobody_in_arm)

ROW_CHECKS: Mapping[str, tuple[RowCheck, ...]] = {
    "counts": (*_COUNT_CHECKS, counts.events_above_total, gaps.not_reported),
    "rates": (*_COUNT_CHECKS, counts.no_person_time, gaps.not_reported),
    "percentages": (*_COUNT_CHECKS, counts.impossible_percentage, gaps.not_reported),
    "means": (
        *_COUNT_CHECKS,
        means.no_spread,
        means.sd_of_one,
        means.limits_swapped,
        means.mean_outside_limits,
        means.five_numbers_not_rising,
        gaps.not_reported,
    ),
    "effects": (
        effects.estimate_outside_interval,
        effects.interval_swapped,
        effects.ratio_not_positive,
        effects.impossible_level,
        effects.impossible_p,
        effects.no_error,
        effects.unknown_sidedness,
        gaps.not_reported,
    ),
    **dict.fromkeys(
        COLUMNS,
        (*_COUNT_CHECKS, counts.events_above_total, counts.no_person_time, one_row.impossible_value, gaps.not_reported),
    ),
}

_HOMES = (
    across,
    agreement,
    answering,
    arms,
    arms_and_effects,
    cells,
    counts,
    effects,
    files,
    gaps,
    inspection,
    integrity,
    looks,
    means,
    one_row,
    precision,
    reading,
    repeats,
    structure,
    typed,
)


def _every_check() -> dict[str, Check]:
    """Each function whose docstring begins with a code, by its code."""
    found = {}
    for home in _HOMES:
        for function in vars(home).values():
            code, colon, _ = (getattr(function, "__doc__", None) or "").partition(": ")
            if colon and _CODE.fullmatch(code) and function.__module__ == home.__name__:
                found[code] = Check(code=code, function=function)
    return dict(sorted(found.items()))


CHECKS: Mapping[str, Check] = _every_check()

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
                                                  S10   `where` or `label` names no column
    MK-C  counts                                  S11   a CSV line longer than its header
    C01   negative
    C02   fractional                              MK-M  means
    C03   a word                                  M01   a word
    C04   an arm of 0 people                      M02   an SD, SE or other spread of 0 or less
    C05   no time at risk                         M03   limits swapped
    C06   a percentage outside 0 to 100           M04   limits do not hold the mean
    C07   more events than people

    MK-E  effects                                 MK-A  arms
    E01   a word                                  A01   several arms match
    E02   the interval does not hold its estimate A02   left over without a partner (warning)
    E03   limits swapped                          A03   not asked for (note)
    E04   a ratio of 0 or less                    A04   no study has both arms
    E05   a level outside 50 to 100 per cent      A05   arms in different units, directions, statistics
    E06   p outside 0 to 1                        A06   a control used twice (among effects a warning)
    E07   an SE or variance of 0 or less          A07   combined into one (note)
    E08   a bound on p                            A08   cannot be combined
    E09   p neither one- nor two-sided            A09   no word which arm is which

    MK-T  what kind of thing a cell holds         MK-G  gaps
    T01   a date                                  G01   blank: not reported (note)
    T02   TRUE or FALSE
    T03   a formula's error, such as #DIV/0!
    T04   a formula without a stored result
    T05   a number stored as text (note)
    T06   control characters (note)
    T07   a word in a column used as numbers
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from metak2.errors import CellProblem
from metak2.studies.checks import arms, cells, counts, effects, files, gaps, means, structure
from metak2.studies.rows import Side

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
    "means": (*_COUNT_CHECKS, means.no_spread, means.limits_swapped, means.mean_outside_limits, gaps.not_reported),
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
}

CHECKS: Mapping[str, Check] = {
    code: Check(code=code, function=function)
    for code, function in (
        ("MK-F01", files.missing_file),
        ("MK-F02", files.missing_sheet),
        ("MK-F03", files.missing_column),
        ("MK-F04", files.unreadable),
        ("MK-F05", files.too_large),
        ("MK-F06", files.unknown_format),
        ("MK-F07", files.not_utf8),
        ("MK-F08", files.empty_sheet),
        ("MK-F09", files.unknown_layout),
        ("MK-S01", structure.column_twice),
        ("MK-S02", structure.row_twice),
        ("MK-S03", structure.label_twice),
        ("MK-S04", structure.not_in_studies),
        ("MK-S05", structure.unknown_value),
        ("MK-S06", structure.several_sheets),
        ("MK-S07", structure.several_outcomes),
        ("MK-S08", structure.blank_study),
        ("MK-S09", structure.study_twice),
        ("MK-S10", structure.unknown_column),
        ("MK-S11", structure.misaligned_row),
        ("MK-C01", counts.negative_count),
        ("MK-C02", counts.fractional_count),
        ("MK-C03", counts.not_a_count),
        ("MK-C04", counts.nobody_in_arm),
        ("MK-C05", counts.no_person_time),
        ("MK-C06", counts.impossible_percentage),
        ("MK-C07", counts.events_above_total),
        ("MK-M01", means.not_a_mean),
        ("MK-M02", means.no_spread),
        ("MK-M03", means.limits_swapped),
        ("MK-M04", means.mean_outside_limits),
        ("MK-E01", effects.not_an_effect),
        ("MK-E02", effects.estimate_outside_interval),
        ("MK-E03", effects.interval_swapped),
        ("MK-E04", effects.ratio_not_positive),
        ("MK-E05", effects.impossible_level),
        ("MK-E06", effects.impossible_p),
        ("MK-E07", effects.no_error),
        ("MK-E08", effects.bounded_p),
        ("MK-E09", effects.unknown_sidedness),
        ("MK-A01", arms.several_arms),
        ("MK-A02", arms.arm_without_partner),
        ("MK-A03", arms.arm_not_asked_for),
        ("MK-A04", arms.nothing_to_compare),
        ("MK-A05", arms.arms_not_alike),
        ("MK-A06", arms.control_twice),
        ("MK-A07", arms.arms_combined),
        ("MK-A08", arms.arms_not_combinable),
        ("MK-A09", arms.arms_not_named),
        ("MK-T01", cells.date_in_cell),
        ("MK-T02", cells.truth_in_number),
        ("MK-T03", cells.formula_error),
        ("MK-T04", cells.formula_without_result),
        ("MK-T05", cells.number_as_text),
        ("MK-T06", cells.control_characters),
        ("MK-T07", cells.word_in_moderator),
        ("MK-G01", gaps.not_reported),
    )
}

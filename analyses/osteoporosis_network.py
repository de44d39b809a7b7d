"""The arms of the osteoporosis trials with vitamin K2, drawn as a network; none of it can be estimated."""

import metak2 as mk

OSTEOPOROSIS = (
    *("Orimo 1998", "Iwamoto J 2000", "Shiraki 2000", "Ushiroyama 2002", "Ishida & Kawai 2004", "Purwosunu 2006"),
    *("Inoue 2009", "Jiang 2014"),
)
ANY_OUTCOME = (
    "The picture holds every arm with a row in the workbook, whatever was measured (spine or metacarpal bone); arms "
    "without one, such as the vitamin D arms of Iwamoto J 2000, are missing. An edge is a comparison that was "
    "randomised, not a result that was found."
)
SIX_ARMS = (
    "Ishida & Kawai 2004 brings six treatments and fifteen of the comparisons by itself, and is under concern: without "
    "it nothing here compares hormone replacement, etidronate or calcitonin with vitamin K2."
)
TIME_POINTS = (
    "Time points of one trial are one trial: they add no edge, and no evidence of how effects vary between trials."
)
NAMES = (
    "Treatments are named as the sources name them. To call 'MK-4', 'K2' and 'MK-4 45 mg' one treatment, or 'no "
    "treatment', 'placebo' and 'calcium' one control, would join the parts by an assumption and not by a trial."
)


def report() -> mk.Report:
    """Trials in people with osteoporosis or osteopenia whose arms stand in the workbook."""
    shown = mk.network_map("datasets/huang2014/huang2014.xlsx", sheet="continuous", where={"study": OSTEOPOROSIS})
    return mk.network_map_report(
        "Vitamin K2 in osteoporosis: who was compared with whom",
        shown,
        about="the arms of trials of vitamin K2 in osteoporosis or osteopenia",
        doubts=[ANY_OUTCOME, SIX_ARMS, TIME_POINTS, NAMES],
    )

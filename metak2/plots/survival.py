"""The picture of Kaplan–Meier percentages."""

from metak2.plots.chart import draw_chart
from metak2.plots.drawing import Drawing
from metak2.plots.survival_layout import survival_layout
from metak2.studies.table import StudyTable


def survival_plot(studies: StudyTable, *, title: str = "") -> Drawing:
    """Both arms' percentages at the times that a paper prints, with numbers at risk that are marked as reconstructed.

    `studies` is a table of kind percentages, a row per study and time, as `hazard_ratios_from_percentages` takes it.
    """
    return draw_chart(survival_layout(studies, title=title))

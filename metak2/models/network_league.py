"""The league table: every treatment against every other, row against column everywhere."""

from dataclasses import dataclass

from metak2.models.network_blocks import require_strong
from metak2.models.network_result import Contrast, Network
from metak2.shown import Shown

ORIENTATION = "Each cell is the effect of the treatment of its row against the treatment of its column."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class League(Shown):
    """`cells[i][j]` is treatment i (row) against treatment j (column); None on the diagonal."""

    network: Network
    treatments: tuple[str, ...]
    cells: tuple[tuple[Contrast | None, ...], ...]

    @property
    def orientation(self) -> str:
        """Which treatment is compared with which, in words."""
        return ORIENTATION


def league_table(network: Network, *, order: tuple[str, ...] | None = None) -> League:
    """The league table with prediction intervals, in the order of the alphabet or the one given.

    `ModelError` while an edge rests on one trial or on a trial of concern, unless the network allowed that.
    """
    if not network.weak:
        require_strong(network.data, "no league table")
    treatments = order or network.treatments
    for treatment in treatments:
        network.index(treatment)
    cells = tuple(
        tuple(None if row == column else network.contrast(row, column) for column in treatments) for row in treatments
    )
    return League(network=network, treatments=tuple(treatments), cells=cells)

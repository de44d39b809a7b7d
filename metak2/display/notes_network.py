"""The caveats of networks."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from metak2.display.listing import listed
from metak2.effects.notes import Note

SENTENCES: Mapping[str, Callable[[Note], str]] = MappingProxyType(
    {
        "NETWORK_WEAK_EDGES": lambda n: (
            "For teaching only. Outside a lesson this network would be drawn and neither fitted nor ranked: "
            + " ".join(f"{reason}." for reason in n.values["reasons"])
        ),
        "NETWORK_FEW": lambda n: (
            f"Heterogeneity and inconsistency of the network have {n.values['df']} degrees of freedom: τ² is hardly "
            "estimable, and no test will find either."
        ),
        "NETWORK_EMPTY_DESIGN": lambda n: (
            f"{listed(n.where)}: in all trials of this design a treatment had no event, or nothing but events; left "
            'out by this method. method="NCH" keeps them.'
        ),
        "NETWORK_NO_MODERATOR": lambda n: (
            f"{listed(n.where)}: no value of {n.values['moderator']}; left out of the regression."
        ),
        "CONTRASTS_REPAIRED": lambda n: (
            f"{listed(n.where)}: the comparisons of its arms did not add up exactly, as rounded numbers do not; "
            "they were moved by weighted least squares, within rounding, so that they do."
        ),
    }
)

"""The caveats of networks."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

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
    }
)

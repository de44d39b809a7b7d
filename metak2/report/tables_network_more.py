"""The tables of what is asked of a network further: other choices, components, slopes."""

from collections.abc import Mapping

import numpy as np

from metak2.display import network as told
from metak2.display.numbers import DASH, p_number, p_value, percent, significant
from metak2.display.sentences import coverage
from metak2.models.network_components import Components
from metak2.models.network_regression import NetworkRegression
from metak2.models.network_result import Network
from metak2.report.blocks import Column, Table


def choices_table(network: Network, others: Mapping[str, Network]) -> Table:
    """Every treatment against the reference, a column for each choice, and how the trials differ under it."""
    answers = {"Primary analysis": network, **others}
    rows = [
        (name, *(_against(one, name, network.reference) for one in answers.values()))
        for name in network.treatments
        if name != network.reference
    ]
    rows += [
        ("Trials", *(str(one.k) for one in answers.values())),
        ("τ²", *(DASH if one.tau2 is None else significant(one.tau2) for one in answers.values())),
        ("I²", *(percent(one.I2) if np.isfinite(one.I2) else DASH for one in answers.values())),
    ]
    heads = (Column(f"Against {network.reference}"), *(Column(label, "right") for label in answers))
    methods = "; ".join(f"{label}: {told.METHODS[one.method]}" for label, one in answers.items())
    notes = (f"{network.measure.label} ({coverage(network.level)} CI).", f"{methods}.")
    return Table("Other choices", heads, tuple(rows), notes)


def _against(network: Network, name: str, reference: str) -> str:
    """A dash where this choice leaves out every trial of the treatment."""
    if {name, reference} <= set(network.treatments):
        return told.contrast(network, network.contrast(name, reference))
    return DASH


def components_table(result: Components) -> Table:
    """The effect of each component."""
    rows = tuple(
        (name, told.component(result, found), p_number(found.pval))
        for name, found in ((name, result.effect(name)) for name in result.components)
    )
    against = f"against {result.inactive}" if result.inactive else "of each component"
    heads = ("Component", f"{result.data.measure.label} ({coverage(result.level)} CI)", "p")
    columns = (Column(heads[0]), *(Column(head, "right") for head in heads[1:]))
    return Table(f"Components {against}", columns, rows)


def slopes_table(result: NetworkRegression) -> Table:
    """The slopes on the analysis scale."""
    rows = tuple(
        (
            one.name,
            f"{significant(one.estimate)} ({significant(one.low)} to {significant(one.high)})",
            p_value(one.pval),
        )
        for one in result.slopes
    )
    columns = (Column("Slope of"), Column(f"{coverage(result.at_mean.level)} CI", "right"), Column("p", "right"))
    return Table(f"Slopes by {result.moderator.replace('_', ' ')}", columns, rows, (told.slopes_told(result) + ".",))

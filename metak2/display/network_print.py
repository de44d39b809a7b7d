"""Networks in print. Importing this module registers what `print(result)` shows."""

from collections.abc import Sequence

from metak2.display.listing import listed
from metak2.display.network import (
    METHODS,
    against_reference,
    answer,
    cautions,
    component,
    consistency,
    contrast,
    league_rows,
    map_told,
    not_estimable,
    predicted,
    ranking,
    slopes_told,
    split_row,
    splitting,
    tested,
    trials,
)
from metak2.display.notes import sentence
from metak2.display.numbers import fixed, p_number, p_value, percent, significant
from metak2.display.sentences import lower_first
from metak2.models.network_components import Components
from metak2.models.network_consistency import Designs, Splits
from metak2.models.network_contribution import Contributions
from metak2.models.network_data import NetworkMap
from metak2.models.network_league import League
from metak2.models.network_ranking import Ranking
from metak2.models.network_regression import NetworkRegression
from metak2.models.network_result import Network
from metak2.shown import show


@show.register
def _(result: Network) -> str:
    rows = [(f"against {result.reference}", f"{result.measure.label} (interval)", "prediction interval", "p")]
    rows += [
        (one.first, contrast(result, one), predicted(result, one) or "–", p_number(one.pval))
        for one in against_reference(result)
    ]
    return "\n".join([answer(result), table(rows), *(f"! {sentence(note)}" for note in result.notes)])


@show.register
def _(result: NetworkMap) -> str:
    rows = [(f"{a} – {b}", trials(len(names)), listed(names)) for (a, b), names in result.trials.items()]
    return "\n".join([map_told(result), *not_estimable(result), *(f"{a}: {b}, {c}" for a, b, c in rows)])


@show.register
def _(result: Designs) -> str:
    rows = [("design", "trials", "heterogeneity")]
    rows += [
        (" – ".join(design), str(len(names)), tested(one))
        for design, names, one in zip(result.designs, result.studies, result.of_designs, strict=True)
    ]
    return "\n".join([consistency(result), table(rows)])


@show.register
def _(result: Splits) -> str:
    head = ("comparison", "trials", "direct", "direct effect", "indirect effect", "network", "p of difference")
    return "\n".join([splitting(result), table([head, *(split_row(result.network, one) for one in result.splits)])])


@show.register
def _(result: Ranking) -> str:
    head = ("treatment", "P-score", "mean rank", "probability of being best")
    rows = [
        (
            result.treatments[at],
            fixed(float(result.p_score[at]), 3),
            fixed(float(result.mean_rank[at]), 1),
            percent(100 * float(result.probability[at, 0])),
        )
        for at in result.order
    ]
    return "\n".join([ranking(result), table([head, *rows]), *(f"! {text}" for text in cautions(result.network))])


@show.register
def _(result: League) -> str:
    rows = [("row against column", *result.treatments), *league_rows(result)]
    return "\n".join([result.orientation, table(rows), *(f"! {text}" for text in cautions(result.network))])


@show.register
def _(result: Contributions) -> str:
    head = ("comparison", *(" – ".join(edge) for edge in result.edges))
    rows = [
        (" against ".join(pair), *(percent(100 * float(share)) for share in shares))
        for pair, shares in zip(result.comparisons, result.shares, strict=True)
    ]
    return "\n".join([f"Contribution of direct comparisons, by {result.streams}", table([head, *rows])])


@show.register
def _(result: Components) -> str:
    rows = [(name, component(result, result.effect(name))) for name in result.components]
    against = f" against {result.inactive}" if result.inactive else ""
    return "\n".join(
        [
            f"Components{against}, {lower_first(result.data.measure.label)} by {METHODS[result.method]}",
            table(rows),
            f"Additive model: {tested(result.additive)}. Cost of additivity: {tested(result.difference)}.",
            *(f"! {sentence(note)}" for note in result.notes),
        ]
    )


@show.register
def _(result: NetworkRegression) -> str:
    rows = [
        (
            one.name,
            f"{significant(one.estimate)} ({significant(one.low)} to {significant(one.high)})",
            p_value(one.pval),
        )
        for one in result.slopes
    ]
    return "\n".join(
        [
            slopes_told(result),
            table(rows),
            f"Moderator: {tested(result.moderator_test)}. Residual: {tested(result.residual)}.",
            f"At {result.moderator} {significant(result.mean)}:",
            show(result.at_mean),
        ]
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in columns of a fixed pitch, the first to the left, the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    first, *rest = widths
    return "\n".join(
        "  ".join([row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], rest, strict=True))])
        for row in rows
    )

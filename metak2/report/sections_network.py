"""The report of a network: map, effects, consistency, ranking; or the map alone, and what cannot be estimated."""

from collections.abc import Sequence

from metak2.display import network as told
from metak2.display.notes import sentence
from metak2.models.network_consistency import NO_DESIGNS, network_designs, split_network
from metak2.models.network_contribution import contributions
from metak2.models.network_data import NetworkMap, network_map
from metak2.models.network_funnel import adjusted_funnel
from metak2.models.network_league import league_table
from metak2.models.network_ranking import Better, rank_treatments
from metak2.models.network_result import Network
from metak2.plots.network import adjusted_funnel_plot, net_heat_plot, network_forest, network_graph, rankogram
from metak2.report import results_network  # noqa: F401 - registers the JSON of networks
from metak2.report import tables_network as tables
from metak2.report.blocks import Block, Caveat, Heading, Items, Paragraph, Picture, References
from metak2.report.report import Report

REFERENCES = (
    "Rücker 2012, Res Synth Methods 3:312-324",
    "Rücker & Schwarzer 2014, Stat Med 33:4353-4369",
    "Higgins et al. 2012, Res Synth Methods 3:98-110",
)
OF_EFFECTS = (
    "Krahn, Binder & König 2013, BMC Med Res Methodol 13:35",
    "König, Krahn & Binder 2013, Stat Med 32:5414-5429",
    "Dias et al. 2010, Stat Med 29:932-944",
    "Papakonstantinou et al. 2018, F1000Research 7:610",
)
OF_RANKS = (
    "Rücker & Schwarzer 2015, BMC Med Res Methodol 15:58",
    "Salanti, Ades & Ioannidis 2011, J Clin Epidemiol 64:163-171",
)
OF_COUNTS = {
    "MH": "Efthimiou et al. 2019, Stat Med 38:2992-3012",
    "NCH": "Stijnen, Hamza & Özdemir 2010, Stat Med 29:3046-3067",
}


def network_report(
    title: str,
    network: Network,
    *,
    about: str,
    better: Better,
    order: Sequence[str] = (),
    doubts: Sequence[str] = (),
) -> Report:
    """A report on a network; `about` is the question as a phrase, `order` the treatments from old to new."""
    doubt = f" Why to doubt it: {' '.join(doubts)}" if doubts else ""
    shown, league = network_map(network.data), league_table(network)
    ranking = rank_treatments(network, better=better)
    by_trial = network.method not in NO_DESIGNS
    blocks: list[Block] = [
        Paragraph(f"{about[:1].upper()}{about[1:]}. {told.answer(network)}{doubt}"),
        *(Caveat(sentence(note)) for note in network.notes),
        Heading("The network"),
        Paragraph(told.map_told(shown)),
        Picture("network-graph", f"Network graph: {about}.", network_graph(shown, statement=not network.weak)),
        Heading("Effects"),
        Picture("network-forest", f"Every treatment against {network.reference}.", network_forest(network)),
        tables.against_table(network),
        tables.league_as_table(league),
    ]
    results: dict[str, object] = {"primary": network, "league": league, "ranking": ranking, "map": shown}
    if by_trial:
        designs, splits, shares = network_designs(network), split_network(network), contributions(network)
        results |= {"designs": designs, "splits": splits, "contributions": shares}
        blocks += [
            Heading("Do the trials agree?"),
            Paragraph(f"{told.consistency(designs)} {told.splitting(splits)}"),
            Picture("network-heat", f"Net heat plot: {about}.", net_heat_plot(designs)),
            tables.designs_table(designs),
            tables.splits_table(splits),
            tables.contributions_table(shares),
        ]
        if order:
            funnel = adjusted_funnel_plot(adjusted_funnel(network, order=order))
            blocks.append(Picture("network-funnel", f"Comparison-adjusted funnel plot: {about}.", funnel))
    blocks += [
        Heading("Ranking"),
        Paragraph(told.ranking(ranking)),
        Picture("network-ranks", f"Rankograms: {about}.", rankogram(ranking)),
        tables.ranking_table(ranking),
        Heading("Methods"),
        Paragraph(_methods(network, by_trial=by_trial)),
        Heading("References"),
        References((*REFERENCES, *(OF_EFFECTS if by_trial else (OF_COUNTS[network.method[:3]],)), *OF_RANKS)),
    ]
    return Report(
        title=title,
        blocks=tuple(blocks),
        results={"network": results},
        effect_tables={"network": tables.network_effects(network.data)},
        expectations=(),
    )


def network_map_report(title: str, shown: NetworkMap, *, about: str, doubts: Sequence[str] = ()) -> Report:
    """A report on trials that are drawn and not analysed: who compared what, and what cannot be estimated."""
    unsaid = told.not_estimable(shown)
    why = unsaid or ["Nothing in the shape of this network stands against an analysis."]
    blocks: list[Block] = [
        Paragraph(f"{about[:1].upper()}{about[1:]}. {told.map_told(shown)}"),
        *(Caveat(line) for line in why),
        *([Items(tuple(doubts))] if doubts else []),
        Heading("The network"),
        Picture("network-graph", f"Network graph: {about}.", network_graph(shown, statement=False)),
        tables.map_table(shown),
        Heading("Methods"),
        Paragraph(
            "Every pair of arms of a trial is a comparison. A network is analysed only where each comparison rests on "
            "two trials or more and none is of doubtful integrity; elsewhere it is drawn."
        ),
    ]
    return Report(title=title, blocks=tuple(blocks), results={"map": shown}, effect_tables={}, expectations=())


def _methods(network: Network, *, by_trial: bool) -> str:
    method = told.METHODS[network.method]
    text = f"{method[:1].upper()}{method[1:]}. Multi-arm trials enter with the covariance of their contrasts" + (
        "; the variance between trials is the same for every comparison. " if network.random else ". "
    )
    if by_trial:
        text += (
            "Indirect evidence is calculated back from the network's and the direct estimate. Contributions follow the "
            "streams of evidence along shortest paths. "
        )
    return text + "Ranks are drawn from the normal distribution of the effects; the P-score is exact."

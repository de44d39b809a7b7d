"""The sections on a network: map, effects, consistency, ranking; or the map alone, and what cannot be estimated."""

from collections.abc import Sequence

from metak2.display import network as told
from metak2.display.notes import sentence
from metak2.models.network_components import Components
from metak2.models.network_consistency import NO_DESIGNS, network_designs, split_network
from metak2.models.network_contribution import contributions
from metak2.models.network_data import NetworkMap, network_map
from metak2.models.network_funnel import adjusted_funnel
from metak2.models.network_league import league_table
from metak2.models.network_ranking import rank_treatments
from metak2.models.network_result import Network
from metak2.plots.network import adjusted_funnel_plot, net_heat_plot, network_forest, network_graph, rankogram
from metak2.report import tables_network as tables
from metak2.report import tables_network_more as more
from metak2.report.blocks import Block, Caveat, Heading, Items, Paragraph, Picture, References
from metak2.report.network_story import NetworkStory

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
OF_COMPONENTS = "Rücker, Petropoulou & Schwarzer 2020, Biom J, doi:10.1002/bimj.201800167"

Told = tuple[list[Block], dict[str, object]]


def network_sections(network: Network, story: NetworkStory) -> Told:
    """Everything a report tells of a fitted network, in order, and its results by name."""
    doubt = f" Why to doubt it: {' '.join(story.doubts)}" if story.doubts else ""
    opening = f"{story.about[:1].upper()}{story.about[1:]}: {told.headline(network)} {told.answer(network)}{doubt}"
    shown = network_map(network.data)
    blocks: list[Block] = [
        Paragraph(opening),
        *(Caveat(sentence(note)) for note in network.notes),
        *(Paragraph(text) for text in story.text),
        Heading("The network"),
        Paragraph(told.map_told(shown)),
    ]
    if "graph" in story.figures:
        drawing = network_graph(shown, statement=not network.weak)
        blocks.append(Picture("network-graph", f"Network graph: {story.about}.", drawing))
    results: dict[str, object] = {"primary": network, "map": shown}
    for part in (_effects, _agreement, _ranking, _components, _regressions):
        further, found = part(network, story)
        blocks, results = [*blocks, *further], {**results, **found}
    blocks += [
        Heading("Methods"),
        Paragraph(_methods(network, story)),
        Heading("References"),
        References(_references(network, story)),
    ]
    return blocks, results


def _effects(network: Network, story: NetworkStory) -> Told:
    league = league_table(network)
    blocks: list[Block] = [Heading("Effects")]
    if "forest" in story.figures:
        blocks.append(
            Picture("network-forest", f"Every treatment against {network.reference}.", network_forest(network))
        )
    blocks += [tables.against_table(network), tables.league_as_table(league)]
    if not story.others:
        return blocks, {"league": league}
    blocks += [Heading("The same network under other choices", 3), more.choices_table(network, story.others)]
    return blocks, {"league": league, "sensitivity": dict(story.others)}


def _agreement(network: Network, story: NetworkStory) -> Told:
    """Whether the trials agree; not for methods that know designs only by their sums."""
    if network.method in NO_DESIGNS:
        return [], {}
    designs, shares = network_designs(network), contributions(network)
    results: dict[str, object] = {"designs": designs, "contributions": shares}
    said, table = told.consistency(designs), []
    if story.splitting:
        splits = split_network(network)
        results["splits"] = splits
        said, table = f"{said} {told.splitting(splits)}", [tables.splits_table(splits)]
    blocks: list[Block] = [Heading("Do the trials agree?"), Paragraph(said)]
    if "heat" in story.figures:
        blocks.append(Picture("network-heat", f"Net heat plot: {story.about}.", net_heat_plot(designs)))
    blocks += [tables.designs_table(designs), *table, tables.contributions_table(shares)]
    if story.order and "funnel" in story.figures:
        funnel = adjusted_funnel_plot(adjusted_funnel(network, order=story.order))
        blocks.append(Picture("network-funnel", f"Comparison-adjusted funnel plot: {story.about}.", funnel))
    return blocks, results


def _ranking(network: Network, story: NetworkStory) -> Told:
    ranking = rank_treatments(network, better=story.better)
    blocks: list[Block] = [Heading("Ranking"), Paragraph(told.ranking(ranking))]
    if "ranks" in story.figures:
        blocks.append(Picture("network-ranks", f"Rankograms: {story.about}.", rankogram(ranking)))
    return [*blocks, tables.ranking_table(ranking)], {"ranking": ranking}


def _components(_: Network, story: NetworkStory) -> Told:
    if story.components is None:
        return [], {}
    return component_blocks(story.components), {"components": story.components}


def component_blocks(result: Components) -> list[Block]:
    """What the parts of combined treatments do, and whether their effects add up."""
    return [Heading("Components"), Paragraph(told.additivity(result)), more.components_table(result)]


def _regressions(_: Network, story: NetworkStory) -> Told:
    blocks: list[Block] = []
    for one in story.regressions:
        blocks += [Heading(f"Effects by {one.moderator.replace('_', ' ')}"), Paragraph(told.regression(one))]
        blocks += [more.slopes_table(one), *(Caveat(sentence(note)) for note in one.notes)]
    found = {one.moderator: one for one in story.regressions}
    return blocks, ({"regression": found} if found else {})


def map_sections(shown: NetworkMap, *, about: str, doubts: Sequence[str] = ()) -> Told:
    """Trials that are drawn and not analysed: who compared what, and what cannot be estimated."""
    why = told.not_estimable(shown) or ["Nothing in the shape of this network stands against an analysis."]
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
    return blocks, {"map": shown}


def _methods(network: Network, story: NetworkStory) -> str:
    method = told.METHODS[network.method]
    text = f"{method[:1].upper()}{method[1:]}. Multi-arm trials enter with the covariance of their contrasts" + (
        "; the variance between trials is the same for every comparison. " if network.random else ". "
    )
    if network.method not in NO_DESIGNS:
        split = "Indirect evidence is calculated back from the network's and the direct estimate. "
        text += split if story.splitting else ""
        text += "Contributions follow the streams of evidence along shortest paths. "
    if story.components is not None:
        text += "Components: the effect of a combination is the sum of its components' effects. "
    return text + "Ranks are drawn from the normal distribution of the effects; the P-score is exact."


def _references(network: Network, story: NetworkStory) -> tuple[str, ...]:
    by_trial = network.method not in NO_DESIGNS
    of_method = OF_EFFECTS if by_trial else (OF_COUNTS[network.method[:3]],)
    components = (OF_COMPONENTS,) if story.components is not None else ()
    return (*REFERENCES, *of_method, *OF_RANKS, *components)

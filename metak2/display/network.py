"""Networks as sentences: effects, how trials agree, ranks, and what a network cannot estimate."""

import numpy as np

from metak2.display.decimals import decimals_of
from metak2.display.listing import listed
from metak2.display.notes import sentence
from metak2.display.numbers import effect, fixed, interval, p_number, p_value, percent, significant
from metak2.display.sentences import coverage, lower_first
from metak2.models.network_components import Components, Effect
from metak2.models.network_consistency import Designs, Split, Splits, Tested
from metak2.models.network_data import NetworkMap
from metak2.models.network_league import League
from metak2.models.network_ranking import Ranking
from metak2.models.network_regression import NetworkRegression
from metak2.models.network_result import Contrast, Network

METHODS = {
    "CE": "common effect, inverse variance",
    "DL": "random effects, DerSimonian–Laird's moments",
    "ML": "random effects, maximum likelihood",
    "REML": "random effects, REML",
    "MH": "common effect, Mantel–Haenszel by design",
    "NCH": "common effect, exact conditional likelihood",
    "NCH-multinomial": "common effect, conditional likelihood, multinomial approximation",
}
ALL_TOLD = 4  # treatments whose effects the first paragraph spells out
BETTER = {"lower": "lower values are better", "higher": "higher values are better"}


def digits(network: Network) -> int:
    """How many decimals its effects are printed with."""
    spread = np.diag(network.vcov)
    return decimals_of(network.measure, spread[:, None] + spread[None, :] - 2 * network.vcov)


def limits(network: Network, low: float, high: float) -> str:
    """An interval of the network on the displayed scale."""
    back = network.measure.back([low, high])
    return interval(float(back[0]), float(back[1]), digits(network))


def value(network: Network, estimate: float) -> str:
    """An effect of the network on the displayed scale."""
    return effect(float(network.measure.back(estimate)), digits(network))


def contrast(network: Network, found: Contrast) -> str:
    """Effect and interval of one treatment against another."""
    return f"{value(network, found.estimate)} ({limits(network, found.low, found.high)})"


def predicted(network: Network, found: Contrast) -> str:
    """The prediction interval, "" where there is none."""
    return limits(network, found.pi_low, found.pi_high) if np.isfinite(found.pi_low) else ""


def trials(k: int) -> str:
    """A number of trials in words: 1 trial, 3 trials."""
    return f"{k} trial{'s' if k != 1 else ''}"


def answer(network: Network) -> str:
    """What was compared, how, and how the trials differ."""
    return (
        f"{len(network.treatments)} treatments in {trials(network.k)}; {lower_first(network.measure.label)} by "
        f"{METHODS[network.method]}; {coverage(network.level)} intervals"
        f"{' by Hartung and Knapp' if network.test == 'HK' else ''}. {variation(network)}".rstrip()
    )


def headline(network: Network) -> str:
    """The effects against the reference in words: all of up to four, else the ends and how many exclude no effect."""
    found = sorted(against_reference(network), key=lambda one: one.estimate)
    label = lower_first(network.measure.label)
    shown = found if len(found) <= ALL_TOLD else [found[0], found[-1]]
    told = tuple(f"{contrast(network, one)} for {one.first}" for one in shown)
    limits = f"{coverage(network.level)} CI"
    if len(found) <= ALL_TOLD:
        said = f"{label} against {network.reference} ({limits}): {'; '.join(told)}."
    else:
        said = f"{label}s against {network.reference} lie between {told[0]} and {told[1]} ({limits})."
    null = network.measure.null_value
    apart = sum(one.low > null or one.high < null for one in found)
    future = [(one.pi_low, one.pi_high) for one in found if np.isfinite(one.pi_low)]
    beyond = sum(low > null or high < null for low, high in future)
    new = f", {beyond} of {len(future)} prediction intervals do" if future else ""
    return f"{said} {apart} of {len(found)} confidence intervals exclude no effect{new}."


def variation(network: Network) -> str:
    """Between-study variance, I² and Q of the whole network; "" where the model has none."""
    parts = [] if network.tau2 is None else [f"τ² {significant(network.tau2)} (the same for every comparison)"]
    if np.isfinite(network.I2):
        parts.append(f"I² {percent(network.I2)}")
        parts.append(f"Q {fixed(network.Q, 2)} on {network.Q_df} degrees of freedom, {p_value(network.Q_pval)}")
    text = ", ".join(parts)
    return f"Heterogeneity and inconsistency together: {text}." if parts else ""


def against_reference(network: Network) -> list[Contrast]:
    """Every other treatment against the reference, in the order of the alphabet."""
    return [network.contrast(name, network.reference) for name in network.treatments if name != network.reference]


def tested(found: Tested) -> str:
    """A chi-squared test in words."""
    if found.df <= 0:
        return "not testable (no degrees of freedom)"
    return f"Q {fixed(found.Q, 2)} on {found.df} df, {p_value(found.pval)}"


def consistency(result: Designs) -> str:
    """Heterogeneity within designs, inconsistency between them."""
    words = (
        f"Within designs (heterogeneity): {tested(result.within)}. Between designs (inconsistency): "
        f"{tested(result.between)}"
    )
    if result.between.df <= 0:
        return f"{words}."
    return (
        f"{words}; allowing for τ² {significant(result.tau2_within)} within designs: {tested(result.between_random)}. "
        "No evidence of inconsistency is no proof that there is none."
    )


def splitting(result: Splits) -> str:
    """How many comparisons can be split, and where direct and indirect evidence differ."""
    testable = result.testable
    if not testable:
        return "No comparison has direct and indirect evidence: consistency cannot be checked."
    apart = [split for split in testable if split.pval < 0.05]
    told = "; ".join(f"{one.first} against {one.second}, {p_value(one.pval)}" for one in apart)
    found = f"they differ at the 5 % level in {len(apart)}: {told}" if apart else "none differ at the 5 % level"
    return (
        f"{len(testable)} of {len(result.splits)} comparisons have direct and indirect evidence; {found} (not "
        "corrected for the number of tests)."
    )


def ranking(result: Ranking) -> str:
    """The treatments by their P-scores, and what the ranks do not say."""
    best = [result.treatments[at] for at in result.order]
    told = ", ".join(f"{best[at]} {fixed(float(result.p_score[result.order[at]]), 2)}" for at in range(len(best)))
    return (
        f"P-scores ({BETTER[result.better]}; 1 is certainly the best, 0 certainly the worst): {told}. A rank says "
        "nothing of how large a difference is, or how well it is known."
    )


def map_told(shown: NetworkMap) -> str:
    """How many trials compare how many treatments, and whether they hang together."""
    parts = shown.parts
    whole = "they hang together" if len(parts) == 1 else f"they fall into {len(parts)} parts that no trial joins"
    pairs = len(shown.trials)
    return f"{trials(len(shown.studies))} compare {len(shown.treatments)} treatments in {pairs} pairs; {whole}."


def not_estimable(shown: NetworkMap) -> list[str]:
    """What a network of these trials cannot estimate, one sentence for each reason; empty where nothing stands against.

    METHODS section 3: two trials for each comparison, and none of concern.
    """
    said = []
    if len(shown.parts) > 1:
        told = "; ".join(" – ".join(part) for part in shown.parts)
        said.append(f"No comparison between the parts of the network: {told}.")
    if shown.thin:
        thin, every = len(shown.thin), len(shown.trials)
        said.append(
            f"No network estimate, ranking or league table: {thin} of {every} comparisons rest on a single trial, "
            "which cannot tell how effects vary between trials, nor whether direct and indirect evidence agree."
        )
    if shown.of_concern:
        names = listed(tuple(f"{study} ({status})" for study, status in shown.doubtful.items()))
        said.append(f"{len(shown.of_concern)} comparisons hold trials of doubtful integrity: {names}.")
    return said


def component(network: Components | NetworkRegression, found: Effect) -> str:
    """An effect of components or a slope, on the displayed scale."""
    measure = network.data.measure if isinstance(network, Components) else network.at_mean.measure
    back = [float(one) for one in measure.back([found.estimate, found.low, found.high])]
    places = decimals_of(measure, np.array([found.se**2]))
    return f"{effect(back[0], places)} ({interval(back[1], back[2], places)})"


def additivity(result: Components) -> str:
    """Whether the effects of components add up, and what that costs."""
    against = f" against {result.inactive}" if result.inactive else ""
    return (
        f"{len(result.components)} components{against}, by {METHODS[result.method]}. Additive model: "
        f"{tested(result.additive)}. Cost of additivity against a network of whole treatments: "
        f"{tested(result.difference)}."
    )


def regression(result: NetworkRegression) -> str:
    """Whether effects change with a moderator, and what is left."""
    return (
        f"{slopes_told(result)}. Moderator: {tested(result.moderator_test)}; residual: {tested(result.residual)}. "
        f"Effects at its mean over the trials, {significant(result.mean)}, are in results.json."
    )


def slopes_told(result: NetworkRegression) -> str:
    """What the slopes of a regression are."""
    kind = "one slope for all treatments" if result.assumption == "common" else "a slope for each treatment"
    return (
        f"Change of the effect against {result.at_mean.reference} for one unit of {result.moderator}, on the analysis "
        f"scale; {kind}"
    )


def split_row(network: Network, one: Split) -> tuple[str, ...]:
    """A split as cells: comparison, trials, share, direct, indirect, difference's p."""
    direct, indirect = (
        value(network, found.estimate) if np.isfinite(found.estimate) else "–" for found in (one.direct, one.indirect)
    )
    return (
        f"{one.first} against {one.second}",
        str(one.k),
        percent(100 * one.proportion),
        direct,
        indirect,
        value(network, one.network.estimate),
        p_number(one.pval),
    )


def league_rows(league: League) -> list[tuple[str, ...]]:
    """The cells as printed, a row for each treatment: effect (interval) and, where there is one, [prediction]."""
    rows = []
    for treatment, cells in zip(league.treatments, league.cells, strict=True):
        texts = [treatment if cell is None else _cell(league.network, cell) for cell in cells]
        rows.append((treatment, *texts))
    return rows


def _cell(network: Network, found: Contrast) -> str:
    future = predicted(network, found)
    return contrast(network, found) + (f" [{future}]" if future else "")


def cautions(network: Network) -> list[str]:
    """What must stand beside a ranking or league table of weak edges."""
    return [sentence(note) for note in network.notes if note.code == "NETWORK_WEAK_EDGES"]

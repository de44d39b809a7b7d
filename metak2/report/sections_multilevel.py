"""The report of a multilevel or multivariate model: the answer, its levels, its groups, what each cluster does."""

from collections.abc import Sequence

from metak2.display import multilevel as told
from metak2.display import multilevel_answer as answers
from metak2.display.notes import sentence
from metak2.display.sentences import lower_first
from metak2.display.wording import NO_WORDS, Wording, columns_of
from metak2.models.multilevel_influence import ClusterInfluence, cluster_influence
from metak2.models.multilevel_result import Multilevel
from metak2.plots.multilevel import multilevel_forest_pages
from metak2.report import tables_multilevel as tables
from metak2.report.blocks import Block, Caveat, Heading, Paragraph, References
from metak2.report.figures import pages_as_blocks
from metak2.report.report import Report

REFERENCES = (
    "Konstantopoulos 2011, Res Synth Methods 2:61-76",
    "Berkey, Hoaglin, Antczak-Bouckoms, Mosteller & Colditz 1998, Stat Med 17:2537-2550",
    "Harville 1977, J Am Stat Assoc 72:320-338",
)


def multilevel_report(
    title: str,
    result: Multilevel,
    *,
    about: str,
    cluster: str,
    doubts: Sequence[str] = (),
    wording: Wording = NO_WORDS,
) -> Report:
    """A report on one multilevel model; `cluster` is the column whose groups are left out one at a time.

    `about` is the question as a phrase; `wording` says in words what formulas do not: groups, categories, directions.
    """
    wording.checked(result)
    without = cluster_influence(result, cluster)
    blocks: list[Block] = [
        Paragraph(opening(result, about, without, cluster, doubts, wording)),
        Heading("Result"),
        *pages_as_blocks(
            "multilevel-forest", f"Forest plot: {about}", multilevel_forest_pages(result, wording=wording)
        ),
        *([] if result.alone else [tables.coefficient_table(result, wording)]),
        *tables.spread_tables(result, wording),
        Paragraph(told.heterogeneity(result)),
        *(Caveat(sentence(note)) for note in result.notes),
        Heading(f"Without each {wording.one(cluster)}", 3),
        tables.influence_table(result, without, cluster, wording),
        Heading("Methods"),
        Paragraph(_methods(result, wording)),
        Heading("References"),
        References(REFERENCES),
    ]
    results = {"multilevel": {"primary": result, "without": without}}
    return Report(title=title, blocks=tuple(blocks), results=results, effect_tables={}, expectations=())


def opening(
    result: Multilevel, about: str, without: ClusterInfluence, cluster: str, doubts: Sequence[str], wording: Wording
) -> str:
    """The first paragraph: the answer, its uncertainty, what each level holds, and why to doubt it."""
    subject = f"{about[:1].upper()}{about[1:]}"
    each = answers.by_category(result, wording)
    if result.alone:
        parts = [f"{subject}: {lower_first(answers.answer(result, wording))}", answers.meaning(result, wording)]
    elif each:
        parts = [f"{subject}, from {answers.size(result, wording)}: {each} ({answers.tested(result)})."]
    else:
        lines = "; ".join(told.coefficients(result, wording))
        parts = [f"{subject}, from {answers.size(result, wording)}: {lines} ({answers.tested(result)})."]
    parts += [
        answers.held(result, wording) or answers.together(result, wording),
        answers.prediction(result, wording),
        f"Why to doubt it: {' '.join(doubts)}" if doubts else "",
        answers.steadiness(result, without, cluster, wording),
    ]
    return " ".join(part for part in parts if part)


def _methods(result: Multilevel, wording: Wording) -> str:
    """Which effects are random, what is assumed of the sampling errors, and how it was fitted."""
    terms = []
    for one in result.fitted.terms:
        groups = columns_of(one.name)
        inside = f" of one {wording.one(groups[-2])}" if len(groups) > 1 else ""
        within = f", of each {wording.one(one.name.partition('|')[0].strip())}" if one.levels != ("",) else ""
        terms.append(f"{wording.many(groups[-1])}{inside}{within}")
    random = f"Random effects of {', '.join(terms)}" if terms else "No random effects"
    return (
        f"{random}; {result.covariance.described}; {answers.METHODS[result.asked.method]}. A prediction interval holds "
        "the uncertainty of the estimate and the variance of its level and of those above."
    )

"""The report of a multilevel or multivariate model: the answer, its levels, its groups, what each cluster does."""

from collections.abc import Sequence

import numpy as np

from metak2.display import multilevel as told
from metak2.display.notes import sentence
from metak2.display.numbers import count, effect, fixed, interval, p_number, significant
from metak2.display.sentences import coverage
from metak2.models.multilevel_influence import ClusterInfluence, cluster_influence
from metak2.models.multilevel_result import Multilevel
from metak2.report.blocks import Block, Caveat, Column, Heading, Items, Paragraph, References, Table
from metak2.report.report import Report
from metak2.report.results import Json, to_json

REFERENCES = (
    "Konstantopoulos 2011, Res Synth Methods 2:61-76",
    "Berkey, Hoaglin, Antczak-Bouckoms, Mosteller & Colditz 1998, Stat Med 17:2537-2550",
    "Harville 1977, J Am Stat Assoc 72:320-338",
)


def multilevel_report(
    title: str, result: Multilevel, *, about: str, cluster: str, doubts: Sequence[str] = ()
) -> Report:
    """A report on one multilevel model; `cluster` is the column whose groups are left out one at a time."""
    without = cluster_influence(result, cluster)
    doubt = f" Why to doubt it: {' '.join(doubts)}" if doubts else ""
    lines = "; ".join(told.coefficients(result))
    opening = told.answer(result) if result.alone else f"{about[:1].upper()}{about[1:]}, {told.size(result)}: {lines}."
    blocks: list[Block] = [
        Paragraph(
            " ".join(part for part in (opening, told.prediction(result) if result.alone else "") if part) + doubt
        ),
        Heading("Result"),
        *([] if result.alone else [coefficient_table(result)]),
        Paragraph(told.heterogeneity(result)),
        Items(tuple(told.component(result, one) for one in result.components)),
        *(Caveat(sentence(note)) for note in result.notes),
        Heading(f"Without each {cluster}", 3),
        influence_table(result, without, cluster),
        Heading("Methods"),
        Paragraph(
            f"Random effects of {', '.join(one.name for one in result.fitted.terms)}; {result.covariance.described}; "
            f"{told.METHODS[result.asked.method]}. Intervals of variances and correlations by profile likelihood."
        ),
        Heading("References"),
        References(REFERENCES),
    ]
    results = {"multilevel": {"primary": result, "without": without}}
    return Report(title=title, blocks=tuple(blocks), results=results, effect_tables={}, expectations=())


def coefficient_table(result: Multilevel) -> Table:
    """The fixed effects on the analysis scale."""
    found = result.coefficients
    rows = tuple(
        (
            name,
            significant(float(found.estimate[at]), 4),
            significant(float(found.se[at]), 3),
            interval(float(found.ci_low[at]), float(found.ci_high[at]), 3),
            p_number(float(found.pval[at])),
        )
        for at, name in enumerate(found.names)
    )
    columns = (
        Column("Coefficient"),
        Column("Estimate", "right"),
        Column("Standard error", "right"),
        Column(f"{coverage(result.level)} CI", "right"),
        Column("p", "right"),
    )
    return Table("Fixed effects", columns, rows, ("On the analysis scale.",))


def influence_table(result: Multilevel, without: ClusterInfluence, cluster: str) -> Table:
    """The first coefficient without each cluster, Cook's distance, and how far the cluster lies from the others."""
    rows = tuple(
        (
            name,
            *(effect(float(value), 3) for value in without.estimate[at]),
            significant(float(without.cook_d[at])),
            f"{fixed(float(without.chi2[at]), 1)} ({count(float(without.df[at]))})",
        )
        for at, name in enumerate(without.clusters)
    )
    columns = (
        Column(f"Left out: {cluster}"),
        *(Column(name, "right") for name in result.coefficients.names),
        Column("Cook's distance", "right"),
        Column("χ² of its effects (df)", "right"),
    )
    return Table("Refits without each cluster", columns, rows)


@to_json.register
def _(result: Multilevel) -> Json:
    found = result.coefficients
    return {
        "kind": "multilevel",
        "measure": result.measure.name,
        "method": result.asked.method,
        "test": result.asked.test,
        "level": result.level,
        "k": result.k,
        "terms": [one.name for one in result.fitted.terms],
        "covariance": result.covariance.described,
        "coefficients": [
            {
                "name": name,
                **{
                    quantity: to_json(float(getattr(found, quantity)[at]))
                    for quantity in ("estimate", "se", "ci_low", "ci_high", "statistic", "df", "pval")
                },
            }
            for at, name in enumerate(found.names)
        ],
        "components": [
            {"name": one.name, "value": to_json(one.value), "given": one.given} for one in result.components
        ],
        "I2": {term: to_json(share) for term, share in result.I2},
        "Q": to_json(result.QE),
        "Q_df": result.QE_df,
        "Q_pval": to_json(result.QE_pval),
        "log_likelihood": to_json(result.fit.REML.ll if result.asked.method != "ML" else result.fit.ML.ll),
        "notes": to_json(result.notes),
    }


@to_json.register
def _(without: ClusterInfluence) -> Json:
    return {
        "kind": "cluster-influence",
        "clusters": [
            {
                "cluster": name,
                "estimate": to_json(np.asarray(without.estimate[at])),
                "cook_d": to_json(float(without.cook_d[at])),
                "chi2": to_json(float(without.chi2[at])),
                "df": to_json(float(without.df[at])),
            }
            for at, name in enumerate(without.clusters)
        ],
    }

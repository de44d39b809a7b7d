"""The tables of a network, and the league table as a file of its own."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np

from metak2.display import network as told
from metak2.display.listing import listed
from metak2.display.numbers import count, fixed, p_number, percent
from metak2.display.sentences import coverage
from metak2.errors import UnknownOptionError
from metak2.models.network_consistency import Designs, Splits, trial_effect
from metak2.models.network_contribution import Contributions
from metak2.models.network_data import NetworkData, NetworkMap
from metak2.models.network_league import League
from metak2.models.network_ranking import Ranking
from metak2.models.network_result import Network
from metak2.report.blocks import Column, Document, Table, one_line
from metak2.report.effect_table import EffectTable, as_csv
from metak2.report.html import html
from metak2.report.workbook import report_workbook

LEAGUE_FORMATS = (".csv", ".xlsx", ".html")


def league_as_table(league: League) -> Table:
    """The league table as printed; its first column and its caption say what is compared with what."""
    network = league.network
    columns = (Column("Row against column"), *(Column(name, "right") for name in league.treatments))
    rows = tuple(
        (row[0], *("" if name == row[0] else cell for name, cell in zip(league.treatments, row[1:], strict=True)))
        for row in told.league_rows(league)
    )
    future = "; prediction interval in square brackets" if network.random else ""
    notes = (
        league.orientation,
        f"{network.measure.label} ({coverage(network.level)} CI){future}. {told.answer(network)}",
        *told.cautions(network),
    )
    return Table("League table", columns, rows, notes)


def write_league(league: League, path: str | os.PathLike[str]) -> Path:
    """The league table as .csv, .xlsx or .html, by the file's ending.

    The CSV holds the cells as printed, a row of the orientation on top left; the numbers in full are in results.json.
    """
    target = Path(path)
    table = league_as_table(league)
    document = Document(title="League table", blocks=(table,), data_date="", provenance=())
    if target.suffix == ".csv":
        cells = EffectTable(columns=tuple(one_line(c.title) for c in table.columns), rows=table.rows)
        target.write_text(as_csv(cells), encoding="utf-8", newline="\n")
    elif target.suffix == ".xlsx":
        target.write_bytes(report_workbook(document, {}))
    elif target.suffix == ".html":
        target.write_text(html(document, {}), encoding="utf-8", newline="\n")
    else:
        raise UnknownOptionError("ending", target.suffix, LEAGUE_FORMATS)
    return target


def against_table(network: Network) -> Table:
    """Every treatment against the reference."""
    rows = tuple(
        (one.first, told.contrast(network, one), told.predicted(network, one) or "–", p_number(one.pval))
        for one in told.against_reference(network)
    )
    level = coverage(network.level)
    columns = (
        Column(f"Against {network.reference}"),
        Column(f"{network.measure.label} ({level} CI)", "right"),
        Column(f"{level} prediction interval", "right"),
        Column("p", "right"),
    )
    return Table(f"Every treatment against {network.reference}", columns, rows)


def splits_table(result: Splits) -> Table:
    """Direct and indirect evidence of the comparisons that have both, or direct evidence alone."""
    columns = (
        Column("Comparison"),
        *(
            Column(name, "right")
            for name in ("Trials", "Direct", "Direct effect", "Indirect effect", "Network", "p of difference")
        ),
    )
    rows = tuple(told.split_row(result.network, one) for one in result.splits if one.k)
    return Table("Direct and indirect evidence", columns, rows, ("Comparisons without a trial of their own left out.",))


def designs_table(result: Designs) -> Table:
    """The designs, their trials and their heterogeneity."""
    rows = tuple(
        (" – ".join(design), str(len(names)), fixed(one.Q, 2) if one.df else "–", str(one.df), p_number(one.pval))
        for design, names, one in zip(result.designs, result.studies, result.of_designs, strict=True)
    )
    columns = (Column("Design"), *(Column(name, "right") for name in ("Trials", "Q", "df", "p")))
    return Table("Heterogeneity within designs", columns, rows, (told.consistency(result),))


def ranking_table(result: Ranking) -> Table:
    """P-scores, mean ranks, and the probability of being best."""
    rows = tuple(
        (
            result.treatments[at],
            fixed(float(result.p_score[at]), 2),
            fixed(float(result.mean_rank[at]), 1),
            percent(100 * float(result.probability[at, 0])),
        )
        for at in result.order
    )
    columns = (
        Column("Treatment"),
        *(Column(name, "right") for name in ("P-score", "Mean rank", "Probability of best")),
    )
    return Table("Ranking", columns, rows, (told.ranking(result),))


def contributions_table(result: Contributions) -> Table:
    """In per cent of each answer, the largest three direct comparisons."""
    rows = []
    for pair, shares in zip(result.comparisons, result.shares, strict=True):
        largest = np.argsort(-shares, kind="stable")[:3]
        said = "; ".join(
            f"{' – '.join(result.edges[at])} {percent(100 * float(shares[at]))}"
            for at in largest
            if shares[at] >= 0.005
        )
        rows.append((" against ".join(pair), said))
    return Table(
        "Where each answer comes from",
        (Column("Comparison"), Column("Direct comparisons that contribute most")),
        tuple(rows),
        (f"Contributions by {result.streams}; the whole matrix is in results.json.",),
    )


def map_table(shown: NetworkMap) -> Table:
    """Every comparison with its trials."""
    rows = tuple(
        (
            f"{first} – {second}",
            count(len(studies)),
            listed(tuple(f"{s} ({shown.doubtful[s]})" if s in shown.doubtful else s for s in studies)),
        )
        for (first, second), studies in shown.trials.items()
    )
    return Table("Comparisons", (Column("Comparison"), Column("Trials", "right"), Column("Which")), rows)


def network_effects(data: NetworkData) -> EffectTable:
    """Every comparison of every trial on the analysis scale, full precision."""
    rows = []
    for trial in data.trials:
        for first, second in combinations(trial.arms, 2):
            value, variance = trial_effect(trial, first, second)
            numbers = (value, variance**0.5) if np.isfinite([value, variance]).all() else (None, None)
            rows.append((one_line(trial.study), trial.excluded, one_line(first), one_line(second), *numbers))
    return EffectTable(
        columns=("study", "not_analysed_because", "treatment1", "treatment2", "yi", "se"), rows=tuple(rows)
    )

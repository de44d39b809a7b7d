"""One analysis as a CSV file in the columns of RevMan 5's export: comparison, outcome and studies, a row each."""

import csv
import io
from collections.abc import Iterator

import numpy as np

from metak2.models.pooled import Pooled
from metak2.report.blocks import one_line
from metak2.report.effect_table import neutral

COLUMNS = (
    "Comparison Number", "Outcome Number", "Subgroup Number", "Name", "Data Type", "Statistical Method",
    "Effect Measure", "Analysis Model", "Events 1", "Mean 1", "SD 1", "Total 1", "Events 2", "Mean 2", "SD 2",
    "Total 2", "Effect Estimate", "SE", "CI Start", "CI End", "Weight", "Q", "P(Q)", "I²(Q)", "Tau²", "Z", "P(Z)",
    "Qint", "P(Qint)", "I²(Qint)", "df", "Group Label 1", "Group Label 2", "Left Graph Label", "Right Graph Label",
    "Year of study", "User defined order",
)  # fmt: skip
_WORDS = {
    "RR": "RR", "OR": "OR", "RD": "RD", "PETO": "PETO_OR", "MD": "MD", "SMD": "SMD", "HR": "Hazard Ratio",
    "IRR": "Rate Ratio",
}  # fmt: skip
Row = dict[str, str]


def revman_csv(pooled: Pooled, title: str) -> str:
    """The analysis; estimates and limits of ratios are ratios, generic estimates and errors their logarithms.

    Studies that are not pooled are left out, as RevMan would pool them.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerow({"Comparison Number": "1", "Outcome Number": "0", "Subgroup Number": "0", "Name": _name(title)})
    writer.writerow(_outcome(pooled, title))
    writer.writerows(_studies(pooled))
    return out.getvalue()


def data_type(pooled: Pooled) -> str:
    """DIC where there are counts, CON where every mean has an SD and n, else GIV: effects with their errors."""
    effects, kept = pooled.effects, np.array([not why for why in pooled.effects.excluded])
    if effects.kind == "counts" and pooled.measure.name in {"RR", "OR", "RD", "PETO"}:
        return "DIC"
    if effects.kind == "means" and pooled.measure.name in {"MD", "SMD"}:
        complete = all(
            bool(np.isfinite(effects.data[f"{name}_{side}"][kept]).all()) for name in ("sd", "n") for side in "ec"
        )
        return "CON" if complete else "GIV"
    return "GIV"


def _outcome(pooled: Pooled, title: str) -> Row:
    shown = pooled.displayed
    method = {"MH": "MH", "PETO": "PETO"}.get(pooled.method.name, "IV")
    arms = [pooled.effects.selection.get(name, "") for name in ("experimental", "control")]
    labels = [" + ".join(arm) if isinstance(arm, (list, tuple)) else str(arm) for arm in arms]
    from_q = 100 * max(0.0, 1 - pooled.Q_df / pooled.Q) if pooled.Q > 0 else 0.0
    known = {
        "Effect Estimate": shown.estimate, "CI Start": shown.ci_low, "CI End": shown.ci_high, "Weight": 100.0,
        "Q": pooled.Q, "P(Q)": pooled.Q_pval, "I²(Q)": from_q, "Tau²": pooled.tau2, "Z": abs(pooled.statistic),
        "P(Z)": pooled.pval, "df": pooled.Q_df,
    }  # fmt: skip
    return {
        **_place(),
        "Name": _name(str(pooled.effects.selection.get("outcome", "")) or title),
        "Data Type": data_type(pooled),
        "Statistical Method": method,
        "Effect Measure": _WORDS.get(pooled.measure.name, _name(pooled.measure.label)),
        "Analysis Model": "Random" if pooled.method.model == "random effects" else "Fixed",
        **{column: _digits(value) for column, value in known.items()},
        "Group Label 1": _name(labels[0] or "Experimental"),
        "Group Label 2": _name(labels[1] or "Control"),
    }


def _studies(pooled: Pooled) -> Iterator[Row]:
    effects, kind = pooled.effects, data_type(pooled)
    low, high = effects.limits(pooled.level)
    years = effects.words("year")
    entered = {"DIC": {"Events": "event", "Total": "n"}, "CON": {"Mean": "mean", "SD": "sd", "Total": "n"}}.get(
        kind, {}
    )
    for at, (study, why) in enumerate(zip(effects.study, effects.excluded, strict=True)):
        if why:
            continue
        numbers = {
            f"{column} {number}": float(effects.data[f"{stem}_{side}"][at])
            for column, stem in entered.items()
            for number, side in ((1, "e"), (2, "c"))
        }
        shown = pooled.measure.back([effects.yi[at], low[at], high[at]])
        numbers |= {
            "Effect Estimate": float(effects.yi[at] if kind == "GIV" else shown[0]),
            "SE": float(np.sqrt(effects.vi[at])),
        }
        numbers |= {"CI Start": float(shown[1]), "CI End": float(shown[2]), "Weight": float(pooled.weights[at])}
        yield {
            **_place(),
            "Name": _name(study),
            **{column: _digits(value) for column, value in numbers.items()},
            "Year of study": years[at] if years[at].isdigit() else "",
            "User defined order": str(at + 1),
        }


def _place() -> Row:
    return {"Comparison Number": "1", "Outcome Number": "1", "Subgroup Number": "0"}


def _name(text: str) -> str:
    return neutral(one_line(text))


def _digits(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.15g}"

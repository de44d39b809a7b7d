"""The formulas of effect sizes, written once: as words beside a number, and as live formulas in a workbook.

Names are the columns of a study table; `ai bi ci di` are the four cells after a zero-cell correction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from metak2.display.numbers import significant
from metak2.effects.sizes import EffectSizes

AFFECTED = "IF(OR(event_e=0,event_c=0,event_e=n_e,event_c=n_c),0.5,0)"
CELLS: Mapping[str, str] = {
    "ai": "event_e+added",
    "bi": "n_e-event_e+added",
    "ci": "event_c+added",
    "di": "n_c-event_c+added",
}
_J = "EXP(GAMMALN((n_e+n_c-2)/2)-GAMMALN((n_e+n_c-3)/2))/SQRT((n_e+n_c-2)/2)"
_POOLED_SD = "SQRT(((n_e-1)*sd_e^2+(n_c-1)*sd_c^2)/(n_e+n_c-2))"
_V = "(ai+ci)*(bi+di)*(ai+bi)*(ci+di)/((ai+bi+ci+di)^2*(ai+bi+ci+di-1))"
_RATE_HALF = "IF(AND(OR(event_e=0,event_c=0),event_e+event_c>0),0.5,0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formulas:
    """Effect size and sampling variance on the analysis scale, from columns; `needs` are the columns of data."""

    needs: tuple[str, ...]
    yi: str
    vi: str


_COUNTS = ("event_e", "n_e", "event_c", "n_c")
_MEANS = ("mean_e", "se_e", "mean_c", "se_c")
FORMULAS: Mapping[tuple[str, str], Formulas] = {
    ("counts", "RR"): Formulas(
        needs=_COUNTS, yi="LN(ai/(ai+bi))-LN(ci/(ci+di))", vi="1/ai-1/(ai+bi)+1/ci-1/(ci+di)"
    ),
    ("counts", "OR"): Formulas(needs=_COUNTS, yi="LN(ai)-LN(bi)-LN(ci)+LN(di)", vi="1/ai+1/bi+1/ci+1/di"),
    ("counts", "RD"): Formulas(needs=_COUNTS, yi="ai/(ai+bi)-ci/(ci+di)", vi="ai*bi/(ai+bi)^3+ci*di/(ci+di)^3"),
    ("counts", "PETO"): Formulas(
        needs=_COUNTS, yi=f"(ai-(ai+ci)*(ai+bi)/(ai+bi+ci+di))/({_V})", vi=f"1/({_V})"
    ),
    ("means", "MD"): Formulas(needs=_MEANS, yi="mean_e-mean_c", vi="se_e^2+se_c^2"),
    ("means", "SMD"): Formulas(
        needs=("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"),
        yi=f"{_J}*(mean_e-mean_c)/{_POOLED_SD}",
        vi="1/n_e+1/n_c+yi^2/(2*(n_e+n_c))",
    ),
    ("means", "ROM"): Formulas(
        needs=_MEANS,
        yi="LN(mean_e/mean_c)+0.5*((se_e/mean_e)^2-(se_c/mean_c)^2)",
        vi="(se_e/mean_e)^2+(se_c/mean_c)^2",
    ),
    ("rates", "IRR"): Formulas(
        needs=("event_e", "time_e", "event_c", "time_c"),
        yi=f"LN((event_e+{_RATE_HALF})/time_e)-LN((event_c+{_RATE_HALF})/time_c)",
        vi=f"1/(event_e+{_RATE_HALF})+1/(event_c+{_RATE_HALF})",
    ),
}  # fmt: skip


def formulas_of(effects: EffectSizes) -> Formulas | None:
    """The formulas of this measure from this kind of data, None where no spreadsheet can follow them."""
    if (
        effects.kind == "counts"
        and effects.zero_cells is not None
        and effects.zero_cells.name not in {"affected", "none"}
    ):
        return None
    return FORMULAS.get((effects.kind, effects.measure.name))


def words_of(effects: EffectSizes, row: int) -> str:
    """How the effect size of a study was made: "yi = LN(ai/(ai+bi))-LN(ci/(ci+di)) = −0.889 on the log scale"."""
    found = formulas_of(effects)
    scale = "" if effects.measure.scale.name == "identity" else f" on the {effects.measure.scale.name} scale"
    value = f"{significant(float(effects.yi[row]), 6)}{scale}"
    if found is not None:
        return f"yi = {found.yi} = {value}"
    steps = effects.origins[row].conversions if effects.origins else ()
    return "; ".join([*(f"{step.rule}: {step.formula}" for step in steps), f"yi = {value}"])

"""Effect sizes that a paper reports itself: an estimate with its standard error, interval or exact p value."""

from decimal import Decimal

import numpy as np
from scipy.special import ndtri, stdtrit

from metak2.effects.conversions import record, se_from_ci, se_from_p, two_sided
from metak2.effects.derived.deviations import se_from_t
from metak2.effects.estimated import Estimated
from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.precision import doubtful_errors
from metak2.kernels.contract import FloatArray
from metak2.studies.table import Conversion, StudyTable

LEVEL = 0.95
Z = (float(-ndtri((1 + LEVEL) / 2)), float(ndtri((1 + LEVEL) / 2)))
REPORTED_AS = "reported as "  # an effect of another measure: "reported as OR"


def from_reported(studies: StudyTable, measure: Measure) -> Estimated:
    """The reported estimates on the analysis scale; the standard error from SE, else interval, else t, else p value.

    `se` and `vi` columns are on the analysis scale (log for ratios), estimates and limits on the displayed one. With
    `df` the interval and p are read by the t distribution (Cochrane Handbook 6.5.2.3), else by the normal.
    """
    k = len(studies)
    yi = measure.forward(studies.numbers("estimate"))
    low, high = measure.forward(studies.numbers("ci_low")), measure.forward(studies.numbers("ci_high"))
    level = _level(studies.numbers("level"))
    se = np.where(np.isnan(studies.numbers("se")), np.sqrt(studies.numbers("vi")), studies.numbers("se"))
    pval, sided, t = studies.numbers("pval"), studies.words("p_sided"), studies.numbers("t")
    df = np.where(np.isnan(studies.numbers("df")), np.inf, studies.numbers("df"))
    stated = np.isfinite(se)
    steps: list[tuple[Conversion, ...]] = [() for _ in range(k)]
    notes: list[Note] = []
    for i in range(k):
        if np.isfinite(se[i]) or np.isnan(yi[i]):
            continue
        if np.isfinite(low[i]) and np.isfinite(high[i]):
            se[i] = se_from_ci(low[i], high[i], level[i], df[i])
            inputs = {"lower": float(low[i]), "upper": float(high[i]), **_quantile(float(level[i]), float(df[i]))}
            steps[i] = (record("SE from CI", inputs, {"SE": se[i]}),)
        elif np.isfinite(t[i]):
            se[i] = se_from_t(yi[i], t[i])
            steps[i] = (record("SE from t", {"estimate": float(yi[i]), "t": float(t[i])}, {"SE": se[i]}),)
        elif np.isfinite(pval[i]):
            steps[i] = _from_p(yi, se, i, pval[i], sided[i], float(df[i]))
            notes.append(Note(code="SE_FROM_P", values={"p": float(pval[i])}, where=(studies.study[i],)))
    notes += _contradictions(studies, yi, (low, high), se)
    other = [stated not in {"", measure.name} for stated in studies.words("measure")]
    given = ~np.isnan(low + high) | ~np.isnan(pval) | ~np.isnan(t) | ~np.isnan(se)
    reasons = tuple(
        _reason(studies.words("measure")[i], measure, known=bool(given[i] and np.isfinite(yi[i])), se=float(se[i]))
        for i in range(k)
    )
    yi = np.where(other, np.nan, yi)
    notes += doubtful_errors(studies.study, np.where(stated, yi, np.nan), se**2)
    return Estimated(
        yi=yi, vi=np.where(other, np.nan, se**2), data={}, reasons=reasons, conversions=tuple(steps), notes=tuple(notes)
    )


def _contradictions(
    studies: StudyTable, yi: FloatArray, limits: tuple[FloatArray, FloatArray], se: FloatArray
) -> list[Note]:
    """A caution for each 95 % interval that excludes no effect where its own p is above 0.05, or the reverse."""
    notes = []
    printed, level, sided = studies.numbers("pval"), _level(studies.numbers("level")), studies.words("p_sided")
    for i in range(len(studies)):
        low, high = (
            limit[i] if np.isfinite(limit[i]) else yi[i] + z * se[i] for limit, z in zip(limits, Z, strict=True)
        )
        if not np.isfinite([low, high, printed[i]]).all() or level[i] != LEVEL:
            continue
        pval = Decimal(repr(float(printed[i])))
        half = Decimal((0, (5,), int(pval.as_tuple().exponent) - 1))  # what its last digit leaves open
        least, most = (float(end) for end in (pval - half, pval + half))
        if sided[i] == "one":
            least, most = sorted(float(two_sided(max(end, 0.0))) for end in (least, most))
        excludes = not low <= 0 <= high
        if (excludes and least > 1 - LEVEL) or (not excludes and most < 1 - LEVEL):
            notes.append(
                Note(
                    code="P_BESIDE_INTERVAL",
                    values={"p": float(pval), "excludes": excludes},
                    where=(studies.study[i],),
                )
            )
    return notes


def _reason(stated: str, measure: Measure, *, known: bool, se: float) -> str:
    """Why a reported effect is not pooled, "" when it is."""
    if stated not in {"", measure.name}:
        return f"{REPORTED_AS}{stated}"
    if not known:
        return "not reported"
    return "" if 0 < se < np.inf else "not estimable"


def _quantile(level: float, df: float) -> dict[str, float]:
    """The quantile that made an interval, by name."""
    if np.isinf(df):
        return {"z": float(ndtri((1 + level) / 2))}
    return {"t": float(stdtrit(df, (1 + level) / 2)), "df": df}


def _from_p(yi: FloatArray, se: FloatArray, i: int, pval: float, sided: str, df: float) -> tuple[Conversion, ...]:
    steps: list[Conversion] = []
    if sided == "one":
        both = float(two_sided(pval))
        steps.append(record("two-sided p from one-sided p", {"p": pval}, {"p": both}))
        pval = both
    se[i] = se_from_p(yi[i], pval, df)
    by = {} if np.isinf(df) else {"df": df}
    steps.append(record("SE from p", {"estimate": float(yi[i]), "p": pval, **by}, {"SE": se[i]}))
    return tuple(steps)


def _level(values: FloatArray) -> FloatArray:
    """Coverage as a share: blank is 0.95, 95 is 0.95."""
    values = np.where(np.isnan(values), 0.95, values)
    return np.where(values > 1, values / 100, values)

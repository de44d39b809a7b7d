"""What `print(result)` shows of a regression and its companions. Importing this module registers the forms."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from metak2.display import notes as known
from metak2.display.grid import CAUTION, Grid, Part, shown_in_parts
from metak2.display.numbers import effect, fixed, interval, p_number, p_value, percent, significant
from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.models.compare import ModelComparison
from metak2.models.fit_statistics import Information
from metak2.models.location_scale import LocationScale
from metak2.models.predict import Predictions, StudyEffects
from metak2.models.regression_result import Coefficients, Regression, Wald
from metak2.robustness.influence import Influence
from metak2.robustness.permutation import PermutationTest
from metak2.robustness.regression_leave_one_out import RegressionRefits

RULES: Mapping[str, str] = MappingProxyType(
    {
        "z": "normal distribution",
        "t": "t distribution with k − p degrees of freedom",
        "HK": "Knapp–Hartung",
        "HK-adhoc": "Knapp–Hartung, never narrower than Wald",
    }
)

LARGEST = 1e15  # beyond, a number is printed as what it is: too large to mean anything


def _number(value: float, digits: int) -> str:
    if LARGEST < abs(value) < np.inf:
        return f"> {LARGEST:.0e}" if value > 0 else f"< −{LARGEST:.0e}"
    return fixed(value, digits)


def sentence(note: Note) -> str:
    """The caveat of a regression, or of its effects, as a sentence."""
    return known.sentence(note)


@shown_in_parts(Regression)
def _(result: Regression) -> list[Part]:
    described = (
        f"{result.measure.label}{_scale(result.measure)}, {result.choices.method.label}, {RULES[result.rule]}, "
        f"{result.k} studies"
    )
    spread = (
        f"Residual τ² {significant(result.tau2)} "
        f"({interval(*result.tau2_ci)}), I² {percent(result.I2)}, τ² explained {percent(result.R2)}"
        if result.choices.method.model != "common effect"
        else f"Residual I² {percent(result.I2) if result.QE_df else 'not estimable'}"
    )
    return [
        *_coefficients(result.coefficients, result.measure),
        described,
        spread,
        f"Residual heterogeneity: Q = {fixed(result.QE, 2)}, df = {result.QE_df}, {p_value(result.QE_pval)}",
        wald_text("Moderators", result.QM),
        *_caveats(result.notes),
    ]


@shown_in_parts(LocationScale)
def _(result: LocationScale) -> list[Part]:
    return [
        f"Mean ({result.measure.label}{_scale(result.measure)})",
        *_coefficients(result.location, result.measure),
        "Scale (log τ²)",
        *_coefficients(result.scale, None),
        wald_text("Moderators of the mean", result.QM),
        *([wald_text("Moderators of τ²", result.QS)] if result.QS else []),
        *_caveats(result.notes),
    ]


@shown_in_parts(Predictions)
def _(result: Predictions) -> list[Part]:
    back = result.measure.back
    columns = [result.estimate, result.ci_low, result.ci_high, result.pi_low, result.pi_high]
    rows = [
        (
            effect(float(one[0])),
            interval(float(one[1]), float(one[2])),
            interval(float(one[3]), float(one[4])) if np.isfinite(one[3]) else "–",
        )
        for one in np.column_stack([back(column) for column in columns])
    ]
    heads = (result.measure.label, f"{fixed(100 * result.level, 0)} % CI", "prediction interval")
    return [Grid(heads=heads, rows=rows)]


@shown_in_parts(StudyEffects)
def _(result: StudyEffects) -> list[Part]:
    back = result.measure.back
    limits = zip(result.study, *(back(one) for one in (result.estimate, result.low, result.high)), strict=True)
    rows = [(study, effect(float(m)), interval(float(a), float(b))) for study, m, a, b in limits]
    return [Grid(heads=("study", "predicted true effect", f"{fixed(100 * result.level, 0)} % interval"), rows=rows)]


@shown_in_parts(ModelComparison)
def _(result: ModelComparison) -> list[Part]:
    rows = [
        (name, str(model.fit.parameters), *(fixed(value, 2) for value in _criteria(fit)))
        for name, model, fit in (
            ("full", result.full, result.fit_full),
            ("reduced", result.reduced, result.fit_reduced),
        )
    ]
    return [
        Grid(heads=("model", "parameters", "log-likelihood", "AIC", "AICc", "BIC"), rows=rows),
        f"Likelihood ratio ({result.likelihood}): {fixed(result.LRT, 2)}, df = {result.df}, {p_value(result.pval)}",
        *_caveats(result.notes),
    ]


@shown_in_parts(Influence)
def _(result: Influence) -> list[Part]:
    rows = [
        (
            study,
            *(_number(float(column[i]), 2) for column in (result.rstudent, result.dffits, result.cook_d, result.cov_r)),
            significant(float(result.tau2_del[i])),
            fixed(float(result.QE_del[i]), 2),
            fixed(float(result.hat[i]), 2),
            fixed(float(result.weight[i]), 1),
            ", ".join(reasons),
        )
        for i, (study, reasons) in enumerate(zip(result.study, result.reasons, strict=True))
    ]
    heads = ("study", "rstudent", "DFFITS", "Cook", "cov ratio", "τ² without", "Q without", "hat", "weight %", "beyond")
    return [Grid(heads=heads, rows=rows), *_caveats(result.notes)]


@shown_in_parts(PermutationTest)
def _(result: PermutationTest) -> list[Part]:
    rows = [
        (name, _number(float(statistic), 2), p_number(float(pval)))
        for name, statistic, pval in zip(result.names, result.statistic, result.pval, strict=True)
    ]
    how = "all" if result.exact else f"seed {result.seed},"
    return [
        Grid(heads=("", "statistic", "permutation p"), rows=rows),
        f"Moderators: {p_value(result.QM_pval)}; {how} {result.arrangements} arrangements",
        *_caveats(result.notes),
    ]


@shown_in_parts(RegressionRefits)
def _(result: RegressionRefits) -> list[Part]:
    rows = [
        (f"without {study}", *(_estimate(result, i, j) for j in range(len(result.names))), significant(result.tau2[i]))
        for i, study in enumerate(result.study)
    ]
    return [Grid(heads=("", *result.names, "τ²"), rows=rows), *_caveats(result.notes)]


def _estimate(result: RegressionRefits, row: int, column: int) -> str:
    limits = interval(float(result.ci_low[row, column]), float(result.ci_high[row, column]))
    return f"{effect(float(result.estimate[row, column]))} ({limits})"


def _criteria(fit: Information) -> tuple[float, ...]:
    return fit.ll, fit.AIC, fit.AICc, fit.BIC


def _scale(measure: Measure) -> str:
    return " (log scale)" if measure.log else ""


def _coefficients(found: Coefficients, measure: Measure | None) -> list[Part]:
    ratio = measure is not None and measure.log
    rows = []
    for i, name in enumerate(found.names):
        limits = interval(float(found.ci_low[i]), float(found.ci_high[i]))
        cells = [name, effect(float(found.estimate[i])), limits, p_number(float(found.pval[i]))]
        if measure is not None and ratio:
            cells.append(effect(float(measure.back([found.estimate[i]])[0])))
        rows.append(tuple(cells))
    return [Grid(heads=("", "coefficient", "CI", "p", *(["as a ratio"] if ratio else [])), rows=rows)]


def wald_text(name: str, test: Wald) -> str:
    """A joint test in one line, after the name of what it tests."""
    if np.isfinite(test.df_residual):
        left = fixed(test.df_residual, 0 if float(test.df_residual).is_integer() else 1)
        figure = f"F = {_number(test.statistic, 2)}, df = {test.df} and {left}"
    else:
        figure = f"chi² = {_number(test.statistic, 2)}, df = {test.df}"
    return f"{name} ({', '.join(test.tested)}): {figure}, {p_value(test.pval)}"


def _caveats(notes: Sequence[Note]) -> list[str]:
    return [f"{CAUTION}{sentence(note)}" for note in notes]

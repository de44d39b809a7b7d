"""The JSON of regressions, designs and the specification curve: what a reader checks, not every draw or subset.

Importing this module registers the forms with `to_json`.
"""

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.models.regression_result import Regression, Wald
from metak2.report.canonical_json import snapped
from metak2.report.comparison import Comparison
from metak2.report.results import Json, to_json
from metak2.robustness.bootstrap import Bootstrap
from metak2.robustness.conclusion import no_effect
from metak2.robustness.fragility import Fragility
from metak2.robustness.gosh import Gosh, separation
from metak2.robustness.influence import Influence
from metak2.robustness.leave_one_out import LeaveTwoOut
from metak2.robustness.specification import SpecificationCurve

QUANTILES = {"minimum": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "maximum": 1.0}


def robustness_results(comparison: Comparison) -> dict[str, object]:
    """Regressions, designs and the specification curve by name, for results.json."""
    results: dict[str, object] = {}
    if comparison.regressions:
        results["regression"] = dict(comparison.regressions)
    results.update(comparison.designs)
    if comparison.specifications is not None:
        results["specifications"] = comparison.specifications
    return results


@to_json.register
def _(test: Wald) -> Json:
    return {
        "statistic": snapped(test.statistic),
        "df": test.df,
        "df_residual": test.df_residual,
        "pval": test.pval,
        "tested": list(test.tested),
    }


@to_json.register
def _(result: Regression) -> Json:
    found, choices = result.coefficients, result.choices
    formula = result.design.recipe.formula.text if result.design.recipe else None
    return {
        "kind": "regression",
        "measure": result.measure.name,
        "formula": formula,
        "method": choices.method.name,
        "test": result.rule,
        "asked_test": choices.test,
        "level": result.level,
        "k": result.k,
        "df": result.df,
        "coefficients": [
            {
                "name": name,
                **{
                    quantity: snapped(float(getattr(found, quantity)[at]))
                    for quantity in ("estimate", "se", "ci_low", "ci_high", "statistic", "pval")
                },
            }
            for at, name in enumerate(found.names)
        ],
        "vcov": to_json(result.vcov),
        "tau2": snapped(result.tau2),
        "tau2_low": snapped(result.tau2_ci[0]),
        "tau2_high": snapped(result.tau2_ci[1]),
        "I2": snapped(result.I2),
        "H2": result.H2,
        "R2": snapped(result.R2),
        "QE": snapped(result.QE),
        "QE_df": result.QE_df,
        "QE_pval": result.QE_pval,
        "QM": to_json(result.QM),
        "studies": _columns(result.study, fitted=result.fitted, weight=result.weights),
        "notes": to_json(result.notes),
    }


@to_json.register
def _(result: Influence) -> Json:
    studies = _columns(
        result.study,
        rstudent=result.rstudent,
        dffits=result.dffits,
        cook_d=result.cook_d,
        cov_r=result.cov_r,
        tau2_del=result.tau2_del,
        QE_del=result.QE_del,
        hat=result.hat,
        weight=result.weight,
    )
    for one, dfbetas, reasons in zip(studies, result.dfbetas, result.reasons, strict=True):
        one.update(dfbetas=to_json(dfbetas), reasons=list(reasons))
    return {"kind": "influence", "studies": studies, "notes": to_json(result.notes)}


@to_json.register
def _(result: LeaveTwoOut) -> Json:
    turned = result.turning
    rows = _columns(
        None,
        estimate=result.estimate,
        se=result.se,
        ci_low=result.ci_low,
        ci_high=result.ci_high,
        pval=result.pval,
        tau2=result.tau2,
        I2=result.I2,
        Q=result.Q,
    )
    for at, row in enumerate(rows):
        row.update(without=list(result.pair(at)), turned=None if turned is None else bool(turned[at]))
    return {"kind": "leave-two-out", "pairs": rows}


@to_json.register
def _(result: Gosh) -> Json:
    """The cloud in quantiles, and how far each study splits it (Ashman's D)."""
    apart = separation(result)
    null = no_effect(result.measure)
    other = float(((result.estimate - null) * (result.base.estimate - null) < 0).mean())
    return {
        "kind": "gosh",
        "subsets": len(result),
        "complete": result.complete,
        "seed": result.seed,
        "estimate": _quantiles(result.estimate),
        "I2": _quantiles(result.I2),
        "tau2": _quantiles(result.tau2),
        "share_other_side": other if np.isfinite(null) else None,
        "separation": _columns(apart.study, by_estimate=apart.by_estimate, by_I2=apart.by_I2),
        "splitting": apart.splitting,
    }


@to_json.register
def _(result: Bootstrap) -> Json:
    return {
        "kind": "bootstrap",
        "resampling": result.kind,
        "draws": len(result),
        "seed": result.seed,
        "failed": result.failed,
        "ci": to_json(result.ci),
        "tau2_ci": to_json(result.tau2_ci),
        "estimate": _quantiles(result.estimate),
        "tau2": _quantiles(result.tau2),
        "I2": _quantiles(result.I2),
    }


@to_json.register
def _(result: Fragility) -> Json:
    return {
        "kind": "fragility",
        "conclusion": result.conclusion,
        "removed": None if result.removed is None else list(result.removed),
        "removed_ci": to_json(result.removed_ci),
        "searched": result.searched,
        "index": result.index,
        "turned": result.turned,
        "changes": to_json(result.changes),
    }


@to_json.register
def _(curve: SpecificationCurve) -> Json:
    numbers = _columns(
        None,
        k=curve.k,
        estimate=curve.estimate,
        ci_low=curve.ci_low,
        ci_high=curve.ci_high,
        pi_low=curve.pi_low,
        pi_high=curve.pi_high,
        tau2=curve.tau2,
    )
    for at, (one, row) in enumerate(zip(curve.specifications, numbers, strict=True)):
        row.update(
            measure=one.measure,
            method=one.method,
            test=one.test,
            prediction=one.prediction,
            zero_cells=one.zero_cells,
            filters=list(one.filters),
            planned=at == curve.planned,
        )
    return {
        "kind": "specification-curve",
        "level": curve.level,
        "specifications": numbers,
        "unfit": [list(names) for names in curve.unfit],
    }


def _columns(study: tuple[str, ...] | None, **columns: FloatArray) -> list[Json]:
    """One entry a row, named by study where there is one."""
    size = len(next(iter(columns.values())))
    return [
        {
            **({} if study is None else {"study": study[at]}),
            **{name: snapped(float(values[at])) for name, values in columns.items()},
        }
        for at in range(size)
    ]


def _quantiles(values: FloatArray) -> Json | None:
    """Minimum, quartiles and maximum of those that are known; None where none is."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return None
    return {name: snapped(float(np.quantile(known, at))) for name, at in QUANTILES.items()}

"""Robust inference for effects of the same patients in results.json, on the analysis scale."""

from metak2.models.robust_result import Robust
from metak2.report.results import Json, to_json
from metak2.robustness.correlation import CorrelationSensitivity


@to_json.register
def _(result: Robust) -> Json:
    found = result.coefficients
    return {
        "kind": "robust",
        "measure": result.measure.name,
        "errors": result.options.kind,
        "working": result.weighted.described,
        "correlation": to_json(result.weighted.correlation),
        "variances": {name: to_json(value) for name, value in result.weighted.variances},
        "level": result.level,
        "k": result.k,
        "clusters": result.m,
        "coefficients": {
            name: {
                key: to_json(float(values[at]))
                for key, values in (
                    ("estimate", found.estimate),
                    ("se", found.se),
                    ("df", found.df),
                    ("pval", found.pval),
                    ("ci_low", found.ci_low),
                    ("ci_high", found.ci_high),
                )
            }
            for at, name in enumerate(found.names)
        },
        "notes": to_json(result.notes),
    }


@to_json.register
def _(result: CorrelationSensitivity) -> Json:
    return {
        "kind": "correlation-sensitivity",
        "correlations": to_json(list(result.correlations)),
        "fits": [to_json(fit) for fit in result.fits],
    }

"""Multilevel models and their clusters in results.json, on the analysis scale."""

import numpy as np

from metak2.models.multilevel_influence import ClusterInfluence
from metak2.models.multilevel_levels import levels_of
from metak2.models.multilevel_result import Multilevel
from metak2.report.results import Json, to_json


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
        "levels": [
            {
                "term": one.term,
                "groups": one.groups,
                "share": to_json(one.share),
                "pi_low": to_json(one.pi_low),
                "pi_high": to_json(one.pi_high),
            }
            for one in levels_of(result)
        ],
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

"""Networks in results.json: effects on the analysis scale, every comparison of treatments once."""

from itertools import combinations

from metak2.models.network_components import Components
from metak2.models.network_consistency import Designs, Splits
from metak2.models.network_contribution import Contributions
from metak2.models.network_data import NetworkMap
from metak2.models.network_league import League
from metak2.models.network_ranking import Ranking
from metak2.models.network_regression import NetworkRegression
from metak2.models.network_result import Network
from metak2.report.results import Json, to_json


@to_json.register
def _(result: Network) -> Json:
    return {
        "kind": "network",
        "measure": result.measure.name,
        "method": result.method,
        "test": result.test,
        "level": result.level,
        "k": result.k,
        "treatments": list(result.treatments),
        "reference": result.reference,
        "comparisons": [to_json(result.contrast(*pair)) for pair in combinations(result.treatments, 2)],
        "tau2": to_json(result.tau2),
        "Q": to_json(result.Q),
        "Q_df": result.Q_df,
        "Q_pval": to_json(result.Q_pval),
        "I2": to_json(result.I2),
        "log_likelihood": to_json(result.log_likelihood),
        "weak_edges_allowed": result.weak,
        "trials": [
            {
                "study": trial.study,
                "arms": list(trial.arms),
                "yi": to_json(trial.yi),
                "vi": to_json(trial.vi),
                "not_analysed_because": trial.excluded,
            }
            for trial in result.data.trials
        ],
        "notes": to_json(result.notes),
    }


@to_json.register
def _(result: NetworkMap) -> Json:
    return {
        "kind": "network-map",
        "treatments": list(result.treatments),
        "parts": [list(part) for part in result.parts],
        "comparisons": [{"of": list(edge), "trials": list(studies)} for edge, studies in result.trials.items()],
        "doubtful": dict(result.doubtful),
    }


@to_json.register
def _(result: Designs) -> Json:
    return {
        "kind": "network-designs",
        "designs": [
            {"of": list(design), "trials": list(studies), "heterogeneity": to_json(one)}
            for design, studies, one in zip(result.designs, result.studies, result.of_designs, strict=True)
        ],
        **{name: to_json(getattr(result, name)) for name in ("total", "within", "between", "between_random")},
        "tau2_within": to_json(result.tau2_within),
        "share": to_json(result.share),
        "change": to_json(result.change),
    }


@to_json.register
def _(result: Splits) -> Json:
    return {"kind": "network-splits", "splits": [to_json(one) for one in result.splits]}


@to_json.register
def _(result: Ranking) -> Json:
    return {
        "kind": "network-ranking",
        "better": result.better,
        "draws": result.draws,
        "seed": result.seed,
        "treatments": [
            {
                "name": name,
                "p_score": to_json(result.p_score[at]),
                "mean_rank": to_json(result.mean_rank[at]),
                "probability": to_json(result.probability[at]),
            }
            for at, name in enumerate(result.treatments)
        ],
    }


@to_json.register
def _(result: League) -> Json:
    return {"kind": "league", "orientation": result.orientation, "treatments": list(result.treatments)}


@to_json.register
def _(result: Contributions) -> Json:
    return {
        "kind": "contributions",
        "streams": result.streams,
        "edges": [list(edge) for edge in result.edges],
        "comparisons": [
            {"of": list(pair), "shares": to_json(shares)}
            for pair, shares in zip(result.comparisons, result.shares, strict=True)
        ],
    }


@to_json.register
def _(result: Components) -> Json:
    return {
        "kind": "components",
        "method": result.method,
        "inactive": result.inactive,
        "components": [to_json(result.effect(name)) for name in result.components],
        "tau2": to_json(result.tau2),
        "additive": to_json(result.additive),
        "difference": to_json(result.difference),
        "notes": to_json(result.notes),
    }


@to_json.register
def _(result: NetworkRegression) -> Json:
    return {
        "kind": "network-regression",
        "moderator": result.moderator,
        "mean": to_json(result.mean),
        "assumption": result.assumption,
        "slopes": [to_json(one) for one in result.slopes],
        "moderator_test": to_json(result.moderator_test),
        "residual": to_json(result.residual),
        "tau2": to_json(result.tau2),
        "tau2_without": to_json(result.tau2_without),
        "at_mean": to_json(result.at_mean),
    }

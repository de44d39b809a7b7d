"""Surgery for periodontal disease: the field's teaching set for two outcomes of one trial."""

import numpy as np

import metak2 as mk


def report() -> mk.Report:
    """Probing depth and attachment level modelled together, with the covariance that the trials report."""
    trials = mk.read_studies(
        "datasets/teaching/berkey1998.csv", where={"outcome": ["PD", "AL"]}, label=["study", "outcome"]
    )
    effects = mk.effect_sizes(trials, measure="MD")
    pairs = np.column_stack([effects.moderators["v1"], effects.moderators["v2"]]).astype(float)
    covariance = np.zeros((len(effects), len(effects)))
    for first in range(0, len(effects), 2):
        covariance[first : first + 2, first : first + 2] = pairs[first : first + 2]
    return mk.multilevel_report(
        "Periodontal surgery: a teaching set of two outcomes",
        mk.multilevel(
            effects,
            mk.Random(term="outcome | trial", structure="UN"),
            "C(outcome) - 1",
            covariance=mk.covariance_from(covariance, study=effects.study),
        ),
        about="surgical against non-surgical treatment of periodontal disease, improvement in mm after a year",
        cluster="trial",
        doubts=[
            "Five trials carry five parameters: two effects, two variances and a correlation.",
            "Risk of bias is not assessed in this teaching set.",
        ],
        wording=mk.Wording(
            groups={"trial": ("trial", "trials")},
            categories={"AL": "attachment level", "PD": "probing depth"},
            favours=("non-surgical treatment", "surgery"),
        ),
    )

"""Venous ultrasonography for deep venous thrombosis: the field's teaching set for a diagnostic test."""

import metak2 as mk


def report() -> mk.Report:
    """Sensitivity and specificity of thirty studies, by the counts and by the older normal approximations."""
    studies = mk.read_studies("datasets/teaching/kearon1998.csv")
    answer = mk.diagnostic_accuracy(studies)
    return mk.accuracy_report(
        "Ultrasonography for deep venous thrombosis: a teaching set",
        answer,
        about="venous ultrasonography against venography, and a first deep venous thrombosis",
        others=[mk.diagnostic_accuracy(studies, likelihood=name) for name in ("REML", "ML")],
        doubts=[
            "Patients with and without symptoms are taken together, and the test misses more in those without.",
            "Risk of bias is not assessed in this teaching set.",
        ],
    )

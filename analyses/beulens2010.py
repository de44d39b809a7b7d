"""Beulens 2010: menaquinones in food and type 2 diabetes. No trend can be made of its quartiles; the authors' is."""

import metak2 as mk

WORKBOOK = "datasets/beulens2010/beulens2010.xlsx"
PER_DOSE = "menaquinones, 10 ug/day more"
MODEL = {"exposure": "menaquinones", "model": "multivariable 2 (+diet)"}


def why_no_trend() -> str:
    """What keeps a trend from being estimated from the quartiles."""
    data = mk.dose_data(WORKBOOK, where=MODEL)
    try:
        mk.dose_response(data)
    except mk.ModelError as error:
        return str(error)
    return ""


def report() -> mk.Report:
    """The hazard ratio per 10 µg as the authors print it, and why nothing else is computed."""
    studies = mk.read_studies(WORKBOOK, sheet="effects", outcome="type 2 diabetes", experimental=PER_DOSE)
    effects = mk.effect_sizes(studies, measure="HR")
    reason = why_no_trend() or "Cases and people per quartile are there now: fit mk.dose_response in place of this."
    comparison = mk.Comparison(
        name="primary",
        title="Menaquinones in food and type 2 diabetes",
        about="10 µg a day more of menaquinones in food and type 2 diabetes in a cohort of 38,094 people",
        primary=mk.side_by_side(
            effects,
            why="The authors’ own hazard ratio per 10 µg a day is the answer: 0.93 (95 % CI 0.87 to 1.00), p 0.038.",
        ),
        doubts=(
            "A cohort: people who eat more cheese differ in much else.",
            "It says nothing of supplements and nothing of 45 mg, a thousand times the highest quartile’s 46 µg.",
        ),
        text=(f"A dose–response curve from the quartiles is {reason}.",),
    )
    low, high = effects.limits(0.95)
    found = effects.measure.back([effects.yi[0], low[0], high[0]])
    expected = (("hazard ratio", 0.93), ("lower limit", 0.87), ("upper limit", 1.0))
    return mk.full_report(
        "Beulens 2010: menaquinones in food and type 2 diabetes",
        comparisons=(comparison,),
        expectations=tuple(
            mk.Expectation(
                of="Beulens 2010", quantity=what, expected=value, found=float(one), source="Table 2, per 10 µg a day",
                rtol=1e-9,
            )
            for (what, value), one in zip(expected, found, strict=True)
        ),
    )  # fmt: skip

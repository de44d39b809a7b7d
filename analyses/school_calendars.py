"""Modified school calendars and achievement: the field's teaching set for effects within groups."""

import metak2 as mk


def report() -> mk.Report:
    """Schools within districts, by three levels."""
    effects = mk.effect_sizes(mk.read_studies("datasets/teaching/konstantopoulos2011.csv"), measure="SMD")
    return mk.multilevel_report(
        "School calendars: a teaching set of schools in districts",
        mk.multilevel(effects, "district/school"),
        about="a modified school calendar against the traditional one, and achievement",
        cluster="district",
        doubts=[
            "Schools of one district resemble each other: taken as independent they make the interval too narrow.",
            "Risk of bias is not assessed in this teaching set.",
        ],
        wording=mk.Wording(
            groups={"district": ("district", "districts"), "school": ("school", "schools")},
            favours=("the traditional calendar", "the modified calendar"),
        ),
    )

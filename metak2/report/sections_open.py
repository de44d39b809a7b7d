"""The sections on questions that stay open: the next trial, a further trial, trial sequential analysis; their JSON.

None of them stands in a first paragraph: `compose.answer` does not know them.
"""

from metak2.display import open_questions as told
from metak2.display.decimals import decimals
from metak2.display.notes import sentence
from metak2.display.numbers import fixed, interval, percent, significant
from metak2.display.sentences import coverage
from metak2.plots.open_questions import new_trial_plot, sequential_plot
from metak2.report.blocks import Block, Caveat, Column, Heading, Paragraph, Picture, Table
from metak2.report.canonical_json import snapped
from metak2.report.comparison import Comparison
from metak2.report.results import Json, to_json
from metak2.robustness.new_trial import NewTrial, NextTrial
from metak2.robustness.sequential import SequentialAnalysis

SPENDING = "Lan & DeMets 1983, Biometrika 70:659-663"
DIVERSITY = "Wetterslev, Thorlund, Brok & Gluud 2009, BMC Med Res Methodol 9:86"
FURTHER_TRIAL = "Langan, Higgins, Gregory & Sutton 2012, J Clin Epidemiol 65:511-519"
PREDICTION = "Higgins, Thompson & Spiegelhalter 2009, J R Stat Soc A 172:137-159"
TITLES = {-1: "below no effect", 0: "including no effect", 1: "above no effect"}


def open_blocks(comparison: Comparison) -> list[Block]:
    """What a next trial may show, what it would have to show, and the sequential analysis, each where asked for."""
    blocks: list[Block] = []
    if comparison.next_trials:
        blocks += [
            Heading("The next trial", 3),
            *(Paragraph(told.next_trial(one)) for one in comparison.next_trials),
            next_trial_table(comparison.next_trials),
        ]
    if comparison.new_trial is not None:
        blocks += [
            Heading("What a further trial would have to show", 3),
            Paragraph(told.new_trial(comparison.new_trial)),
            Picture(
                f"{comparison.name}-new-trial",
                f"What one further trial would have to observe: {comparison.about}.",
                new_trial_plot(comparison.new_trial),
            ),
            new_trial_table(comparison.new_trial),
        ]
    if comparison.sequential is not None:
        result = comparison.sequential
        blocks += [
            Heading("Trial sequential analysis (exploratory)", 3),
            *(Caveat(sentence(note)) for note in result.notes),
            Paragraph(f"{told.plan(result)} {told.sequential(result)}"),
            Picture(
                f"{comparison.name}-sequential",
                f"Trial sequential analysis, exploratory: {comparison.about}.",
                sequential_plot(result),
            ),
            sequential_table(result),
        ]
    return blocks


def next_trial_table(results: tuple[NextTrial, ...]) -> Table:
    """One row for each size."""
    first = results[0]
    digits, back = decimals(first.base.effects), first.measure.back
    rows = tuple(
        (
            f"{one.n:,}",
            interval(float(back(one.pi.low)), float(back(one.pi.high)), digits),
            percent(100 * one.other_side),
            percent(100 * one.significant),
        )
        for one in results
    )
    columns = (
        Column("People per arm"),
        Column(f"{first.measure.label} it may observe ({coverage(first.pi.level)})", "right"),
        Column("Points the other way", "right"),
        Column("Alone excludes no effect, this side", "right"),
    )
    notes = [told.variance(first), *(sentence(note) for note in first.notes)]
    return Table("What a further trial may be expected to observe", columns, rows, tuple(notes))


def new_trial_table(result: NewTrial) -> Table:
    """What each size would have to observe."""
    rows = tuple((f"{int(n):,}", told.needed(result, row)) for row, n in enumerate(result.n))
    columns = (Column("People per arm"), Column("To change the conclusion it would have to observe"))
    now = f"Now the interval lies {TITLES[result.side]}." if result.side else "Now the interval includes no effect."
    notes = [now, told.variance(result), *(sentence(note) for note in result.notes)]
    return Table("What one further trial would have to observe", columns, rows, tuple(notes))


def sequential_table(result: SequentialAnalysis) -> Table:
    """One row for each look."""
    futile = result.plan.futility
    rows = []
    for at, study in enumerate(result.study):
        tested = bool(result.tested[at])
        row = [
            study,
            percent(100 * float(result.information[at]), 1),
            fixed(float(result.z[at]), 2),
            fixed(float(result.boundary[at]), 2) if tested else "not tested",
        ]
        rows.append((*row, fixed(float(result.futility[at]), 2) if tested else "") if futile else tuple(row))
    columns = [
        Column("Look"),
        Column("Required information", "right"),
        Column("Cumulative Z", "right"),
        Column("Boundary of |Z|", "right"),
        *([Column("Futile below", "right")] if futile else []),
    ]
    notes = [
        f"Required information (one over the variance of a common effect) {significant(result.required)}.",
        f"Collected {significant(result.so_far)}.",
        f"Diversity in these data {percent(100 * result.observed_diversity)}, used for nothing.",
    ]
    if result.power is not None:
        notes.append(f"Power that the looks leave, futility heeded: {percent(100 * result.power, 1)}.")
    return Table("Looks of the sequential analysis", tuple(columns), tuple(rows), tuple(notes))


def open_results(comparison: Comparison) -> dict[str, object]:
    """The results by name, for results.json."""
    results: dict[str, object] = {}
    if comparison.next_trials:
        results["next-trial"] = list(comparison.next_trials)
    if comparison.new_trial is not None:
        results["new-trial"] = comparison.new_trial
    if comparison.sequential is not None:
        results["sequential"] = comparison.sequential
    return results


def open_references(comparison: Comparison) -> list[str]:
    """The papers behind them."""
    references = [PREDICTION] if comparison.next_trials else []
    references += [FURTHER_TRIAL] if comparison.new_trial is not None else []
    return [*references, *([SPENDING, DIVERSITY] if comparison.sequential is not None else [])]


@to_json.register
def _(result: NextTrial) -> Json:
    return {
        "kind": "next-trial",
        "n": result.n,
        "vi": snapped(result.vi),
        "variance_per_person": snapped(result.variance_per_person),
        "pi": to_json(result.pi),
        "other_side": to_json(result.other_side),
        "significant": to_json(result.significant),
    }


@to_json.register
def _(result: NewTrial) -> Json:
    return {
        "kind": "new-trial",
        "side": result.side,
        "variance_per_person": snapped(result.variance_per_person),
        "sizes": [
            {
                "n": int(n),
                "vi": snapped(float(result.vi[row])),
                "conclusions": [
                    {"low": to_json(one.low), "high": to_json(one.high), "side": one.side}
                    for one in result.conclusions[row]
                ],
            }
            for row, n in enumerate(result.n)
        ],
    }


@to_json.register
def _(result: SequentialAnalysis) -> Json:
    plan = result.plan
    return {
        "kind": "sequential",
        "exploratory": True,
        "plan": {
            "delta": plan.delta,
            "diversity": plan.diversity,
            "alpha": plan.alpha,
            "power": plan.power,
            "futility": plan.futility,
        },
        "order": result.order,
        "looks": [
            {
                "study": study,
                "information": snapped(float(result.information[at])),
                "z": snapped(float(result.z[at])),
                "tested": bool(result.tested[at]),
                "boundary": to_json(float(result.boundary[at])),
                "futility": to_json(float(result.futility[at])),
            }
            for at, study in enumerate(result.study)
        ],
        "next_boundary": to_json(result.next_boundary),
        "required": snapped(result.required),
        "so_far": snapped(result.so_far),
        "people": to_json(result.people),
        "required_people": to_json(result.required_people),
        "observed_diversity": snapped(result.observed_diversity),
        "crossed": None if result.crossed is None else result.study[result.crossed],
        "power": to_json(result.power),
        "verdict": result.verdict,
        "notes": to_json(result.notes),
    }

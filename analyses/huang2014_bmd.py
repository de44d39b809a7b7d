"""Huang 2014 again: vitamin K2 and bone, as far as public abstracts give numbers, ready for whoever holds the papers.

Rules. (1) Trials are pooled only where they share outcome, site, unit, time, change or final value, form and dose of
vitamin K2, and kind of comparator; two estimable trials are pooled, fewer stand side by side with the reasons. (2) MK-4
at 45 mg a day, or at a dose that the abstract does not give, is the main question; 1.5 mg, 90 mg and MK-7 stand apart.
(3) The control arm has no vitamin K2 and the same co-treatment; an active drug is a comparison of its own. (4) Of a
factorial trial the pair without vitamin D is taken. Fill the workbook's blank cells and run again: the pools appear.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import metak2 as mk
from metak2 import words
from metak2.words import fixed, p_value, significant

WORKBOOK = "datasets/huang2014/huang2014.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
LUMBAR, MAIN, NO_K2 = "lumbar spine BMD", "MK-4 45 mg", "no vitamin K2"
TIMES = ("12 months", "6 months", "24 months", "36 months")
K2 = {
    MAIN: [
        *("MK-4 45 mg", "MK-4", "MK-4 45 mg + Ca", "MK-4 45 mg + D + Ca", "MK-4 + D2 + Ca", "calcium + MK-4"),
        *("alendronate + MK-4 45 mg", "prednisolone + MK-4", "leuprolide + MK-4", "risedronate + MK-4"),
    ],
    "MK-4 90 mg": ["MK-4 90 mg"],
    "MK-4 1.5 mg": ["MK-4 1.5 mg"],
    "MK-7": ["MK-7 90 ug", "MK-7 180 ug", "MK-7 360 ug", "MK-7 375 ug"],
    "K2 of unstated form": ["K2"],
}
AGAINST = {
    NO_K2: [
        *("no treatment", "untreated", "placebo", "calcium", "placebo + Ca", "D + Ca", "dietary therapy"),
        *("alendronate", "prednisolone", "leuprolide", "risedronate + placebo"),
    ],
    "alfacalcidol": ["alfacalcidol"],
}
OWN_SECTION = {"Je 2011", "Koitaya 2014", "Yonemura 2000"}  # one trial, several rows or readings
ARMS = {"experimental": MAIN, "control": NO_K2}
PLAUSIBLE = {"sd": (2.0, 8.0)}  # per cent in a year; Shiraki's SEM times the root of those randomised gives 6.6 and 7.7
ROUNDING = 0.01  # g/cm2: a change is the difference of two levels, each printed to 0.01


def report() -> mk.Report:
    """The headline, every other question, the trials that need an assumption, fractures, and the published reviews."""
    asked = ask_all()
    wanted = (MAIN, f"{LUMBAR}, {TIMES[0]}, percent")
    headline = next(q for q in asked if (q.experimental, q.said("outcome", "time", "unit")) == wanted)
    told = {q: mk.comparison_of(q, doubts=unassessed()) for q in asked}
    rest = [told[q] for q in asked if q is not headline and (q.effects.k > 1 or q.drawn - OWN_SECTION)]
    main, je_bone, yonemura, jiang = told[headline], je(LUMBAR), change_or_final(), fractures()
    main = replace(main, missing=mk.missing_cells(headline.studies, measure="MD", ranges=PLAUSIBLE))
    blank = mk.cells_to_fill(WORKBOOK, [q.studies for q in asked])
    one_by_one = (
        by_time("Shiraki 2000", LUMBAR, MAIN, "no treatment"),
        *(je_bone, je("ucOC"), yonemura),
        by_time("Koitaya 2014", "ucOC", "MK-4 1.5 mg", "placebo", "final"),
        *forli(),
    )
    return mk.full_report(
        "Vitamin K2 and bone: what public abstracts allow, beside Huang 2014",
        comparisons=(main, *rest, *one_by_one, exploratory(), *jiang, *reviews()),
        summary=(
            opening(main, headline),
            *beside(je_bone, yonemura, jiang[0]),
            f"{len(blank.rows)} rows of the workbook wait for numbers from the papers; they are listed at the end.",
        ),
        before=(mk.kept_apart(asked, outcome="BMD"),),
        after=(
            mk.Heading("Trials with means and no interval"),
            mk.without_interval(asked, elsewhere=OWN_SECTION),
            mk.Heading("SD or SEM?"),
            mk.two_readings(asked),
            mk.Heading("Printed results beside ours"),
            *as_they_stand(),
            mk.Heading("Cells to fill"),
            blank,
        ),
        expectations=expectations(asked, yonemura, jiang[0]),
    )


def ask_all() -> list[mk.Question]:
    """Every question of the workbook, lumbar spine first."""
    rank = {time: at for at, time in enumerate(TIMES)}
    return sorted(
        mk.questions(WORKBOOK, experimental=K2, control=AGAINST),
        key=lambda q: (q.said("outcome") != LUMBAR, q.said("unit") != "percent", q.experimental != MAIN,
                       q.control != NO_K2, rank.get(q.said("time"), len(rank))),
    )  # fmt: skip


@cache
def texts(sheet: str) -> tuple[dict[str, str], ...]:
    """The rows of a sheet of the workbook as text, uninterpreted."""
    return mk.read_sheet(WORKBOOK, sheet).texts()


def unassessed() -> tuple[str, ...]:
    """The doubt that stands as long as nobody has judged the risk of bias."""
    judged = any(row["overall"] for row in texts("risk_of_bias"))
    return () if judged else ("Risk of bias is not assessed.",)


def opening(main: mk.Comparison, headline: mk.Question) -> str:
    """The clinician's answer: the pool where there is one; else what one trial says, and why to doubt it."""
    if isinstance(main.primary, mk.Pooled):
        return words.answer(main)
    paragraph = (
        "Whether vitamin K2 raises the bone density of the lumbar spine cannot be answered from public abstracts: no "
        "mean difference can be pooled, because only one trial that was asked the question prints its numbers."
    )
    for row in (row for row, why in enumerate(headline.effects.excluded) if not why):
        population, blinding = (headline.effects.words(name)[row] for name in ("population", "blinding"))
        doubts = ["It is one trial.", *unassessed()]
        if np.isnan(headline.studies.numbers("n_e")[row]):
            doubts.append("The numbers analysed are not in the abstract.")
        if headline.studies.words("dispersion_inferred_e")[row] == "yes":
            kind = headline.studies.words("dispersion_type_e")[row]
            doubts.append(f"Its unnamed ± is read as {kind} only because its p value fits.")
        paragraph += (
            f" {headline.effects.study[row]} ({population}; {blinding or 'blinding not stated'}) found "
            f"{limits(headline.effects, row, '95 % CI ')} percentage points more with {headline.experimental} a day "
            f"after {headline.said('time')}. Why to doubt it: {' '.join(doubts)}"
        )
    return paragraph


def beside(je_bone: mk.Comparison, yonemura: mk.Comparison, jiang: mk.Comparison) -> Iterable[str]:
    """The other trials, and what Huang printed and did not find."""
    bone, levels = je_bone.primary.effects, yonemura.primary.effects
    fracture = words.estimate(jiang.primary) if isinstance(jiang.primary, mk.Pooled) else jiang.primary.why
    through_p, *through_sd = (limits(bone, row) for row in range(len(bone)))
    change, *_, final = (limits(levels, row) for row in range(len(levels)))
    yield (
        f"Other trials cannot join it. Je 2011 (g/cm² at L3, n per arm not printed): {through_p} through its p value, "
        f"{through_sd[-1]} by its SDs at the worst split of its people. Yonemura 2000 (g/cm², ten weeks of "
        f"prednisolone): change {change}, but final values {final}. Jiang 2014 compared with an active drug and says "
        f"nothing about vitamin K2 against none: any new fracture, {fracture}."
    )
    ratios = [f"{row['measure']} {row['estimate']}, p = {row['p']}" for row in texts("targets") if row["estimate"]]
    yield (
        "Huang 2014 prints p values without estimates for bone density (small with osteoporosis, not significant "
        f"without). Fewer fractures stand only after a trial was dropped that the abstract does not name: "
        f"{ratios[0]} with it, {ratios[1]} without."
    )


def limits(effects: mk.EffectSizes, row: int, name: str = "") -> str:
    """A difference with its 95 % interval, in digits enough for g/cm2; `name` stands before the interval."""
    low, middle, high = (effects.yi[row] + z * np.sqrt(effects.vi[row]) for z in (-1.959964, 0.0, 1.959964))
    digits = 2 if abs(middle) >= 0.1 else 3
    return f"{fixed(middle, digits)} ({name}{fixed(low, digits)} to {fixed(high, digits)})"


def by_time(study: str, outcome: str, on: str, off: str, kind: str = "change") -> mk.Comparison:
    """One trial at its several times: rows of one trial, never counted as studies."""
    studies = one_trial(study, outcome, on, off, kind)
    why = "The same patients at several times: one trial, never pooled."
    if np.isfinite(mk.effect_sizes(studies, measure="MD").yi).all():
        primary = mk.side_by_side(replace(mk.effect_sizes(studies, measure="MD"), problems=()), why=why)
    else:
        answers = {label: assuming_randomised(studies, row) for row, label in enumerate(studies.study)}
        primary = readings(studies, answers, f"{why} The analysed n is blank: the numbers randomised are assumed.")
    return mk.Comparison(
        name=words.slug(f"{study} by time"),
        title=f"{study} at its several times",
        about=f"{on} against {off} and {outcome} ({studies.words('unit')[0]}) in {study}, by time",
        primary=primary,
    )


def assuming_randomised(studies: mk.StudyTable, row: int) -> mk.Reading:
    """The difference with n randomised taken as n analysed, for a ± that is an SD."""
    steps = []
    for arm, n in zip("ec", mk.people_behind(studies)[:, row], strict=True):
        sd = float(studies.numbers(f"dispersion_{arm}")[row])
        step = mk.Conversion(
            rule="SE from SD", formula="SD / √n", assumption="n randomised taken as n analysed",
            inputs={"SD": sd, "n": float(n)}, output={"SE": sd / n**0.5},
        )  # fmt: skip
        steps.append(step)
    mean_e, mean_c = (float(studies.numbers(f"mean_{arm}")[row]) for arm in "ec")
    return mk.Reading(effect=mean_e - mean_c, se=float(mk.dispersion_read_as("SD", studies)[0][row]), steps=steps)


def one_trial(study: str, outcome: str, on: str, off: str, kind: str = "change") -> mk.StudyTable:
    """The rows of one trial, by time."""
    where = {"study": study, "change_or_final": kind}
    label = ["study", "time"]
    return mk.read_studies(
        WORKBOOK, sheet="continuous", outcome=outcome, where=where, experimental=on, control=off, label=label
    )


def readings(studies: mk.StudyTable, answers: Mapping[str, mk.Reading], why: str) -> mk.Unpooled:
    """One trial read in several ways, with the cells behind it."""
    return mk.side_by_side(mk.alternative_readings(mk.effect_sizes(studies, measure="MD"), answers), why=why)


def read_je(outcome: str) -> tuple[mk.StudyTable, float, float, NDArray[np.float64]]:
    """Je 2011: table, difference, p, and every split of its completers (2, splits); one split where n is filled in."""
    studies = one_trial("Je 2011", outcome, "MK-4 45 mg + D + Ca", "D + Ca")
    pval = {(row["study"], row["outcome"]): row["p"] for row in texts("effects")}["Je 2011", outcome]
    n = np.array([studies.numbers("n_e"), studies.numbers("n_c")])
    if np.isnan(n).any():
        n = np.array(
            mk.possible_splits(int(studies.numbers("n_analysed")[0]), *map(int, mk.people_behind(studies)[:, 0]))
        )
    return studies, float(studies.numbers("mean_e")[0] - studies.numbers("mean_c")[0]), float(pval), n


def je_errors(outcome: str) -> tuple[float, NDArray[np.float64], NDArray[np.bool_]]:
    """Standard error through the p; through the SDs for every split; which splits are no worse than two to one."""
    studies, difference, pval, n = read_je(outcome)
    sd = np.array([studies.numbers(f"dispersion_{arm}") for arm in "ec"])
    through_p = abs(difference) / float(mk.t_from_p(pval, n[:, 0].sum() - 2))
    return through_p, np.sqrt((sd**2 / n).sum(axis=0)), n.max(axis=0) <= 2 * n.min(axis=0)


def je(outcome: str) -> mk.Comparison:
    """Je 2011, whose n per arm is not in the abstract: the answer through its p, and through its SDs by split."""
    studies, difference, pval, n = read_je(outcome)
    through_p, se, balanced = je_errors(outcome)
    df = float(n[:, 0].sum() - 2)
    step = mk.Conversion(
        rule="SE from p, t distribution", formula="|difference| / t(df, 1 − p/2)", assumption="two-sample t test",
        inputs={"difference": difference, "p": pval, "df": df}, output={"SE": through_p},
    )  # fmt: skip
    answers = {"Je 2011, through its p": mk.Reading(effect=difference, se=through_p, steps=[step])}
    for word, at in {"smallest": int(se.argmin()), "largest": int(se.argmax())}.items():
        sd = {f"SD_{arm}": float(studies.numbers(f"dispersion_{arm}")[0]) for arm in "ec"}
        step = mk.Conversion(
            rule="SE from both SDs", formula="√(SD₁²/n₁ + SD₂²/n₂)", assumption="± is an SD; this split of the people",
            inputs={**sd, "n_e": float(n[0, at]), "n_c": float(n[1, at])}, output={"SE": float(se[at])},
        )  # fmt: skip
        label = f"Je 2011, through its SDs, {word} error (n {fixed(n[0, at], 0)} and {fixed(n[1, at], 0)})"
        answers[label] = mk.Reading(effect=difference, se=float(se[at]), steps=[step])
    spans = [f"{significant(part.min())} to {significant(part.max())}" for part in (se, se[balanced])]
    return mk.Comparison(
        name=f"je-2011-{'lumbar' if outcome == LUMBAR else outcome.lower()}",
        title=f"Je 2011, {outcome}: one trial, several readings",
        about=f"MK-4 45 mg with vitamin D and calcium against those alone and {outcome} at 6 months in Je 2011",
        primary=readings(studies, answers, "One trial, read in several ways because its n per arm is not printed."),
        text=(
            (
                f"Unit: {studies.words('unit')[0]}. Standard error through the printed p ({p_value(pval)}, df "
                f"{fixed(df, 0)}): {significant(through_p)}; through the SDs {spans[0]} over the {se.size} splits of "
                f"{fixed(df + 2, 0)} people that the randomised numbers allow, {spans[1]} over those no more uneven "
                "than two to one."
            ),
        ),
    )


def change_or_final() -> mk.Comparison:
    """Yonemura 2000: change through the paired p of each arm, its rounding carried through, and the final values."""
    arms = ("prednisolone + MK-4", "prednisolone")
    start, end = (one_trial("Yonemura 2000", LUMBAR, *arms, kind=kind) for kind in ("baseline", "final"))
    said = {row["quantity"]: row["value"] for row in texts("reported")}
    pvals = [float(said[f"p, baseline against 10 weeks within the arm {arm}"]) for arm in arms]
    before, after = ([float(t.numbers(f"mean_{arm}")[0]) for arm in "ec"] for t in (start, end))
    changes = [b - a for a, b in zip(before, after, strict=True)]
    extremes = product(*((change - ROUNDING, change + ROUNDING) for change in changes))
    n = mk.people_behind(end)[:, 0].tolist()
    corners = [mk.difference_from_paired_p(extreme, n, pvals) for extreme in extremes]
    final = mk.effect_sizes(end, measure="MD")
    answers = {
        "Yonemura 2000, change": mk.difference_from_paired_p(changes, n, pvals),
        "Yonemura 2000, change, lowest by rounding": min(corners, key=lambda c: c.effect - 1.96 * c.se),
        "Yonemura 2000, change, highest by rounding": max(corners, key=lambda c: c.effect + 1.96 * c.se),
        "Yonemura 2000, final values": mk.Reading(
            effect=float(final.yi[0]), se=float(final.vi[0] ** 0.5), steps=final.origins[0].conversions
        ),
    }
    return mk.Comparison(
        name="yonemura-2000",
        title="Yonemura 2000: change or final value",
        about="MK-4 45 mg with prednisolone against prednisolone and lumbar spine BMD (g/cm2) in Yonemura 2000",
        primary=readings(end, answers, "One trial: its change through the p values within arms, and its final values."),
        text=(
            (
                f"Before treatment the arms differed by {fixed(before[0] - before[1], 3)} g/cm2, and the sign of the "
                "answer turns with the choice: change is read first. Rounding: what the unrounded levels would allow."
            ),
        ),
    )


def smd_pools() -> tuple[list[mk.Pooled], NDArray[np.float64]]:
    """Shiraki and Je pooled as SMDs of six-month change, once for every split of Je's completers (2, splits)."""
    first = one_trial("Shiraki 2000", LUMBAR, "MK-4 45 mg", "no treatment")
    first = first.take(np.array([time == "6 months" for time in first.words("time")]))
    randomised = mk.people_behind(first)[:, 0]
    arms = {f"{name}_{arm}": first.numbers(f"{name}_{arm}") for name in ("mean", "dispersion") for arm in "ec"}
    sems = {f"dispersion_type_{arm}": "SEM" for arm in "ec"}
    people = dict(zip(("n_e", "n_c"), randomised, strict=True))
    shiraki = mk.effect_sizes(pd.DataFrame({"study": first.study, **arms, **sems, **people}), measure="SMD")
    _, difference, pval, n = read_je(LUMBAR)
    t = float(np.sign(difference) * mk.t_from_p(pval, n[:, 0].sum() - 2))
    labels = [f"split {row}" for row in range(n.shape[1])]
    je_each = mk.effect_sizes(pd.DataFrame({"study": labels, "t": t, "n_e": n[0], "n_c": n[1]}), measure="SMD")
    shiraki_n = " and ".join(fixed(m, 0) for m in randomised)
    assumed = {
        "Shiraki 2000": f"± read as SEM; SD = SEM √n, n {shiraki_n}; in per cent",
        "Je 2011": f"from its p ({p_value(pval)}) by a t test with common variance; n per arm assumed; g/cm2 at L3",
    }
    pools = []
    for je_yi, je_vi, *je_n in zip(je_each.yi, je_each.vi, *n, strict=True):
        yi, vi = [float(shiraki.yi[0]), float(je_yi)], [float(shiraki.vi[0]), float(je_vi)]
        effects = mk.effects_from(yi, study=list(assumed), measure="SMD", vi=vi)
        effects = replace(effects.with_assumptions(assumed), higher_is="better", selection=ARMS)
        split = " and ".join(fixed(m, 0) for m in je_n)
        drawn_as = (f"± is SEM; n randomised, {shiraki_n}; per cent", f"through its p; n {split}; g/cm² at L3")
        pools.append(mk.pool(effects.with_column("assumed", drawn_as)))
    return pools, n


def exploratory() -> mk.Comparison:
    """The SMD of six-month change from Shiraki and Je as an interval of answers. Never the headline."""
    pools, n = smd_pools()
    named = [f"Je split {fixed(a, 0)} and {fixed(b, 0)}" for a, b in n.T]
    found = np.array([(pooled.estimate, pooled.ci.low, pooled.ci.high) for pooled in pools])
    even, low, high = int(np.abs(n[0] - n[1]).argmin()), int(found[:, 0].argmin()), int(found[:, 0].argmax())
    spans = [f"{fixed(values.min(), 3)} to {fixed(values.max(), 3)}" for values in found.T]
    return mk.Comparison(
        name="exploratory-smd",
        title="Exploratory only: a standardised mean difference of two trials",
        about=f"exploratory, not an answer: six-month change of lumbar spine BMD, standardised ({named[even]})",
        primary=pools[even],
        sensitivity={f"lowest estimate, {named[low]}": pools[low], f"highest estimate, {named[high]}": pools[high]},
        columns={"assumed": "Assumed"},
        doubts=("It stands percent beside g/cm2, as Hu 2021 did, and every line of its data rests on an assumption.",),
        text=(
            (
                f"Over all {len(pools)} splits of Je's completers the estimate runs from {spans[0]}, the lower limit "
                f"from {spans[1]}, the upper limit from {spans[2]}. Shiraki's n are those randomised until n is filled."
            ),
        ),
    )


def as_printed(about: str, measure: str, studies: mk.StudyTable, why: str) -> mk.Comparison:
    """Effects as their authors print them, side by side; trials of doubtful standing are marked."""
    effects = replace(mk.effect_sizes(studies, measure=measure), problems=())
    outcome = str(studies.selection["outcome"])
    return mk.Comparison(
        name=words.slug(f"printed {outcome}"),
        title=f"As printed: {outcome}",
        about=f"{about} and {outcome}",
        primary=mk.side_by_side(effects, why=why),
    )


def forli() -> Iterable[mk.Comparison]:
    """Forli 2010: the differences that the abstract prints with a standard error."""
    why = "One trial of lung and heart recipients, adjusted for baseline; no other trial prints this."
    for outcome in (LUMBAR, "lumbar spine BMC", "lumbar spine BMC, lung recipients"):
        studies = mk.read_studies(WORKBOOK, sheet="effects", outcome=outcome, experimental="MK-7 180 ug")
        unit = " (g/cm²)" if outcome == LUMBAR else ""
        yield as_printed(f"MK-7 180 ug against placebo at 12 months in Forli 2010{unit}", "MD", studies, why)


def fractures() -> tuple[mk.Comparison, ...]:
    """The one trial with counts, against an active drug; then the ratios of trials that must not be pooled."""
    outcome = "new fracture, any site"
    counts = mk.read_studies(WORKBOOK, sheet="binary", outcome=outcome, experimental=MAIN, control="alfacalcidol")
    jiang = mk.Comparison(
        name="fractures-active-comparator",
        title="Fractures: MK-4 45 mg against alfacalcidol",
        about="MK-4 45 mg against alfacalcidol, an active drug, and any new fracture at 12 months",
        primary=mk.pool(mk.effect_sizes(counts, measure="RR")),
        doubts=("Its comparator is an active drug, so it says nothing about vitamin K2 against none.",),
    )
    why = "Trials retracted or under concern are shown and not pooled."
    wanted = {"new vertebral fracture": ["MK-4"], "hip fracture": ["MK-4 + D2 + Ca", "risedronate + MK-4"]}
    doubtful = [
        mk.read_studies(WORKBOOK, sheet="effects", outcome=what, experimental=arms) for what, arms in wanted.items()
    ]
    return (jiang, *(as_printed("vitamin K2 against none", "RR", studies, why) for studies in doubtful))


def reviews() -> Iterable[mk.Comparison]:
    """The published pools of the lumbar spine, beside one another."""
    for outcome, measure, label in ((f"{LUMBAR}, percent change", "MD", "time"), (f"{LUMBAR}, SMD", "SMD", "subgroup")):
        studies = mk.read_studies(REVIEWS, sheet="effects", outcome=outcome, label=["study", label])
        yield as_printed("vitamin K in published reviews", measure, studies, "Reviews share trials: never pooled.")


def as_they_stand() -> Iterable[mk.Table]:
    """What is printed and not computed: Huang, fracture counts, odds and ends, the other reviews."""
    for caption, workbook, sheet, names in (
        ("Huang's own results", WORKBOOK, "targets", "outcome subgroup k measure estimate p p_note note"),
        ("Fracture counts in the abstracts", WORKBOOK, "binary", "study outcome time arm events total note"),
        ("Reported, and not to be drawn", WORKBOOK, "reported", "study outcome quantity value note"),
        (
            "What reviews print of the lumbar spine",
            *(REVIEWS, "effects", "study outcome time subgroup measure estimate ci_low ci_high p note"),
        ),
    ):
        outcome = "" if workbook == WORKBOOK else LUMBAR
        yield mk.sheet_table(caption, workbook, sheet, names.split(), outcome=outcome)


def checked_p(asked: Iterable[mk.Question]) -> list[tuple[str, str, str, float]]:
    """The p values of the arithmetic checks that inferred SD or SEM, where n is what the checks assumed."""
    checked: dict[tuple[str, Literal["SD", "SEM"], tuple[int, int]], dict[str, str]] = {
        ("Shiraki 2000", "SEM", (120, 121)): {"6 months": "0.0006", "12 months": "0.0133", "24 months": "0.0298"},
        ("Orimo 1998", "SEM", (39, 41)): {"24 weeks": "0.0342"},
        ("Koitaya 2014", "SD", (24, 24)): {"6 months": "0.005", "12 months": "0.025"},
    }
    return [
        (study, f"p at {time}, ± as {kind}, n {n[0]} and {n[1]}", p, mk.dispersion_read_as(kind, q.studies)[1][row])
        for (study, kind, n), at in checked.items()
        for time, p in at.items()
        for q in asked
        for row in (at for at, name in enumerate(q.studies.study) if name == study)
        if q.said("time") == time and q.said("unit") != "ratio" and tuple(mk.people_behind(q.studies)[:, row]) == n
    ]


def expectations(
    asked: Iterable[mk.Question], yonemura: mk.Comparison, jiang: mk.Comparison
) -> tuple[mk.Expectation, ...]:
    """The numbers of the arithmetic checks made when the data were extracted, to half a unit of their last digit."""
    found = checked_p(asked)
    through_p, se, balanced = je_errors(LUMBAR)
    levels, ratio = yonemura.primary.effects, jiang.primary.effects
    half = 1.959964 * np.sqrt([levels.vi[0], ratio.vi[0]])
    low, middle, high = ratio.measure.back(ratio.yi[0] + half[1] * np.array([-1, 0, 1]))
    if se.size > 1:  # the splits are open until the workbook holds n
        found += [
            ("Je 2011", "SE through p", "0.0089", through_p),
            ("Je 2011", "smallest SE through the SDs", "0.0104", se.min()),
            ("Je 2011", "largest SE through the SDs, splits up to two to one", "0.0117", se[balanced].max()),
        ]
    found += [
        ("Yonemura 2000", "change", "0.020", levels.yi[0]),
        ("Yonemura 2000", "change, lower limit", "-0.012", levels.yi[0] - half[0]),
        ("Yonemura 2000", "change, upper limit", "0.052", levels.yi[0] + half[0]),
        ("Yonemura 2000", "final values", "-0.030", levels.yi[-1]),
        ("Jiang 2014", "risk ratio", "0.486", middle),
        ("Jiang 2014", "lower limit", "0.09", low),
        ("Jiang 2014", "upper limit", "2.60", high),
    ]
    return tuple(mk.Expectation.printed(*row, "checks of the extraction") for row in found)

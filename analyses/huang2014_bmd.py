"""Huang 2014 again: vitamin K2 and bone, as far as public abstracts give numbers, ready for whoever holds the papers.

Rules. (1) Trials are pooled only where they share outcome, site, unit, time, change or final value, form and dose of
vitamin K2, and kind of comparator; two estimable trials are pooled, fewer stand side by side with the reasons. (2) MK-4
at 45 mg a day, or at a dose that the abstract does not give, is the main question; 1.5 mg, 90 mg and MK-7 stand apart.
(3) The control arm has no vitamin K2 and the same co-treatment; an active drug is a comparison of its own. (4) Of a
factorial trial the pair without vitamin D is taken. Fill the workbook's blank cells and run again: the pools appear.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

import metak2 as mk
from metak2.display import sentences
from metak2.display.listing import listed
from metak2.display.numbers import fixed, p_value, significant
from metak2.effects.conversions import change_sd_from_paired_p, record, t_from_p
from metak2.effects.from_means import read_arm
from metak2.effects.notes import Note
from metak2.effects.standardised import smd_from_t, splits
from metak2.kernels.effect_sizes import standardised_mean_difference
from metak2.report.compose import answer
from metak2.studies.sheet import text_of
from metak2.studies.table import Conversion, read_only

WORKBOOK = "datasets/huang2014/huang2014.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
LUMBAR, MAIN, NO_K2 = "lumbar spine BMD", "MK-4 45 mg", "no vitamin K2"
TIMES = ("12 months", "6 months", "24 months", "36 months")
SAME = ("outcome", "site", "unit", "change_or_final", "time")
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
DOUBTFUL = {"retracted", "concern", "duplicate"}
ARMS = {"experimental": MAIN, "control": NO_K2}
PLAUSIBLE = {"sd": (2.0, 8.0)}  # per cent in a year; Shiraki's SEM times the root of those randomised gives 6.6 and 7.7
ROUNDING = 0.01  # g/cm2: a change is the difference of two levels, each printed to 0.01
Answer = tuple[float, float, Sequence[Conversion]]  # difference, standard error, how it was made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """One question (trials that may be pooled with one another), its data and its answer."""

    k2: str
    against: str
    studies: mk.StudyTable
    effects: mk.EffectSizes
    result: mk.Pooled | mk.Unpooled

    def said(self, *names: str) -> str:
        """The columns that all its rows share, as text."""
        return ", ".join(self.studies.words(name)[0] for name in names)


def report() -> mk.Report:
    """The headline, every other question, the trials that need an assumption, fractures, and the published reviews."""
    asked = ask_all()
    wanted = (MAIN, f"{LUMBAR}, {TIMES[0]}, percent")
    headline = next(q for q in asked if (q.k2, q.said("outcome", "time", "unit")) == wanted)
    rest = [told(q) for q in asked if q is not headline and (q.effects.k > 1 or drawn(q.effects) - OWN_SECTION)]
    main, je_bone, yonemura, jiang = told(headline), je(LUMBAR), change_or_final(), fractures()
    main = replace(main, missing=mk.missing_cells(headline.studies, measure="MD", ranges=PLAUSIBLE))
    blank = to_fill(asked)
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
        before=(pairs(asked),),
        after=(
            mk.Heading("Trials with means and no interval"),
            without_interval(asked),
            mk.Heading("SD or SEM?"),
            both_readings(asked),
            mk.Heading("Printed results beside ours"),
            *as_they_stand(),
            mk.Heading("Cells to fill"),
            blank,
        ),
        expectations=expectations(asked, yonemura, jiang[0]),
    )


def ask_all() -> list[Asked]:
    """Every outcome × site × unit × kind × time × form × comparator with both arms of a trial, lumbar spine first."""
    rows = texts("continuous")
    asked = []
    for (k2, on), (against, off) in product(K2.items(), AGAINST.items()):
        for key in dict.fromkeys(tuple(row[c] for c in SAME) for row in rows if row["arm"] in on):
            same = [row for row in rows if tuple(row[c] for c in SAME) == key and "baseline" not in key]
            controlled = {row["study"] for row in same if row["arm"] in off}
            treated = {row["study"] for row in same if row["arm"] in on}
            arms = {row["arm"] for row in same if row["study"] in controlled & treated}
            if arms:
                asked.append(ask(k2, against, dict(zip(SAME, key, strict=True)), arms))
    rank = {time: at for at, time in enumerate(TIMES)}
    return sorted(
        asked, key=lambda q: (q.said("outcome") != LUMBAR, q.said("unit") != "percent", q.k2 != MAIN,
                              q.against != NO_K2, rank.get(q.said("time"), len(rank)))
    )  # fmt: skip


def ask(k2: str, against: str, where: dict[str, str], arms: set[str]) -> Asked:
    """Read, compute, and pool where two trials are estimable. Blank cells are listed once, at the end of the report."""
    studies = mk.read_studies(
        WORKBOOK, sheet="continuous", outcome=where.pop("outcome"), at=where.pop("time"), where=where,
        experimental=[a for a in K2[k2] if a in arms], control=[a for a in AGAINST[against] if a in arms],
    )  # fmt: skip
    effects = mk.effect_sizes(studies, measure="MD")
    effects = replace(effects, problems=(), selection={**effects.selection, "experimental": k2, "control": against})
    result = mk.pool(effects) if effects.k > 1 else mk.side_by_side(effects, why=why_not(effects))
    return Asked(k2=k2, against=against, studies=studies, effects=effects, result=result)


@cache
def texts(sheet: str, workbook: str = WORKBOOK) -> list[dict[str, str]]:
    """The rows of a sheet as text, uninterpreted."""
    return [{name: text_of(cell) for name, cell in row.items()} for row in mk.read_sheet(workbook, sheet).rows]


def drawn(effects: mk.EffectSizes) -> set[str]:
    """The trials with an interval, pooled or not."""
    return {study for study, y in zip(effects.study, effects.yi, strict=True) if np.isfinite(y)}


def gap(effects: mk.EffectSizes, row: int) -> str:
    """Why this trial cannot be pooled, "" where it can."""
    if effects.excluded[row] not in {"not reported", "not estimable"}:
        return effects.excluded[row]
    known = np.isfinite(effects.data["mean_e"][row] - effects.data["mean_c"][row])
    return "means without a standard error (SD, SEM or n missing)" if known else "no mean in the abstract"


def why_not(effects: mk.EffectSizes) -> str:
    """Why there is no pool, from the trials themselves."""
    gaps: dict[str, tuple[str, ...]] = {}
    for row, study in enumerate(effects.study):
        gaps[gap(effects, row)] = (*gaps.get(gap(effects, row), ()), study)
    known = listed(gaps.pop("", ())) or "none"
    missing = "".join(f" {why[:1].upper()}{why[1:]}: {listed(studies)}." for why, studies in gaps.items())
    return f"A pool needs two trials; estimable here: {known}.{missing}"


def told(q: Asked) -> mk.Comparison:
    """The question as a part of the report."""
    pooled = [row for row in range(len(q.effects)) if not q.effects.excluded[row]]
    people, compared = (
        "; ".join(dict.fromkeys(q.effects.words(name)[row] for row in pooled)) for name in ("population", "comparator")
    )
    site = "" if q.said("site") in q.said("outcome") else q.said("site")
    active = q.against.removeprefix(NO_K2)
    name = f"{q.said('outcome')} {site} {q.said('unit', 'change_or_final', 'time')} {q.k2} {active}"
    return mk.Comparison(
        name=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        title=f"{q.k2} against {q.against}: {q.said('outcome', 'time', 'unit')}",
        about=f"{q.k2} against {q.against} and {q.said('outcome')} at {q.said('time', 'change_or_final', 'unit')}",
        primary=q.result,
        doubts=(
            f"The trials differ in people ({people}) and comparator ({compared}).",
            *unassessed(),
        ),
        text=tuple(filter(None, (other_reading(q.studies, row) for row in pooled))),
    )


def unassessed() -> tuple[str, ...]:
    """The doubt that stands as long as nobody has judged the risk of bias."""
    judged = any(row["overall"] for row in texts("risk_of_bias"))
    return () if judged else ("Risk of bias is not assessed.",)


def opening(main: mk.Comparison, headline: Asked) -> str:
    """The clinician's answer: the pool where there is one; else what one trial says, and why to doubt it."""
    if isinstance(main.primary, mk.Pooled):
        return answer(main)
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
            f"{limits(headline.effects, row, '95 % CI ')} percentage points more with {headline.k2} a day after "
            f"{headline.said('time')}. Why to doubt it: {' '.join(doubts)}"
        )
    return paragraph


def beside(je_bone: mk.Comparison, yonemura: mk.Comparison, jiang: mk.Comparison) -> Iterable[str]:
    """The other trials, and what Huang printed and did not find."""
    bone, levels = je_bone.primary.effects, yonemura.primary.effects
    fracture = sentences.estimate(jiang.primary) if isinstance(jiang.primary, mk.Pooled) else jiang.primary.why
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


def people(studies: mk.StudyTable, row: int = 0) -> NDArray[np.float64]:
    """The people analysed in each arm, (2,); where the source does not say, those randomised."""
    n = np.array([studies.numbers(f"n_{arm}")[row] for arm in "ec"])
    alike = "n_randomised_e" not in studies.columns
    randomised = [studies.numbers("n_randomised" if alike else f"n_randomised_{arm}")[row] for arm in "ec"]
    return np.where(np.isnan(n), randomised, n)


def read_as(kind: str, studies: mk.StudyTable, row: int) -> tuple[float, float]:
    """Standard error of the difference and the p of its t test (n₁ + n₂ − 2 df), the ± taken as `kind` (SD or SEM)."""
    n = people(studies, row)
    mean, spread = (np.array([studies.numbers(f"{name}_{a}")[row] for a in "ec"]) for name in ("mean", "dispersion"))
    se = float(np.hypot(*(spread if kind == "SEM" else spread / np.sqrt(n))))
    return se, float(2 * stdtr(n.sum() - 2, -abs(mean[0] - mean[1]) / se))


def other_reading(studies: mk.StudyTable, row: int) -> str:
    """The answer had the ± been of the other kind, where its kind is inferred."""
    if studies.words("dispersion_inferred_e")[row] != "yes":
        return ""
    kind = "SD" if studies.words("dispersion_type_e")[row] == "SEM" else "SEM"
    se, pval = read_as(kind, studies, row)
    n = " and ".join(fixed(value, 0) for value in people(studies, row))
    return f"{studies.study[row]}, were ± an {kind} ({n} people): SE {significant(se)}, t test {p_value(pval)}."


def both_readings(asked: Iterable[Asked]) -> mk.Table:
    """Every contrast whose ± is not named: what either reading makes of it, beside the evidence."""
    rows = []
    for q in asked:
        for row in (at for at, said in enumerate(q.studies.words("dispersion_inferred_e")) if said == "yes"):
            contrast, n = f"{q.studies.study[row]}, {q.said('outcome', 'time')}", people(q.studies, row)
            read = [read_as(kind, q.studies, row) for kind in ("SEM", "SD")]
            why = [q.studies.words(f"dispersion_{name}_e")[row] for name in ("type", "evidence")]
            known = " and ".join(fixed(value, 0) for value in n)
            rows.append((contrast, known, *(f"{significant(se)}, {p_value(pval)}" for se, pval in read), *why))
    note = "n: analysed where a source gives it, else randomised. p: t test on n₁ + n₂ − 2 df."
    heads = "Contrast|n|SE and p as SEM|SE and p as SD|Read as|Evidence"
    return table("Two readings of an unnamed ±", heads, rows, note)


def pairs(asked: Sequence[Asked]) -> mk.Table:
    """Pair by pair, what keeps trials with a mean and a ± for bone density in both arms out of any pool."""
    answers = [q.effects for q in asked if isinstance(q.result, mk.Pooled)]
    joined = {s for effects in answers for s, why in zip(effects.study, effects.excluded, strict=True) if not why}
    trials: dict[str, list[dict[str, str]]] = {}
    for q in asked:
        for row, study in enumerate(q.studies.study):
            known = [q.studies.numbers(f"{name}_{arm}")[row] for name in ("mean", "dispersion") for arm in "ec"]
            set_apart = joined | {
                s for s, why in zip(q.effects.study, q.effects.excluded, strict=True) if why in DOUBTFUL
            }
            if np.isfinite(known).all() and study not in set_apart and "BMD" in q.said("outcome"):
                facts = {name: q.studies.words(name)[row] for name in (*SAME, "population", "dispersion_type_e")}
                blank = f"{study} prints no n per arm" if np.isnan(q.effects.vi[row]) else ""
                trials.setdefault(study, []).append({**facts, "k2": q.k2, "against": q.against, "blank": blank})
    rows = []
    for pair in combinations(trials, 2):
        one, other = ({name: {row[name]: None for row in trials[s]} for name in trials[s][0]} for s in pair)
        differ = [name for name in one if name != "blank" and not one[name].keys() & other[name].keys()]
        apart = [f"{', '.join(one[name])} against {', '.join(other[name])}" for name in differ]
        apart += [text for side in (one, other) for text in side["blank"] if text]
        never = set(differ) - {"population", "dispersion_type_e"} or any((*one["blank"], *other["blank"]))
        rows.append((" with ".join(pair), "no" if never else "at the times they share", "; ".join(apart) or "–"))
    caption = "Pair by pair: trials with a mean and a ± for bone density in both arms"
    return table(caption, "Trials|Pooled|Apart in", rows)


def without_interval(asked: Iterable[Asked]) -> mk.Table:
    """Trials with means in both arms and no standard error: the bare difference, and the publication's standing."""
    rows = []
    for q in asked:
        data = q.effects.data
        difference = data["mean_e"] - data["mean_c"]
        elsewhere = np.isin(np.array(q.effects.study, dtype=object), list(OWN_SECTION))
        for row in map(int, np.flatnonzero(np.isfinite(difference) & np.isnan(q.effects.yi) & ~elsewhere)):
            means = [significant(data[f"mean_{arm}"][row]) for arm in "ec"]
            what = f"{q.said('outcome', 'time', 'unit')}: {q.k2} against {q.against}"
            standing = q.effects.words("integrity_status")[row].replace("_", " ")
            median = "medians, not means" if gap(q.effects, row) == "not a mean" else "not estimable"
            rows.append((q.effects.study[row], what, *means, significant(difference[row]), median, standing))
    note = "A bare difference says nothing about chance. Retracted trials and trials of concern are never pooled."
    heads = "Study|Outcome|K2|Control|Difference|Interval|Standing"
    return table("Differences without an interval", heads, rows, note)


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
        name=re.sub(r"[^a-z0-9]+", "-", f"{study} by time".lower()),
        title=f"{study} at its several times",
        about=f"{on} against {off} and {outcome} ({studies.words('unit')[0]}) in {study}, by time",
        primary=primary,
        text=tuple(filter(None, (other_reading(studies, row) for row in range(len(studies))))),
    )


def assuming_randomised(studies: mk.StudyTable, row: int) -> Answer:
    """The difference with n randomised taken as n analysed, for a ± that is an SD."""
    n, arms = people(studies, row), ("e", "c")
    mean, sd = ([float(studies.numbers(f"{name}_{arm}")[row]) for arm in arms] for name in ("mean", "dispersion"))
    steps = [
        record("SE from SD", {"SD": s, "n": float(m)}, {"SE": s / m**0.5}, "n randomised taken as n analysed")
        for s, m in zip(sd, n, strict=True)
    ]
    return mean[0] - mean[1], read_as("SD", studies, row)[0], steps


def one_trial(study: str, outcome: str, on: str, off: str, kind: str = "change") -> mk.StudyTable:
    """The rows of one trial, by time."""
    where = {"study": study, "change_or_final": kind}
    label = ["study", "time"]
    return mk.read_studies(
        WORKBOOK, sheet="continuous", outcome=outcome, where=where, experimental=on, control=off, label=label
    )


def readings(studies: mk.StudyTable, answers: Mapping[str, Answer], why: str) -> mk.Unpooled:
    """One trial read in several ways, with the cells behind it."""
    base = mk.effect_sizes(studies, measure="MD")
    made = mk.effects_from([a[0] for a in answers.values()], study=list(answers), se=[a[1] for a in answers.values()])
    same = base.take(np.arange(len(answers)) % len(base))
    origins = tuple(
        replace(cell, study=label, conversions=tuple(steps))
        for cell, (label, (_, _, steps)) in zip(same.origins, answers.items(), strict=True)
    )
    read = {name: getattr(made, name) for name in ("kind", "study", "yi", "vi", "excluded", "notes")}
    return mk.side_by_side(replace(same, data={}, problems=(), origins=origins, **read), why=why)


def read_je(outcome: str) -> tuple[mk.StudyTable, float, float, NDArray[np.float64]]:
    """Je 2011: table, difference, p, and every split of its completers (2, splits); one split where n is filled in."""
    studies = one_trial("Je 2011", outcome, "MK-4 45 mg + D + Ca", "D + Ca")
    pval = {(row["study"], row["outcome"]): row["p"] for row in texts("effects")}["Je 2011", outcome]
    n = np.array([studies.numbers("n_e"), studies.numbers("n_c")])
    if np.isnan(n).any():
        n = np.array(splits(int(studies.numbers("n_analysed")[0]), *(int(most) for most in people(studies))))
    return studies, float(studies.numbers("mean_e")[0] - studies.numbers("mean_c")[0]), float(pval), n


def je_errors(outcome: str) -> tuple[float, NDArray[np.float64], NDArray[np.bool_]]:
    """Standard error through the p; through the SDs for every split; which splits are no worse than two to one."""
    studies, difference, pval, n = read_je(outcome)
    sd = np.array([studies.numbers(f"dispersion_{arm}") for arm in "ec"])
    through_p = abs(difference) / float(t_from_p(pval, n[:, 0].sum() - 2))
    return through_p, np.sqrt((sd**2 / n).sum(axis=0)), n.max(axis=0) <= 2 * n.min(axis=0)


def je(outcome: str) -> mk.Comparison:
    """Je 2011, whose n per arm is not in the abstract: the answer through its p, and through its SDs by split."""
    studies, difference, pval, n = read_je(outcome)
    through_p, se, balanced = je_errors(outcome)
    df = float(n[:, 0].sum() - 2)
    step = Conversion(
        rule="SE from p, t distribution", formula="|difference| / t(df, 1 − p/2)", assumption="two-sample t test",
        inputs={"difference": difference, "p": pval, "df": df}, output={"SE": through_p},
    )  # fmt: skip
    answers: dict[str, Answer] = {"Je 2011, through its p": (difference, through_p, [step])}
    for word, at in {"smallest": int(se.argmin()), "largest": int(se.argmax())}.items():
        sd = {f"SD_{arm}": float(studies.numbers(f"dispersion_{arm}")[0]) for arm in "ec"}
        step = Conversion(
            rule="SE from both SDs", formula="√(SD₁²/n₁ + SD₂²/n₂)", assumption="± is an SD; this split of the people",
            inputs={**sd, "n_e": float(n[0, at]), "n_c": float(n[1, at])}, output={"SE": float(se[at])},
        )  # fmt: skip
        label = f"Je 2011, through its SDs, {word} error (n {fixed(n[0, at], 0)} and {fixed(n[1, at], 0)})"
        answers[label] = (difference, float(se[at]), [step])
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


def paired_change(changes: Sequence[float], n: NDArray[np.float64], pvals: Sequence[float]) -> Answer:
    """The difference of two mean changes, each arm's SD from its paired p value."""
    steps = []
    for change, people_in, pval in zip(changes, n, pvals, strict=True):
        inputs = {"mean change": change, "n": float(people_in), "p": pval}
        sd = {"SD": float(change_sd_from_paired_p(change, people_in, pval))}
        steps.append(record("change SD from a paired p", inputs, sd, "paired t test"))
    variance = sum(step.output["SD"] ** 2 / step.inputs["n"] for step in steps)
    return round(changes[0] - changes[1], 9), variance**0.5, steps


def change_or_final() -> mk.Comparison:
    """Yonemura 2000: change through the paired p of each arm, its rounding carried through, and the final values."""
    arms = ("prednisolone + MK-4", "prednisolone")
    start, end = (one_trial("Yonemura 2000", LUMBAR, *arms, kind=kind) for kind in ("baseline", "final"))
    said = {row["quantity"]: row["value"] for row in texts("reported")}
    pvals = [float(said[f"p, baseline against 10 weeks within the arm {arm}"]) for arm in arms]
    before, after = ([float(t.numbers(f"mean_{arm}")[0]) for arm in "ec"] for t in (start, end))
    changes = [b - a for a, b in zip(before, after, strict=True)]
    extremes = product(*((change - ROUNDING, change + ROUNDING) for change in changes))
    corners = [paired_change(extreme, people(end), pvals) for extreme in extremes]
    final = mk.effect_sizes(end, measure="MD")
    answers = {
        "Yonemura 2000, change": paired_change(changes, people(end), pvals),
        "Yonemura 2000, change, lowest by rounding": min(corners, key=lambda c: c[0] - 1.96 * c[1]),
        "Yonemura 2000, change, highest by rounding": max(corners, key=lambda c: c[0] + 1.96 * c[1]),
        "Yonemura 2000, final values": (float(final.yi[0]), float(final.vi[0] ** 0.5), final.origins[0].conversions),
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
    randomised = people(first)
    sides = zip((read_arm(first, arm) for arm in "ec"), randomised, strict=True)
    shiraki_yi, shiraki_vi = standardised_mean_difference(
        *(part for arm, n in sides for part in (arm.mean, arm.se * np.sqrt(n), n))
    )
    _, difference, pval, n = read_je(LUMBAR)
    t = np.sign(difference) * t_from_p(pval, n[:, 0].sum() - 2)
    assumed = {
        "Shiraki 2000": f"± read as SEM; SD = SEM √n, n {' and '.join(fixed(m, 0) for m in randomised)}; in per cent",
        "Je 2011": f"from its p ({p_value(pval)}) by a t test with common variance; n per arm assumed; g/cm2 at L3",
    }
    notes = tuple(Note(code="ASSUMED", values={"what": what}, where=(study,)) for study, what in assumed.items())
    shiraki_n = " and ".join(fixed(m, 0) for m in randomised)
    pools = []
    for je_yi, je_vi, *je_n in zip(*smd_from_t(t, *n), *n, strict=True):
        yi, vi = [float(shiraki_yi[0]), je_yi], [float(shiraki_vi[0]), je_vi]
        effects = mk.effects_from(yi, study=list(assumed), measure="SMD", vi=vi)
        split = " and ".join(fixed(m, 0) for m in je_n)
        drawn_as = (f"± is SEM; n randomised, {shiraki_n}; per cent", f"through its p; n {split}; g/cm² at L3")
        marks = {"assumed": read_only(np.array(drawn_as, dtype=object))}
        pools.append(mk.pool(replace(effects, notes=notes, higher_is="better", selection=ARMS, moderators=marks)))
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
        name=f"printed-{re.sub(r'[^a-z0-9]+', '-', outcome.lower())}",
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


def to_fill(asked: Iterable[Asked]) -> mk.Table:
    """Every blank cell that keeps a trial from its effect size."""
    sheet = mk.read_sheet(WORKBOOK, "continuous")
    rows = {re.sub(r"\D", "", row["study"].address): row for row in sheet.rows}
    blank: dict[str, dict[str, str]] = {}
    for problem in dict.fromkeys(p for q in asked for p in q.studies.problems if p.code == "MK-G01"):
        name, _, address = problem.cell.partition("!")
        blank.setdefault(re.sub(r"\D", "", address), {})[f"{address} ({problem.column})"] = name
    names = ("study", "outcome", "time", "arm")
    lines = [
        (*(text_of(rows[at][name]) for name in names), next(iter(cells.values())), ", ".join(cells))
        for at, cells in blank.items()
        if text_of(rows[at]["statistic"]) == "mean"
    ]
    letter = re.sub(r"\d", "", sheet.rows[0]["dispersion_type"].address)
    note = f"Beside each dispersion, say in column {letter} (dispersion_type) whether the paper calls it SD or SEM."
    return table("Blank cells to fill from the papers", "Study|Outcome|Time|Arm|Sheet|Cells (columns)", lines, note)


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
        found = (row for row in texts(sheet, workbook) if workbook == WORKBOOK or row["outcome"].startswith(LUMBAR))
        rows = [tuple(row[name] or "–" for name in names.split()) for row in found]
        yield table(caption, "|".join(name.replace("_", " ") for name in names.split()), rows)


def table(caption: str, heads: str, rows: Iterable[tuple[str, ...]], *notes: str) -> mk.Table:
    """A table of text with its heads, divided by "|"."""
    return mk.Table(caption, tuple(mk.Column(head) for head in heads.split("|")), tuple(rows), notes)


def checked_p(asked: Iterable[Asked]) -> list[tuple[str, str, str, float]]:
    """The p values of the arithmetic checks that inferred SD or SEM, where n is what the checks assumed."""
    checked = {
        ("Shiraki 2000", "SEM", (120, 121)): {"6 months": "0.0006", "12 months": "0.0133", "24 months": "0.0298"},
        ("Orimo 1998", "SEM", (39, 41)): {"24 weeks": "0.0342"},
        ("Koitaya 2014", "SD", (24, 24)): {"6 months": "0.005", "12 months": "0.025"},
    }
    return [
        (study, f"p at {time}, ± as {kind}, n {n[0]} and {n[1]}", p, read_as(kind, q.studies, row)[1])
        for (study, kind, n), at in checked.items()
        for time, p in at.items()
        for q in asked
        for row in (at for at, name in enumerate(q.studies.study) if name == study)
        if q.said("time") == time and q.said("unit") != "ratio" and tuple(people(q.studies, row)) == n
    ]


def expectations(asked: Iterable[Asked], yonemura: mk.Comparison, jiang: mk.Comparison) -> tuple[mk.Expectation, ...]:
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
    return tuple(
        mk.Expectation(
            of=of, quantity=quantity, expected=float(text), found=float(value), source="checks of the extraction",
            rtol=0.5001 * 10.0 ** -len(text.partition(".")[2]) / abs(float(text)),
        )
        for of, quantity, text, value in found
    )  # fmt: skip

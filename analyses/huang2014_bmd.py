"""Huang 2014 again: vitamin K2 and bone, as far as public abstracts give numbers, and ready for whoever holds the papers.

Rules. (1) Trials are pooled only where they share outcome, site, unit, time, change or final value, form and dose of
vitamin K2, and kind of comparator; two estimable trials are pooled, fewer stand side by side with the reasons. (2) MK-4 at
45 mg a day, or at a dose that the abstract does not give, is the main question; 1.5 mg, 90 mg and MK-7 stand apart. (3) The
control arm has no vitamin K2 and the same co-treatment; an active drug is a comparison of its own. (4) Of a factorial trial
the pair without vitamin D is taken. Fill the workbook's blank cells and run again: the pools appear by themselves.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

import metak2 as mk
from metak2.display.notes import listed
from metak2.display.numbers import fixed, p_value, significant
from metak2.effects.conversions import change_sd_from_paired_p, record, t_from_p
from metak2.effects.from_means import read_arm
from metak2.effects.notes import Note
from metak2.effects.origins import Conversion
from metak2.effects.standardised import smd_from_t, splits
from metak2.kernels.effect_sizes import standardised_mean_difference
from metak2.report.compose import answer
from metak2.studies.sheet import text_of

WORKBOOK = "datasets/huang2014/huang2014.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
LUMBAR, MAIN, NO_K2 = "lumbar spine BMD", "MK-4 45 mg", "no vitamin K2"
TIMES = ("12 months", "6 months", "24 months", "36 months")
SAME = ("outcome", "site", "unit", "change_or_final", "time")
K2 = {
    MAIN: ["MK-4 45 mg", "MK-4", "MK-4 45 mg + Ca", "MK-4 45 mg + D + Ca", "MK-4 + D2 + Ca", "calcium + MK-4"]
    + ["alendronate + MK-4 45 mg", "prednisolone + MK-4", "leuprolide + MK-4", "risedronate + MK-4"],
    "MK-4 90 mg": ["MK-4 90 mg"],
    "MK-4 1.5 mg": ["MK-4 1.5 mg"],
    "MK-7": ["MK-7 90 ug", "MK-7 180 ug", "MK-7 360 ug", "MK-7 375 ug"],
    "K2 of unstated form": ["K2"],
}
AGAINST = {
    NO_K2: ["no treatment", "untreated", "placebo", "calcium", "placebo + Ca", "D + Ca", "dietary therapy"]
    + ["alendronate", "prednisolone", "leuprolide", "risedronate + placebo"],
    "alfacalcidol": ["alfacalcidol"],
}
OWN_SECTION = {"Je 2011", "Yonemura 2000"}  # one trial, several readings
ROUNDING = 0.01  # g/cm2: a change is the difference of two levels, each printed to 0.01
Answer = tuple[float, float, Sequence[Conversion]]  # difference, standard error, how it was made


@dataclass(frozen=True, slots=True, kw_only=True)
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
    headline = next(q for q in asked if (q.k2, q.said("outcome", "time", "unit")) == (MAIN, f"{LUMBAR}, {TIMES[0]}, percent"))
    rest = [told(q) for q in asked if q is not headline and (q.effects.k > 1 or drawn(q.effects) - OWN_SECTION)]
    main, je_bone, yonemura, jiang = told(headline), je(LUMBAR), change_or_final(), fractures()
    return mk.full_report(
        "Vitamin K2 and bone: what public abstracts allow, beside Huang 2014",
        comparisons=(main, *rest, shiraki(), je_bone, je("ucOC"), yonemura, *forli(), exploratory(), *jiang, *reviews()),
        summary=(opening(main, headline), *beside(je_bone, yonemura, jiang[0])),
        before=(pairs(asked),),
        after=(
            mk.Heading("Trials with means and no interval"), without_interval(asked),
            mk.Heading("SD or SEM?"), both_readings(asked),
            mk.Heading("Printed results beside ours"),
            printed("Huang's own results", "targets", "outcome subgroup k measure estimate p p_note note"),
            printed("Fracture counts in the abstracts", "binary", "study outcome time arm events total note"),
            printed("Reported, and not to be drawn", "reported", "study outcome quantity value note"),
            printed("What other reviews print of the lumbar spine", "effects",
                    "study outcome time subgroup measure estimate ci_low ci_high p note", REVIEWS, "lumbar spine"),
            mk.Heading("Cells to fill"), to_fill(asked),
        ),
        expectations=expectations(asked, je_bone, yonemura, jiang[0]),
    )  # fmt: skip


def ask_all() -> list[Asked]:
    """Every outcome × site × unit × kind × time × form × comparator that a trial has both arms of, lumbar spine first."""
    rows = [{name: text_of(cell) for name, cell in row.items()} for row in mk.read_sheet(WORKBOOK, "continuous").rows]
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
    name = f"{q.said('outcome')} {site} {q.said('unit', 'change_or_final', 'time')} {q.k2} {q.against.removeprefix(NO_K2)}"
    return mk.Comparison(
        name=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        title=f"{q.said('outcome', 'time', 'unit')}: {q.k2} against {q.against}",
        about=f"{q.k2} against {q.against} and {q.said('outcome')} at {q.said('time', 'change_or_final', 'unit')}",
        primary=q.result,
        doubts=(f"The trials differ in people ({people}) and comparator ({compared}).", "Risk of bias is not assessed."),
        text=tuple(filter(None, (other_reading(q.studies, row) for row in pooled))),
    )


def opening(main: mk.Comparison, headline: Asked) -> str:
    """The clinician's answer: the pool where there is one; else what one trial says, and why to doubt it."""
    if isinstance(main.primary, mk.Pooled):
        return answer(main)
    texts = [
        "Whether vitamin K2 raises the bone density of the lumbar spine cannot be answered from public abstracts: no mean "
        f"difference can be pooled. {answer(main)}"
    ]
    for row in (row for row, why in enumerate(headline.effects.excluded) if not why):
        about = {name: headline.effects.words(name)[row] for name in ("population", "blinding", "form")}
        unnamed = headline.studies.words("dispersion_inferred_e")[row] == "yes"
        kind = headline.studies.words("dispersion_type_e")[row]
        texts.append(
            f"{headline.effects.study[row]} ({about['population']}; {about['blinding'] or 'blinding not stated'}) by itself: "
            f"{limits(headline.effects, row)} percentage points in favour of {about['form']} where positive. Why to doubt "
            "it: it is one trial, its risk of bias is not assessed, the numbers analysed are not in the abstract"
            + (f", and its unnamed ± is read as {kind} only because its p value fits." if unnamed else ".")
        )
    return " ".join(texts)


def beside(je_bone: mk.Comparison, yonemura: mk.Comparison, jiang: mk.Comparison) -> Iterable[str]:
    """The other trials, and what Huang printed and did not find."""
    p_route, (change, *_, final) = limits(je_bone.primary.effects, 0), range(len(yonemura.primary.effects))
    levels = yonemura.primary.effects
    yield (
        f"Other trials cannot join it. Je 2011 (per protocol, n per arm not printed): {p_route} g/cm2 at L3 through its "
        f"p value, and an interval that includes none through its SDs. Yonemura 2000 (ten weeks of prednisolone): change "
        f"{limits(levels, change)} g/cm2, final values {limits(levels, final)}. {answer(jiang)}"
    )
    rows = [{name: text_of(cell) for name, cell in row.items()} for row in mk.read_sheet(WORKBOOK, "targets").rows]
    said = [
        f"{row['outcome']} ({row['subgroup']}): " + f"{row['measure']} {row['estimate']} ".lstrip()
        + (f"p = {row['p']}" if row["p"] else f"p {row['p_note']}".replace("p not", "not"))
        for row in rows
    ]  # fmt: skip
    yield (
        f"Huang 2014 printed: {'; '.join(said)}. So Huang found no effect on bone density without osteoporosis, and fewer "
        "fractures only after a trial was dropped that the abstract does not name."
    )


def limits(effects: mk.EffectSizes, row: int) -> str:
    """A difference with its 95 % interval, in digits enough for g/cm2."""
    low, middle, high = (effects.yi[row] + z * np.sqrt(effects.vi[row]) for z in (-1.959964, 0.0, 1.959964))
    digits = 2 if abs(middle) >= 0.1 else 3
    return f"{fixed(middle, digits)} ({fixed(low, digits)} to {fixed(high, digits)})"


def people(studies: mk.StudyTable, row: int = 0) -> NDArray[np.float64]:
    """The people analysed in each arm, (2,); where the source does not say, those randomised."""
    n = np.array([studies.numbers(f"n_{arm}")[row] for arm in "ec"])
    alike = "n_randomised_e" not in studies.columns
    randomised = [studies.numbers("n_randomised" if alike else f"n_randomised_{arm}")[row] for arm in "ec"]
    return np.where(np.isnan(n), randomised, n)


def read_as(kind: str, studies: mk.StudyTable, row: int) -> tuple[float, float]:
    """Standard error of the difference and the p of a two-sample t test, the ± taken as `kind` (SD or SEM)."""
    n = people(studies, row)
    mean, sd = (np.array([studies.numbers(f"{name}_{arm}")[row] for arm in "ec"]) for name in ("mean", "dispersion"))
    sd = sd * np.sqrt(n) if kind == "SEM" else sd
    df = n.sum() - 2
    t = (mean[0] - mean[1]) / np.sqrt(((n - 1) * sd**2).sum() / df * (1 / n).sum())
    return float(np.sqrt((sd**2 / n).sum())), float(2 * stdtr(df, -abs(t)))


def other_reading(studies: mk.StudyTable, row: int) -> str:
    """The answer had the ± been of the other kind, where its kind is inferred."""
    if studies.words("dispersion_inferred_e")[row] != "yes":
        return ""
    kind = "SD" if studies.words("dispersion_type_e")[row] == "SEM" else "SEM"
    se, pval = read_as(kind, studies, row)
    n = " and ".join(fixed(value, 0) for value in people(studies, row))
    return f"{studies.study[row]}, were ± an {kind} ({n} people): standard error {significant(se)}, t test {p_value(pval)}."


def both_readings(asked: Iterable[Asked]) -> mk.Table:
    """Every contrast whose ± is not named: what either reading makes of it, beside the evidence."""
    rows = []
    for q in asked:
        for row in np.flatnonzero(np.array(q.studies.words("dispersion_inferred_e")) == "yes"):
            readings = (read_as(kind, q.studies, row) for kind in ("SEM", "SD"))
            rows.append(
                (f"{q.studies.study[row]}, {q.said('outcome', 'time')}", " and ".join(fixed(n, 0) for n in people(q.studies, row)),
                 *(f"{significant(se)}, {p_value(pval)}" for se, pval in readings),
                 q.studies.words("dispersion_type_e")[row], q.studies.words("dispersion_evidence_e")[row])
            )  # fmt: skip
    note = "n analysed where a source gives it, else n randomised; p of the two-sample t test, beside the printed p."
    heads = "Contrast|n|SE and p as SEM|SE and p as SD|Read as|Evidence"
    return table("Two readings of an unnamed ±", heads, rows, note)


def pairs(asked: Iterable[Asked]) -> mk.Table:
    """Pair by pair, what keeps trials with a mean and a ± for bone density in both arms from one pool."""
    trials: dict[str, list[dict[str, str]]] = {}
    for q in asked:
        for row, study in enumerate(q.studies.study):
            known = [q.studies.numbers(f"{name}_{arm}")[row] for name in ("mean", "dispersion") for arm in "ec"]
            flagged = q.effects.words("integrity_status")[row] in {"retracted", "concern", "duplicate"}
            if np.isfinite(known).all() and not flagged and "BMD" in q.said("outcome"):
                lacks = "n per arm blank" if not np.isfinite(q.effects.vi[row]) else ""
                told = {name: q.studies.words(name)[row] for name in (*SAME, "population", "dispersion_type_e")}
                trials.setdefault(study, []).append({**told, "form": f"{q.k2} against {q.against}", "lacks": lacks})
    rows = []
    for one, other in combinations(trials, 2):
        sides = [{name: {row[name]: None for row in trials[study]} for name in trials[study][0]} for study in (one, other)]
        apart = [
            f"{', '.join(sides[0][name])} against {', '.join(sides[1][name])}"
            for name in (*SAME, "form", "population", "dispersion_type_e")
            if not sides[0][name].keys() & sides[1][name].keys()
        ]
        blank = [f"{study}: {', '.join(s['lacks'])}" for study, s in zip((one, other), sides, strict=True) if any(s["lacks"])]
        share = all(sides[0][name].keys() & sides[1][name].keys() for name in (*SAME, "form")) and not blank
        rows.append((f"{one} with {other}", "pooled where they share" if share else "no", "; ".join([*apart, *blank])))
    return table("Pair by pair: trials with a mean and a ± for bone density in both arms", "Trials|Pooled|Apart in", rows)


def without_interval(asked: Iterable[Asked]) -> mk.Table:
    """Trials with means in both arms and no standard error: the bare difference, and the standing of the publication."""
    rows = []
    for q in asked:
        data = q.effects.data
        difference = data["mean_e"] - data["mean_c"]
        for row in np.flatnonzero(np.isfinite(difference) & np.isnan(q.effects.yi)):
            means = [significant(data[f"mean_{arm}"][row]) for arm in "ec"]
            what = f"{q.said('outcome', 'time', 'unit')}: {q.k2} against {q.against}"
            standing = q.effects.words("integrity_status")[row].replace("_", " ")
            median = "medians, not means" if gap(q.effects, row) == "not a mean" else "not estimable"
            rows.append((q.effects.study[row], what, *means, significant(difference[row]), median, standing))
    note = "A bare difference says nothing about chance. Retracted trials and trials of concern are listed, never pooled."
    return table("Differences without an interval", "Study|Outcome|K2|Control|Difference|Interval|Standing", rows, note)


def shiraki() -> mk.Comparison:
    """Shiraki 2000 at its three times: rows of one trial, never counted as studies."""
    studies = one_trial("Shiraki 2000", LUMBAR, "MK-4 45 mg", "no treatment", label=["study", "time"])
    effects = replace(mk.effect_sizes(studies, measure="MD"), problems=())
    return mk.Comparison(
        name="shiraki-2000-by-time",
        title="Shiraki 2000 at its three times",
        about="MK-4 45 mg against no treatment and percent change of lumbar spine BMD in Shiraki 2000, by time",
        primary=mk.side_by_side(effects, why="The rows are the same patients at several times: one trial, never pooled."),
    )


def one_trial(study: str, outcome: str, on: str, off: str, kind: str = "change", label: Sequence[str] = ("study",)) -> mk.StudyTable:
    """The rows of one trial."""
    where = {"study": study, "change_or_final": kind}
    return mk.read_studies(
        WORKBOOK, sheet="continuous", outcome=outcome, where=where, experimental=on, control=off, label=label
    )


def readings(studies: mk.StudyTable, answers: Mapping[str, Answer], why: str) -> mk.Unpooled:
    """One trial read in several ways, with the cells behind it."""
    base = mk.effect_sizes(studies, measure="MD")
    yi, se = [a[0] for a in answers.values()], [a[1] for a in answers.values()]
    made = mk.effects_from(yi, study=list(answers), measure="MD", se=se)
    origins = tuple(replace(base.origins[0], study=s, conversions=tuple(a[2])) for s, a in answers.items())
    return mk.side_by_side(replace(made, origins=origins, source=base.source, higher_is=base.higher_is), why=why)


def read_je(outcome: str) -> tuple[mk.StudyTable, float, float, NDArray[np.float64]]:
    """Je 2011: table, difference, p, and every split of its completers (2, splits); the one split where n is filled in."""
    studies = one_trial("Je 2011", outcome, "MK-4 45 mg + D + Ca", "D + Ca")
    rows = mk.read_sheet(WORKBOOK, "effects").rows
    pval = next(text_of(r["p"]) for r in rows if (text_of(r["study"]), text_of(r["outcome"])) == ("Je 2011", outcome))
    n = np.array([studies.numbers("n_e"), studies.numbers("n_c")])
    if np.isnan(n).any():
        n = np.array(splits(int(studies.numbers("n_analysed")[0]), *(int(most) for most in people(studies))))
    return studies, float(studies.numbers("mean_e")[0] - studies.numbers("mean_c")[0]), float(pval), n


def je_errors(outcome: str) -> tuple[float, NDArray[np.float64], NDArray[np.bool_]]:
    """Standard error through the p value; through the SDs for every split; which splits are no worse than two to one."""
    studies, difference, pval, n = read_je(outcome)
    sd = np.array([studies.numbers(f"dispersion_{arm}") for arm in "ec"])
    through_p = abs(difference) / float(t_from_p(pval, n[:, 0].sum() - 2))
    return through_p, np.sqrt((sd**2 / n).sum(axis=0)), n.max(axis=0) <= 2 * n.min(axis=0)


def je(outcome: str) -> mk.Comparison:
    """Je 2011, whose n per arm is not in the abstract: the answer through its p, and over every split through its SDs."""
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
            f"Unit: {studies.words('unit')[0]}. Standard error through the printed p ({p_value(pval)}, df {fixed(df, 0)}): "
            f"{significant(through_p)}; through the SDs {spans[0]} over the {se.size} splits of {fixed(df + 2, 0)} people that "
            f"the randomised numbers allow, {spans[1]} over those no more uneven than two to one.",
        ),
    )


def change_or_final() -> mk.Comparison:
    """Yonemura 2000: change through the paired p of each arm, its rounding carried through, and the final values."""
    arms = ("prednisolone + MK-4", "prednisolone")
    start, end = (one_trial("Yonemura 2000", LUMBAR, *arms, kind=kind) for kind in ("baseline", "final"))
    sheet = mk.read_sheet(WORKBOOK, "reported").rows
    said = {text_of(row["quantity"]): text_of(row["value"]) for row in sheet}
    pvals = [float(said[f"p, baseline against 10 weeks within the arm {arm}"]) for arm in arms]
    before, after = ([float(t.numbers(f"mean_{arm}")[0]) for arm in "ec"] for t in (start, end))

    def through(changes: Sequence[float]) -> Answer:
        known = list(zip(changes, (float(n) for n in people(end)), pvals, strict=True))
        sds = [float(change_sd_from_paired_p(change, n, p)) for change, n, p in known]
        steps = [
            record("change SD from a paired p", {"mean change": change, "n": n, "p": p}, {"SD": sd}, "paired t test")
            for (change, n, p), sd in zip(known, sds, strict=True)
        ]
        return changes[0] - changes[1], float(np.sqrt(sum(sd**2 / n for sd, (_, n, _) in zip(sds, known, strict=True)))), steps

    changes = [b - a for a, b in zip(before, after, strict=True)]
    corners = [through(corner) for corner in product(*((c - ROUNDING, c + ROUNDING) for c in changes))]
    final = mk.effect_sizes(end, measure="MD")
    answers = {
        "Yonemura 2000, change": through(changes),
        "Yonemura 2000, change, lowest by rounding": min(corners, key=lambda c: c[0] - 1.96 * c[1]),
        "Yonemura 2000, change, highest by rounding": max(corners, key=lambda c: c[0] + 1.96 * c[1]),
        "Yonemura 2000, final values": (float(final.yi[0]), float(final.vi[0] ** 0.5), final.origins[0].conversions),
    }
    return mk.Comparison(
        name="yonemura-2000",
        title="Yonemura 2000: change or final value",
        about="MK-4 45 mg with prednisolone against prednisolone and lumbar spine BMD (g/cm2) at 10 weeks in Yonemura 2000",
        primary=readings(end, answers, "One trial: its change through the p values within arms, and its final values."),
        text=(
            f"Before treatment the arms differed by {fixed(before[0] - before[1], 3)} g/cm2, more than either answer, and the "
            "sign turns with the choice: change is read first. Rounding: what the unrounded levels would allow.",
        ),
    )


def exploratory() -> mk.Comparison:
    """The SMD of six-month change from Shiraki and Je, for every split of Je's completers. Never the headline."""
    first = one_trial("Shiraki 2000", LUMBAR, "MK-4 45 mg", "no treatment", label=["study", "time"])
    first = first.take(np.array([time == "6 months" for time in first.words("time")]))
    arms, randomised = [read_arm(first, arm) for arm in "ec"], people(first)
    by_arm = [part for arm, n in zip(arms, randomised, strict=True) for part in (arm.mean, arm.se * np.sqrt(n), n)]
    shiraki_yi, shiraki_vi = (float(value[0]) for value in standardised_mean_difference(*by_arm))
    _, difference, pval, n = read_je(LUMBAR)
    t = np.sign(difference) * t_from_p(pval, n[:, 0].sum() - 2)
    assumed = {
        "Shiraki 2000": f"± read as SEM; SD = SEM √n with the numbers randomised ({' and '.join(fixed(m, 0) for m in randomised)}); "
        "change in per cent",
        "Je 2011": f"from its p ({p_value(pval)}) by a t test with common variance; n per arm assumed; change in g/cm2 at L3",
    }
    notes = tuple(Note(code="ASSUMED", values={"what": what}, where=(study,)) for study, what in assumed.items())
    pools = []
    for yi, vi in zip(*smd_from_t(t, *n), strict=True):
        effects = mk.effects_from([shiraki_yi, yi], study=list(assumed), measure="SMD", vi=[shiraki_vi, vi])
        pools.append(mk.pool(replace(effects, notes=notes, higher_is="better")))
    named = [f"Je split {fixed(a, 0)} and {fixed(b, 0)}" for a, b in n.T]
    even, low, high = int(np.abs(n[0] - n[1]).argmin()), *(int(f([p.estimate for p in pools])) for f in (np.argmin, np.argmax))
    spans = [f"{fixed(min(v), 3)} to {fixed(max(v), 3)}" for v in zip(*((p.estimate, p.ci.low, p.ci.high) for p in pools), strict=True)]
    return mk.Comparison(
        name="exploratory-smd",
        title="Exploratory only: a standardised mean difference of two trials",
        about=f"exploratory, not an answer: six-month change of lumbar spine BMD, standardised ({named[even]})",
        primary=pools[even],
        sensitivity={f"lowest estimate, {named[low]}": pools[low], f"highest estimate, {named[high]}": pools[high]},
        doubts=("It stands percent beside g/cm2, as Hu 2021 did, and every line of its data rests on an assumption.",),
        text=(
            f"Over all {len(pools)} splits of Je's completers the estimate runs from {spans[0]}, the lower limit from {spans[1]}, "
            f"the upper limit from {spans[2]}.",
        ),
    )


def ready_made(outcome: str, measure: str, about: str, workbook: str = WORKBOOK, **selection: str) -> mk.Comparison:
    """Effects as their authors print them, side by side."""
    studies = mk.read_studies(workbook, sheet="effects", outcome=outcome, label=["study", "time", "subgroup"][: 2 + (workbook == REVIEWS)], **selection)  # type: ignore[arg-type]
    exclude = ("retracted",) if workbook == REVIEWS else ("retracted", "concern", "duplicate")
    effects = replace(mk.effect_sizes(studies, measure=measure, exclude=exclude), problems=())
    why = "Reviews share trials: never pooled." if workbook == REVIEWS else why_printed(effects)
    return mk.Comparison(name="", title="", about=about, primary=mk.side_by_side(effects, why=why))

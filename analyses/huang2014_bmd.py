"""Huang 2014 again: vitamin K2 and bone, as far as public abstracts give numbers, and ready for whoever holds the papers.

Rules. (1) Trials are pooled only where they share outcome, site, unit, time, change or final value, form and dose of
vitamin K2, and kind of comparator. (2) MK-4 at 45 mg a day, or at a dose that the abstract does not give, is the main
question; 1.5 mg, 90 mg and every MK-7 stand apart. (3) The control arm has the same co-treatment and no vitamin K2; an
active drug is a comparison of its own. (4) Of a factorial trial the pair without vitamin D is taken. (5) Two independent
estimable trials are pooled; fewer stand side by side with the reasons. Fill the workbook's blank cells and run again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from scipy.special import stdtr

import metak2 as mk
from metak2.display.notes import listed
from metak2.display.numbers import fixed, interval, p_value, significant
from metak2.display.sentences import estimate
from metak2.effects.conversions import change_sd_from_paired_p, record, t_from_p
from metak2.effects.from_means import read_arm
from metak2.effects.notes import Note
from metak2.effects.origins import Conversion
from metak2.effects.standardised import smd_from_t, splits
from metak2.kernels.effect_sizes import standardised_mean_difference
from metak2.models.pooled import study_interval
from metak2.report.compose import answer
from metak2.studies.sheet import text_of

WORKBOOK = "datasets/huang2014/huang2014.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
LUMBAR, MAIN, NO_K2 = "lumbar spine BMD", "MK-4 45 mg", "no vitamin K2"
TIMES = ("12 months", "6 months", "24 months", "36 months")
K2 = {
    MAIN: (
        *("MK-4 45 mg", "MK-4", "MK-4 45 mg + Ca", "MK-4 45 mg + D + Ca", "MK-4 + D2 + Ca", "calcium + MK-4"),
        *("alendronate + MK-4 45 mg", "prednisolone + MK-4", "leuprolide + MK-4", "risedronate + MK-4"),
    ),
    "MK-4 90 mg": ("MK-4 90 mg",),
    "MK-4 1.5 mg": ("MK-4 1.5 mg",),
    "MK-7": ("MK-7 90 ug", "MK-7 180 ug", "MK-7 360 ug", "MK-7 375 ug"),
    "K2 of unstated form": ("K2",),
}
AGAINST = {
    NO_K2: (
        *("no treatment", "untreated", "placebo", "calcium", "placebo + Ca", "D + Ca", "dietary therapy"),
        *("alendronate", "prednisolone", "leuprolide", "risedronate + placebo"),
    ),
    "alfacalcidol": ("alfacalcidol",),
}
OWN_SECTION = ("Je 2011", "Yonemura 2000")  # one trial, several readings
ROUNDING = 0.01  # a change is the difference of two levels, each printed to 0.01 g/cm2
EVEN = 2.0  # a split of completers is called balanced up to two to one


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Trials that may be pooled with one another, should two of them be estimable."""

    outcome: str
    site: str
    unit: str
    change_or_final: str
    time: str
    k2: str
    against: str
    experimental: tuple[str, ...]
    control: tuple[str, ...]

    @property
    def about(self) -> str:
        """The question inside a sentence."""
        return f"{self.k2} against {self.against} and {self.outcome} at {self.time} ({self.change_or_final}, {self.unit})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question with its study table, its effect sizes and the answer."""

    question: Question
    studies: mk.StudyTable
    effects: mk.EffectSizes
    result: mk.Pooled | mk.Unpooled

    @property
    def shown(self) -> bool:
        """Whether there is anything to draw that has no section of its own."""
        drawn = {s for s, y in zip(self.effects.study, self.effects.yi, strict=True) if np.isfinite(y)}
        return bool(drawn - set(OWN_SECTION)) or self.effects.k > 1


def report() -> mk.Report:
    """Every question of the workbook, the headline first; the trials that need an assumption; fractures; the reviews."""
    answered = [ask(question) for question in questions()]
    headline = next(a for a in answered if (a.question.outcome, a.question.time, a.question.k2) == (LUMBAR, TIMES[0], MAIN))
    main = comparison_of(headline)
    others = [comparison_of(a) for a in answered if a is not headline and a.shown]
    bone, marker, pred = je(LUMBAR), je("ucOC"), yonemura()
    smd, jiang = exploratory(), fractures()
    return mk.full_report(
        "Vitamin K2 and bone: what public abstracts allow, beside Huang 2014",
        comparisons=(main, *others, one_trial_three_times(), bone, marker, pred, *forli(), smd, *jiang, *reviews()),
        summary=(*opening(main, headline), others_in_a_paragraph(bone, pred), huang(), cells_in_a_sentence(answered)),
        before=(pairs_table(answered),),
        after=(
            mk.Heading("Trials with means and no interval"),
            without_interval(answered),
            mk.Heading("SD or SEM?"),
            readings_table(answered),
            mk.Heading("Printed results beside ours"),
            sheet_table("Huang's own results", "targets", ("outcome", "subgroup", "k", "measure", "estimate", "p", "p_note", "note")),
            sheet_table("Fracture counts in the abstracts", "binary", ("study", "outcome", "time", "arm", "events", "total", "note")),
            sheet_table("Reported without an effect that could be drawn", "reported", ("study", "outcome", "quantity", "value", "note")),
            reviews_table(),
            mk.Heading("Cells to fill"),
            cells_table(answered),
        ),
        expectations=expectations(answered, bone, pred, jiang[0]),
    )


def questions() -> list[Question]:
    """Every outcome × site × unit × kind × time × form × comparator with both arms of a trial, lumbar spine first."""
    rows = [{name: text_of(cell) for name, cell in row.items()} for row in mk.read_sheet(WORKBOOK, "continuous").rows]
    found = []
    for (k2, on), (against, off) in product(K2.items(), AGAINST.items()):
        arms: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for row in rows:
            if row["arm"] in (*on, *off) and row["change_or_final"] != "baseline":
                key = tuple(row[name] for name in ("outcome", "site", "unit", "change_or_final", "time"))
                arms.setdefault(key, {}).setdefault(row["study"], []).append(row["arm"])
        for (outcome, site, unit, kind, time), studies in arms.items():
            both = [labels for labels in studies.values() if set(labels) & set(on) and set(labels) & set(off)]
            present = {label for labels in both for label in labels}
            if both:
                found.append(
                    Question(
                        outcome=outcome, site=site, unit=unit, change_or_final=kind, time=time, k2=k2, against=against,
                        experimental=tuple(a for a in on if a in present), control=tuple(a for a in off if a in present),
                    )
                )  # fmt: skip
    rank = {time: at for at, time in enumerate(TIMES)}
    return sorted(found, key=lambda q: (q.outcome != LUMBAR, q.unit != "percent", q.k2 != MAIN, rank.get(q.time, 9)))


def ask(question: Question) -> Answered:
    """Read, compute, and pool where two independent trials are estimable. Blank cells are listed once, at the end."""
    studies = mk.read_studies(
        WORKBOOK,
        sheet="continuous",
        outcome=question.outcome,
        at=question.time,
        where={name: getattr(question, name) for name in ("site", "unit", "change_or_final")},
        experimental=question.experimental,
        control=question.control,
    )
    effects = mk.effect_sizes(studies, measure="MD")
    named = {**effects.selection, "experimental": question.k2, "control": question.against}
    effects = replace(effects, problems=(), selection=named)
    result = mk.pool(effects) if effects.k > 1 else mk.side_by_side(effects, why=why_not(effects))
    return Answered(question=question, studies=studies, effects=effects, result=result)


def gap(effects: mk.EffectSizes, row: int) -> str:
    """Why this trial cannot be pooled, "" when it can."""
    why, means = effects.excluded[row], [effects.data[f"mean_{arm}"][row] for arm in "ec"]
    if why in {"", "retracted", "concern", "duplicate", "not a mean"}:
        return why
    return "without a mean" if np.isnan(means).any() else "with means and no standard error (SD, SEM or n missing)"


def why_not(effects: mk.EffectSizes) -> str:
    """Why there is no pool, from the trials themselves."""
    gaps: dict[str, list[str]] = {}
    for row, study in enumerate(effects.study):
        gaps.setdefault(gap(effects, row), []).append(study)
    known = listed(tuple(gaps.pop("", ()))) or "none"
    missing = "; ".join(f"{why}: {listed(tuple(studies))}" for why, studies in gaps.items())
    return f"Two trials are needed; estimable here: {known}." + (f" Not estimable – {missing}." if missing else "")


def comparison_of(answered: Answered) -> mk.Comparison:
    """The question as a part of the report."""
    q, effects = answered.question, answered.effects
    kept = [row for row in range(len(effects)) if not effects.excluded[row]]
    told = {name: dict.fromkeys(effects.words(name)[row] for row in kept) for name in ("population", "comparator")}
    texts = [other_reading(answered.studies, row) for row in kept]
    site = "" if q.site in q.outcome else q.site
    active = "" if q.against == NO_K2 else q.against
    parts = (q.outcome, site, q.unit, q.change_or_final, q.time, q.k2, active)
    return mk.Comparison(
        name=re.sub(r"[^a-z0-9]+", "-", " ".join(filter(None, parts)).lower()).strip("-"),
        title=f"{q.outcome[:1].upper()}{q.outcome[1:]} at {q.time}: {q.k2} against {q.against}, {q.unit}",
        about=q.about,
        primary=answered.result,
        doubts=(
            f"The people differ ({'; '.join(told['population'])}), and so does what they were compared with "
            f"({'; '.join(told['comparator'])}).",
            "Risk of bias has not been assessed.",
        ),
        text=tuple(text for text in texts if text),
    )


def opening(main: mk.Comparison, headline: Answered) -> tuple[str, ...]:
    """The clinician's answer: the pool where there is one; else what is known, what one trial says, why to doubt it."""
    if isinstance(main.primary, mk.Pooled):
        return (answer(main),)
    single = []
    for row, study in enumerate(headline.effects.study):
        if not headline.effects.excluded[row]:
            words = {name: headline.studies.words(name)[row] for name in ("population", "blinding")}
            people = fixed(headline.studies.numbers("n_randomised")[row], 0)
            single.append(
                f"The one trial that can be computed, {study} ({words['population']}, {words['blinding'] or 'blinding not stated'}, "
                f"{people} randomised), has a difference of {with_interval(headline.effects, row)} per cent of the bone density "
                f"after {headline.question.time}. Why to doubt it: {gaps_of(headline.studies, row)}"
            )
    return (
        f"Whether vitamin K2 raises the bone density of the lumbar spine cannot be answered from public abstracts: no mean "
        f"difference can be pooled. {main.primary.why} {' '.join(single)}".strip(),
    )


def gaps_of(studies: mk.StudyTable, row: int) -> str:
    """What a reader must assume to believe one row."""
    assumed = []
    if studies.words("dispersion_inferred_e")[row] == "yes":
        assumed.append(f"its unnamed ± is read as {studies.words('dispersion_type_e')[row]} because of its p value")
    if np.isnan(studies.numbers("n_e")[row]):
        assumed.append("the numbers analysed are not in the abstract")
    return "; ".join([*assumed, "it is one trial, and risk of bias has not been assessed."])


def with_interval(effects: mk.EffectSizes, row: int) -> str:
    """A study's difference with its interval, in enough digits for g/cm2."""
    low, high = study_interval(effects.yi, effects.vi, 0.95)
    digits = 2 if np.abs(effects.yi[row]) >= 0.1 else 3
    return f"{fixed(effects.yi[row], digits)} (95 % CI {fixed(low[row], digits)} to {fixed(high[row], digits)})"


def people(studies: mk.StudyTable, row: int) -> tuple[float, float]:
    """The people analysed in each arm; where the source does not say, those randomised."""
    known = []
    for arm in "ec":
        randomised = f"n_randomised_{arm}" if f"n_randomised_{arm}" in studies.columns else "n_randomised"
        analysed = studies.numbers(f"n_{arm}")[row]
        known.append(float(studies.numbers(randomised)[row] if np.isnan(analysed) else analysed))
    return known[0], known[1]


def read_as(studies: mk.StudyTable, row: int, kind: str) -> tuple[float, float, float]:
    """Difference, its standard error and the t test's p, the ± taken as `kind` (SD or SEM)."""
    n = np.array(people(studies, row))
    mean, spread = (np.array([studies.numbers(f"{name}_{arm}")[row] for arm in "ec"]) for name in ("mean", "dispersion"))
    sd = spread * np.sqrt(n) if kind == "SEM" else spread
    df = n.sum() - 2
    t = (mean[0] - mean[1]) / np.sqrt(((n - 1) * sd**2).sum() / df * (1 / n).sum())
    return float(mean[0] - mean[1]), float(np.sqrt((sd**2 / n).sum())), float(2 * stdtr(df, -abs(t)))


def other_reading(studies: mk.StudyTable, row: int) -> str:
    """The answer had the ± been the other kind, where its kind is inferred."""
    if studies.words("dispersion_inferred_e")[row] != "yes":
        return ""
    kind = "SD" if studies.words("dispersion_type_e")[row] == "SEM" else "SEM"
    difference, se, pval = read_as(studies, row, kind)
    n = " and ".join(fixed(value, 0) for value in people(studies, row))
    limits = interval(difference - 1.96 * se, difference + 1.96 * se)
    return (
        f"{studies.study[row]}, under the other reading (± is {kind}, {n} people): the interval would be {limits} and the "
        f"t test's {p_value(pval)}."
    )


def readings_table(answered: Sequence[Answered]) -> mk.Table:
    """Every contrast whose ± is not named: what either reading makes of it, beside the evidence."""
    rows = []
    for a in answered:
        for row, study in enumerate(a.studies.study):
            if a.studies.words("dispersion_inferred_e")[row] == "yes":
                as_sem, as_sd = (read_as(a.studies, row, kind) for kind in ("SEM", "SD"))
                cells = [f"{significant(se)}, {p_value(pval)}" for _, se, pval in (as_sem, as_sd)]
                n = " and ".join(fixed(value, 0) for value in people(a.studies, row))
                evidence = a.studies.words("dispersion_evidence_e")[row]
                kind = a.studies.words("dispersion_type_e")[row]
                rows.append((f"{study}, {a.question.outcome}, {a.question.time}", n, *cells, kind, evidence))
    heads = ("Contrast", "n", "SE and p as SEM", "SE and p as SD", "Read as", "Evidence in the workbook")
    note = "n is the number analysed where a source gives it, else the number randomised; p by the two-sample t test."
    return mk.Table("Two readings of an unnamed ±", tuple(mk.Column(h) for h in heads), tuple(rows), (note,))


def pairs_table(answered: Sequence[Answered]) -> mk.Table:
    """Pair by pair, why trials with a mean and a ± in both arms are not pooled, or that they are."""
    seen: dict[str, list[tuple[Question, mk.StudyTable, int]]] = {}
    for a in answered:
        for row, study in enumerate(a.studies.study):
            known = np.isfinite([a.studies.numbers(f"{x}_{arm}")[row] for x in ("mean", "dispersion") for arm in "ec"])
            ok = a.studies.words("integrity_status")[row] not in {"retracted", "concern", "duplicate"}
            if ok and known.all() and "BMD" in a.question.outcome:
                seen.setdefault(study, []).append((a.question, a.studies, row))
    rows = tuple((f"{one} with {other}", apart(one, seen[one], other, seen[other])) for one, other in combinations(seen, 2))
    columns = (mk.Column("Trials"), mk.Column("Why they are not pooled"))
    return mk.Table("Pair by pair: trials with a mean and a ± for bone density in both arms", columns, rows)


def apart(one: str, ours: Sequence[tuple[Question, mk.StudyTable, int]], other: str, theirs: Sequence[tuple[Question, mk.StudyTable, int]]) -> str:
    """What keeps two trials from one pool."""
    reasons = []
    for name in ("outcome", "site", "unit", "change_or_final", "time", "k2", "against"):
        left, right = (list(dict.fromkeys(getattr(q, name) for q, _, _ in side)) for side in (ours, theirs))
        if not set(left) & set(right):
            reasons.append(f"{', '.join(left)} against {', '.join(right)}")
    for study, side in ((one, ours), (other, theirs)):
        blank = [np.isnan(table.numbers("n_e")[row]) for _, table, row in side]
        kind = {table.words("dispersion_type_e")[row] for _, table, row in side}
        if all(blank) and "SEM" not in kind:
            reasons.append(f"{study} gives no n per arm")
    populations = [side[0][1].words("population")[side[0][2]] for side in (ours, theirs)]
    reasons += [f"{populations[0]} against {populations[1]}"] if reasons and populations[0] != populations[1] else []
    return "; ".join(reasons) or "nothing: they share outcome, site, unit and kind; see the pool at the times they share"


def without_interval(answered: Sequence[Answered]) -> mk.Table:
    """Trials with a mean in both arms and no standard error: the bare difference, with the standing of the publication."""
    rows = []
    for a in answered:
        data = a.effects.data
        for row, study in enumerate(a.effects.study):
            difference = data["mean_e"][row] - data["mean_c"][row]
            if np.isfinite(difference) and np.isnan(a.effects.yi[row]) and gap(a.effects, row) != "not a mean":
                means = [significant(data[f"mean_{arm}"][row]) for arm in "ec"]
                standing = a.effects.words("integrity_status")[row].replace("_", " ")
                what = f"{a.question.outcome}, {a.question.time}, {a.question.unit}, against {a.question.against}"
                rows.append((study, what, *means, significant(difference), gap(a.effects, row), standing))
    heads = ("Study", "Outcome", "K2", "Control", "Difference", "Gap", "Standing")
    note = "A difference without an interval says nothing about chance. Retracted trials and trials of concern are listed, never pooled."
    return mk.Table("Means without an interval", tuple(mk.Column(h) for h in heads), tuple(rows), (note,))


def one_trial_three_times() -> mk.Comparison:
    """Shiraki 2000 at its three times: rows of one trial, never counted as studies."""
    studies = mk.read_studies(
        WORKBOOK, sheet="continuous", outcome=LUMBAR, where={"study": "Shiraki 2000"}, experimental=MAIN,
        control="no treatment", label=["study", "time"],
    )  # fmt: skip
    effects = replace(mk.effect_sizes(studies, measure="MD"), problems=())
    return mk.Comparison(
        name="shiraki-2000-by-time",
        title="Shiraki 2000 at its three times",
        about="MK-4 45 mg against no treatment and percent change of lumbar spine BMD in one trial, by time",
        primary=mk.side_by_side(effects, why="The rows are the same patients at three times: one trial, never pooled."),
        text=tuple(other_reading(studies, row) for row in range(len(studies))),
    )


def readings(studies: mk.StudyTable, answers: Mapping[str, tuple[float, float, Sequence[Conversion]]]) -> mk.EffectSizes:
    """One trial read in several ways (difference, standard error, conversions), with the cells behind it."""
    base = mk.effect_sizes(studies, measure="MD")
    made = mk.effects_from(
        [a[0] for a in answers.values()], study=list(answers), measure="MD", se=[a[1] for a in answers.values()]
    )
    origins = tuple(replace(base.origins[0], study=s, conversions=tuple(a[2])) for s, a in answers.items())
    return replace(made, origins=origins, source=base.source, higher_is=base.higher_is)


@dataclass(frozen=True, slots=True, kw_only=True)
class Je:
    """Je 2011 for one outcome: its table, p value and difference, and every split of its completers."""

    studies: mk.StudyTable
    difference: float
    pval: float
    n_e: np.ndarray
    n_c: np.ndarray

    @property
    def df(self) -> float:
        """Degrees of freedom of its t test, which need only the total."""
        return float(self.n_e[0] + self.n_c[0] - 2)


def read_je(outcome: str) -> Je:
    """Je 2011 with the splits that its total and its randomised numbers allow; one split where the workbook has n."""
    studies = mk.read_studies(
        WORKBOOK, sheet="continuous", outcome=outcome, where={"study": "Je 2011"},
        experimental="MK-4 45 mg + D + Ca", control="D + Ca",
    )  # fmt: skip
    rows = mk.read_sheet(WORKBOOK, "effects").rows
    pval = next(float(text_of(r["p"])) for r in rows if (text_of(r["study"]), text_of(r["outcome"])) == ("Je 2011", outcome))
    n_e, n_c = studies.numbers("n_e"), studies.numbers("n_c")
    if np.isnan([n_e, n_c]).any():
        n_e, n_c = splits(int(studies.numbers("n_analysed")[0]), *(int(n) for n in people(studies, 0)))
    difference = float(studies.numbers("mean_e")[0] - studies.numbers("mean_c")[0])
    return Je(studies=studies, difference=difference, pval=pval, n_e=n_e, n_c=n_c)


def je(outcome: str) -> mk.Comparison:
    """Je 2011, whose n per arm is not in the abstract: the answer through its p, and over every split through its SDs."""
    trial = read_je(outcome)
    t = float(t_from_p(trial.pval, trial.df))
    through_p = Conversion(
        rule="SE from p, t distribution", formula="|difference| / t(df, 1 − p/2)",
        inputs={"difference": trial.difference, "p": trial.pval, "df": trial.df},
        output={"SE": abs(trial.difference) / t}, assumption="two-sample t test with a common variance",
    )  # fmt: skip
    sd = [float(trial.studies.numbers(f"dispersion_{arm}")[0]) for arm in "ec"]
    se = np.sqrt(sd[0] ** 2 / trial.n_e + sd[1] ** 2 / trial.n_c)
    answers = {"Je 2011, through its p": (trial.difference, abs(trial.difference) / t, [through_p])}
    for word, at in {"smallest": int(se.argmin()), "largest": int(se.argmax())}.items():
        n = {"n_e": float(trial.n_e[at]), "n_c": float(trial.n_c[at])}
        step = Conversion(
            rule="SE from SDs", formula="√(SD₁²/n₁ + SD₂²/n₂)", inputs={"SD_e": sd[0], "SD_c": sd[1], **n},
            output={"SE": float(se[at])}, assumption="± is an SD; this split of the completers",
        )  # fmt: skip
        label = f"Je 2011, through its SDs, {word} SE (n {fixed(n['n_e'], 0)} and {fixed(n['n_c'], 0)})"
        answers[label] = (trial.difference, float(se[at]), [step])
    balanced = se[np.maximum(trial.n_e / trial.n_c, trial.n_c / trial.n_e) <= EVEN]
    unit, low, high = trial.studies.words("unit")[0], significant(se.min()), significant(se.max())
    return mk.Comparison(
        name=f"je-2011-{'lumbar' if outcome == LUMBAR else outcome.lower()}",
        title=f"Je 2011, {outcome}: one trial, several readings",
        about=f"MK-4 45 mg with vitamin D and calcium against vitamin D and calcium and {outcome} in Je 2011 ({unit})",
        primary=mk.side_by_side(
            readings(trial.studies, answers), why="One trial, read in several ways because its n per arm is not reported."
        ),
        text=(
            f"Standard error through the printed p ({p_value(trial.pval)}, df {fixed(trial.df, 0)}): "
            f"{significant(abs(trial.difference) / t)}. Through the SDs, over all {len(se)} splits of "
            f"{fixed(trial.df + 2, 0)} people that the randomised numbers allow: {low} to {high}; over the splits no more "
            f"uneven than two to one: {significant(balanced.min())} to {significant(balanced.max())}.",
        ),
    )


def yonemura() -> mk.Comparison:
    """Yonemura 2000: change through the paired p of each arm, its rounding carried through, and the final values beside it."""
    tables = {
        kind: mk.read_studies(
            WORKBOOK, sheet="continuous", outcome=LUMBAR, where={"study": "Yonemura 2000", "change_or_final": kind},
            experimental="prednisolone + MK-4", control="prednisolone",
        )
        for kind in ("baseline", "final")
    }  # fmt: skip
    reported = {text_of(r["quantity"]): text_of(r["value"]) for r in mk.read_sheet(WORKBOOK, "reported").rows}
    start, end = ([float(tables[kind].numbers(f"mean_{arm}")[0]) for arm in "ec"] for kind in ("baseline", "final"))
    n = people(tables["final"], 0)
    arms = ("prednisolone + MK-4", "prednisolone")
    pvals = [float(reported[f"p, baseline against 10 weeks within the arm {arm}"]) for arm in arms]

    def through(changes: Sequence[float]) -> tuple[float, float, Sequence[Conversion]]:
        sds = [float(change_sd_from_paired_p(c, m, p)) for c, m, p in zip(changes, n, pvals, strict=True)]
        steps = [
            record("change SD from a paired p", {"mean change": c, "n": m, "p": p}, {"SD": s}, "paired t test")
            for c, m, p, s in zip(changes, n, pvals, sds, strict=True)
        ]
        return changes[0] - changes[1], float(np.sqrt(sum(s**2 / m for s, m in zip(sds, n, strict=True)))), steps

    printed = [after - before for before, after in zip(start, end, strict=True)]
    corners = [through(changes) for changes in product(*((c - ROUNDING, c + ROUNDING) for c in printed))]
    lowest, highest = min(corners, key=lambda c: c[0] - 1.96 * c[1]), max(corners, key=lambda c: c[0] + 1.96 * c[1])
    final = mk.effect_sizes(tables["final"], measure="MD")
    answers = {
        "Yonemura 2000, change": through(printed),
        "Yonemura 2000, change, rounding downwards": lowest,
        "Yonemura 2000, change, rounding upwards": highest,
        "Yonemura 2000, final values": (float(final.yi[0]), float(np.sqrt(final.vi[0])), final.origins[0].conversions),
    }
    return mk.Comparison(
        name="yonemura-2000",
        title="Yonemura 2000: change or final value",
        about="MK-4 45 mg with prednisolone against prednisolone and lumbar spine BMD at 10 weeks in Yonemura 2000 (g/cm2)",
        primary=mk.side_by_side(
            readings(tables["final"], answers), why="One trial: its change through paired p values, and its final values."
        ),
        text=(
            f"The arms differed before treatment by {fixed(start[0] - start[1], 3)} g/cm2, more than either answer: change is "
            f"read first, and the final values change its sign. Levels are printed to two decimals; the two rows of rounding are "
            "the extremes that the unrounded levels allow.",
        ),
    )

"""Vitamin K2 after curative treatment of liver cancer: what may be pooled of five trials, and what may not.

Set down beforehand: hazard ratios first; recurrence is never pooled with recurrence-or-death, a trial not stated to be
randomised never with randomised ones, one month never with another; a ratio rebuilt from a curve is marked.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

import metak2 as mk
from metak2 import words
from metak2.words import effect, fixed, interval, listed, p_value, percent

WORKBOOK = "datasets/k2_hcc_recurrence/k2_hcc_recurrence.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
RECURRENCE, COMPOSITE = "HCC recurrence", "HCC recurrence or death"
FAVOURS = ("Favours vitamin K2", "Favours control")
BLINDED, SMALL, UNNAMED, UNRANDOMISED = "Yoshida 2011", ("Mizuta 2006", "Kakizaki 2007"), "Ishizuka 2012", "Hosho 2008"
EARLIEST = SMALL[0]
CONTROLS = ("no treatment", "control")


def report() -> mk.Report:
    """The hazard ratios side by side, the two that share an endpoint, and everything that stays apart."""
    yoshida, rebuilt = reported_ratio(), mk.hazard_ratios_from_percentages(percentages())
    blinded, small = mk.pool(yoshida), pool_of_small_trials(rebuilt, yoshida)
    doses, mixed = dose_effects(), mixtures()
    return mk.full_report(
        "Vitamin K2 after curative treatment of liver cancer: five trials that are not one answer",
        comparisons=(
            ratios_side_by_side(yoshida, rebuilt, blinded),
            small_trials(small),
            by_dose(doses),
            whole_follow_up(),
            published_pools(),
        ),
        summary=(summary(blinded, small, rebuilt),),
        before=(mk.Caveat(apart_from_prevention()),),
        after=(*same_month(), *time_without_recurrence(), *teaching_example(mixed)),
        expectations=expectations(blinded, doses, mixed),
    )


class Risk(NamedTuple):
    """Cumulative recurrence of one small trial at one month, as shares of 1, and how the paper printed it."""

    study: str
    time: str
    risk_e: float
    risk_c: float
    n_e: float
    n_c: float
    direction: str


def percentages() -> mk.StudyTable:
    """The Kaplan–Meier percentages of the small trials, a row per trial and time."""
    return mk.read_studies(
        WORKBOOK,
        sheet="percentages",
        outcome=RECURRENCE,
        experimental="MK-4 45 mg",
        control="control",
        label=["study", "time"],
    )


def risks() -> tuple[Risk, ...]:
    """The same as risks of recurrence: freedom from recurrence is turned round before anything is compared."""
    table = percentages()
    found = []
    for row, direction in enumerate(table.words("direction")):
        shares = (float(table.numbers(f"percent_{arm}")[row]) / 100 for arm in "ec")
        risk_e, risk_c = (1 - share if direction == "event-free" else share for share in shares)
        n_e, n_c = (float(table.numbers(f"n_{arm}")[row]) for arm in "ec")
        study, time = table.words("key")[row], table.words("time")[row]
        found.append(Risk(study, time, risk_e, risk_c, n_e, n_c, direction))
    return tuple(found)


def reported_ratio() -> mk.EffectSizes:
    """The hazard ratio of the blinded trial as reported, both doses together."""
    studies = mk.read_studies(WORKBOOK, sheet="effects", outcome=COMPOSITE)
    return mk.effect_sizes(studies, measure="HR").with_column("ratio", "as reported")


def pool_of_small_trials(rebuilt: mk.EffectSizes, yoshida: mk.EffectSizes) -> mk.Pooled:
    """The trials that share endpoint and design; the blinded trial is drawn beside them and not pooled."""
    beside = yoshida.excluding("other endpoint", yoshida.study)
    return mk.pool(mk.join_effects(rebuilt, beside))


def summary(blinded: mk.Pooled, small: mk.Pooled, rebuilt: mk.EffectSizes) -> str:
    """The answer for a clinician, its uncertainty, and why to doubt it."""
    people = {risk.study: fixed(risk.n_e + risk.n_c, 0) for risk in risks()}
    each = " and ".join(
        f"{study} ({people[study]} people, hazard ratio {effect(float(rebuilt.measure.back(yi)))})"
        for study, yi in zip(rebuilt.study, rebuilt.yi, strict=True)
    )
    blinding, analysed = blinded.effects.words("blinding")[0], blinded.effects.moderators["n_analysed"][0]
    return (
        "Vitamin K2 has not been shown to prevent the return of liver cancer after curative treatment. The one large "
        f"randomised trial, {BLINDED}, {blinding}, with placebo and {fixed(analysed, 0)} people, found no benefit on "
        f"recurrence or death: {words.estimate(blinded)}, two-sided {p_value(blinded.pval)}. Two small randomised "
        f"trials without placebo, {each}, suggest less recurrence; together {words.estimate(small)}. Why to doubt "
        "the small ones: their ratios are not printed but reconstructed from Kaplan–Meier percentages; without a "
        f"placebo, everyone could know the treatment; the percentages of {SMALL[1]} come from a secondary page. Why "
        "to doubt the large one: it was stopped at an interim analysis, it joins two doses, and it counts deaths with "
        "recurrences. Their endpoints differ, so large and small trials are not pooled. Risk of bias is not assessed."
    )


def apart_from_prevention() -> str:
    """Why Habu 2004 stands in another report."""
    return (
        "Everyone here had liver cancer before and was treated for it. A first liver cancer in women with cirrhosis "
        "(Habu 2004, its own report) is primary prevention, another question: it is never pooled with these trials."
    )


def ratios_side_by_side(yoshida: mk.EffectSizes, rebuilt: mk.EffectSizes, blinded: mk.Pooled) -> mk.Comparison:
    """Every trial, with its endpoint and where its hazard ratio comes from."""
    silent = reported([UNNAMED, UNRANDOMISED])
    none = replace(mk.effect_sizes(silent, measure="HR").excluding("not reported", silent.study), notes=())
    printed = {study: fixed(p, 3) for study, p in zip(silent.study, silent.numbers("pval"), strict=True)}
    one_sided = fixed(yoshida.moderators["pval"][0], 3)
    return mk.Comparison(
        name="hazard-ratios",
        title="Hazard ratios, trial by trial",
        about="vitamin K2 after curative treatment, hazard ratios of all five trials",
        favours=FAVOURS,
        primary=mk.side_by_side(
            mk.join_effects(yoshida, rebuilt, none.with_column("ratio", "none derivable")),
            why=f"{BLINDED} counts recurrence or death, the others recurrence: these endpoints are not pooled.",
        ),
        columns=("outcome", "ratio"),
        text=(
            f"{BLINDED} prints p = {one_sided}, one-sided; two-sided, by its interval, {p_value(blinded.pval)}.",
            in_people(blinded),
            f"{UNNAMED} prints p = {printed[UNNAMED]} of a test it does not name: no hazard ratio follows from that.",
            hosho_readings(),
        ),
    )


def reported(studies: Sequence[str]) -> mk.StudyTable:
    """What these trials print about recurrence, p values and no ratio."""
    return mk.read_studies(WORKBOOK, sheet="effects", outcome=RECURRENCE, where={"study": studies})


def in_people(blinded: mk.Pooled) -> str:
    """The blinded trial's hazard ratio at the risk of its own placebo arm."""
    counts = dose_effects()["both"]
    benefit = mk.absolute_effect(
        blinded,
        baseline_risk=float(counts.data["event_c"][0] / counts.data["n_c"][0]),
        baseline_source="the events of its placebo arm, followed for unequal times",
        horizon=f"a follow-up of {blinded.effects.words('time')[0].partition('(')[2].rstrip(')')}",
    )
    return f"{words.per_thousand(benefit)} {words.number_needed(benefit)}"


def hosho_readings() -> str:
    """The log-rank p value of the trial without stated direction leaves two ratios."""
    counts = counts_table(RECURRENCE, ["K2 45 mg"], ["control"], at="whole follow-up")
    said = reported([UNRANDOMISED])
    better = words.estimate(
        mk.pool(mk.hazard_ratio_from_logrank(counts, said, study=UNRANDOMISED, fewer_in="experimental"))
    )
    worse = words.estimate(mk.pool(mk.hazard_ratio_from_logrank(counts, said, study=UNRANDOMISED, fewer_in="control")))
    return (
        f"{UNRANDOMISED} prints p = {fixed(said.numbers('pval')[0], 2)}, presumably of the log-rank test, without "
        f"saying which arm fared better: with its events that is a {better} or a {worse}. It is not stated to be "
        "randomised either, so it stays apart."
    )


def small_trials(small: mk.Pooled) -> mk.Comparison:
    """The two trials that share endpoint and design, with everything that speaks against their reconstruction."""
    return mk.Comparison(
        name="reconstructed",
        title="The two small randomised trials, reconstructed",
        about="MK-4 45 mg a day against no treatment and recurrence, reconstructed hazard ratios",
        favours=FAVOURS,
        primary=small,
        columns=("outcome", "ratio"),
        figures={"survival": mk.survival_plot(percentages())},
        doubts=(
            "Both ratios are reconstructed from percentages at three times, not printed.",
            "Neither trial had a placebo.",
            f"The percentages of {SMALL[1]} come from a secondary page that reproduces the abstract.",
            f"{BLINDED}, far larger and double-blind, does not confirm them.",
        ),
        text=(reconstruction_against_curves(small), lost_people()),
    )


def reconstruction_against_curves(small: mk.Pooled) -> str:
    """The reconstructed ratio beside the ratio of cumulative hazards, and its p beside the printed one."""
    told = []
    for study in SMALL:
        alone = mk.pool(small.effects.excluding("shown by itself", tuple(s for s in small.study if s != study)))
        last = [risk for risk in risks() if risk.study == study][-1]
        cumulative = float(np.log1p(-last.risk_e) / np.log1p(-last.risk_c))
        told.append(
            f"{study}: ratio {effect(float(small.measure.back(alone.estimate)))} with {p_value(alone.pval)}, where the "
            f"paper prints {printed_p(study)}; ratio of cumulative hazards at {last.time} {effect(cumulative)}."
        )
    return (
        "The reconstruction (Parmar 1998, Tierney 2007) takes the risk within each interval for the hazard. In "
        "intervals of a year in which many people relapse this pulls a ratio towards 1, and where the ratio changes "
        f"from year to year one number hides it. {' '.join(told)}"
    )


def printed_p(study: str) -> str:
    """The p value of the paper: exact, or the bound that the note quotes."""
    said = reported([study])
    exact = float(said.numbers("pval")[0])
    bound = said.words("note")[0].rpartition("p as printed: ")[2].replace("<", "< ")
    return p_value(exact) if np.isfinite(exact) else f"p {bound}"


def lost_people() -> str:
    """Percentages that are no whole people show that somebody was censored."""
    first = [risk for risk in risks() if risk.time == "12 months"]
    arms = [
        (risk.study, n, n * share) for risk in first for n, share in ((risk.n_e, risk.risk_e), (risk.n_c, risk.risk_c))
    ]
    broken = [f"{study}: {fixed(x, 1)} of {fixed(n, 0)}" for study, n, x in arms if abs(x - round(x)) > 0.02]
    return (
        f"The percentages at 12 months are not always whole people ({'; '.join(broken)}): some had left before, or "
        "fewer were at risk. The reconstruction knows nothing of them, so the true intervals are wider than shown."
    )


def counts_table(
    outcome: str, experimental: Sequence[str], control: Sequence[str], *, at: str = "", combine_arms: bool = False
) -> mk.StudyTable:
    """The counts of these arms; several experimental arms of one trial only when they are combined."""
    return mk.read_studies(
        WORKBOOK,
        sheet="binary",
        outcome=outcome,
        at=at,
        experimental=experimental,
        control=control,
        combine_arms=combine_arms,
        label=["study", "arm_e"],
    )


def risk_ratio(table: mk.StudyTable) -> mk.EffectSizes:
    """Risk ratios of a table of counts."""
    return mk.effect_sizes(table, measure="RR")


def dose_effects() -> dict[str, mk.EffectSizes]:
    """The blinded trial's counts: each dose and both together against placebo, and dose against dose."""
    low, high, placebo = ["K2 45 mg"], ["K2 90 mg"], ["placebo"]
    return {
        "45 mg": risk_ratio(counts_table(COMPOSITE, low, placebo)),
        "90 mg": risk_ratio(counts_table(COMPOSITE, high, placebo)),
        "both": risk_ratio(counts_table(COMPOSITE, low + high, placebo, combine_arms=True)),
        "90 v 45 mg": risk_ratio(counts_table(COMPOSITE, high, low)),
    }


def by_dose(doses: dict[str, mk.EffectSizes]) -> mk.Comparison:
    """One trial, one placebo arm: three answers that are never pooled."""
    between = mk.pool(doses["90 v 45 mg"])
    rows = mk.join_effects(doses["45 mg"], doses["90 mg"], doses["both"])
    every_arm_is_used = tuple(problem for problem in rows.problems if problem.code != "MK-A03")
    return mk.Comparison(
        name="yoshida-by-dose",
        title=f"{BLINDED} by dose, from its counts",
        about=f"vitamin K2 against placebo in {BLINDED}, recurrence or death, by dose",
        favours=FAVOURS,
        primary=mk.side_by_side(
            replace(rows, problems=every_arm_is_used),
            why="The rows share one placebo arm and, in the last, the same patients.",
        ),
        text=(
            f"90 mg against 45 mg: {words.estimate(between)}, {p_value(between.pval)}.",
            "More events at the higher dose, in an unadjusted comparison made here: no sign of a benefit that grows.",
            shared_placebo(doses),
            "45 mg is the dose of the other trials.",
            "Counts ignore unequal follow-up; the hazard ratio does not, is to be preferred, and never joins them.",
        ),
    )


def shared_placebo(doses: dict[str, mk.EffectSizes]) -> str:
    """What the one placebo arm does to the two doses, and their common effect with and without it."""
    rows = mk.join_effects(doses["45 mg"], doses["90 mg"])
    covariance = mk.sampling_covariance(rows)
    ((_, block),) = covariance.blocks
    correlation = float(block[0, 1] / np.sqrt(block[0, 0] * block[1, 1]))
    together, alone = (
        mk.pool(mk.aggregate(rows, **asked), method="CE")
        for asked in ({"covariance": covariance}, {"correlation": 0.0})
    )
    narrower = 100 * (1 - alone.se / together.se)
    return (
        f"The two doses share {fixed(rows.data['n_c'][0], 0)} people on placebo, so their log risk ratios have the "
        f"correlation {fixed(correlation, 2)}, by the counts of that arm. Both doses against placebo with it: "
        f"{words.estimate(together)}; had they been taken for independent, the standard error would have come out "
        f"{percent(narrower)} too small. One trial says nothing of how trials differ, so this is no pooled effect."
    )


def whole_follow_up() -> mk.Comparison:
    """Two trials without a hazard ratio: counts at the end of a follow-up whose length is not printed."""
    effects = risk_ratio(counts_table(RECURRENCE, ["MK-4 45 mg", "K2 45 mg"], CONTROLS, at="whole follow-up"))
    trials = [mk.single_trial_of(effects, study) for study in effects.study]
    exact = [
        f"{trial.study}: {trial.event_e} of {trial.n_e} against {trial.event_c} of {trial.n_c}, Fisher's exact "
        f"{p_value(trial.fisher_pval)}"
        for trial in trials
    ]
    return mk.Comparison(
        name="whole-follow-up",
        title="Two trials with counts and no hazard ratio",
        about="vitamin K2 45 mg and recurrence over the whole follow-up, by counts",
        favours=FAVOURS,
        primary=mk.side_by_side(
            effects, why=f"{UNNAMED} is randomised, {UNRANDOMISED} not stated to be; their follow-up differs."
        ),
        columns=("randomised",),
        text=(f"{'; '.join(exact)}.",),
    )


def published_pools() -> mk.Comparison:
    """What the one review with a printed pool found, year by year."""
    studies = mk.read_studies(
        REVIEWS, sheet="effects", outcome=RECURRENCE, where={"study": "Zhong 2013"}, label=["study", "time"]
    )
    return mk.Comparison(
        name="published",
        title="A published meta-analysis beside it",
        about="the pools that Zhong 2013 printed, recurrence by year",
        favours=FAVOURS,
        primary=mk.side_by_side(mk.effect_sizes(studies, measure="RR"), why="The rows are one review at three times."),
        text=(
            f"The workbook notes of it: {studies.words('note')[0]}.",
            "Which trials it pooled, and with which counts, was not found; they may be those above.",
        ),
    )


def same_month() -> tuple[mk.Heading | mk.Paragraph | mk.Table, ...]:
    """Cumulative recurrence of the small trials at the same month, as ratios and differences."""
    counts = risk_ratio(counts_table(RECURRENCE, ["MK-4 45 mg"], ["control"], at="12 months"))
    trial = mk.single_trial_of(counts)
    left = ("Trial", "At", "Printed as")
    right = ("Recurred, K2", "Recurred, control", "Ratio", "95 % CI", "Difference, points")
    columns = (*(mk.Column(head) for head in left), *(mk.Column(head, "right") for head in right))
    rows = tuple(
        (
            risk.study,
            risk.time,
            risk.direction,
            percent(100 * risk.risk_e, 1),
            percent(100 * risk.risk_c, 1),
            effect(risk.risk_e / risk.risk_c),
            limits(counts, mk.pool(counts).ci) if (risk.study, risk.time) == (EARLIEST, "12 months") else "–",
            fixed(100 * (risk.risk_e - risk.risk_c), 1),
        )
        for risk in risks()
    )
    return (
        mk.Heading("Recurrence at the same month"),
        mk.Paragraph(
            "Cumulative recurrence by the Kaplan–Meier percentages. A percentage printed as event-free is turned round "
            "before any ratio is taken, and only rows of one month compare. The difference in points is the absolute "
            "effect over that time at that control risk. Where nearly everyone in a control arm has relapsed, a ratio "
            f"of risks must approach 1. At 12 months {EARLIEST} can be counted ({trial.event_e} of {trial.n_e} against "
            f"{trial.event_c} of {trial.n_c}, worked out from its percentages; Fisher's exact "
            f"{p_value(trial.fisher_pval)}); elsewhere the numbers at risk are not printed: no interval."
        ),
        mk.Table("Recurrence at the same month, two trials", columns, rows),
    )


def time_without_recurrence() -> tuple[mk.Heading | mk.Paragraph | mk.Table, ...]:
    """Median and mean time free of recurrence, as far as the printed percentages bound them."""
    found = mk.survival_summaries(percentages())
    told = " ".join(words.reading(one) for one in found)
    return (
        mk.Heading("Months without recurrence"),
        mk.Paragraph(
            f"{told} A mean up to a horizon needs no proportional hazards. The bounds assume nothing of the curves "
            "between the printed times, so they are wide. They are no confidence intervals: percentages give none."
        ),
        mk.survival_table(found, "Months without recurrence, bounds from the printed percentages"),
    )


def limits(effects: mk.EffectSizes, which: mk.Interval) -> str:
    """An interval as ratios."""
    low, high = effects.measure.back([which.low, which.high])
    return interval(float(low), float(high))


def mixtures() -> dict[str, mk.Pooled]:
    """Pools that must not be made, made once to show what they do."""
    doses, control, end = dose_effects(), ["control"], "whole follow-up"
    randomised = risk_ratio(counts_table(RECURRENCE, ["MK-4 45 mg"], ["no treatment"], at=end))
    apart = risk_ratio(counts_table(RECURRENCE, ["K2 45 mg"], control, at=end))
    early = risk_ratio(counts_table(RECURRENCE, ["MK-4 45 mg"], control, at="12 months"))
    sets = {
        f"{BLINDED} (both doses), {UNNAMED}, {UNRANDOMISED}": (doses["both"], randomised, apart),
        f"The same and {EARLIEST} at 12 months": (doses["both"], randomised, apart, early),
        f"{BLINDED} (45 mg), {UNNAMED}": (doses["45 mg"], randomised),
    }
    return {label: mk.pool(mk.join_effects(*parts), method="REML", prediction="none") for label, parts in sets.items()}


def teaching_example(mixed: dict[str, mk.Pooled]) -> tuple[mk.Heading | mk.Caveat | mk.Paragraph | mk.Table, ...]:
    """How one trial at 12 months makes a benefit appear."""
    without, with_early, two = mixed.values()
    before, after = (effect(float(p.measure.back(p.estimate))) for p in (without, with_early))
    own = [f"{effect(r.risk_e / r.risk_c)} at {r.time}" for r in risks() if r.study == EARLIEST]
    intervals = tuple(f"{words.RULES[which.rule]} {limits(two.effects, which)}" for which in two.intervals)
    return (
        mk.Heading("Why this must not be done: mixing follow-up times"),
        mk.Caveat(
            "The pools of this section are wrong on purpose and are no result of this report. They mix recurrence with "
            "recurrence or death, randomised with other trials, and 12 months with a whole follow-up."
        ),
        mk.Paragraph(
            f"By their counts at the end, {without.k} trials pool to a risk ratio of {before} with I² = "
            f"{percent(without.I2)} (random effects, REML). Add {EARLIEST}, the only trial counted at 12 months, and "
            f"it is {after} with I² = {percent(with_early.I2)}: what looks like disagreement between trials is the "
            f"calendar. The same trial's ratio is {listed(tuple(own))}: choosing the month chooses the answer."
        ),
        mk.answers_table("Pools that must not be made", list(mixed.items())),
        mk.Paragraph(
            f"The last row shows a second trap. Without heterogeneity its intervals are {listed(intervals)}: the "
            "Hartung–Knapp interval is the narrower one, which two trials cannot justify. The reported interval is "
            "never narrower than Wald's."
        ),
    )


def expectations(
    blinded: mk.Pooled, doses: dict[str, mk.EffectSizes], mixed: dict[str, mk.Pooled]
) -> tuple[mk.Expectation, ...]:
    """The numbers that metafor 3.8-1, exact arithmetic and the papers give, to the last digit printed."""
    without, with_early, two = mixed.values()
    both, dose = mk.pool(doses["both"]), mk.pool(doses["90 v 45 mg"])
    wald, knapp = (next(i for i in two.intervals if i.rule == rule) for rule in ("z", "HK"))
    hosho = risk_ratio(counts_table(RECURRENCE, ["K2 45 mg"], ["control"], at="whole follow-up"))
    early, middle, late = (r.risk_e / r.risk_c for r in risks() if r.study == EARLIEST)
    back, in_r, exact, paper = blinded.measure.back, "metafor 3.8-1", "exact arithmetic", "the paper's abstract"
    printed = (
        ("Yoshida 2011", "hazard ratio", "1.150", back(blinded.estimate), paper),
        ("Yoshida 2011", "two-sided p", "0.378", blinded.pval, "2 × (1 − 0.811), its one-sided p"),
        ("Yoshida 2011, both doses", "risk ratio", "1.088", back(both.estimate), exact),
        ("Yoshida 2011, both doses", "Fisher's p", "0.565", mk.single_trial_of(doses["both"]).fisher_pval, exact),
        ("90 v 45 mg", "risk ratio", "1.44", back(dose.estimate), exact),
        ("90 v 45 mg", "lower limit", "1.08", back(dose.ci.low), exact),
        ("90 v 45 mg", "upper limit", "1.92", back(dose.ci.high), exact),
        ("Hosho 2008", "risk ratio", "1.162", back(hosho.yi[0]), exact),
        ("Hosho 2008", "Fisher's p", "0.619", mk.single_trial_of(hosho).fisher_pval, exact),
        ("Mizuta 2006", "ratio at 12 months", "0.23", early, "the printed percentages"),
        ("Mizuta 2006", "ratio at 24 months", "0.47", middle, "the printed percentages"),
        ("Mizuta 2006", "ratio at 36 months", "0.70", late, "the printed percentages"),
        ("wrong pool without Mizuta 2006", "risk ratio", "1.02", back(without.estimate), in_r),
        ("wrong pool without Mizuta 2006", "I² in per cent", "0", without.I2, in_r),
        ("wrong pool with Mizuta 2006", "risk ratio", "0.81", back(with_early.estimate), in_r),
        ("wrong pool with Mizuta 2006", "I² in per cent", "86", with_early.I2, in_r),
        ("Yoshida 2011 at 45 mg with Ishizuka 2012", "Wald, lower", "0.703", back(wald.low), in_r),
        ("Yoshida 2011 at 45 mg with Ishizuka 2012", "Wald, upper", "1.098", back(wald.high), in_r),
        ("Yoshida 2011 at 45 mg with Ishizuka 2012", "Hartung–Knapp, lower", "0.727", back(knapp.low), in_r),
        ("Yoshida 2011 at 45 mg with Ishizuka 2012", "Hartung–Knapp, upper", "1.062", back(knapp.high), in_r),
    )
    return tuple(mk.Expectation.printed(*row) for row in printed)

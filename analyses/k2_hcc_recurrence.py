"""Vitamin K2 after curative treatment of liver cancer: what may be pooled of five trials, and what may not.

Set down beforehand: hazard ratios first; recurrence is never pooled with recurrence-or-death, a trial that is not stated to
be randomised never with randomised ones, one month never with another; a ratio rebuilt from a curve is marked.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import metak2 as mk
from metak2.display import sentences
from metak2.display.notes import listed
from metak2.display.numbers import effect, fixed, interval, p_value, percent
from metak2.effects.hazard_ratios import hazard_ratio_from_logrank, hazard_ratios_from_percentages
from metak2.effects.join import join_effects
from metak2.report import tables

WORKBOOK = "datasets/k2_hcc_recurrence/k2_hcc_recurrence.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
RECURRENCE, COMPOSITE = "HCC recurrence", "HCC recurrence or death"
BLINDED, SMALL, UNNAMED, UNRANDOMISED = "Yoshida 2011", ("Mizuta 2006", "Kakizaki 2007"), "Ishizuka 2012", "Hosho 2008"
EARLIEST = SMALL[0]
CONTROLS = ("no treatment", "control")


def report() -> mk.Report:
    """The hazard ratios side by side, the two that share an endpoint, and everything that stays apart."""
    yoshida, rebuilt = reported_ratio(), hazard_ratios_from_percentages(percentages())
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
        after=(*same_month(), *teaching_example(mixed)),
        expectations=expectations(blinded, doses, mixed),
    )


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


def reported_ratio() -> mk.EffectSizes:
    """The hazard ratio of the blinded trial as reported, both doses together."""
    studies = mk.read_studies(WORKBOOK, sheet="effects", outcome=COMPOSITE)
    return with_words(mk.effect_sizes(studies, measure="HR"), "ratio", "as reported")


def with_words(effects: mk.EffectSizes, name: str, text: str) -> mk.EffectSizes:
    """The same effect sizes with one more column to show."""
    column = np.full(len(effects), text, dtype=object)
    column.flags.writeable = False
    return replace(effects, moderators={**effects.moderators, name: column})


def pool_of_small_trials(rebuilt: mk.EffectSizes, yoshida: mk.EffectSizes) -> mk.Pooled:
    """The trials that share endpoint and design; the blinded trial is drawn beside them and not pooled."""
    beside = yoshida.excluding("another endpoint, recurrence or death", yoshida.study)
    return mk.pool(join_effects(rebuilt, beside))


def summary(blinded: mk.Pooled, small: mk.Pooled, rebuilt: mk.EffectSizes) -> str:
    """The answer for a clinician, its uncertainty, and why to doubt it."""
    people = percentages()
    sizes = {
        study: fixed(people.numbers("n_e")[at] + people.numbers("n_c")[at], 0)
        for at, study in enumerate(people.words("key"))
    }
    each = " and ".join(
        f"{study} ({sizes[study]} people, hazard ratio {effect(float(rebuilt.measure.back(yi)))})"
        for study, yi in zip(rebuilt.study, rebuilt.yi, strict=True)
    )
    studies = mk.read_studies(WORKBOOK, sheet="effects", outcome=COMPOSITE)
    randomised = fixed(studies.numbers("n_analysed")[0], 0)
    return (
        f"Vitamin K2 has not been shown to prevent the return of liver cancer after curative treatment. The one large "
        f"randomised trial, {BLINDED}, {studies.words('blinding')[0]}, with placebo and {randomised} people, found no "
        f"benefit on recurrence or death: {sentences.estimate(blinded)}, two-sided {p_value(blinded.pval)}. "
        f"Two small randomised trials without placebo, {each}, suggest less recurrence; together {sentences.estimate(small)}. "
        f"Why to doubt the small ones: their ratios are not printed but reconstructed from "
        f"Kaplan–Meier percentages; without placebo, people and doctors could know the treatment; the percentages of "
        f"{SMALL[1]} come from a secondary page. Why to doubt the large one: it was stopped at an interim analysis, it "
        f"joins two doses, and it counts deaths with recurrences. Large and small trials answer different questions and "
        f"are not pooled."
    )


def apart_from_prevention() -> str:
    """Why Habu 2004 stands in another report."""
    return (
        "Everyone here had liver cancer before and was treated for it. A first liver cancer in women with cirrhosis "
        "(Habu 2004, its own report) is primary prevention, another question: it is never pooled with these trials."
    )


def ratios_side_by_side(yoshida: mk.EffectSizes, rebuilt: mk.EffectSizes, blinded: mk.Pooled) -> mk.Comparison:
    """Every trial, with its endpoint and where its hazard ratio comes from."""
    silent = mk.read_studies(WORKBOOK, sheet="effects", outcome=RECURRENCE, where={"study": [UNNAMED, UNRANDOMISED]})
    none = replace(mk.effect_sizes(silent, measure="HR").excluding("not reported", silent.study), notes=())
    counts = counts_of(COMPOSITE, ["K2 45 mg", "K2 90 mg"], "placebo", combine_arms=True)
    benefit = mk.absolute_effect(
        blinded,
        baseline_risk=float(counts.data["event_c"][0] / counts.data["n_c"][0]),
        baseline_source="the events of its placebo arm, followed for unequal times",
        horizon=yoshida.words("time")[0].partition("(")[2].rstrip(")"),
    )
    return mk.Comparison(
        name="hazard-ratios",
        title="Hazard ratios, trial by trial",
        about="vitamin K2 after curative treatment, hazard ratios of all five trials",
        primary=mk.side_by_side(
            join_effects(yoshida, rebuilt, with_words(none, "ratio", "none derivable")),
            why=f"{BLINDED} counts recurrence or death, the others recurrence: these endpoints are not pooled.",
        ),
        columns=("outcome", "ratio"),
        text=(
            f"{BLINDED} prints p = {fixed(yoshida.moderators['pval'][0], 3)}, one-sided; two-sided, from its interval, it is "
            f"{p_value(blinded.pval)}. In people: {sentences.per_thousand(benefit)} {sentences.number_needed(benefit)}",
            f"{UNNAMED} prints a p value ({fixed(silent.numbers('pval')[1], 3)}) without naming its test, so no hazard "
            f"ratio follows from it. {hosho_readings()}",
        ),
    )


def hosho_readings() -> str:
    """The log-rank p value of the trial without stated direction leaves two ratios."""
    counts = mk.read_studies(
        WORKBOOK, sheet="binary", outcome=RECURRENCE, at="whole follow-up", where={"study": UNRANDOMISED},
        experimental="K2 45 mg", control="control",
    )  # fmt: skip
    reported = mk.read_studies(WORKBOOK, sheet="effects", outcome=RECURRENCE, where={"study": UNRANDOMISED})
    better, worse = (
        sentences.estimate(mk.pool(hazard_ratio_from_logrank(counts, reported, study=UNRANDOMISED, fewer_in=arm)))
        for arm in ("experimental", "control")
    )
    return (
        f"{UNRANDOMISED} prints a p value ({fixed(reported.numbers('pval')[0], 2)}), presumably of the log-rank test, "
        f"without saying which arm fared better: with its events it means a {better} or a {worse}. It is not stated to "
        f"be randomised either, so it stays apart."
    )


def small_trials(small: mk.Pooled) -> mk.Comparison:
    """The two trials that share endpoint and design, with everything that speaks against their reconstruction."""
    return mk.Comparison(
        name="reconstructed",
        title="The two small randomised trials, reconstructed",
        about="MK-4 45 mg a day against no treatment and recurrence, reconstructed hazard ratios",
        primary=small,
        columns=("outcome", "ratio"),
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
    table = percentages()
    printed = mk.read_studies(WORKBOOK, sheet="effects", outcome=RECURRENCE, where={"study": SMALL})
    told = []
    for at, study in enumerate(SMALL):
        row = [i for i, key in enumerate(table.words("key")) if key == study][-1]
        free_e, free_c = (free_of_recurrence(table, row, arm) for arm in "ec")
        alone = mk.pool(small.effects.excluding("shown by itself", tuple(s for s in small.study if s != study)))
        said = printed.words("note")[at].rpartition("p as printed: ")[2]
        exact = printed.numbers("pval")[at]
        p_said = p_value(exact) if np.isfinite(exact) else f"p {said.replace('<', '< ')}"
        told.append(
            f"{study}: ratio {effect(float(small.measure.back(alone.estimate)))} with {p_value(alone.pval)}, where the "
            f"paper prints {p_said} for all its follow-up; ratio of cumulative hazards at {table.words('time')[row]} "
            f"{effect(float(np.log(free_e) / np.log(free_c)))}"
        )
    return (
        "The reconstruction (Parmar 1998, Tierney 2007) takes the risk within each interval for the hazard. In intervals "
        "of a year in which many people relapse this pulls a ratio towards 1, and where the ratio changes from year to "
        f"year one number hides it. {'. '.join(told)}."
    )


def lost_people() -> str:
    """Percentages that are no whole people show that somebody was censored."""
    table = percentages()
    broken = []
    for row, label in enumerate(table.study):
        for arm, name in (("e", table.words("arm_e")[row]), ("c", table.words("arm_c")[row])):
            n = table.numbers(f"n_{arm}")[row]
            people = n * (1 - free_of_recurrence(table, row, arm))
            if table.words("time")[row] == "12 months" and abs(people - round(people)) > 0.02:
                broken.append(f"{label}, {name}: {fixed(people, 1)} of {fixed(n, 0)}")
    return (
        f"The percentages at 12 months are not always whole people ({'; '.join(broken)}): somebody had left by then. The "
        "reconstruction knows nothing of them, so the true intervals are wider than those shown."
    )


def free_of_recurrence(table: mk.StudyTable, row: int, arm: str) -> float:
    """The share of an arm still free of recurrence, whichever way the paper counts."""
    share = float(table.numbers(f"percent_{arm}")[row]) / 100
    return share if table.words("direction")[row] == "event-free" else 1 - share


def counts_of(
    outcome: str,
    experimental: str | Sequence[str],
    control: str | Sequence[str],
    *,
    at: str = "",
    combine_arms: bool = False,
) -> mk.EffectSizes:
    """Risk ratios from the counts of the workbook."""
    selection = {"at": at} if at else {}
    studies = mk.read_studies(
        WORKBOOK, sheet="binary", outcome=outcome, experimental=experimental, control=control,
        combine_arms=combine_arms, label=["study", "arm_e"], **selection,
    )  # fmt: skip
    return mk.effect_sizes(studies, measure="RR")


def dose_effects() -> dict[str, mk.EffectSizes]:
    """The blinded trial's counts: each dose and both together against placebo, and dose against dose."""
    low, high = "K2 45 mg", "K2 90 mg"
    return {
        "45 mg": counts_of(COMPOSITE, low, "placebo"),
        "90 mg": counts_of(COMPOSITE, high, "placebo"),
        "both": counts_of(COMPOSITE, [low, high], "placebo", combine_arms=True),
        "90 v 45 mg": counts_of(COMPOSITE, high, low),
    }


def by_dose(doses: dict[str, mk.EffectSizes]) -> mk.Comparison:
    """One trial, one placebo arm: three answers that are never pooled."""
    between = mk.pool(doses["90 v 45 mg"])
    rows = join_effects(doses["45 mg"], doses["90 mg"], doses["both"])
    every_arm_is_used = tuple(problem for problem in rows.problems if problem.code != "MK-A03")
    return mk.Comparison(
        name="yoshida-by-dose",
        title=f"{BLINDED} by dose, from its counts",
        about=f"vitamin K2 against placebo in {BLINDED}, recurrence or death, by dose",
        primary=mk.side_by_side(
            replace(rows, problems=every_arm_is_used),
            why="The rows share one placebo arm and, in the last, the same patients.",
        ),
        text=(
            f"45 mg is the dose of the other trials. 90 mg against 45 mg: {sentences.estimate(between)}, "
            f"{p_value(between.pval)}: a higher dose did worse than the lower one, which speaks against a benefit that "
            "grows with the dose, and against taking both doses for one treatment.",
            "Counts ignore that people were followed for unequal times; the hazard ratio above does not, and is to be "
            "preferred. The two describe the same people and never meet in one pool.",
        ),
    )


def whole_follow_up() -> mk.Comparison:
    """Two trials without a hazard ratio: counts at the end of a follow-up whose length is not printed."""
    effects = counts_of(RECURRENCE, ["MK-4 45 mg", "K2 45 mg"], CONTROLS, at="whole follow-up")
    exact = [
        f"{key}: {fixed(event_e, 0)} of {fixed(n_e, 0)} against {fixed(event_c, 0)} of {fixed(n_c, 0)}, Fisher's exact "
        f"{p_value(fisher(effects, at).fisher_pval)}"
        for at, (key, event_e, n_e, event_c, n_c) in enumerate(
            zip(
                effects.words("key"),
                *(effects.data[name] for name in ("event_e", "n_e", "event_c", "n_c")),
                strict=True,
            )
        )
    ]
    return mk.Comparison(
        name="whole-follow-up",
        title="Two trials with counts and no hazard ratio",
        about="vitamin K2 45 mg and recurrence over the whole follow-up, by counts",
        primary=mk.side_by_side(
            effects, why=f"{UNNAMED} is randomised, {UNRANDOMISED} not stated to be; their follow-up differs."
        ),
        columns=("randomised",),
        text=(f"{'; '.join(exact)}.",),
    )


def fisher(effects: mk.EffectSizes, row: int) -> mk.SingleTrial:
    """Fisher's exact p of one row of counts."""
    counts = {name: int(effects.data[name][row]) for name in ("event_e", "n_e", "event_c", "n_c")}
    return mk.single_trial(study=effects.study[row], **counts)


def published_pools() -> mk.Comparison:
    """What the one review with a printed pool found, year by year."""
    studies = mk.read_studies(
        REVIEWS, sheet="effects", outcome=RECURRENCE, where={"study": "Zhong 2013"}, label=["study", "time"]
    )
    return mk.Comparison(
        name="published",
        title="A published meta-analysis beside it",
        about="the pools that Zhong 2013 printed, recurrence by year",
        primary=mk.side_by_side(mk.effect_sizes(studies, measure="RR"), why="The rows are one review at three times."),
        text=(
            f"The workbook notes of it: {studies.words('note')[0]}. Its trials' counts were not found. It took each year "
            "by itself, which the next section does too; it and this report share patients.",
        ),
    )


def same_month() -> tuple[mk.Heading | mk.Paragraph | mk.Table, ...]:
    """Cumulative recurrence of the small trials at the same month, as ratios and differences."""
    table, counts = percentages(), counts_of(RECURRENCE, "MK-4 45 mg", "control", at="12 months")
    rows = []
    for row, key in enumerate(table.words("key")):
        risk_e, risk_c = (1 - free_of_recurrence(table, row, arm) for arm in "ec")
        counted = key == EARLIEST and table.words("time")[row] == "12 months"
        rows.append((
            key, table.words("time")[row], percent(100 * risk_e, 1), percent(100 * risk_c, 1), effect(risk_e / risk_c),
            limits_of(counts) if counted else "–", fixed(100 * (risk_e - risk_c), 1), table.words("direction")[row],
        ))  # fmt: skip
    heads = ("Trial", "At", "Recurred, K2", "Recurred, control", "Ratio", "95 % CI", "Difference, points", "Printed as")
    aligned: list[mk.Column] = [
        mk.Column(head, "left" if at in {0, 1, 7} else "right") for at, head in enumerate(heads)
    ]
    trial = fisher(counts, 0)
    return (
        mk.Heading("Recurrence at the same month"),
        mk.Paragraph(
            f"Cumulative recurrence by the Kaplan–Meier percentages; {SMALL[1]} prints freedom from recurrence, turned "
            "round here before any ratio is taken. Only rows of one month compare. The difference in points is the "
            "absolute effect over that time at that control risk. The ratio approaches 1 as the months pass because "
            "nearly everyone relapses in the control arms. "
            f"At 12 months {EARLIEST} can be counted ({trial.event_e} of {trial.n_e} against {trial.event_c} of "
            f"{trial.n_c}, worked out from its percentages; Fisher's exact {p_value(trial.fisher_pval)}); elsewhere the "
            "numbers at risk are not printed, so the ratio has no interval."
        ),
        mk.Table("Recurrence at the same month, two trials", tuple(aligned), tuple(rows)),
    )


def limits_of(effects: mk.EffectSizes) -> str:
    """The interval of the only study."""
    alone = mk.pool(effects)
    return interval(*(float(alone.measure.back(end)) for end in (alone.ci.low, alone.ci.high)))


def mixtures() -> dict[str, mk.Pooled]:
    """Pools that must not be made, made once to show what they do."""
    both = counts_of(COMPOSITE, ["K2 45 mg", "K2 90 mg"], "placebo", combine_arms=True)
    low = counts_of(COMPOSITE, "K2 45 mg", "placebo")
    randomised = counts_of(RECURRENCE, "MK-4 45 mg", "no treatment", at="whole follow-up")
    apart = counts_of(RECURRENCE, "K2 45 mg", "control", at="whole follow-up")
    early = counts_of(RECURRENCE, "MK-4 45 mg", "control", at="12 months")
    sets = {
        f"{BLINDED} (both doses), {UNNAMED}, {UNRANDOMISED}": (both, randomised, apart),
        f"… and {EARLIEST} at 12 months": (both, randomised, apart, early),
        f"{BLINDED} (45 mg), {UNNAMED}": (low, randomised),
    }
    return {label: mk.pool(join_effects(*parts), method="REML", prediction="none") for label, parts in sets.items()}


def teaching_example(mixed: dict[str, mk.Pooled]) -> tuple[mk.Heading | mk.Caveat | mk.Paragraph | mk.Table, ...]:
    """How one trial at 12 months makes a benefit appear."""
    without, with_early, two = mixed.values()
    before, after = (effect(float(p.measure.back(p.estimate))) for p in (without, with_early))
    table = percentages()
    own = [
        effect((1 - free_of_recurrence(table, row, "e")) / (1 - free_of_recurrence(table, row, "c")))
        for row, key in enumerate(table.words("key"))
        if key == EARLIEST
    ]
    months = [time for time, key in zip(table.words("time"), table.words("key"), strict=True) if key == EARLIEST]
    others = (
        sentences.interval_text(two, two.intervals[0]),
        *(sentences.interval_text(two, i) for i in two.intervals[1:]),
    )
    return (
        mk.Heading("Why this must not be done: mixing follow-up times"),
        mk.Caveat(
            "The pools of this section are wrong on purpose and are no result of this report. They mix recurrence with "
            "recurrence or death, randomised with other trials, and 12 months with a whole follow-up."
        ),
        mk.Paragraph(
            f"By their counts at the end, {without.k} trials pool to a risk ratio of {before} with I² = "
            f"{percent(without.I2)} (random effects, REML). Add {EARLIEST}, the only trial counted at 12 months, and it is "
            f"{after} with I² = {percent(with_early.I2)}: what looks like disagreement between trials is the calendar. "
            f"The same trial's ratio is {listed(tuple(own))} at {listed(tuple(months))}: choosing the month chooses the "
            "answer."
        ),
        tables.answers_table("Pools that must not be made", list(mixed.items())),
        mk.Paragraph(
            f"The last row shows a second trap. With τ² = {fixed(two.tau2 or 0.0, 0)} its intervals are "
            f"{listed(tuple(others))}: the Hartung–Knapp interval is the narrower one, which two trials cannot justify. "
            "The reported interval is never narrower than Wald's."
        ),
    )


def expectations(
    blinded: mk.Pooled, doses: dict[str, mk.EffectSizes], mixed: dict[str, mk.Pooled]
) -> tuple[mk.Expectation, ...]:
    """The numbers that METHODS, metafor 3.8-1 and the papers give."""
    without, with_early, two = mixed.values()
    both, dose = mk.pool(doses["both"]), mk.pool(doses["90 v 45 mg"])
    wald, knapp = (next(i for i in two.intervals if i.rule == rule) for rule in ("z", "HK"))
    hosho = counts_of(RECURRENCE, "K2 45 mg", "control", at="whole follow-up")
    table = percentages()
    own = [(1 - free_of_recurrence(table, row, "e")) / (1 - free_of_recurrence(table, row, "c")) for row in range(3)]
    back, in_r, counts = blinded.measure.back, "metafor 3.8-1 on the same counts", "exact arithmetic on the counts"
    printed = {
        ("Yoshida 2011", "hazard ratio", "1.150", "as printed"): back(blinded.estimate),
        ("Yoshida 2011", "two-sided p", "0.378", "2 × (1 − 0.811), from the printed one-sided p"): blinded.pval,
        ("Yoshida 2011, both doses", "risk ratio", "1.088", counts): back(both.estimate),
        ("Yoshida 2011, both doses", "Fisher's p", "0.565", counts): fisher(doses["both"], 0).fisher_pval,
        ("90 v 45 mg", "risk ratio", "1.44", in_r): back(dose.estimate),
        ("90 v 45 mg", "lower limit", "1.08", in_r): back(dose.ci.low),
        ("90 v 45 mg", "upper limit", "1.92", in_r): back(dose.ci.high),
        ("Hosho 2008", "risk ratio", "1.162", counts): back(hosho.yi[0]),
        ("Hosho 2008", "Fisher's p", "0.619", counts): fisher(hosho, 0).fisher_pval,
        ("Mizuta 2006", "ratio at 12 months", "0.23", "the printed percentages"): own[0],
        ("Mizuta 2006", "ratio at 24 months", "0.47", "the printed percentages"): own[1],
        ("Mizuta 2006", "ratio at 36 months", "0.70", "the printed percentages"): own[2],
        ("wrong pool without Mizuta", "risk ratio", "1.02", in_r): back(without.estimate),
        ("wrong pool without Mizuta", "I²", "0", in_r): without.I2,
        ("wrong pool with Mizuta", "risk ratio", "0.81", in_r): back(with_early.estimate),
        ("wrong pool with Mizuta", "I²", "86", in_r): with_early.I2,
        ("45 mg with Ishizuka", "Wald, lower", "0.703", in_r): back(wald.low),
        ("45 mg with Ishizuka", "Wald, upper", "1.098", in_r): back(wald.high),
        ("45 mg with Ishizuka", "Hartung–Knapp, lower", "0.727", in_r): back(knapp.low),
        ("45 mg with Ishizuka", "Hartung–Knapp, upper", "1.062", in_r): back(knapp.high),
    }
    return tuple(
        mk.Expectation(
            of=of, quantity=quantity, expected=float(value), found=float(found), rtol=as_printed(value), source=source
        )
        for (of, quantity, value, source), found in printed.items()
    )


def as_printed(number: str) -> float:
    """Half a unit of the last printed digit, relative to the number."""
    half = 0.5 / 10 ** len(number.partition(".")[2])
    return half / float(number) if float(number) else half

"""Habu 2004: one trial of vitamin K2 and liver cancer, and what a web article makes of it."""

from dataclasses import replace

import metak2 as mk
from metak2 import words
from metak2.words import fixed, p_value, percent

WORKBOOK = "datasets/habu2004/habu2004.xlsx"
OUTCOME = "hepatocellular carcinoma"
HORIZON = "7 years"
QUESTION = mk.GradeQuestion(outcome="hepatocellular carcinoma", intervention="menatetrenone 45 mg a day")
ARTICLE_RATES = {"MK-4 45 mg": 1.6, "no K2": 8.8}  # per cent a year, in the article only: not data (sheet `claims`)


def report() -> mk.Report:
    """The trial by itself, its reported ratios, and the article beside the abstract."""
    studies = mk.read_studies(WORKBOOK, outcome=OUTCOME, sheet="binary", experimental="MK-4 45 mg", control="no K2")
    ratio = mk.pool(mk.effect_sizes(studies, measure="RR"))
    others = {
        "Odds ratio": mk.pool(mk.effect_sizes(studies, measure="OR")),
        "Peto odds ratio": mk.pool(mk.effect_sizes(studies, measure="PETO"), method="PETO"),
        "Risk difference": mk.pool(mk.effect_sizes(studies, measure="RD")),
    }
    trial = mk.single_trial_of(ratio.effects)
    difference, own_risk = (
        mk.absolute_effect(
            pooled,
            baseline_risk=trial.event_c / trial.n_c,
            baseline_source="the risk of the trial's own control arm",
            horizon=HORIZON,
        )
        for pooled in (others["Risk difference"], ratio)
    )
    return mk.full_report(
        "Vitamin K2 and liver cancer in women with viral cirrhosis: one trial",
        summary=(in_short(ratio, others["Risk difference"], trial),),
        comparisons=(
            mk.Comparison(
                name="counts",
                title="Liver cancer by the counts",
                about="menatetrenone 45 mg a day against no vitamin K2, and hepatocellular carcinoma",
                primary=ratio,
                sensitivity=others,
                absolute=(difference,),
                grade=mk.grade(ratio, question=QUESTION, absolute=(own_risk,)),
                doubts=(
                    "It is one small trial.",
                    "Liver cancer was not its own endpoint: the trial was set up to study bone loss.",
                    "The denominators are those reported; the numbers randomised are not confirmed.",
                    f"Fragility index {trial.fragility}: so many more treated women diagnosed, and p is above 0.05.",
                ),
                text=(
                    (
                        f"{trial.event_e} of {trial.n_e} women given K2 and {trial.event_c} of {trial.n_c} others "
                        f"were diagnosed: exact {p_value(trial.fisher_pval)} (Fisher, two-sided)."
                    ),
                ),
            ),
            reported_ratios(),
        ),
        after=(
            mk.Heading("The web article beside the abstract"),
            claims_table(),
            mk.Paragraph(plausible_person_years(trial)),
        ),
        expectations=expectations(ratio, others, trial),
    )


def in_short(ratio: mk.Pooled, difference: mk.Pooled, trial: mk.SingleTrial) -> str:
    """The answer, its uncertainty, and why to doubt it."""
    rd = difference.displayed
    return (
        f"In one small trial, over about {HORIZON}, {trial.event_e} of {trial.n_e} women with viral cirrhosis who took "
        f"vitamin K2 (45 mg a day) and {trial.event_c} of {trial.n_c} who did not were diagnosed with liver cancer: "
        f"{words.estimate(ratio)}, Fisher's exact "
        f"{p_value(trial.fisher_pval)}; {fixed(-100 * rd.estimate, 0)} fewer per 100 "
        f"({fixed(-100 * rd.ci_high, 0)} to {fixed(-100 * rd.ci_low, 0)} fewer). Why to doubt it: liver cancer was not "
        "the trial's own endpoint, its risk of bias is not assessed, eleven events decide it "
        f"({trial.fragility} more in the treated arm, and p is above 0.05), and a large blinded trial on the return of "
        "treated cancer found no benefit (report on recurrence)."
    )


def reported_ratios() -> mk.Comparison:
    """The two Cox ratios of the abstract, side by side: the same women twice, so never pooled."""
    studies = mk.read_studies(WORKBOOK, sheet="effects", outcome=OUTCOME, label=["study", "adjusted_for"])
    words = [label.replace(", none", ", unadjusted").replace(", age", ", adjusted for age") for label in studies.study]
    studies = replace(studies, study=tuple(words))
    return mk.Comparison(
        name="reported",
        title="The ratios that the abstract reports",
        about="the unadjusted and the adjusted Cox ratio of the abstract",
        primary=mk.side_by_side(
            mk.effect_sizes(studies, measure="HR"), why="Both ratios are of the same women: one answer, told twice."
        ),
        text=(
            (
                "The adjusted ratio has seven covariates on eleven events, far fewer than ten events per covariate: "
                "it is over-fitted, and its interval almost reaches no effect."
            ),
        ),
    )


def plausible_person_years(trial: mk.SingleTrial) -> str:
    """The follow-up that the article's annual rates imply, as a plausibility remark and nothing more."""
    spans = []
    for arm, events, people in (
        ("MK-4 45 mg", trial.event_e, trial.n_e),
        ("no K2", trial.event_c, trial.n_c),
    ):
        rate = ARTICLE_RATES[arm]
        low, high = 100 * events / (rate + 0.05), 100 * events / (rate - 0.05)
        spans.append(f"{fixed(low, 1)} to {fixed(high, 1)} person-years for {people} women ({arm})")
    rates = " and ".join(percent(rate, 1) for rate in ARTICLE_RATES.values())
    return (
        f"The web article's annual incidences ({rates}) stand in no source that was found. Turned round, they imply "
        f"{' and '.join(spans)}: plausible, but not data, so no rate ratio is computed from them."
    )


def claims_table() -> mk.Table:
    """Statement by statement: the article, the source, the verdict."""
    rows = (
        [row[name] or "–" for name in ("statement", "article", "source", "verdict")]
        for row in mk.read_sheet(WORKBOOK, "claims").texts()
    )
    heads = ("Statement", "Web article", "Abstract or other source", "Verdict")
    return mk.Table.of_text("What the article says and what the sources say", heads, rows)


def expectations(ratio: mk.Pooled, others: dict[str, mk.Pooled], trial: mk.SingleTrial) -> tuple[mk.Expectation, ...]:
    """The numbers that metafor 3.8-1 and R give for the same counts."""
    in_r = "metafor 3.8-1 on the counts 2/21 and 9/19"
    rr, rd = ratio.displayed, others["Risk difference"].displayed
    found: dict[tuple[str, float, str], float] = {
        ("RR", 0.2011, "risk ratio"): rr.estimate,
        ("RR", 0.0495, "lower limit"): rr.ci_low,
        ("RR", 0.8160, "upper limit"): rr.ci_high,
        ("RD", -0.378, "risk difference"): rd.estimate,
        ("RD", -0.636, "lower limit"): rd.ci_low,
        ("RD", -0.121, "upper limit"): rd.ci_high,
        ("OR", 0.117, "odds ratio"): others["Odds ratio"].displayed.estimate,
        ("PETO", 0.157, "Peto odds ratio"): others["Peto odds ratio"].displayed.estimate,
        ("Fisher", 0.0123, "exact p"): trial.fisher_pval,
    }
    return tuple(
        mk.Expectation(of=of, quantity=quantity, expected=expected, found=value, rtol=5e-3, source=in_r)
        for (of, expected, quantity), value in found.items()
    )

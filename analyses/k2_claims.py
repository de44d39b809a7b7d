"""What five web articles say about vitamin K2, claim by claim, and what published reviews say of themselves.

No verdict is typed: each follows from the claim's number and the cells it is linked to (sheet `evidence`). Annual rates
that no source gives are turned round once, in one plausibility sentence, and never used.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import metak2 as mk
from metak2.words import effect, fixed, interval, listed, p_value, percent
from metak2.words import published as say

CLAIMS = "datasets/k2_claims/k2_claims.xlsx"
HABU = "datasets/habu2004/habu2004.xlsx"
HUANG = "datasets/huang2014/huang2014.xlsx"
RECURRENCE = "datasets/k2_hcc_recurrence/k2_hcc_recurrence.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
VASCULAR = "datasets/k2_vascular/k2_vascular.xlsx"
TAN = "datasets/tan2024/tan2024.xlsx"
FOODS = "No page that was seen gives these figures; a table of food composition would settle them."
CELLS = (
    "What happens to cells in a dish or to a mouse says how something might work, not whether it helps a person, and "
    "at what dose. None of these claims comes with a trial in people."
)
YOPS, CORRECTED = "Ishida & Kawai 2004", ", corrected"


def report() -> mk.Report:
    """The claims by topic with their verdicts, then the published results, and where every number stands."""
    judged = tuple(mk.judge(claim) for claim in mk.read_claims(CLAIMS, "datasets"))
    targets, found = mk.read_targets(CLAIMS), findings()
    return mk.claims_report(
        "Five web articles on vitamin K2, claim by claim",
        workbook=CLAIMS,
        judged=judged,
        summary=summary(judged),
        introductions=introductions_of(judged),
        published=mk.Published(
            reproductions=reproductions(targets),
            findings=found,
            removals=all_removals(targets),
            overlaps=overlaps(),
            also=tuple(
                f for f in found
                if f.agrees and f.code == "P_FROM_INTERVAL" and f.target.review in {"Yoshida 2011", "AVADEC 2022"}
            ),
            recomputed=(
                f"Of {len(mk.read_targets(REVIEWS, 'effects'))} published pools in `k2_reviews` none can be "
                "recomputed: the lists of trials, or their numbers, are not in public abstracts. What can be "
                "recomputed are single trials with counts or means; every choice of measure, method, interval and "
                "zero-cell rule is tried, and the nearest is named."
            ),
            shared=(
                "Only trials that a retraction or a correction names are listed. The overlap of the reviews as wholes "
                "needs their full lists of trials, which public abstracts do not give."
            ),
        ),
        expectations=expectations(found),
        results={"habu-by-counts": habu_ratio()},
        data_date="2026-11",
    )  # fmt: skip


def summary(judged: Sequence[mk.JudgedClaim]) -> tuple[str, ...]:
    """The answer for a patient, then the count."""
    counts = Counter(j.verdict for j in judged)
    numbers = [j for j in judged if j.claim.number is not None]
    ratio, adjusted = habu_ratio().displayed, the(judged, topic="Liver cancer", unit="%")
    low, high = adjusted.interval or (float("nan"), float("nan"))
    promise = (
        "What the articles promise is more than the studies show. The best-known promise, less liver cancer, rests on "
        "one trial of 40 women that was set up to study bone loss: 2 of 21 against 9 of 19, risk ratio "
        f"{effect(ratio.estimate)} (95 % CI {interval(ratio.ci_low, ratio.ci_high)}); its “87 % lower” may be anything "
        f"from {fixed(low, 0)} to {percent(high)} lower. Fewer fractures are claimed, and the reviews do not show them "
        "unless a trial is left out. Bone density is higher in the two reviews they name; by how much, the abstracts "
        "do not say. For the heart and for diabetes there are observed diets, not trials; the trials of calcification "
        "are inconclusive. Who takes an anticoagulant should not start vitamin K2 without a doctor."
    )
    tally = listed(tuple(f"{counts[verdict]} {verdict}" for verdict in mk.VERDICTS if counts[verdict]))
    return promise, (
        f"{len(judged)} claims were taken from the five articles, {len(numbers)} with a number. Verdicts: {tally}. "
        "“Supported” means that the source says so, mostly of a count or a dose; it does not mean that vitamin K2 "
        "helps."
    )


def introductions_of(judged: Sequence[mk.JudgedClaim]) -> Mapping[str, tuple[str, ...]]:
    """What a reader must know of each topic, with the numbers computed here."""
    return MappingProxyType(
        {
            "Liver cancer": (habu_by_counts(), plausible_person_years(judged)),
            "Bone density and fractures": (fractures(judged),),
            "Heart and vessels": (heart(judged),),
            "Diabetes": (diabetes(the(judged, unit="g"), the(judged, topic="Diabetes", unit="%")),),
            "Dose, form and safety": (doses(),),
            "Foods": (FOODS,),
            "Cells, nerves, brain and gut": (CELLS,),
        }
    )


def the(judged: Sequence[mk.JudgedClaim], **wanted: str) -> mk.JudgedClaim:
    """The first claim with these words in its columns."""
    return next(j for j in judged if all(getattr(j.claim, name) == word for name, word in wanted.items()))


def habu_ratio() -> mk.Pooled:
    """The risk ratio of Habu 2004 by its counts."""
    return mk.pool(mk.effect_sizes(habu_counts(), measure="RR"))


def habu_counts() -> mk.StudyTable:
    """2 of 21 against 9 of 19."""
    return mk.read_studies(
        HABU, sheet="binary", outcome="hepatocellular carcinoma", experimental="MK-4 45 mg", control="no K2"
    )


def habu_trial() -> mk.SingleTrial:
    """The trial by itself: Fisher's exact p and fragility."""
    return mk.single_trial_of(mk.effect_sizes(habu_counts(), measure="RR"))


def habu_by_counts() -> str:
    """The counts recomputed, and what the article left out."""
    ratio, trial = habu_ratio().displayed, habu_trial()
    yoshida = next(t for t in mk.read_targets(CLAIMS) if t.review == "Yoshida 2011")
    return (
        f"By its counts the trial gives a risk ratio of {effect(ratio.estimate)} (95 % CI "
        f"{interval(ratio.ci_low, ratio.ci_high)}), Fisher's exact {p_value(trial.fisher_pval)}; {trial.fragility} "
        "more cancers in the treated arm, and p is above 0.05. The adjusted ratio behind “87 %” has seven covariates "
        "on eleven events. Liver cancer was not the trial's own endpoint. The large blinded trial (return of treated "
        f"cancer, or death: another question) found {say.as_printed(yoshida)}: no benefit; the article does not "
        "mention it."
    )


def plausible_person_years(judged: Sequence[mk.JudgedClaim]) -> str:
    """The follow-up that the unsourced annual rates imply: a plausibility remark and nothing more."""
    trial, spans = habu_trial(), []
    rates = [j.claim for j in judged if j.claim.unit == "% a year" and j.claim.basis == "trial"]
    arms = ((trial.event_e, trial.n_e), (trial.event_c, trial.n_c))
    for claim, (events, people) in zip(rates, arms, strict=True):
        rate, half = claim.number or float("nan"), 0.5 * 10.0**-claim.decimals
        low, high = 100 * events / (rate + half), 100 * events / (rate - half)
        spans.append(f"{fixed(low, 1)} to {fixed(high, 1)} person-years for {people} women")
    return (
        "The yearly rates stand in no source that was found. Turned round, the first two imply "
        f"{' and '.join(spans)}: plausible over seven years, but not data, so nothing is computed from them."
    )


def fractures(judged: Sequence[mk.JudgedClaim]) -> str:
    """Huang and Ma: the pools with all trials, and the ones that need a trial left out."""
    said = []
    for article in ("004", "002"):
        chosen = the(judged, article=article, basis="review of trials", rule="effect", direction="lower")
        beside = [one for one in mk.shown_beside(chosen.claim) if "left out" in one.evidence.note]
        said += [say.shown(one) for one in (*chosen.effects, *beside)]
    bone = the(judged, article="004", rule="effect", direction="higher").claim
    lacking = next(e for e in bone.evidence if e.role == "beside")
    return (
        f"The reviews that the articles lean on: {'; '.join(said)}. Both print a ratio and a p value without an "
        f"interval; the interval here is the one that p implies. Of bone density without osteoporosis Huang says: "
        f"{say.cell_text(lacking)}. The articles mention neither."
    )


def heart(judged: Sequence[mk.JudgedClaim]) -> str:
    """Diet and the trials of calcification, side by side."""
    topic = [j for j in judged if j.claim.topic == "Heart and vessels"]
    diet, tested = (
        dict.fromkeys(say.shown(one) for j in topic if j.claim.basis == basis for one in j.effects)
        for basis in ("cohort", "trial")
    )
    pools = dict.fromkeys(
        say.shown(one) for j in topic for one in mk.shown_beside(j.claim) if one.evidence.row_of == "Li 2023"
    )
    return (
        f"People who eat more vitamin K had less coronary disease: {'; '.join(diet)}. They differ in much "
        f"else. Trials of vitamin K2 measured calcification, not heart attacks: {'; '.join(tested)}. None of "
        "these intervals or p values shows less of it. A pool of K1 and K2 together does, by little: "
        f"{listed(tuple(pools))}."
    )


def diabetes(unit: mk.JudgedClaim, step: mk.JudgedClaim) -> str:
    """The unit, and the interval behind 7 per cent."""
    low, high = step.interval or (float("nan"), float("nan"))
    return (
        f"The cohort found a {percent(step.found)} lower hazard (95 % CI {fixed(low, 0)} to {percent(high)}) for each "
        f"further 10 µg a day. “{say.claimed(unit)}” is {fixed(unit.factor, 0)} times that: the figure is right, the "
        "unit is not. A cohort observes what people eat; it cannot show what a supplement does."
    )


def doses() -> str:
    """The doses of MK-4 and MK-7 in the trials of the datasets, and whether any trial compares the two."""
    said = []
    arms: dict[str, set[str]] = {}
    for form in ("MK-4", "MK-7"):
        given: Counter[str] = Counter()
        for workbook in (HUANG, VASCULAR):
            for row in mk.read_sheet(workbook, "studies").texts():
                if row["form"] == form and row["randomised"] == "yes":
                    given[row["dose"].replace("ug", "µg") or "dose not stated"] += 1
                    arms.setdefault(f"{workbook} {row['study']}", set()).add(form)
        each = tuple(f"{dose} in {n}" for dose, n in given.most_common())
        said.append(f"{form}: {listed(each)}")
    return (
        f"Doses in the randomised trials of these datasets, with the number of trials. {'. '.join(said)}. "
        + ("None of them" if not any(len(forms) > 1 for forms in arms.values()) else "One of them")
        + " sets MK-4 against MK-7."
    )


def findings() -> tuple[mk.Finding, ...]:
    """Every check of every published result by itself; rows that the sheet `targets` repeats are checked there."""
    own = mk.read_targets(CLAIMS)
    known = {(t.review, t.outcome) for t in own}
    others = [t for book in (REVIEWS, VASCULAR) for t in mk.read_targets(book, "effects")]
    return tuple(
        f for t in (*own, *(t for t in others if (t.review, t.outcome) not in known)) for f in mk.consistency(t)
    )


def reproductions(targets: Sequence[mk.Target]) -> tuple[mk.Reproduction, ...]:
    """Each target with what is known of the trials or arms behind it."""
    arms: dict[str, mk.StudyTable] = {
        "Habu 2004": habu_counts(),
        "Yoshida 2011": mk.read_studies(
            RECURRENCE, sheet="binary", outcome="HCC recurrence or death", combine_arms=True,
            experimental=["K2 45 mg", "K2 90 mg"], control="placebo",
        ),
        "Tan 2024": mk.read_studies(
            TAN, sheet="continuous", outcome="nocturnal leg cramps per week", at="8 weeks",
            experimental="MK-7 180 ug", control="placebo",
        ),
    }  # fmt: skip
    valve = mk.read_studies(
        VASCULAR, sheet="continuous", outcome="aortic valve calcification", at="24 months",
        experimental="MK-7 720 ug + D", control="placebo", where={"study": "AVADEC 2022"},
    )  # fmt: skip
    known = {(t.review, t.outcome): arms.get(t.review) for t in targets}
    known["AVADEC 2022", "aortic valve calcification"] = valve
    return tuple(mk.reproduce(t, known[t.review, t.outcome]) for t in targets)


def all_removals(targets: Sequence[mk.Target]) -> tuple[mk.Removal, ...]:
    """Every result with its correction; YOPS enters Mott's vertebral pool as an odds ratio at its control risk."""
    yops = mk.target_as_odds_ratio(next(t for t in targets if t.review == YOPS), yops_risk())
    pairs = []
    for after in (t for t in targets if CORRECTED in t.review):
        name = after.review.partition(CORRECTED)[0]
        before = next(t for t in targets if (t.review, t.outcome) == (name, after.outcome))
        removed = yops if YOPS in after.subgroup and after.outcome == "vertebral fracture" else None
        pairs.append(mk.removal(before, after, removed=removed))
    return tuple(pairs)


def yops_risk() -> float:
    """The risk of a vertebral fracture in the control arm of YOPS, 17 of 66."""
    rows = mk.read_sheet(HUANG, "binary").texts()
    control = next(row for row in rows if row["study"] == YOPS and row["arm"] == "no treatment")
    return float(control["events"]) / float(control["total"])


def overlaps() -> dict[str, mk.Overlap]:
    """The reviews as first published and as corrected: a review and its correction are one review."""
    rows = mk.read_memberships(CLAIMS)
    first = tuple(m for m in rows if CORRECTED not in m.review)
    replaced = {m.review.partition(CORRECTED)[0] for m in rows if CORRECTED in m.review}
    after = tuple(m for m in rows if m.review not in replaced)
    return {"as first published": mk.overlap(first), "as corrected": mk.overlap(after)}


def expectations(found: Sequence[mk.Finding]) -> tuple[mk.Expectation, ...]:
    """The numbers that papers, exact arithmetic and R give."""
    ratio, trial = habu_ratio().displayed, habu_trial()
    yoshida = next(f for f in found if f.target.review == "Yoshida 2011" and f.code == "P_FROM_INTERVAL")
    rows = (
        ("Habu 2004", "risk ratio", 0.2011, ratio.estimate, "metafor 3.8-1 on 2/21 and 9/19"),
        ("Habu 2004", "lower limit", 0.0495, ratio.ci_low, "metafor 3.8-1 on 2/21 and 9/19"),
        ("Habu 2004", "upper limit", 0.8160, ratio.ci_high, "metafor 3.8-1 on 2/21 and 9/19"),
        ("Habu 2004", "Fisher's p", 0.0123, trial.fisher_pval, "exact arithmetic"),
        ("Yoshida 2011", "one-sided p from its interval", 0.811, yoshida.implied, "the paper's abstract"),
    )
    return tuple(
        mk.Expectation(of=of, quantity=quantity, expected=expected, found=value, rtol=5e-3, source=source)
        for of, quantity, expected, value, source in rows
    )

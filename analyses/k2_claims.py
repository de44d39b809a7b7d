"""What five web articles say about vitamin K2, claim by claim, and what published reviews say of themselves.

No verdict is typed: each follows from the claim's number and the cells it is linked to (sheet `evidence`). Annual rates
that no source gives are turned round once, in one plausibility sentence, and never used.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import metak2 as mk
from metak2.display import published as say
from metak2.display.listing import listed
from metak2.display.numbers import effect, fixed, interval, p_value, percent
from metak2.report.blocks import Block, References
from metak2.report.sections_overlap import citation_table
from metak2.report.table_expectations import expectation_table
from metak2.report.tables import problem_table
from metak2.robustness.consistency import Finding, consistency
from metak2.robustness.overlap import Overlap, overlap
from metak2.robustness.published import Reproduction, reproduce
from metak2.robustness.removal import Removal, removal
from metak2.robustness.verdicts import VERDICTS, Judgement, judge, shown_beside
from metak2.studies.claims import Claim, Evidence, read_claims
from metak2.studies.memberships import read_memberships
from metak2.studies.sheet import text_of
from metak2.studies.targets import EFFECT, Printed, Quantity, Target, read_targets

CLAIMS = "datasets/k2_claims/k2_claims.xlsx"
HABU = "datasets/habu2004/habu2004.xlsx"
HUANG = "datasets/huang2014/huang2014.xlsx"
RECURRENCE = "datasets/k2_hcc_recurrence/k2_hcc_recurrence.xlsx"
REVIEWS = "datasets/k2_reviews/k2_reviews.xlsx"
VASCULAR = "datasets/k2_vascular/k2_vascular.xlsx"
TAN = "datasets/tan2024/tan2024.xlsx"
TOPICS = (
    *("Liver cancer", "Bone density and fractures", "Heart and vessels", "Diabetes", "Dose, form and safety", "Foods"),
    "Cells, nerves, brain and gut",
)
FOODS = "No page that was seen gives these figures; a table of food composition would settle them."
CELLS = (
    "What happens to cells in a dish or to a mouse says how something might work, not whether it helps a person, and "
    "at what dose. None of these claims comes with a trial in people."
)
YOPS, CORRECTED = "Ishida & Kawai 2004", ", corrected"


def report() -> mk.Report:
    """The claims by topic with their verdicts, then the published results, and where every number stands."""
    judged = tuple(judge(claim) for claim in read_claims(CLAIMS, "datasets"))
    targets, found = read_targets(CLAIMS), findings()
    removals, shared = all_removals(targets), overlaps()
    tried = reproductions(targets)
    introductions = introductions_of(judged)
    blocks: list[Block] = [mk.Paragraph(text) for text in summary(judged)]
    blocks += [mk.Heading("How to read the verdicts"), mk.Items(meanings()), count_table(judged)]
    for topic in TOPICS:
        chosen = [j for j in judged if j.claim.topic == topic]
        blocks += [mk.Heading(topic), *(mk.Paragraph(text) for text in introductions.get(topic, ()))]
        blocks += [claim_table(topic, chosen)]
    blocks += published(tried, found, removals, shared)
    blocks += [mk.Heading("Where every number stands"), article_table(), audit_table(judged)]
    expected = expectations(found)
    blocks += [mk.Heading("Reproduced numbers"), expectation_table(expected), *methods()]
    return mk.Report(
        title="Five web articles on vitamin K2, claim by claim",
        blocks=tuple(blocks),
        results=results(judged, tried, removals, shared),
        expectations=expected,
        data_date="2026-11",
    )


def summary(judged: Sequence[Judgement]) -> tuple[str, ...]:
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
    tally = listed(tuple(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]))
    return promise, (
        f"{len(judged)} claims were taken from the five articles, {len(numbers)} with a number. Verdicts: {tally}. "
        "“Supported” means that the source says so, mostly of a count or a dose; it does not mean that vitamin K2 "
        "helps."
    )


def meanings() -> tuple[str, ...]:
    """Each verdict in a line, the gravest first."""
    return tuple(f"{verdict}: {meaning}." for verdict, meaning in VERDICTS.items())


def count_table(judged: Sequence[Judgement]) -> mk.Table:
    """How often each verdict was earned, by article; a claim counts under its gravest verdict."""
    articles = sorted({j.claim.article for j in judged})
    counts = Counter((j.claim.article, j.verdict) for j in judged)
    rows = tuple(
        (verdict, *(str(counts[a, verdict]) for a in articles), str(sum(counts[a, verdict] for a in articles)))
        for verdict in VERDICTS
    )
    titles = {text_of(row["article"]): text_of(row["title"]) for row in mk.read_sheet(CLAIMS, "articles").rows}
    named = (mk.Column(f"{a}: {titles[a].strip('()')}", "right") for a in articles)
    heads = (mk.Column("Verdict"), *named, mk.Column("All", "right"))
    return mk.Table("Verdicts by article", heads, rows)


def claim_table(topic: str, judged: Sequence[Judgement]) -> mk.Table:
    """Claim, number, number recomputed, what it was held against, verdict."""
    rows = []
    for j in judged:
        judging = {place(one.evidence) for one in j.effects}
        values = [e for e in j.claim.evidence if e.role == "value" and place(e) not in judging]
        plain = [e for e in j.claim.evidence if e.role == "beside" and e.column not in {"estimate", "p"}]
        against = [f"{one.seen}: {say.shown(one)}" for one in j.effects] + [say.held(e) for e in values]
        against += [f"beside it: {say.shown(one)}" for one in shown_beside(j.claim)]
        against += [f"beside it: {say.held(e)}" for e in plain]
        said = "; ".join((*against, j.claim.note) if j.claim.note else against) or "–"
        rows.append((f"{j.claim.name}: {j.claim.sentence}", say.claimed(j), say.recomputed(j), said, verdicts(j)))
    heads = ("Claim", "Number claimed", "Recomputed", "Held against", "Verdict")
    return mk.Table(f"Claims: {topic.lower()}", tuple(map(mk.Column, heads)), tuple(rows))


def place(evidence: Evidence) -> str:
    """Where a piece of evidence stands."""
    return f"{evidence.dataset}, {evidence.sheet}!{evidence.cell}"


def verdicts(j: Judgement) -> str:
    """The gravest verdict, and the others it earned."""
    others = j.verdicts[1:]
    return f"{j.verdict}, also {listed(others)}" if others else j.verdict


def introductions_of(judged: Sequence[Judgement]) -> Mapping[str, tuple[str, ...]]:
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


def the(judged: Sequence[Judgement], **wanted: str) -> Judgement:
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
    table = habu_counts()
    counts = {name: int(table.numbers(name)[0]) for name in ("event_e", "n_e", "event_c", "n_c")}
    return mk.single_trial(study="Habu 2004", **counts)


def habu_by_counts() -> str:
    """The counts recomputed, and what the article left out."""
    ratio, trial = habu_ratio().displayed, habu_trial()
    yoshida = next(t for t in read_targets(CLAIMS) if t.review == "Yoshida 2011")
    return (
        f"By its counts the trial gives a risk ratio of {effect(ratio.estimate)} (95 % CI "
        f"{interval(ratio.ci_low, ratio.ci_high)}), Fisher's exact {p_value(trial.fisher_pval)}; {trial.fragility} "
        "more cancers in the treated arm, and p is above 0.05. The adjusted ratio behind “87 %” has seven covariates "
        "on eleven events. Liver cancer was not the trial's own endpoint. The large blinded trial (return of treated "
        f"cancer, or death: another question) found {say.as_printed(yoshida)}: no benefit; the article does not "
        "mention it."
    )


def plausible_person_years(judged: Sequence[Judgement]) -> str:
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


def fractures(judged: Sequence[Judgement]) -> str:
    """Huang and Ma: the pools with all trials, and the ones that need a trial left out."""
    said = []
    for article in ("004", "002"):
        chosen = the(judged, article=article, basis="review of trials", rule="effect", direction="lower")
        beside = [one for one in shown_beside(chosen.claim) if "left out" in one.evidence.note]
        said += [say.shown(one) for one in (*chosen.effects, *beside)]
    bone = the(judged, article="004", rule="effect", direction="higher").claim
    lacking = next(e for e in bone.evidence if e.role == "beside")
    return (
        f"The reviews that the articles lean on: {'; '.join(said)}. Both print a ratio and a p value without an "
        f"interval; the interval here is the one that p implies. Of bone density without osteoporosis Huang says: "
        f"{say.cell_text(lacking)}. The articles mention neither."
    )


def heart(judged: Sequence[Judgement]) -> str:
    """Diet and the trials of calcification, side by side."""
    topic = [j for j in judged if j.claim.topic == "Heart and vessels"]
    diet, tested = (
        dict.fromkeys(say.shown(one) for j in topic if j.claim.basis == basis for one in j.effects)
        for basis in ("cohort", "trial")
    )
    pools = dict.fromkeys(
        say.shown(one) for j in topic for one in shown_beside(j.claim) if one.evidence.row_of == "Li 2023"
    )
    return (
        f"People who eat more vitamin K had less coronary disease: {'; '.join(diet)}. They differ in much "
        f"else. Trials of vitamin K2 measured calcification, not heart attacks: {'; '.join(tested)}. None of "
        "these intervals or p values shows less of it. A pool of K1 and K2 together does, by little: "
        f"{listed(tuple(pools))}."
    )


def diabetes(unit: Judgement, step: Judgement) -> str:
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
            for row in mk.read_sheet(workbook, "studies").rows:
                if text_of(row["form"]) == form and text_of(row["randomised"]) == "yes":
                    given[text_of(row["dose"]).replace("ug", "µg") or "dose not stated"] += 1
                    arms.setdefault(f"{workbook} {text_of(row['study'])}", set()).add(form)
        each = tuple(f"{dose} in {n}" for dose, n in given.most_common())
        said.append(f"{form}: {listed(each)}")
    return (
        f"Doses in the randomised trials of these datasets, with the number of trials. {'. '.join(said)}. "
        + ("None of them" if not any(len(forms) > 1 for forms in arms.values()) else "One of them")
        + " sets MK-4 against MK-7."
    )


def findings() -> tuple[Finding, ...]:
    """Every check of every published result by itself; rows that the sheet `targets` repeats are checked there."""
    own = read_targets(CLAIMS)
    known = {(t.review, t.outcome) for t in own}
    others = [t for book in (REVIEWS, VASCULAR) for t in read_targets(book, "effects")]
    return tuple(f for t in (*own, *(t for t in others if (t.review, t.outcome) not in known)) for f in consistency(t))


def reproductions(targets: Sequence[Target]) -> tuple[Reproduction, ...]:
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
    return tuple(reproduce(t, known[t.review, t.outcome]) for t in targets)


def all_removals(targets: Sequence[Target]) -> tuple[Removal, ...]:
    """Every result with its correction; YOPS enters Mott's vertebral pool as an odds ratio at its control risk."""
    yops = as_odds_ratio(next(t for t in targets if t.review == YOPS))
    pairs = []
    for after in (t for t in targets if CORRECTED in t.review):
        name = after.review.partition(CORRECTED)[0]
        before = next(t for t in targets if (t.review, t.outcome) == (name, after.outcome))
        removed = yops if YOPS in after.subgroup and after.outcome == "vertebral fracture" else None
        pairs.append(removal(before, after, removed=removed))
    return tuple(pairs)


def as_odds_ratio(target: Target) -> Target:
    """A risk ratio as the odds ratio that it is at the risk of the control arm, 17 of 66."""
    rows = mk.read_sheet(HUANG, "binary").rows
    control = next(row for row in rows if text_of(row["study"]) == YOPS and text_of(row["arm"]) == "no treatment")
    risk = float(text_of(control["events"])) / float(text_of(control["total"]))
    changed: dict[Quantity, Printed] = {}
    for name in EFFECT:
        ratio = target.printed[name].value
        changed[name] = Printed(value=ratio * (1 - risk) / (1 - ratio * risk), decimals=2)
    return replace(target, measure="OR", printed=MappingProxyType({**target.printed, **changed}))


def overlaps() -> tuple[tuple[str, Overlap], ...]:
    """The reviews as first published and as corrected: a review and its correction are one review."""
    rows = read_memberships(CLAIMS)
    first = tuple(m for m in rows if CORRECTED not in m.review)
    replaced = {m.review.partition(CORRECTED)[0] for m in rows if CORRECTED in m.review}
    after = tuple(m for m in rows if m.review not in replaced)
    return ("as first published", overlap(first)), ("as corrected", overlap(after))


def published(
    tried: Sequence[Reproduction],
    found: Sequence[Finding],
    removals: Sequence[Removal],
    shared: Sequence[tuple[str, Overlap]],
) -> list[Block]:
    """Published against recomputed, internal consistency, corrections, overlap."""
    wrong = [f for f in found if not f.agrees]
    kinds = Counter(f.code for f in found)
    asked = [
        f for f in found
        if f.agrees and f.code == "P_FROM_INTERVAL" and f.target.review in {"Yoshida 2011", "AVADEC 2022"}
    ]  # fmt: skip
    reviews = len(read_targets(REVIEWS, "effects"))
    return [
        mk.Heading("Published against recomputed"),
        mk.Paragraph(
            f"Of {reviews} published pools in `k2_reviews` none can be recomputed: the lists of trials, or their "
            "numbers, are not in public abstracts. What can be recomputed are single trials with counts or means; "
            "every choice of measure, method, interval and zero-cell rule is tried, and the nearest is named."
        ),
        mk.Items(tuple(say.reproduction(r) for r in tried if r.attempts)),
        mk.Paragraph(
            "Not tried, because the trials behind them or their numbers were not found: "
            f"{listed(tuple(r.target.label for r in tried if not r.attempts))}."
        ),
        problem_table(tuple(problem for r in tried for problem in r.target.problems)),
        mk.Heading("Do the printed numbers agree with one another?", 3),
        mk.Paragraph(
            f"{len(found)} checks of results that print an interval: {kinds['CENTRED']} whether the estimate lies in "
            f"the middle of its interval, {kinds['P_FROM_INTERVAL']} whether p follows from it, {kinds['INSIDE']} "
            f"whether it is inside. {len(wrong)} do not fit within rounding; each is a question, never an accusation."
        ),
        mk.Items(tuple(f"{f.target.label}: {say.finding(f)}" for f in (*asked, *wrong))),
        mk.Heading("Do corrections move the result as they say?", 3),
        mk.Items(tuple(say.removal(r) for r in removals)),
        mk.Heading("How much do the reviews share?", 3),
        mk.Paragraph(
            "Only trials that a retraction or a correction names are listed. The overlap of the reviews as wholes "
            "needs their full lists of trials, which public abstracts do not give."
        ),
        mk.Items(tuple(f"Reviews {label}: {say.overlap(one)}" for label, one in shared)),
        *(citation_table(one, f"Which review holds which trial, {label}") for label, one in shared),
    ]


def article_table() -> mk.Table:
    """The articles, without their text."""
    names = ("article", "title", "kind", "about", "note")
    rows = tuple(tuple(text_of(row[name]) or "–" for name in names) for row in mk.read_sheet(CLAIMS, "articles").rows)
    heads = ("Article", "Title", "Kind of text", "About", "Note")
    return mk.Table("The articles", tuple(map(mk.Column, heads)), rows)


def audit_table(judged: Sequence[Judgement]) -> mk.Table:
    """Claim by claim, the cell of the claim and every cell it was held against."""
    rows = []
    for j in judged:
        rows += [(j.claim.name, e.role, place(e), e.row_of, say.cell_text(e)) for e in j.claim.evidence]
    heads = ("Claim", "Role", "Cell", "Row of", "What stands there")
    remark = "value: the claimed number is looked up here; effect: this row judges the claimed effect; beside: shown."
    return mk.Table("Cells behind the verdicts", tuple(map(mk.Column, heads)), tuple(rows), (remark,))


def methods() -> Iterator[Block]:
    """How verdicts, checks and overlap are computed, with the papers behind them."""
    yield mk.Heading("Methods")
    yield mk.Paragraph(
        "A claimed number is compared with the linked cell in the same unit, within half a unit of its last digit. A "
        "claimed effect is shown where the interval does not include no effect or the two-sided p is below 0.05, on "
        "the side that is claimed; every linked result must show it. A general rule from one trial is overstated. "
        "Where a ratio is printed with p and without an interval, the interval that p implies is by the normal "
        "distribution."
    )
    yield mk.Paragraph(
        "Printed numbers stand for everything that rounds to them. Checks assume normal intervals on the scale of the "
        "analysis (logarithms for ratios). Before and after a removal are compared under a common effect, where "
        "weights add up. The corrected covered area counts the listed trials only."
    )
    yield References(
        (
            "Pieper, Antoine, Mathes, Neugebauer & Eikermann 2014, J Clin Epidemiol 67:368-375",
            "Walsh et al. 2014, J Clin Epidemiol 67:622-628",
            "Cochrane Handbook, chapter 6",
        )
    )


def results(
    judged: Sequence[Judgement],
    tried: Sequence[Reproduction],
    removals: Sequence[Removal],
    shared: Sequence[tuple[str, Overlap]],
) -> dict[str, object]:
    """The numbers of the report, for results.json."""
    return {
        "claims": {j.claim.name: claim_numbers(j) for j in judged},
        "targets": {
            r.target.label: {
                "verdict": r.verdict,
                "tried": len(r.attempts),
                "nearest": dict(r.attempts[0].found) if r.attempts else None,
                "misses": dict(r.attempts[0].misses) if r.attempts else None,
            }
            for r in tried
        },
        "removals": {
            r.after.label: {"share": r.share, "taken": r.taken, "expected": r.expected, "agrees": r.agrees}
            for r in removals
        },
        "overlap": {label: {"cca": (one.cca_low, one.cca_high), "unknown": one.unknown} for label, one in shared},
        "habu-by-counts": habu_ratio(),
    }


def claim_numbers(j: Judgement) -> dict[str, object]:
    """A judgement as numbers and words."""
    claim: Claim = j.claim
    return {
        "verdicts": j.verdicts,
        "number": claim.number,
        "unit": claim.unit,
        "recomputed": j.found,
        "interval": j.interval,
        "cell": claim.cell,
        "evidence": [place(e) for e in claim.evidence],
    }


def expectations(found: Sequence[Finding]) -> tuple[mk.Expectation, ...]:
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

"""One thing, five names: what metak2, metafor, meta, RevMan and Stata call each measure, method, test and option.

metafor's names are those of its releases 3 and 4; `correct=FALSE` needs 4. meta is release 8. RevMan's are the words on
its screen. Stata's are options of `meta esize`, `meta set` and `meta summarize`. A blank says that there is none, or
that none is known to us; it is never a guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from metak2.effects.measures import MEASURES
from metak2.models.methods import METHODS

PROGRAMS = ("metak2", "metafor", "meta", "RevMan", "Stata")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A row of the table: what it is, and its name in each program; "" where there is none."""

    meaning: str
    metak2: str
    metafor: str = ""
    meta: str = ""
    revman: str = ""
    stata: str = ""


Row = tuple[str, str, str, str]

NOT_IN_METAFOR = {"HR", "PPC", "PPC2", "PPMD"}
MEASURE_ROWS: dict[str, Row] = {
    "RR": ("", 'metabin(sm="RR")', "Risk Ratio", "esize(lnrratio)"),
    "OR": ("", 'metabin(sm="OR")', "Odds Ratio", "esize(lnoratio)"),
    "RD": ("", 'metabin(sm="RD")', "Risk Difference", "esize(rdiff)"),
    "PETO": ("", 'metabin(sm="OR", method="Peto")', "Peto Odds Ratio", "esize(lnorpeto)"),
    "AS": ("", 'metabin(sm="ASD")', "", ""),
    "MD": ("", 'metacont(sm="MD")', "Mean Difference", "esize(mdiff)"),
    "SMD": ("", 'metacont(sm="SMD", exact.smd=TRUE)', "Std. Mean Difference (approximate g)", "esize(hedgesg, exact)"),
    "SMD-uncorrected": ("", 'metacont(sm="SMD", method.smd="Cohen")', "", "esize(cohend)"),
    "SMD1-uncorrected": ("", 'metacont(sm="SMD", method.smd="Glass")', "", "esize(glassdelta2)"),
    "ROM-uncorrected": ("", 'metacont(sm="ROM")', "", ""),
    "IRR": ("", 'metainc(sm="IRR")', "", ""),
    "IRD": ("", 'metainc(sm="IRD")', "", ""),
    "IRSD": ("", 'metainc(sm="IRSD")', "", ""),
    "HR": ('rma(yi, vi, measure="GEN")', 'metagen(sm="HR")', "Hazard Ratio", ""),
    "PR": ("", 'metaprop(sm="PRAW")', "", ""),
    "PLN": ("", 'metaprop(sm="PLN")', "", ""),
    "PLO": ("", 'metaprop(sm="PLOGIT")', "", ""),
    "PAS": ("", 'metaprop(sm="PAS")', "", ""),
    "PFT": ("", 'metaprop(sm="PFT")', "", ""),
    "IR": ("", 'metarate(sm="IR")', "", ""),
    "IRLN": ("", 'metarate(sm="IRLN")', "", ""),
    "IRS": ("", 'metarate(sm="IRS")', "", ""),
    "IRFT": ("", 'metarate(sm="IRFT")', "", ""),
    "MN": ("", 'metamean(sm="MRAW")', "", ""),
    "MNLN": ("", 'metamean(sm="MLN")', "", ""),
    "COR": ("", 'metacor(sm="COR")', "", ""),
    "ZCOR": ("", 'metacor(sm="ZCOR")', "", ""),
    "GEN": ('measure="GEN"', "metagen()", "Generic inverse variance", "meta set"),
}
"""Metafor (where it is not the measure's own name), meta, RevMan, Stata."""

METHOD_ROWS: dict[str, Row] = {
    "CE": ('method="EE" ("FE", "CE")', 'method="Inverse", common=TRUE', "Inverse Variance, fixed effect",
           "fixed(invvariance), common(invvariance)"),
    "MH": ("rma.mh()", 'method="MH", common=TRUE', "Mantel-Haenszel, fixed effect",
           "fixed(mhaenszel), common(mhaenszel)"),
    "PETO": ("rma.peto()", 'method="Peto"', "Peto", ""),
    "DL": ('method="DL"', 'method.tau="DL"', "DerSimonian and Laird", "random(dlaird)"),
    "HE": ('method="HE"', 'method.tau="HE"', "", "random(hedges)"),
    "HS": ('method="HS"', 'method.tau="HS"', "", "random(hschmidt)"),
    "SJ": ('method="SJ"', 'method.tau="SJ"', "", "random(sjonkman)"),
    "PM": ('method="PM"', 'method.tau="PM"', "", ""),
    "EB": ('method="EB"', 'method.tau="EB"', "", "random(ebayes)"),
    "ML": ('method="ML"', 'method.tau="ML"', "", "random(mle)"),
    "REML": ('method="REML"', 'method.tau="REML"', "Restricted maximum-likelihood", "random(reml)"),
}  # fmt: skip

OTHER: dict[str, tuple[tuple[str, str, str, str, str, str], ...]] = {
    "Tests and intervals (`test=`)": (
        ("z", "Wald, normal", 'test="z"', 'method.random.ci="classic"', "Wald-type", ""),
        ("t", "Wald, t(k − 1)", 'test="t"', "", "", "tdistribution"),
        ("HK", "Hartung–Knapp", 'test="knha"', 'method.random.ci="HK"', "Hartung-Knapp-Sidik-Jonkman",
         "se(khartung)"),
        ("HK-adhoc", "Hartung–Knapp, its SE never below Wald's", 'test="adhoc"',
         'method.random.ci="HK", adhoc.hakn.ci="se"', "", "se(khartung, truncated)"),
        ("HK-wider", "the wider of Hartung–Knapp and Wald", "", 'method.random.ci="HK", adhoc.hakn.ci="ci"', "", ""),
        ("HK-IQWiG", "Hartung–Knapp as IQWiG guards it", "", 'method.random.ci="HK", adhoc.hakn.ci="IQWiG6"', "", ""),
        ("KR", "Kenward–Roger", "", 'method.random.ci="KR"', "", ""),
    ),
    "Prediction intervals (`prediction=`)": (
        ("t(k-1)", "reported SE, t(k − 1)", 'predict(predtype="t")', "", "", ""),
        ("t(k-2)", "reported SE, t(k − 2)", 'predict(predtype="Riley")', "", "", ""),
        ("z", "reported SE, normal", "", "", "", ""),
        ("as test", "the distribution of the test", "predict()", "", "", ""),
        ("t(k-1) Wald", "Wald SE, t(k − 1)", "", 'method.predict="V"', "", ""),
        ("t(k-2) Wald", "Wald SE, t(k − 2) (Higgins et al. 2009)", "", 'method.predict="HTS"', "", "predinterval()"),
        ("bootstrap", "parametric bootstrap (Nagashima et al. 2019)", "", 'method.predict="NNF"', "", ""),
        ("none", "no prediction interval", "", "prediction=FALSE", "", ""),
    ),
    "Intervals of τ² (`tau2_interval=`)": (
        ("Q-profile", "Q-profile", "confint()", 'method.tau.ci="QP"', "Q-profile", ""),
        ("BJ", "generalised Q, weights 1/vi", "", 'method.tau.ci="BJ"', "", ""),
        ("J", "generalised Q, weights 1/√vi", "", 'method.tau.ci="J"', "", ""),
        ("GENQ", "generalised Q, the user's weights", 'confint() after method="GENQ"', "", "", ""),
        ("PL", "profile likelihood", 'confint(type="PL")', 'method.tau.ci="PL"', "", ""),
        ("none", "no interval", "", 'method.tau.ci=""', "", ""),
    ),
    "Zero cells (`zero_cells=`)": (
        ("affected", "0.5 in trials with an empty cell", 'add=1/2, to="only0"', 'incr=0.5, method.incr="only0"', "",
         "zerocells(0.5, only0)"),
        ("none", "no correction", 'to="none"', "incr=0", "", "zerocells(none)"),
        ("treatment-arm", "in proportion to the arms (Sweeting et al. 2004)", "", 'incr="TACC"', "",
         "zerocells(tacc)"),
        ("treatment-arm everywhere", "the same in every trial", "", 'incr="TACC", method.incr="all"', "", ""),
        ('continuity_correction(c, to="all")', "c in every trial", 'add=c, to="all"', 'incr=c, method.incr="all"', "",
         ""),
        ('continuity_correction(c, to="all if any")', "c in every trial, if any has an empty cell",
         'add=c, to="if0all"', 'incr=c, method.incr="if0all"', "", ""),
        ('continuity_correction(manner="meta")', "RR corrected once in each arm; differences in the variance only", "",
         "incr=0.5", "", ""),
        ('continuity_correction(double_zero="drop")', "trials without events left out", "drop00=TRUE", "", "", ""),
    ),
    "Selection models (`kind=`)": (
        ("step", "step function of p", 'selmodel(type="stepfun")', "", "", ""),
        ("three-parameter", "one step", 'selmodel(type="stepfun", steps=0.025)', "", "", ""),
        ("truncated", "a cut at a given effect", 'selmodel(type="trunc")', "", "", ""),
        ("estimated truncation", "a cut at an effect that is estimated", 'selmodel(type="truncest")', "", "",
         ""),
        ("beta", "beta density of p", 'selmodel(type="beta")', "", "", ""),
        ("half-normal", "half-normal", 'selmodel(type="halfnorm")', "", "", ""),
        ("negative exponential", "negative exponential", 'selmodel(type="negexp")', "", "", ""),
        ("logistic", "logistic", 'selmodel(type="logistic")', "", "", ""),
        ("power", "power", 'selmodel(type="power")', "", "", ""),
        ("negative exponential power", "negative exponential power", 'selmodel(type="negexppow")', "", "", ""),
    ),
    "Variance estimators (`variance=`)": (
        ("LS", "large sample", 'vtype="LS"', "", "", ""),
        ("LS2", "large sample, Borenstein 2009", 'vtype="LS2"', "", "", ""),
        ("UB", "unbiased", 'vtype="UB"', 'metacont(sm="SMD")', "", ""),
        ("AV", "averaged over studies", 'vtype="AV"', "", "", ""),
        ("HO", "equal variances of the arms", 'vtype="HO"', 'metacont(sm="MD", pooledvar=TRUE)', "", ""),
        ("AVHO", "equal variances, averaged over studies", 'vtype="AVHO"', "", "", ""),
        ("ST", "stratified sampling", 'vtype="ST"', "", "", ""),
        ("CS", "cross-sectional sampling", 'vtype="CS"', "", "", ""),
        ("LS-metafor3", "as in metafor's releases to 3", 'vtype="LS" of metafor 3', "", "", ""),
    ),
    "Generalised linear mixed models (`fit_glmm(model=)`)": (
        ("UM.FS", "unconditional, fixed study effects", 'rma.glmm(model="UM.FS")',
         'method="GLMM", model.glmm="UM.FS"', "", ""),
        ("UM.RS", "unconditional, random study effects", 'rma.glmm(model="UM.RS")',
         'method="GLMM", model.glmm="UM.RS"', "", ""),
        ("CM.EL", "conditional, exact likelihood", 'rma.glmm(model="CM.EL")', 'method="GLMM", model.glmm="CM.EL"', "",
         ""),
        ("CM.AL", "conditional, approximate likelihood", 'rma.glmm(model="CM.AL")',
         'method="GLMM", model.glmm="CM.AL"', "", ""),
    ),
    "Options of those models (`GlmmOptions`)": (
        ("test", "z, or t with k − p degrees of freedom", "test=", "", "", ""),
        ("points", "quadrature points", "nAGQ=", "", "", ""),
        ("coding", "coding of the arms", "coding=", "", "", ""),
        ("correlated", "correlated random effects in UM.RS", "cor=", "", "", ""),
        ("double_zero", "trials without events in either arm", "drop00=", "", "", ""),
        ("convention", "metak2's or metafor's numerical rules", "", "", "", ""),
    ),
    "Options of `pool`": (
        ("method", "method of pooling", "method=", "method=, method.tau=", "", "random(), fixed(), common()"),
        ("test", "test and interval", "test=", "method.random.ci=", "", "se(), tdistribution"),
        ("prediction", "rule of the prediction interval", "", "method.predict=", "", "predinterval()"),
        ("level", "coverage of the intervals (0.95)", "level=95", "level.ma=0.95", "", "level(95)"),
        ("convention", "every default at once", "", "settings.meta()", "", ""),
        ("weights", "weights of one's own", "weights=", "", "", ""),
        ("tau2", "a given τ²", "tau2=", "tau.preset= (τ)", "", "tau2()"),
        ("tau2_interval", "interval of τ²", "confint(type=)", "method.tau.ci=", "", ""),
        ("draws", "draws of the bootstrap", "", "", "", ""),
        ("seed", "seed of the bootstrap", "", "seed.predict=", "", ""),
    ),
    "Conventions (`convention=`)": (
        ("metak2", "ours", "", "", "", ""),
        ("cochrane", "RevMan since January 2025", "", "", "RevMan's defaults", ""),
        ("revman5", "RevMan 5", "", 'settings.meta("RevMan5")', "RevMan 5's defaults", ""),
        ("metafor", "metafor's defaults", "rma(yi, vi)", "", "", ""),
        ("meta", "meta's defaults", "", "metagen(TE, seTE)", "", ""),
        ("stata", "Stata's defaults", "", "", "", "meta summarize"),
    ),
    "Functions": (
        ("effect_sizes", "effect sizes from study data", "escalc()", "", "", "meta esize"),
        ("effects_from", "effect sizes from arrays", "escalc(yi=, vi=)", "metagen()", "Generic inverse variance",
         "meta set"),
        ("pool", "one pooled effect", "rma()", "metagen(), metabin(), metacont() …", "", "meta summarize"),
        ("fit_mantel_haenszel", "Mantel–Haenszel", "rma.mh()", 'metabin(method="MH"), metainc(method="MH")',
         "Mantel-Haenszel", "fixed(mhaenszel)"),
        ("fit_peto", "Peto", "rma.peto()", 'metabin(method="Peto")', "Peto", ""),
        ("fit_glmm", "generalised linear mixed models", "rma.glmm()", 'metabin(method="GLMM")', "", ""),
        ("regress", "meta-regression", "rma(mods=)", "metareg()", "", "meta regress"),
        ("regress_scale", "location–scale model", "rma(scale=)", "", "", ""),
        ("pool_subgroups", "subgroups", "", "subgroup=", "Subgroups", "meta summarize, subgroup()"),
        ("cumulative", "cumulative", "cumul()", "metacum()", "", "meta summarize, cumulative()"),
        ("leave_one_out", "leave-one-out", "leave1out()", "metainf()", "", "meta summarize, leaveoneout"),
        ("influence", "influence diagnostics", "influence()", "", "", ""),
        ("baujat_points", "Baujat coordinates", "baujat()", "baujat()", "", ""),
        ("radial_points", "radial coordinates", "radial()", "radial()", "", "meta galbraithplot"),
        ("qq_points", "normal quantiles", "qqnorm()", "", "", ""),
        ("residuals", "residuals", "rstandard(), rstudent()", "", "", ""),
        ("gosh", "all subsets", "gosh()", "", "", ""),
        ("permutation_test", "permutation test", "permutest()", "", "", ""),
        ("predict", "predictions", "predict()", "", "", ""),
        ("predict_studies", "best linear unbiased predictions", "blup()", "", "", ""),
        ("compare", "likelihood-ratio comparison", "anova()", "", "", ""),
        ("wald_test", "Wald test of coefficients", "anova(btt=)", "", "", ""),
        ("contrasts", "contrasts of coefficients", "anova(X=)", "", "", ""),
        ("inflation", "variance inflation", "vif()", "", "", ""),
        ("fit_statistics", "log-likelihood, AIC, BIC", "fitstats()", "", "", ""),
        ("leave_one_out_counts", "leave-one-out of a model of counts", "leave1out() of rma.mh(), rma.peto()",
         "metainf()", "", ""),
        ("egger", "Egger's test", "regtest()", 'metabias(method.bias="Egger")', "", "meta bias, egger"),
        ("begg", "Begg's rank test", "ranktest()", 'metabias(method.bias="Begg")', "", "meta bias, begg"),
        ("harbord", "Harbord's test", "", 'metabias(method.bias="Harbord")', "", "meta bias, harbord"),
        ("peters", "Peters' test", "", 'metabias(method.bias="Peters")', "", "meta bias, peters"),
        ("macaskill", "Macaskill's test", "", 'metabias(method.bias="Macaskill")', "", ""),
        ("deeks", "Deeks' test", "", 'metabias(method.bias="Deeks")', "", ""),
        ("trim_and_fill", "trim and fill", "trimfill()", "trimfill()", "", "meta trimfill"),
        ("fail_safe_n", "fail-safe N", "fsn()", "", "", ""),
        ("henmi_copas", "Henmi & Copas' interval", "hc()", "", "", ""),
        ("excess_significance", "excess of significant results", "tes()", "", "", ""),
        ("selection_model", "selection models", "selmodel()", "", "", ""),
        ("copas", "Copas' selection model, by chances of being seen", "", "", "", ""),
        ("copas_contour", "Copas' contours", "", "plot(copas(), which=2) of metasens", "", ""),
        ("copas_path", "Copas' model along a path across the contours", "", "copas() of metasens", "", ""),
        ("limit_meta_analysis", "limit meta-analysis", "", "limitmeta() of metasens", "", ""),
        ("exact_odds_ratio", "exact common odds ratio", "", "", "", ""),
        ("fit_beta_binomial", "beta-binomial", "", "", "", ""),
        ("forest", "forest plot", "forest()", "forest()", "Forest plot", "meta forestplot"),
        ("funnel", "funnel plot", "funnel()", "funnel()", "Funnel plot", "meta funnelplot"),
        ("labbe", "L'Abbé plot", "labbe()", "labbe()", "", "meta labbeplot"),
        ("radial", "radial plot", "radial()", "radial()", "", "meta galbraithplot"),
        ("baujat", "Baujat plot", "baujat()", "baujat()", "", ""),
        ("drapery", "drapery plot", "", "drapery()", "", ""),
        ("qq_plot", "normal quantile plot", "qqnorm()", "", "", ""),
        ("tau2_profile_plot", "profile likelihood of tau²", "profile()", "", "", ""),
        ("bubble_plot", "bubble plot", "regplot()", "bubble()", "", "estat bubbleplot"),
        ("traffic_light", "risk of bias, study by study", "", "traffic_light()", "Risk of bias summary", ""),
        ("bias_summary", "risk of bias, by domain", "", "barplot.rob()", "Risk of bias graph", ""),
        ("prisma", "PRISMA 2020 flow diagram", "", "", "Study flow diagram", ""),
        ("network_data", "contrasts of the arms of a network", "contrmat()", "netmeta::pairwise()", "", ""),
        ("network", "network meta-analysis", "rma.mv()", "netmeta::netmeta(), netmetabin()", "", ""),
        ("network_designs", "Q by designs, net heat", "", "netmeta::decomp.design(), netheat()", "", ""),
        ("split_network", "direct and indirect evidence", "", "netmeta::netsplit()", "", ""),
        ("rank_treatments", "P-scores, SUCRA, rankogram", "", "netmeta::netrank(), rankogram()", "", ""),
        ("league_table", "league table", "", "netmeta::netleague()", "", ""),
        ("contributions", "contribution matrix", "", "netmeta::netcontrib()", "", ""),
        ("network_components", "additive components", "rma.mv()", "netmeta::netcomb(), discomb()", "", ""),
        ("network_regression", "network meta-regression", "rma.mv(mods=)", "netmeta::netmetareg()", "", ""),
        ("network_graph", "network graph", "", "netmeta::netgraph()", "", ""),
    ),
}  # fmt: skip


def tables() -> dict[str, tuple[Names, ...]]:
    """Heading → rows, in the order of the document."""
    return {
        "Measures (`measure=`)": tuple(_measures()),
        "Methods of pooling (`method=`)": tuple(_methods()),
        **{heading: tuple(_named(*row) for row in rows) for heading, rows in OTHER.items()},
    }


def names_document() -> str:
    """`docs/names.md`: the tables as Markdown."""
    intro = (
        "# One thing, five names",
        "",
        "DO NOT EDIT: written by `metak2.display.names.names_document()`; a test keeps it up to date.",
        "A blank says that a program has none, or that no name is known to us.",
        "metafor: releases 3 and 4 (`correct=FALSE` needs 4); meta: release 8; RevMan: the words on its screen;",
        "Stata: options of `meta esize`, `meta set` and `meta summarize`.",
        "",
        "Run in the golden tests, and so certain: metafor's measures, methods, tests, intervals and functions, meta's",
        "measures, tests, prediction rules, intervals of τ² and zero-cell rules. Seen in Stata's manual or flyers:",
        "`cohend`, `lnrratio`, `ebayes`, `subgroup()`, `cumulative()`, `meta bias` with its tests. The other names of",
        "Stata and all of RevMan's are written down from knowledge of the programs and **not verified**.",
    )
    parts = ["\n".join(intro)]
    for heading, rows in tables().items():
        head = f"| | {' | '.join(PROGRAMS)} |\n|{'---|' * (len(PROGRAMS) + 1)}"
        parts.append("\n".join([f"## {heading}\n", head, *(_line(row) for row in rows)]))
    return "\n\n".join(parts) + "\n"


def _measures() -> Iterator[Names]:
    """Metafor's name is the measure's own; a suffix of ours is an option of `escalc`."""
    for measure in MEASURES.values():
        base, uncorrected, _ = measure.name.partition("-uncorrected")
        theirs, meta, revman, stata = MEASURE_ROWS.get(measure.name, ("", "", "", ""))
        own = f'measure="{base}"' + (", correct=FALSE" if uncorrected else "")
        metafor = theirs or ("" if base in NOT_IN_METAFOR else own)
        yield Names(meaning=measure.label, metak2=measure.name, metafor=metafor, meta=meta, revman=revman, stata=stata)


def _methods() -> Iterator[Names]:
    """Metafor's name is the method's own."""
    for method in METHODS.values():
        metafor, meta, revman, stata = METHOD_ROWS.get(method.name, (f'method="{method.name}"', "", "", ""))
        yield Names(meaning=method.label, metak2=method.name, metafor=metafor, meta=meta, revman=revman, stata=stata)


def _named(ours: str, meaning: str, metafor: str, meta: str, revman: str, stata: str) -> Names:
    return Names(meaning=meaning, metak2=ours, metafor=metafor, meta=meta, revman=revman, stata=stata)


def _line(row: Names) -> str:
    code = [f"`{name}`" if name else "" for name in (row.metak2, row.metafor, row.meta)]
    stata = f"`{row.stata}`" if row.stata else ""
    return f"| {row.meaning} | {' | '.join([*code, row.revman, stata])} |"

"""The measures of single groups, of correlations and of paired data, as data."""

from functools import partial

from metak2.effects.measure import Measure
from metak2.effects.scales import (
    ARCSINE,
    BONETT,
    FISHER_Z,
    HAKSTIAN_WHALEN,
    IDENTITY,
    LOG,
    LOGIT,
    ROOT,
    double_arcsine,
    freeman_tukey_rate,
)
from metak2.kernels import effects_correlations as correlations
from metak2.kernels import effects_paired as paired
from metak2.kernels import effects_single as single

HANDBOOK = "Cochrane Handbook, section 10.2"
FREEMAN_TUKEY = "Freeman & Tukey 1950, Ann Math Stat 21:607-611; back: Miller 1978, Am Stat 32:138"
ALOE = "Aloe & Thompson 2013, J Soc Soc Work Res 4:390-405"
NAKAGAWA = "Nakagawa et al. 2015, Methods Ecol Evol 6:143-152"
BONETT_2008 = "Bonett 2008, Psychol Methods 13:99-109"
ZOU = "Zou 2007, Clin Trials 4:25-31"

PROPORTIONS = (
    *(
        Measure(name=name, label=label, scale=scale, reference=HANDBOOK, formulas={"proportions": formula},
                variances=variances, comparison=False, keeps_zeros=keeps)
        for name, label, scale, formula, variances, keeps in (
            ("PR", "Proportion", IDENTITY, single.proportion, ("LS", "UB", "AV"), False),
            ("PLN", "Proportion", LOG, single.log_proportion, ("LS", "AV"), False),
            ("PLO", "Proportion", LOGIT, single.logit_proportion, ("LS", "AV"), False),
            ("PAS", "Proportion", ARCSINE, single.arcsine_proportion, ("LS",), True),
        )
    ),
    Measure(
        name="PFT",
        label="Proportion",
        reference=FREEMAN_TUKEY,
        formulas={"proportions": single.double_arcsine_proportion},
        comparison=False,
        keeps_zeros=True,
        rebased=("n", double_arcsine),
    ),
)  # fmt: skip
SINGLE_RATES = (
    *(
        Measure(name=name, label="Incidence rate", scale=scale, reference="Cochrane Handbook, section 6.7.1",
                formulas={"single_rates": formula}, comparison=False, keeps_zeros=keeps)
        for name, scale, formula, keeps in (
            ("IR", IDENTITY, single.rate, False),
            ("IRLN", LOG, single.log_rate, False),
            ("IRS", ROOT, single.root_rate, True),
        )
    ),
    Measure(
        name="IRFT",
        label="Incidence rate",
        reference="Freeman & Tukey 1950, Ann Math Stat 21:607-611",
        formulas={"single_rates": single.freeman_tukey_rate},
        comparison=False,
        keeps_zeros=True,
        rebased=("person_time", freeman_tukey_rate),
    ),
)  # fmt: skip
SINGLE_MEANS = tuple(
    Measure(name=name, label=label, scale=scale, reference=source, formulas={"single_means": formula}, uses=uses,
            comparison=compares)
    for name, label, scale, source, formula, uses, compares in (
        ("MN", "Mean", IDENTITY, "Cochrane Handbook, section 6.5", single.mean, (), False),
        ("MNLN", "Mean", LOG, "Higgins, White & Anzures-Cabrera 2008, Stat Med 27:6072-6092", single.log_mean, (),
         False),
        ("SMN", "Standardised mean", IDENTITY, "Hedges 1981, J Educ Stat 6:107-128", single.standardised_mean, (),
         True),
        ("SMN-uncorrected", "Standardised mean, without bias correction", IDENTITY,
         "Cohen 1988, Statistical Power Analysis, 2nd edition", partial(single.standardised_mean, corrected=False), (),
         True),
        ("SDLN", "Standard deviation", LOG, NAKAGAWA, single.log_standard_deviation, ("sd", "n"), False),
        ("CVLN", "Coefficient of variation", LOG, NAKAGAWA, single.log_coefficient_of_variation, (), False),
    )
)  # fmt: skip
CORRELATIONS = (
    *(
        Measure(name=name, label="Correlation", scale=scale, reference=source, formulas={"correlations": formula},
                variances=variances)
        for name, scale, source, formula, variances in (
            ("COR", IDENTITY, "Hedges 1989, J Appl Psychol 74:469-477", correlations.correlation, ("LS", "AV")),
            ("UCOR", IDENTITY, "Olkin & Pratt 1958, Ann Math Stat 29:201-211", correlations.unbiased_correlation,
             ("LS", "UB", "AV")),
            ("ZCOR", FISHER_Z, "Fisher 1921, Metron 1:1-32", correlations.z_of_correlation, ("LS",)),
        )
    ),
    *(
        Measure(name=name, label=label, scale=scale, reference=source, formulas={"regressions": formula},
                variances=variances, uses=uses)
        for name, label, scale, source, formula, variances, uses in (
            ("PCOR", "Partial correlation", IDENTITY, ALOE, correlations.partial_correlation,
             ("LS", "AV", "LS-metafor3"), ("t", "n", "predictors")),
            ("ZPCOR", "Partial correlation", FISHER_Z, ALOE, correlations.z_of_partial_correlation,
             ("LS", "LS-metafor3"), ("t", "n", "predictors")),
            ("SPCOR", "Semi-partial correlation", IDENTITY, "Aloe & Becker 2012, J Educ Behav Stat 37:278-297",
             correlations.semipartial_correlation, ("LS", "AV"), ()),
            ("ZSPCOR", "Semi-partial correlation", FISHER_Z, "Aloe & Becker 2012, J Educ Behav Stat 37:278-297",
             correlations.z_of_semipartial_correlation, ("LS",), ()),
        )
    ),
    *(
        Measure(name=name, label="Cronbach's alpha", scale=scale, reference=source, formulas={"reliability": formula},
                comparison=False)
        for name, scale, source, formula in (
            ("ARAW", IDENTITY, "Bonett 2002, J Educ Behav Stat 27:335-340", correlations.alpha),
            ("AHW", HAKSTIAN_WHALEN, "Hakstian & Whalen 1976, Psychometrika 41:219-231",
             correlations.hakstian_whalen_alpha),
            ("ABT", BONETT, "Bonett 2002, J Educ Behav Stat 27:335-340", correlations.bonett_alpha),
        )
    ),
    Measure(
        name="REH",
        label="Relative excess heterozygosity",
        scale=LOG,
        reference="Ziegler, Van Steen & Wellek 2011, Breast Cancer Res Treat 128:197-201",
        formulas={"genotypes": correlations.log_relative_excess_heterozygosity},
    ),
)  # fmt: skip
PAIRED_MEANS = (
    Measure(
        name="MC",
        label="Mean change",
        reference="Cochrane Handbook, section 23.2.7",
        formulas={"paired_means": paired.mean_change},
    ),
    *(
        Measure(name=name + suffix, label=label, reference=source, variances=variances, uses=uses,
                formulas={"paired_means": partial(formula, corrected=good)})
        for good, suffix in ((True, ""), (False, "-uncorrected"))
        for name, label, source, formula, variances, uses in (
            ("SMCC", "Standardised mean change (SD of the change)",
             "Gibbons, Hedeker & Davis 1993, J Educ Stat 18:271-279", paired.change_by_change_sd, ("LS", "LS2"), ()),
            ("SMCR", "Standardised mean change (raw SD)", "Becker 1988, Br J Math Stat Psychol 41:257-278",
             paired.change_by_raw_sd, ("LS", "LS2"), ("mean_1", "mean_2", "sd_1", "r", "n")),
            ("SMCRH", "Standardised mean change (raw SD, unequal variances)", BONETT_2008,
             paired.change_by_raw_sd_unequal, ("LS", "LS-metafor3"), ()),
            ("SMCRP", "Standardised mean change (average SD)", "Cousineau 2020, Quant Methods Psychol 16:418-421",
             paired.change_by_average_sd, ("LS",), ()),
            ("SMCRPH", "Standardised mean change (average SD, unequal variances)", BONETT_2008,
             partial(paired.change_by_average_sd, unequal=True), ("LS",), ()),
        )
    ),
    *(
        Measure(name=name + suffix, label=label, scale=LOG, reference=source,
                formulas={"paired_means": partial(formula, corrected=good)})
        for good, suffix in ((True, ""), (False, "-uncorrected"))
        for name, label, source, formula in (
            ("ROMC", "Ratio of paired means", "Lajeunesse 2011, Ecology 92:2049-2055; 2015, Ecology 96:2056-2063",
             paired.log_ratio_of_paired_means),
            ("CVRC", "Ratio of paired coefficients of variation", NAKAGAWA, paired.log_ratio_of_paired_variations),
        )
    ),
    Measure(
        name="VRC",
        label="Ratio of paired standard deviations",
        scale=LOG,
        reference=NAKAGAWA,
        formulas={"paired_means": paired.log_ratio_of_paired_deviations},
        uses=("sd_1", "sd_2", "r", "n"),
    ),
)  # fmt: skip
PAIRED_COUNTS = (
    *(
        Measure(name=name, label=label, scale=scale, reference=source, formulas={"paired_counts": formula},
                keeps_zeros=keeps)
        for name, label, scale, source, formula, keeps in (
            ("MPRD", "Risk difference (pairs)", IDENTITY, "Agresti 2013, Categorical Data Analysis, section 11.1",
             paired.paired_risk_difference, False),
            ("MPRR", "Risk ratio (pairs)", LOG, "Bonett & Price 2006, Stat Med 25:3039-3047",
             paired.paired_log_risk_ratio, False),
            ("MPOR", "Odds ratio (pairs, marginal)", LOG, ZOU, paired.paired_log_odds_ratio, False),
            ("MPORC", "Odds ratio (pairs, conditional)", LOG, "McNemar 1947, Psychometrika 12:153-157",
             paired.conditional_log_odds_ratio, False),
            ("MPPETO", "Peto odds ratio (pairs)", LOG, ZOU, paired.paired_peto_log_odds_ratio, True),
        )
    ),
    Measure(
        name="MPORM",
        label="Odds ratio (crossover, marginal)",
        scale=LOG,
        reference="Elbourne et al. 2002, Int J Epidemiol 31:140-149",
        formulas={"crossover_counts": paired.crossover_log_odds_ratio},
    ),
)  # fmt: skip

SINGLE_AND_PAIRED = (
    *PROPORTIONS, *SINGLE_RATES, *SINGLE_MEANS, *CORRELATIONS, *PAIRED_MEANS, *PAIRED_COUNTS,
)  # fmt: skip

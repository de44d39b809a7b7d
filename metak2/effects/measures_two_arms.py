"""The measures that compare two separate groups, as data."""

from functools import partial

from metak2.effects.measure import Measure
from metak2.effects.scales import FISHER_Z, IDENTITY, LOG
from metak2.kernels import effects_association as association
from metak2.kernels import effects_counts as counts
from metak2.kernels import effects_means as means
from metak2.kernels import effects_rates as rates
from metak2.kernels import pre_post, tetrachoric

YULE = "Yule 1912, J R Stat Soc 75:579-652"
PEARSON = "Pearson 1900, Phil Trans A 195:1-47; Hamdan 1970, Biometrika 57:212-215"
HEDGES = "Hedges 1981, J Educ Stat 6:107-128"
LOGISTIC = "Hasselblad & Hedges 1995, Psychol Bull 117:167-178"
NORMAL = "Cox & Snell 1989, Analysis of Binary Data, 2nd edition"
NAKAGAWA = "Nakagawa et al. 2015, Methods Ecol Evol 6:143-152"
SENIOR = "Nakagawa et al. 2015; Senior, Viechtbauer & Nakagawa 2020, Res Synth Methods 11:553-567"
LAJEUNESSE = "Lajeunesse 2015, Ecology 96:2056-2063 (bias-corrected)"
CURTIS = "Hedges, Gurevitch & Curtis 1999, Ecology 80:1150-1156"
SMD_VARIANCES = ("LS", "LS2", "UB", "AV")
ROM_VARIANCES = ("LS", "HO", "AV", "AVHO")

RATIOS_OF_COUNTS = tuple(
    Measure(name=name, label=label, scale=LOG, reference=source, formulas={"counts": formula}, relative=True)
    for name, label, formula, source in (
        ("RR", "Risk ratio", counts.log_risk_ratio, "Greenland & Robins 1985, Biometrics 41:55-68"),
        ("OR", "Odds ratio", counts.log_odds_ratio, "Woolf 1955, Ann Hum Genet 19:251-253"),
    )
)
COUNTS = (
    *RATIOS_OF_COUNTS,
    Measure(
        name="RD",
        label="Risk difference",
        reference="Cochrane Handbook, section 6.4.1",
        formulas={"counts": counts.risk_difference},
        variances=("LS", "UB", "AV"),
    ),
    Measure(
        name="PETO",
        label="Peto odds ratio",
        scale=LOG,
        reference="Yusuf et al. 1985, Prog Cardiovasc Dis 27:335-371",
        formulas={"counts": counts.peto_log_odds_ratio, "logrank": counts.log_ratio_from_o_minus_e},
        keeps_zeros=True,
        relative=True,
    ),
    Measure(
        name="AS",
        label="Arcsine difference",
        reference="Rücker et al. 2009, Stat Med 28:721-738",
        formulas={"counts": counts.arcsine_difference},
        keeps_zeros=True,
    ),
    *(
        Measure(name=name, label=label, scale=scale, reference=source, formulas={"counts": formula},
                variances=variances, keeps_zeros=True, relative=True)
        for name, label, scale, source, formula, variances in (
            ("PHI", "Phi coefficient", IDENTITY, YULE, counts.phi, ("LS", "CS", "ST")),
            ("ZPHI", "Phi coefficient", FISHER_Z, YULE, counts.z_of_phi, ("LS", "CS", "ST")),
            ("RTET", "Tetrachoric correlation", IDENTITY, PEARSON, tetrachoric.tetrachoric_correlation, ("LS",)),
            ("ZTET", "Tetrachoric correlation", FISHER_Z, PEARSON, tetrachoric.z_of_tetrachoric, ("LS",)),
        )
    ),
    *(
        Measure(name=name, label=label, reference=source, formulas={"counts": formula}, relative=True)
        for name, label, source, formula in (
            ("YUQ", "Yule's Q", YULE, counts.yules_q),
            ("YUY", "Yule's Y", YULE, counts.yules_y),
            ("PBIT", "Standardised mean difference (probit)",
             "Sánchez-Meca, Marín-Martínez & Chacón-Moscoso 2003, Psychol Methods 8:448-467",
             counts.probit_difference),
            ("OR2D", "Standardised mean difference (from the odds ratio)", LOGISTIC,
             counts.standardised_difference_from_odds),
            ("OR2DL", "Standardised mean difference (from the odds ratio)", LOGISTIC,
             counts.standardised_difference_from_odds),
            ("OR2DN", "Standardised mean difference (from the odds ratio, normal values)", NORMAL,
             partial(counts.standardised_difference_from_odds, factor=counts.PROBIT)),
        )
    ),
)  # fmt: skip

STANDARDISED = (
    Measure(
        name="SMD",
        label="Standardised mean difference",
        reference=HEDGES,
        formulas={
            "means": means.standardised_mean_difference,
            "d_values": means.standardised_difference_from_d,
            "t_values": means.standardised_difference_from_t,
        },
        variances=SMD_VARIANCES,
    ),
    Measure(
        name="SMD-uncorrected",
        label="Standardised mean difference (Cohen's d)",
        reference="Cohen 1988, Statistical Power Analysis, 2nd edition",
        formulas={
            "means": partial(means.standardised_mean_difference, corrected=False),
            "d_values": partial(means.standardised_difference_from_d, corrected=False),
            "t_values": partial(means.standardised_difference_from_t, corrected=False),
        },
        variances=SMD_VARIANCES,
    ),
    *(
        Measure(name=name + suffix, label=label, reference=source, formulas={"means": partial(formula, corrected=good)},
                variances=variances, uses=uses)
        for good, suffix in ((True, ""), (False, "-uncorrected"))
        for name, label, source, formula, variances, uses in (
            ("SMDH", "Standardised mean difference (unequal variances)", "Bonett 2008, Psychol Methods 13:99-109",
             means.standardised_by_average, ("LS", "LS-metafor3"), ()),
            ("SMD1", "Standardised mean difference (Glass's delta)", HEDGES,
             means.standardised_by_control, SMD_VARIANCES, ("mean_e", "n_e", "mean_c", "sd_c", "n_c")),
            ("SMD1H", "Standardised mean difference (Glass's delta, unequal variances)",
             "Bonett 2008, Psychol Methods 13:99-109",
             means.standardised_by_control_unequal, ("LS", "LS-metafor3"), ()),
        )
    ),
    *(
        Measure(name=name, label=label, reference=source, formulas={"pre_post": formula})
        for name, label, source, formula in (
            ("PPC", "Difference of standardised changes", "Becker 1988, Br J Math Stat Psychol 41:257-278",
             pre_post.difference_of_raw_changes),
            ("PPC2", "Standardised difference of changes", "Morris 2008, Organ Res Methods 11:364-386",
             pre_post.change_difference_by_pooled_sd),
            ("PPMD", "Difference of mean changes", "Cochrane Handbook, section 6.5.2.8", pre_post.change_difference),
        )
    ),
)  # fmt: skip
MEANS = (
    Measure(
        name="MD",
        label="Mean difference",
        reference="Cochrane Handbook, section 6.5.1",
        formulas={"means": means.mean_difference},
        variances=("LS", "HO"),
    ),
    *STANDARDISED,
    *(
        Measure(name=name, label=label, scale=LOG, reference=source, formulas={"means": formula},
                variances=variances, uses=uses)
        for name, label, source, formula, variances, uses in (
            ("ROM", "Ratio of means", LAJEUNESSE, means.log_ratio_of_means, ROM_VARIANCES, ()),
            ("ROM-uncorrected", "Ratio of means, without bias correction", CURTIS,
             partial(means.log_ratio_of_means, corrected=False), ROM_VARIANCES, ()),
            ("VR", "Ratio of standard deviations", NAKAGAWA, means.log_variability_ratio, ("LS",),
             ("sd_e", "n_e", "sd_c", "n_c")),
            ("VR-uncorrected", "Ratio of standard deviations, without bias correction", NAKAGAWA,
             partial(means.log_variability_ratio, corrected=False), ("LS",), ("sd_e", "n_e", "sd_c", "n_c")),
            ("CVR", "Ratio of coefficients of variation", SENIOR, means.log_coefficient_of_variation_ratio, ("LS",),
             ()),
            ("CVR-uncorrected", "Ratio of coefficients of variation, first-order", NAKAGAWA,
             partial(means.log_coefficient_of_variation_ratio, corrected=False), ("LS",), ()),
        )
    ),
    *(
        Measure(name=name, label=label, scale=scale, reference=source, formulas={"means": formula},
                variances=variances)
        for name, label, scale, source, formula, variances in (
            ("RPB", "Point-biserial correlation", IDENTITY, "Tate 1954, Ann Math Stat 25:603-607",
             association.point_biserial, ("ST", "LS", "CS")),
            ("ZPB", "Point-biserial correlation", FISHER_Z, "Tate 1954, Ann Math Stat 25:603-607",
             association.z_of_point_biserial, ("ST", "LS", "CS")),
            ("RBIS", "Biserial correlation", IDENTITY, "Soper 1914, Biometrika 10:384-390",
             association.biserial, ("LS",)),
            ("ZBIS", "Biserial correlation", FISHER_Z, "Soper 1914, Biometrika 10:384-390",
             association.z_of_biserial, ("LS",)),
            ("D2OR", "Odds ratio (from means)", LOG, LOGISTIC, association.log_odds_from_means, ("LS",)),
            ("D2ORL", "Odds ratio (from means)", LOG, LOGISTIC, association.log_odds_from_means, ("LS",)),
            ("D2ORN", "Odds ratio (from means, normal values)", LOG, NORMAL,
             partial(association.log_odds_from_means, factor=1 / counts.PROBIT), ("LS",)),
        )
    ),
    *(
        Measure(name=name, label=label, reference="McGraw & Wong 1992, Psychol Bull 111:361-365",
                formulas={"means": association.probability_of_superiority}, null_value=0.5)
        for name, label in (("CLESN", "Probability of superiority"), ("AUCN", "Area under the ROC curve"))
    ),
)  # fmt: skip
RATES = (
    Measure(
        name="IRR",
        label="Incidence rate ratio",
        scale=LOG,
        reference="Cochrane Handbook, section 6.7.1",
        formulas={"rates": rates.log_incidence_rate_ratio},
        relative=True,
    ),
    Measure(
        name="IRD",
        label="Incidence rate difference",
        reference="Cochrane Handbook, section 6.7.1",
        formulas={"rates": rates.incidence_rate_difference},
    ),
    Measure(
        name="IRSD",
        label="Difference of square-root rates",
        reference="Bartlett 1936, Suppl J R Stat Soc 3:68-78",
        formulas={"rates": rates.root_rate_difference},
        keeps_zeros=True,
    ),
    Measure(
        name="HR",
        label="Hazard ratio",
        scale=LOG,
        reference="Parmar, Torri & Stewart 1998, Stat Med 17:2815-2834",
        formulas={"logrank": counts.log_ratio_from_o_minus_e},
    ),
)

TWO_ARMS = (*COUNTS, *MEANS, *RATES)

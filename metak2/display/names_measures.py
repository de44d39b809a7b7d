"""What the other programs call each measure and each method of pooling: metafor, meta, RevMan, Stata.

"" in the column of metafor: its name is ours. A dagger after a name: not found in the program's documentation.
"""

Row = tuple[str, str, str, str]

NOT_IN_METAFOR = {"HR", "PPC", "PPC2", "PPMD"}
MEASURE_ROWS: dict[str, Row] = {
    "RR": ("", 'metabin(sm="RR")', "Risk Ratio", "esize(lnrratio)"),
    "OR": ("", 'metabin(sm="OR")', "Odds Ratio", "esize(lnoratio)"),
    "RD": ("", 'metabin(sm="RD")', "Risk Difference", "esize(rdiff)"),
    "PETO": ("", 'metabin(sm="OR", method="Peto")', "Peto Odds Ratio", "esize(lnorpeto)"),
    "AS": ("", 'metabin(sm="ASD")', "", ""),
    "MD": ("", 'metacont(sm="MD")', "Mean Difference", "esize(mdiff, unequal)"),
    "SMD": ("", 'metacont(sm="SMD", exact.smd=TRUE)', "Std. Mean Difference (approximate g)", "esize(hedgesg, exact)"),
    "SMD-uncorrected": ("", 'metacont(sm="SMD", method.smd="Cohen")', "", "esize(cohend)"),
    "SMD1-uncorrected": ("", 'metacont(sm="SMD", method.smd="Glass")', "", "esize(glassdelta2)"),
    "ROM-uncorrected": ("", 'metacont(sm="ROM")', "", ""),
    "IRR": ("", 'metainc(sm="IRR")', "Rate Ratio †", ""),
    "IRD": ("", 'metainc(sm="IRD")', "", ""),
    "IRSD": ("", 'metainc(sm="IRSD")', "", ""),
    "HR": ('rma(yi, vi, measure="GEN")', 'metagen(sm="HR")', "Hazard Ratio", "meta set"),
    "PR": ("", 'metaprop(sm="PRAW")', "", "esize(proportion) †"),
    "PLN": ("", 'metaprop(sm="PLN")', "", ""),
    "PLO": ("", 'metaprop(sm="PLOGIT")', "", "esize(logitprop)"),
    "PAS": ("", 'metaprop(sm="PAS")', "", ""),
    "PFT": ("", 'metaprop(sm="PFT")', "", "esize(ftukeyprop)"),
    "IR": ("", 'metarate(sm="IR")', "", ""),
    "IRLN": ("", 'metarate(sm="IRLN")', "", ""),
    "IRS": ("", 'metarate(sm="IRS")', "", ""),
    "IRFT": ("", 'metarate(sm="IRFT")', "", ""),
    "MN": ("", 'metamean(sm="MRAW")', "", ""),
    "MNLN": ("", 'metamean(sm="MLN")', "", ""),
    "COR": ("", 'metacor(sm="COR")', "", "esize(correlation) †"),
    "ZCOR": ("", 'metacor(sm="ZCOR")', "", "esize(fisherz) †"),
    "ZSPCOR": ('measure="ZSPCOR" †', "", "", ""),
    "GEN": ('measure="GEN"', "metagen()", "Generic Inverse Variance", "meta set"),
}

METHOD_ROWS: dict[str, Row] = {
    "CE": (
        'method="EE" ("FE", "CE")',
        'method="Inverse", common=TRUE',
        "Inverse Variance, Fixed effect",
        "common(invvariance), fixed(invvariance)",
    ),
    "MH": (
        "rma.mh()",
        'method="MH", common=TRUE',
        "Mantel-Haenszel, Fixed effect",
        "common(mhaenszel), fixed(mhaenszel)",
    ),
    "PETO": ("rma.peto()", 'method="Peto"', "Peto", "esize(lnorpeto) with common"),
    "DL": ('method="DL"', 'method.tau="DL"', "DerSimonian and Laird", "random(dlaird)"),
    "DL2": ('method="GENQ" with the weights of "DL"', "", "", ""),
    "HE": ('method="HE"', 'method.tau="HE"', "", "random(hedges)"),
    "HS": ('method="HS"', 'method.tau="HS"', "", "random(hschmidt)"),
    "SJ": ('method="SJ"', 'method.tau="SJ"', "", "random(sjonkman)"),
    "PM": ('method="PM"', 'method.tau="PM"', "", "random(ebayes)"),
    "EB": ('method="EB"', 'method.tau="EB"', "", "random(ebayes)"),
    "ML": ('method="ML"', 'method.tau="ML"', "", "random(mle)"),
    "REML": ('method="REML"', 'method.tau="REML"', "Restricted maximum likelihood (REML)", "random(reml)"),
}

"""A small RevMan review of our own: public counts of BCG trials, made-up means and hazard ratios.

The stored results come from metafor 3.8-1 (tests/studies/formats/review.R): rma.mh, and rma with tau² of DerSimonian
and Laird taken about the Mantel-Haenszel estimate; the SMD from RevMan's own formulas in base R.
"""

import csv
import io
import zipfile
from pathlib import Path

COUNTS = {
    "Aronson 1948": (4, 123, 11, 139),
    "Ferguson 1949": (6, 306, 29, 303),
    "Rosenthal-1 1960": (3, 231, 11, 220),
    "Hart 1977": (62, 13598, 248, 12867),
}
OR_STORED = {
    "EFFECT_SIZE": "0.23473804043290625", "CI_START": "0.18197921526916819", "CI_END": "0.30279253344827656",
    "Z": "11.157877157734525", "CHI2": "0.9677314010311142", "DF": "3", "I2": "0.0", "TAU2": "0.0",
}  # fmt: skip
OR_STUDIES = {
    "Aronson 1948": ("0.39113827349121466", "0.12124193177534495", "1.26185014334124301", "3.2937466422212736"),
    "Ferguson 1949": ("0.18896551724137936", "0.07727720378054155", "0.46207632988000691", "9.4178939240638844"),
    "Rosenthal-1 1960": ("0.24999999999999994", "0.06879533668269952", "0.90849181083690134", "3.6660874884892580"),
    "Hart 1977": ("0.23306368203309691", "0.17626009738910864", "0.30817343623106913", "83.6222719452255774"),
}
RANDOM = {
    "Aronson 1948": (4, 123, 11, 139),
    "Ferguson 1949": (6, 306, 29, 303),
    "Hart 1977": (62, 13598, 248, 12867),
    "Frimodt-Moller 1973": (33, 5069, 47, 5808),
    "TPT Madras 1980": (505, 88391, 499, 88391),
}
RR_STORED = {
    "EFFECT_SIZE": "0.45370203758248939", "CI_START": "0.20216428131376948", "CI_END": "1.0182092383917201",
    "TAU2": "0.74753913758993917", "CHI2": "99.912248628958281", "DF": "4", "I2": "95.996486862331864",
    "Z": "1.9162107032725060", "P_Z": "0.055338281542344998",
}  # fmt: skip
MEANS = {
    "Alpha 2001": (5.2, 1.9, 20, 6.1, 2.1, 21),
    "Beta 2002": (12.1, 3.3, 31, 14.9, 3.9, 29),
    "Gamma 2003": (7.4, 2.2, 15, 7.1, 2.0, 16),
}
SMD_STORED = {
    "EFFECT_SIZE": "-0.442383720768742328", "CI_START": "-0.791112176596965533", "CI_END": "-0.093655264940519123",
    "CHI2": "4.077152910792881", "DF": "2", "I2": "50.946161604445166", "Z": "2.48633613220440397",
}  # fmt: skip
HAZARDS = {"Alpha 2001": ("-0.22314355131420971", "0.2"), "Beta 2002": ("-0.43078291609245423", "0.15"),
           "Gamma 2003": ("0.095310179804324935", "0.3")}  # fmt: skip
HR_STORED = {
    "LOG_EFFECT_SIZE": "-0.11761027407085929", "TAU2": "0.013714802848954365", "CHI2": "2.641075075698250174",
    "DF": "2", "I2": "24.273262111973931354", "Z": "2.024215919016813636",
}  # fmt: skip


def attributes(values: dict[str, object]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in values.items())


def identifier(study: str) -> str:
    escaped = study.replace("-", "_x002d_").replace(" ", "-")
    return f"STD-{escaped}"


def dichotomous(study: str, counts: tuple[int, ...], stored: dict[str, object]) -> str:
    named = dict(zip(("EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2"), counts, strict=True))
    return f"<DICH_DATA {attributes({'STUDY_ID': identifier(study), 'ESTIMABLE': 'YES', **named, **stored})}/>"


def outcome(tag: str, settings: dict[str, object], name: str, body: str) -> str:
    labels = "<GROUP_LABEL_1>BCG</GROUP_LABEL_1><GROUP_LABEL_2>No BCG</GROUP_LABEL_2>"
    said = attributes({"CI_TOTAL": "95", "TOTALS": "YES", **settings})
    return f"<{tag} {said}><NAME>{name}</NAME>{labels}{body}</{tag}>"


def review_xml(head: str = "", or_estimate: str = OR_STORED["EFFECT_SIZE"]) -> str:
    studies = "".join(
        f'<STUDY ID="{identifier(study)}" NAME="{study}" YEAR="{study[-4:]}"/>'
        for study in dict.fromkeys((*COUNTS, *RANDOM, *MEANS))
    )
    names = ("EFFECT_SIZE", "CI_START", "CI_END", "WEIGHT")
    first = outcome(
        "DICH_OUTCOME",
        {"NO": 1, "METHOD": "MH", "EFFECT_MEASURE": "OR", "RANDOM": "NO", "SWAP_EVENTS": "NO",
         **OR_STORED, "EFFECT_SIZE": or_estimate},
        "Tuberculosis",
        "".join(dichotomous(s, c, dict(zip(names, OR_STUDIES[s], strict=True))) for s, c in COUNTS.items()),
    )  # fmt: skip
    second = outcome(
        "DICH_OUTCOME",
        {"NO": 2, "METHOD": "MH", "EFFECT_MEASURE": "RR", "RANDOM": "YES", "SWAP_EVENTS": "YES", **RR_STORED},
        "No tuberculosis, swapped",
        "".join(dichotomous(s, (n1 - a, n1, n2 - c, n2), {}) for s, (a, n1, c, n2) in RANDOM.items()),
    )
    columns = ("MEAN_1", "SD_1", "TOTAL_1", "MEAN_2", "SD_2", "TOTAL_2")
    means = "".join(
        f"<CONT_DATA {attributes({'STUDY_ID': identifier(study), **dict(zip(columns, row, strict=True))})}/>"
        for study, row in MEANS.items()
    )
    third = outcome(
        "CONT_OUTCOME",
        {"NO": 3, "METHOD": "IV", "EFFECT_MEASURE": "SMD", "RANDOM": "NO", **SMD_STORED},
        "Quality of life",
        f'<CONT_SUBGROUP NO="1"><NAME>Adults</NAME>{means}</CONT_SUBGROUP>',
    )
    hazards = "".join(
        f"<IV_DATA {attributes({'STUDY_ID': identifier(study), 'ESTIMATE': y, 'SE': se, 'TOTAL_1': 0, 'TOTAL_2': 0})}/>"
        for study, (y, se) in HAZARDS.items()
    )
    fourth = outcome(
        "IV_OUTCOME",
        {"NO": 4, "METHOD": "IV", "LOG_DATA": "YES", "RANDOM": "YES", **HR_STORED},
        "Death",
        f"<EFFECT_MEASURE>Hazard Ratio</EFFECT_MEASURE>{hazards}",
    )
    quality = "".join(
        f'<QUALITY_ITEM ID="QIT-0{number}"><NAME>{name}</NAME><QUALITY_ITEM_DATA>'
        f'<QUALITY_ITEM_DATA_ENTRY RESULT="{result}" STUDY_ID="{identifier("Aronson 1948")}"/>'
        "</QUALITY_ITEM_DATA></QUALITY_ITEM>"
        for number, (name, result) in enumerate((("Random sequence", "YES"), ("Blinding", "UNKNOWN")), start=1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<COCHRANE_REVIEW><INCLUDED_STUDIES>{studies}</INCLUDED_STUDIES>'
        f"<QUALITY_ITEMS>{quality}</QUALITY_ITEMS><ANALYSES_AND_DATA>"
        f'<COMPARISON NO="1"><NAME>BCG versus none</NAME>{first}{second}{third}{fourth}</COMPARISON>'
        "</ANALYSES_AND_DATA></COCHRANE_REVIEW>"
    )


def csv_text(rows: list[list[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return "\ufeff" + out.getvalue()


def package_parts() -> dict[str, str]:
    settings = [
        ["Analysis group", "Analysis number", "Analysis name", "Analysis group name", "Data type", "Log-scale data",
         "Experimental group label", "Control group label", "Statistical method", "Effect measure", "Analysis model",
         "Overall estimates", "Swap event and non-event", "Estimate CI", "Mean", "CI start", "CI end",
         "Heterogeneity Tau²", "Heterogeneity Chi²", "Heterogeneity df", "Heterogeneity I²", "Effect Z", "New column"],
        [1, 1, "Tuberculosis", "BCG", "Dichotomous", "true", "BCG", "No BCG", "MH", "Odds Ratio", "Fixed effect",
         "true", "false", "95%", "0.234738", "0.181979", "0.302793", "", "0.967731", "3", "0", "11.157877", "?"],
        [1, 2, "Quality of life", "BCG", "Continuous", "false", "BCG", "No BCG", "IV", "Std. Mean Difference",
         "Fixed effect", "true", "false", "95%", "-0.442384", "-0.791112", "-0.093655", "", "4.077153", "2",
         "50.946162", "2.486336", "?"],
        [1, 3, "Death", "BCG", "Contrast level", "true", "BCG", "No BCG", "IV", "Hazard Ratio", "Random effects",
         "true", "false", "95%", "0.762763", "0.586830", "0.991441", "0.013715", "2.641075", "2", "24.273262",
         "2.024216", "#N/A"],
    ]  # fmt: skip
    header = ["Analysis group", "Analysis number", "Analysis name", "Subgroup", "Applicability", "Study", "Study year",
              "GIV Mean", "GIV SE", "Experimental mean", "Experimental SD", "Experimental cases", "Experimental N",
              "Control mean", "Control SD", "Control cases", "Control N", "O-E", "Variance", "Weight", "Mean",
              "CI start", "CI end", "Footnotes"]  # fmt: skip
    rows: list[list[object]] = [header]
    for study, (a, n1, c, n2) in COUNTS.items():
        y, low, high, weight = (f"{float(value):.6f}" for value in OR_STUDIES[study])
        rows.append([1, 1, "Tuberculosis", "", "SUBGROUP_AND_OVERALL", study, study[-4:], "0.0", "0.0", "0.0", "0.0", a,
                     n1, "0.0", "0.0", c, n2, "0.0", "0.0", weight, y, low, high, ""])  # fmt: skip
    for study, (m1, s1, n1, m2, s2, n2) in MEANS.items():
        rows.append([1, 2, "Quality of life", "", "SUBGROUP_AND_OVERALL", study, study[-4:], "0.0", "0.0", m1, s1, 0,
                     n1, m2, s2, 0, n2, "0.0", "0.0", 0, 0, 0, 0, "SDs from the authors"])  # fmt: skip
    for study, (log, se) in HAZARDS.items():
        rows.append([1, 3, "Death", "", "SUBGROUP_AND_OVERALL", study, study[-4:], log, se, "0.0", "0.0", 0, 0, "0.0",
                     "0.0", 0, 0, "0.0", "0.0", 0, 0, 0, 0, ""])  # fmt: skip
    bias = [["Study", "Domain (judgement): Randomisation", "Domain (support): Randomisation", "Overall (judgement)"],
            ["Aronson 1948", "Low risk", "cards", "Some concerns"]]  # fmt: skip
    studies = [["Study", "Year"], *([study, study[-4:]] for study in (*COUNTS, *MEANS))]
    return {
        "7-analysis-data/7-data-rows.csv": csv_text(rows),
        "7-analysis-data/7-overall-estimates-and-settings.csv": csv_text(settings),
        "7-study-data/7-risk-of-bias.csv": csv_text(bias),
        "7-study-data/7-study-information.csv": csv_text(studies),
    }


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def revman_csv() -> str:
    header = [
        "Comparison Number", "Outcome Number", "Subgroup Number", "Name", "Data Type", "Statistical Method",
        "Effect Measure", "Analysis Model", "Events 1", "Mean 1", "SD 1", "Total 1", "Events 2", "Mean 2", "SD 2",
        "Total 2", "Effect Estimate", "SE", "CI Start", "CI End", "Weight", "Q", "P(Q)", "I²(Q)", "Tau²", "Z",
        "P(Z)", "Qint", "P(Qint)", "I²(Qint)", "df", "Group Label 1", "Group Label 2", "Left Graph Label",
        "Right Graph Label", "Year of study", "User defined order",
    ]  # fmt: skip

    def line(**given: object) -> list[object]:
        return [given.get(name.replace(" ", "_"), "") for name in header]

    key = {"Comparison_Number": 1, "Subgroup_Number": 0}
    rows = [header, line(**key, Outcome_Number=0, Name="BCG versus none")]
    rows.append(line(**key, Outcome_Number=1, Name="Tuberculosis", Data_Type="DIC", Statistical_Method="MH",
                     Effect_Measure="OR", Analysis_Model="Fixed", Effect_Estimate="0.23473804", CI_Start="0.18197922",
                     CI_End="0.30279253", Q="0.9677314", Z="11.15787716", df=3, Group_Label_1="BCG",
                     Group_Label_2="No BCG"))  # fmt: skip
    for order, (study, (a, n1, c, n2)) in enumerate(COUNTS.items(), start=1):
        rows.append(line(**key, Outcome_Number=1, Name=study, Events_1=a, Mean_1=0, SD_1=0, Total_1=n1, Events_2=c,
                         Mean_2=0, SD_2=0, Total_2=n2, Year_of_study=study[-4:], User_defined_order=order))  # fmt: skip
    rows.append(line(**key, Outcome_Number=2, Name="Quality of life", Data_Type="CON", Statistical_Method="IV",
                     Effect_Measure="SMD", Analysis_Model="Fixed", Effect_Estimate="-0.44238372",
                     CI_Start="-0.79111218", CI_End="-0.09365526", df=2, Z="2.48633613"))  # fmt: skip
    for order, (study, (m1, s1, n1, m2, s2, n2)) in enumerate(MEANS.items(), start=5):
        rows.append(line(**key, Outcome_Number=2, Name=study, Events_1=0, Mean_1=m1, SD_1=s1, Total_1=n1, Events_2=0,
                         Mean_2=m2, SD_2=s2, Total_2=n2, Year_of_study=study[-4:],
                         User_defined_order=order))  # fmt: skip
    return csv_text(rows)


def write(path: Path, content: str | bytes) -> Path:
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content)
    return path

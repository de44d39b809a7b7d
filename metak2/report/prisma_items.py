"""The checklist of PRISMA 2020: 27 items in 42 parts, as printed.

Page et al. (2021), BMJ 372:n71, table 1; https://doi.org/10.1136/bmj.n71, published under CC BY 4.0.
"""

from dataclasses import dataclass

STATEMENT = "Page et al. 2021, BMJ 372:n71, https://doi.org/10.1136/bmj.n71"


@dataclass(frozen=True, slots=True)
class Item:
    """A part of the checklist: its number, what it is about, what it asks for."""

    number: str
    topic: str
    text: str


ITEMS = (
    Item("1", "Title", "Identify the report as a systematic review."),
    Item("2", "Abstract", "See the PRISMA 2020 for Abstracts checklist."),
    Item("3", "Rationale", "Describe the rationale for the review in the context of existing knowledge."),
    Item(
        "4",
        "Objectives",
        "Provide an explicit statement of the objective(s) or question(s) the review addresses.",
    ),
    Item(
        "5",
        "Eligibility criteria",
        "Specify the inclusion and exclusion criteria for the review and how studies were grouped for the syntheses.",
    ),
    Item(
        "6",
        "Information sources",
        "Specify all databases, registers, websites, organisations, reference lists and other sources searched or "
        "consulted to identify studies. Specify the date when each source was last searched or consulted.",
    ),
    Item(
        "7",
        "Search strategy",
        "Present the full search strategies for all databases, registers and websites, including any filters and "
        "limits used.",
    ),
    Item(
        "8",
        "Selection process",
        "Specify the methods used to decide whether a study met the inclusion criteria of the review, including how "
        "many reviewers screened each record and each report retrieved, whether they worked independently, and if "
        "applicable, details of automation tools used in the process.",
    ),
    Item(
        "9",
        "Data collection process",
        "Specify the methods used to collect data from reports, including how many reviewers collected data from each "
        "report, whether they worked independently, any processes for obtaining or confirming data from study "
        "investigators, and if applicable, details of automation tools used in the process.",
    ),
    Item(
        "10a",
        "Data items",
        "List and define all outcomes for which data were sought. Specify whether all results that were compatible "
        "with each outcome domain in each study were sought (e.g. for all measures, time points, analyses), and if "
        "not, the methods used to decide which results to collect.",
    ),
    Item(
        "10b",
        "Data items",
        "List and define all other variables for which data were sought (e.g. participant and intervention "
        "characteristics, funding sources). Describe any assumptions made about any missing or unclear information.",
    ),
    Item(
        "11",
        "Study risk of bias assessment",
        "Specify the methods used to assess risk of bias in the included studies, including details of the tool(s) "
        "used, how many reviewers assessed each study and whether they worked independently, and if applicable, "
        "details of automation tools used in the process.",
    ),
    Item(
        "12",
        "Effect measures",
        "Specify for each outcome the effect measure(s) (e.g. risk ratio, mean difference) used in the synthesis or "
        "presentation of results.",
    ),
    Item(
        "13a",
        "Synthesis methods",
        "Describe the processes used to decide which studies were eligible for each synthesis (e.g. tabulating the "
        "study intervention characteristics and comparing against the planned groups for each synthesis (item #5)).",
    ),
    Item(
        "13b",
        "Synthesis methods",
        "Describe any methods required to prepare the data for presentation or synthesis, such as handling of missing "
        "summary statistics, or data conversions.",
    ),
    Item(
        "13c",
        "Synthesis methods",
        "Describe any methods used to tabulate or visually display results of individual studies and syntheses.",
    ),
    Item(
        "13d",
        "Synthesis methods",
        "Describe any methods used to synthesize results and provide a rationale for the choice(s). If meta-analysis "
        "was performed, describe the model(s), method(s) to identify the presence and extent of statistical "
        "heterogeneity, and software package(s) used.",
    ),
    Item(
        "13e",
        "Synthesis methods",
        "Describe any methods used to explore possible causes of heterogeneity among study results (e.g. subgroup "
        "analysis, meta-regression).",
    ),
    Item(
        "13f",
        "Synthesis methods",
        "Describe any sensitivity analyses conducted to assess robustness of the synthesized results.",
    ),
    Item(
        "14",
        "Reporting bias assessment",
        "Describe any methods used to assess risk of bias due to missing results in a synthesis (arising from "
        "reporting biases).",
    ),
    Item(
        "15",
        "Certainty assessment",
        "Describe any methods used to assess certainty (or confidence) in the body of evidence for an outcome.",
    ),
    Item(
        "16a",
        "Study selection",
        "Describe the results of the search and selection process, from the number of records identified in the "
        "search to the number of studies included in the review, ideally using a flow diagram.",
    ),
    Item(
        "16b",
        "Study selection",
        "Cite studies that might appear to meet the inclusion criteria, but which were excluded, and explain why they "
        "were excluded.",
    ),
    Item("17", "Study characteristics", "Cite each included study and present its characteristics."),
    Item("18", "Risk of bias in studies", "Present assessments of risk of bias for each included study."),
    Item(
        "19",
        "Results of individual studies",
        "For all outcomes, present, for each study: (a) summary statistics for each group (where appropriate) and (b) "
        "an effect estimate and its precision (e.g. confidence/credible interval), ideally using structured tables or "
        "plots.",
    ),
    Item(
        "20a",
        "Results of syntheses",
        "For each synthesis, briefly summarise the characteristics and risk of bias among contributing studies.",
    ),
    Item(
        "20b",
        "Results of syntheses",
        "Present results of all statistical syntheses conducted. If meta-analysis was done, present for each the "
        "summary estimate and its precision (e.g. confidence/credible interval) and measures of statistical "
        "heterogeneity. If comparing groups, describe the direction of the effect.",
    ),
    Item(
        "20c",
        "Results of syntheses",
        "Present results of all investigations of possible causes of heterogeneity among study results.",
    ),
    Item(
        "20d",
        "Results of syntheses",
        "Present results of all sensitivity analyses conducted to assess the robustness of the synthesized results.",
    ),
    Item(
        "21",
        "Reporting biases",
        "Present assessments of risk of bias due to missing results (arising from reporting biases) for each "
        "synthesis assessed.",
    ),
    Item(
        "22",
        "Certainty of evidence",
        "Present assessments of certainty (or confidence) in the body of evidence for each outcome assessed.",
    ),
    Item("23a", "Discussion", "Provide a general interpretation of the results in the context of other evidence."),
    Item("23b", "Discussion", "Discuss any limitations of the evidence included in the review."),
    Item("23c", "Discussion", "Discuss any limitations of the review processes used."),
    Item("23d", "Discussion", "Discuss implications of the results for practice, policy, and future research."),
    Item(
        "24a",
        "Registration and protocol",
        "Provide registration information for the review, including register name and registration number, or state "
        "that the review was not registered.",
    ),
    Item(
        "24b",
        "Registration and protocol",
        "Indicate where the review protocol can be accessed, or state that a protocol was not prepared.",
    ),
    Item(
        "24c",
        "Registration and protocol",
        "Describe and explain any amendments to information provided at registration or in the protocol.",
    ),
    Item(
        "25",
        "Support",
        "Describe sources of financial or non-financial support for the review, and the role of the funders or "
        "sponsors in the review.",
    ),
    Item("26", "Competing interests", "Declare any competing interests of review authors."),
    Item(
        "27",
        "Availability of data, code and other materials",
        "Report which of the following are publicly available and where they can be found: template data collection "
        "forms; data extracted from included studies; data used for all analyses; analytic code; any other materials "
        "used in the review.",
    ),
)

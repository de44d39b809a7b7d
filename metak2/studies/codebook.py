"""The columns of every sheet of a workbook: what each means, its unit and what it may hold."""

from collections.abc import Mapping
from dataclasses import dataclass

YES_NO = "yes, no or blank"
BLANK = "blank = not reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMeaning:
    """One column: its meaning, its unit ("" for none) and what it may hold."""

    meaning: str
    unit: str = ""
    allowed: str = ""


_STUDY = {"study": ColumnMeaning(meaning="name a reader sees; the key in every sheet", allowed="as in studies")}
_RESULT = {
    **_STUDY,
    "outcome": ColumnMeaning(meaning="what was measured, worded alike across trials"),
    "time": ColumnMeaning(meaning="follow-up as text", allowed="such as 12 months, whole follow-up"),
}
_ARM = {**_RESULT, "arm": ColumnMeaning(meaning="treatment as the source names it, shortened alike across trials")}
_NOTE = {"note": ColumnMeaning(meaning="anything a reader must know")}


def _columns(meanings: Mapping[str, tuple[str, ...]]) -> dict[str, ColumnMeaning]:
    named = ("meaning", "unit", "allowed")
    return {column: ColumnMeaning(**dict(zip(named, said, strict=False))) for column, said in meanings.items()}


SHEETS: Mapping[str, Mapping[str, ColumnMeaning]] = {
    "studies": {
        "study": ColumnMeaning(meaning="name a reader sees; the key in every sheet", allowed="each once"),
        **_columns(
            {
                "year": ("year of publication",),
                "authors": ("authors as printed",),
                "title": ("title of the paper as printed",),
                "journal": ("journal",),
                "doi": ("digital object identifier",),
                "pmid": ("PubMed number",),
                "registration": ("trial registration number",),
                "country": ("country",),
                "population": ("who was studied",),
                "design": ("design", "", "parallel, crossover, cluster, cohort"),
                "randomised": ("whether allocation was random", "", "yes, no, not stated"),
                "dose": ("dose of the experimental treatment",),
                "form": ("form of the experimental treatment",),
                "comparator": ("what the control group received",),
                "cointervention": ("what both groups received",),
                "blinding": ("who was blinded",),
                "duration_months": ("length of treatment", "months"),
                "n_randomised": ("people randomised", "people", "whole number"),
                "n_analysed": ("people analysed", "people", "whole number"),
                "recruitment_months": ("time from the first to the last person randomised", "months"),
                "centres": ("centres that recruited", "", "whole number; blank = one"),
                "analysis_set": ("who was analysed", "", "randomised, ITT, per protocol, completers, not stated"),
                "effect_of_interest": ("effect of interest", "", "assignment, adhering"),
                "prespecified": ("whether the outcome was prespecified", "", YES_NO),
                "integrity_status": ("integrity", "", "ok, concern, corrected, retracted, duplicate, not_checked"),
                "integrity_date": ("when integrity was checked", "", "text such as 2024-02-21"),
                "integrity_source": ("where integrity was checked",),
                "integrity_person": ("who checked integrity",),
                "integrity_note": ("what was found",),
                "page": ("address as seen",),
            }
        ),
        **_NOTE,
    },
    "risk_of_bias": {
        **_STUDY,
        "outcome": ColumnMeaning(meaning="the result that is judged"),
        **_columns(
            {
                "tool": ("tool", "", "RoB 2, ROBINS-I"),
                "D1": ("randomisation", "", "low, some concerns, high; blank = not assessed"),
                "D2": ("deviations from the intended treatment", "", "as D1"),
                "D3": ("missing outcome data", "", "as D1"),
                "D4": ("measurement of the outcome", "", "as D1"),
                "D5": ("selection of the reported result", "", "as D1"),
                "overall": ("overall judgement", "", "as D1"),
                "support": ("what the judgement rests on",),
                "assessor": ("who judged",),
            }
        ),
    },
    "binary": {
        **_ARM,
        **_columns(
            {
                "events": ("people with the event", "people", f"whole number, {BLANK}"),
                "total": ("people in the arm", "people", f"whole number, {BLANK}"),
                "derived": ("whether a count was derived, not printed", "", YES_NO),
            }
        ),
        **_NOTE,
    },
    "continuous": {
        **_STUDY,
        "outcome": _RESULT["outcome"],
        "site": ColumnMeaning(meaning="where it was measured"),
        "time": _RESULT["time"],
        "arm": _ARM["arm"],
        **_columns(
            {
                "n": ("people analysed in the arm", "people", f"whole number, {BLANK}"),
                "n_randomised": ("people randomised to the arm", "people", f"whole number, {BLANK}"),
                "statistic": ("what the value is", "", "mean, median, not named"),
                "mean": ("mean", "as in unit", BLANK),
                "dispersion": ("its spread as printed", "as in unit", f"above 0, {BLANK}"),
                "dispersion_low": ("lower limit as printed", "as in unit", BLANK),
                "dispersion_high": ("upper limit as printed", "as in unit", BLANK),
                "dispersion_type": (
                    "what the source calls the spread",
                    "",
                    "SD, SEM, CI90, CI95, CI99; beside a median IQR or range; blank = not stated",
                ),
                "dispersion_inferred": ("what the spread must be", "", "SD, SEM or blank"),
                "dispersion_evidence": ("why it must be that",),
                "unit": ("unit of the value",),
                "median": ("median, where the source gives one", "as in unit", BLANK),
                "q1": ("first quartile", "as in unit", BLANK),
                "q3": ("third quartile", "as in unit", BLANK),
                "minimum": ("smallest value", "as in unit", BLANK),
                "maximum": ("largest value", "as in unit", BLANK),
                "change_or_final": ("kind of value", "", "change, final, baseline"),
                "scale_items": (
                    "whole-number items that a person's value is the mean of; 1 for a count or a sum score",
                    "",
                    "whole number; blank = no whole-number scale",
                ),
            }
        ),
        **_NOTE,
    },
    "baseline": {
        **_STUDY,
        **_columns(
            {
                "variable": ("what was measured or counted before treatment",),
                "arm": ("group as the source names it",),
                "n": ("people in the group", "people", "whole number"),
                "mean": ("mean, with the decimals of the source", "", "blank for a share"),
                "sd": ("standard deviation; never a standard error", "", "above 0; blank for a share"),
                "events": ("people with the feature", "people", "whole number; blank for a mean"),
            }
        ),
        **_NOTE,
    },
    "effects": {
        **_RESULT,
        **_columns(
            {
                "experimental": ("experimental arm",),
                "control": ("control arm",),
                "measure": ("measure", "", "HR, RR, OR, IRR, ROM, MD, SMD"),
                "estimate": ("estimate; a ratio as such, not its logarithm", "as the measure", BLANK),
                "se": ("standard error, of the logarithm for a ratio", "as the measure", f"above 0, {BLANK}"),
                "ci_low": ("lower confidence limit", "as the estimate", BLANK),
                "ci_high": ("upper confidence limit", "as the estimate", BLANK),
                "level": ("confidence level", "per cent", "95 or 0.95; blank = 95"),
                "p": ("exact p value", "", "0 to 1; a bound goes into note"),
                "p_sided": ("sidedness of p", "", "two, one; blank = two"),
                "t": ("t (or z) value of the estimate", "", BLANK),
                "df": ("degrees of freedom of t, p and interval; blank = normal distribution", "", "above 0"),
                "adjusted_for": ("covariates",),
            }
        ),
        **_NOTE,
    },
    "percentages": {
        **_ARM,
        **_columns(
            {
                "n": ("people in the arm", "people", f"whole number, {BLANK}"),
                "percent": ("cumulative percentage (Kaplan-Meier), not a count", "per cent", f"0 to 100, {BLANK}"),
                "direction": ("what is counted", "", "event, event-free"),
            }
        ),
        **_NOTE,
    },
    "rates": {
        **_ARM,
        **_columns(
            {
                "events": ("events in the arm", "events", f"whole number, {BLANK}"),
                "person_time": ("time at risk", "person-years", f"above 0, {BLANK}"),
            }
        ),
        **_NOTE,
    },
    "flow": _columns(
        {
            "stage": (
                "box of the PRISMA 2020 flow diagram",
                "",
                (
                    "databases, registers, duplicates, automation, removed_other, screened, excluded, sought, "
                    "not_retrieved, assessed, excluded_reports, included_studies, included_reports, pooled_studies; "
                    "other methods: other_sources, other_sought, other_not_retrieved, other_assessed, "
                    "other_excluded_reports; an update: previous_studies, previous_reports, total_studies, "
                    "total_reports"
                ),
            ),
            "count": ("records, reports or studies in it", "", "whole number"),
            "reason": ("name of the database, or reason for exclusion",),
            "note": ("anything a reader must know",),
        }
    ),
    "sources": _columns(
        {
            "sheet": ("sheet of the number",),
            "cell": ("cell of the number", "", "such as E5"),
            "value": ("the number",),
            "page": ("address as seen",),
            "quote": ("words of the source", "", "at most 15 words"),
            "note": ("anything a reader must know",),
        }
    ),
    "codebook": _columns(
        {
            "sheet": ("sheet of the column",),
            "column": ("column; outcome in the row of an outcome",),
            "value": ("the outcome's name in the row of an outcome, else blank",),
            "meaning": ("what it means",),
            "unit": ("unit",),
            "allowed": ("what it may hold",),
            "higher_is": ("for an outcome: which way is good", "", "better, worse"),
        }
    ),
}

"""The sentence behind each caveat. One code, one function; styles may format the numbers inside."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from metak2.display.listing import listed
from metak2.display.notes_network import SENTENCES as OF_NETWORKS
from metak2.display.notes_small_studies import SENTENCES as OF_SMALL_STUDIES
from metak2.display.numbers import p_value, pointed, significant
from metak2.effects.notes import Note
from metak2.effects.ready_made import REPORTED_AS

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "retracted": "retracted; shown, not pooled",
        "concern": "under concern about its integrity; shown, not pooled",
        "duplicate": "the same patients as another row; shown, not pooled",
        "double zero": "no event in either arm (or only events); a ratio is not estimable from it; listed, not pooled",
        "not reported": "blank in the workbook because no figure is sourced; listed, not pooled",
        "not estimable": "not estimable from the numbers given; listed, not pooled",
        "other endpoint": "measures another endpoint; shown, not pooled",
        "not randomised": "not stated to be randomised; shown, not pooled",
        "not a mean": "reported as a median or an unnamed statistic, which is not a mean; listed, not pooled",
    }
)


def reason(code: str) -> str:
    """Why a study is not pooled, in words."""
    if code.startswith(REPORTED_AS):
        return f"another measure ({code.removeprefix(REPORTED_AS)}); listed as reported, not pooled"
    return REASONS.get(code, f"{code}; shown, not pooled")


def _excluded(note: Note) -> str:
    return f"{listed(note.where)}: {reason(str(note.values['reason']))}."


SPREADS = {"SEM": "standard error of the mean", "SD": "standard deviation"}


def _inferred(note: Note) -> str:
    kind = str(note.values["type"])
    evidence = f" ({note.values['evidence']})" if note.values.get("evidence") else ""
    read_as = f"{SPREADS.get(kind, kind)}{evidence}"
    told = f"{listed(note.where)}: the source does not name its ± value; it is read as a {read_as}."
    if "p" not in note.values:
        return told
    other = SPREADS["SD" if kind == "SEM" else "SEM"]
    people = " and ".join(str(n) for n in note.values["n"])
    return (
        f"{told} Were it a {other} ({people} people): standard error {significant(float(note.values['se']))}, t test "
        f"{p_value(float(note.values['p']))}."
    )


def _contradiction(note: Note) -> str:
    says = "does not include" if note.values["excludes"] else "includes"
    return (
        f"{listed(note.where)}: the source prints {p_value(float(note.values['p']))} beside an interval that {says} no "
        "effect. The two contradict each other, by rounding or because they come from different tests: read neither "
        "as showing an effect."
    )


SENTENCES: Mapping[str, Callable[[Note], str]] = MappingProxyType(
    {
        **OF_SMALL_STUDIES,
        **OF_NETWORKS,
        "EXCLUDED": _excluded,
        "DISPERSION_INFERRED": _inferred,
        "ZERO_CELLS_CORRECTED": lambda n: (
            f"{listed(n.where)}: a cell of the two-by-two table is empty; {pointed(str(n.values['policy']))}."
        ),
        "ZERO_COUNTS_CORRECTED": lambda n: f"{listed(n.where)}: a count is zero; {pointed(str(n.values['policy']))}.",
        "FREEMAN_TUKEY": lambda n: (
            f"Values return from the Freeman–Tukey scale by the harmonic mean size ({n.values['harmonic_mean']:.0f}; "
            f"studies from {n.values['smallest']:g} to {n.values['largest']:g}). With sizes so different this can "
            "mislead: prefer the logit (PLO)."
        ),
        "ZERO_RATES_CORRECTED": lambda n: (
            f"{listed(n.where)}: an arm without events; half an event added to both arms."
        ),
        "COUNTS_DERIVED": lambda n: f"{listed(n.where)}: counts worked out from a reported percentage.",
        "SE_FROM_P": lambda n: (
            f"{listed(n.where)}: standard error from the reported p value ({p_value(float(n.values['p']))})."
        ),
        "P_BESIDE_INTERVAL": _contradiction,
        "SE_MAY_BE_SD": lambda n: (
            f"{listed(n.where)}: the effects differ far less than their standard errors let them "
            f"(Q {significant(float(n.values['Q']))} on {n.values['df']} degrees of freedom). Are these standard "
            "deviations, or do the rows share patients? Look up what the papers print."
        ),
        "RECONSTRUCTED": lambda n: f"{listed(n.where)}: reconstructed, {n.values['how']}.",
        "ASSUMED": lambda n: f"{listed(n.where)}: {n.values['what']}.",
        "NO_HETEROGENEITY_TEST": lambda _: (
            "Fewer than two studies have an effect of their own, so that nothing is said of their heterogeneity."
        ),
        "NO_RESIDUAL": lambda n: (
            f"{listed(n.where)}: the fit passes through this point whatever its value, so that its residual has no "
            "standard error."
        ),
        "ONE_STUDY": lambda _: (
            "One study: its own interval is the answer. Between-study variance, I² and a prediction interval do not "
            "exist."
        ),
        "TWO_STUDIES": lambda n: (
            "Two studies cannot tell how effects vary between studies: the headline is the common-effect Wald "
            f"interval. The Hartung–Knapp interval of the planned model ({n.values['asked']}; t with 1 degree of "
            "freedom) is uninformative; there is no prediction interval."
        ),
        "TWO_STUDIES_AS_ASKED": lambda _: (
            "Two studies only: between-study variance is hardly estimable, and there is no prediction interval."
        ),
        "NEVER_NARROWER": lambda _: (
            "τ² is 0 or the Hartung–Knapp interval is narrower than Wald's: the reported interval is the variant that "
            "is never narrower than Wald."
        ),
        "PREDICTION_FEW": lambda n: (
            f"The prediction interval rests on {n.values['k']} studies; below 10 it is itself very uncertain."
        ),
        "TWO_SUMMITS": lambda _: "The likelihood of τ² has more than one summit; the highest is reported.",
        "SCANNED_NOT_PROVED": lambda _: (
            "τ² is the highest of all scanned points; that no higher summit lies between them is not proved."
        ),
        "FLAT_LIKELIHOOD": lambda _: (
            "The likelihood of τ² is flat: the data hardly tell how effects vary between studies."
        ),
        "TAU2_GIVEN": lambda n: (
            f"τ² was given ({significant(float(n.values['tau2']))} on the analysis scale) and not estimated from these "
            "studies."
        ),
        "WEIGHTS_GIVEN": lambda n: (
            f"The studies are pooled with {n.values['weights']}, not with the inverse of their variances."
        ),
        "PREDICTION_DRAWN": lambda n: (
            f"The prediction interval rests on {n.values['draws']} random draws (seed {n.values['seed']}); another "
            "seed moves its limits slightly."
        ),
        "PETO_CAUTION": lambda _: (
            "Peto's method is biased unless events are rare, arms balanced and the effect small; that is not so here."
        ),
        "MODERATOR_MISSING": lambda n: (
            f"{listed(n.where)}: no value of a moderator; shown in other analyses, not used in this one."
        ),
        "REDUNDANT_COLUMNS": lambda n: (
            f"{n.values['columns']}: explained by the other columns of the design in these studies; left out."
        ),
        "SATURATED": lambda _: (
            "As many coefficients as studies: each study is fitted exactly, nothing is left to judge the model by, and "
            "heterogeneity cannot be estimated."
        ),
        "REGRESSION_FEW": lambda n: (
            f"A regression of {n.values['moderators']} slopes on {n.values['k']} studies: with fewer than ten studies "
            "per moderator it is unreliable (Cochrane Handbook, section 10.11.5.1)."
        ),
        "NOT_WITHOUT": lambda n: f"The model cannot be estimated without {listed(n.where)}: their rows are empty.",
        "PERMUTATIONS_FAILED": lambda n: (
            f"Not estimable, and not counted: {n.values['failed']} of {n.values['of']} arrangements."
        ),
        "REFITTED_BY_ML": lambda n: (
            f"Both models were refitted by maximum likelihood: the {n.values['method']} fits cannot be compared by it."
        ),
        "PERFECT_FIT": lambda _: (
            "The effects lie exactly on the model: Knapp–Hartung's standard errors are 0 and its tests mean nothing; "
            'use test="z".'
        ),
        "QM_NOT_ESTIMABLE": lambda _: (
            "The moderators cannot be tested together: their covariance is singular to sixteen digits, as where a "
            "category rests on one study of enormous variance; choose another reference or leave the category out."
        ),
        "SCALE_AT_ZERO": lambda n: (
            f"τ² goes to 0 in {listed(n.where) or 'some studies'}: a coefficient of log τ² has no finite estimate; its "
            "value and standard error mean nothing."
        ),
        "SCALE_NOT_CONVERGED": lambda _: (
            "No maximum of the likelihood was reached; use fewer scale moderators, or regress() with one τ²."
        ),
        "ACCURACY_LEFT_OUT": lambda n: (
            f"{listed(n.where)}: nobody with the disease or nobody without it; left out of the bivariate model."
        ),
        "ACCURACY_FEW": lambda n: (
            f"Five parameters rest on {n.values['k']} studies: the covariance between studies, and with it the curve "
            "and the prediction region, is hardly estimable."
        ),
        "ACCURACY_AT_BOUND": lambda _: (
            "The covariance between studies is estimated on its bound (no variance, or a correlation of 1 or −1): the "
            "curve and the prediction region are not to be relied on."
        ),
        "LAPLACE_POOR": lambda n: (
            f"The draws are worth {n.values['effective']:.0f} in a hundred only: the posterior is far from Laplace's "
            "approximation, and its tails are uncertain; give tighter priors or fewer random terms."
        ),
        "COMPONENT_NOT_INFORMED": lambda n: (
            f"The data do not inform every variance of the random terms ({n.values['components']}): one ran off and "
            "was stopped; its value and the standard errors that rest on it mean nothing."
        ),
        "LEVEL_IN_ONE_GROUP": lambda n: (
            f"{listed(n.where)}: seen in one group only, so that the variance of {n.values['term']} there is hardly "
            "estimable."
        ),
        "DOSES_INDEPENDENT": lambda _: (
            "Ratios of a study are taken as independent though they share a reference: the standard errors are wrong."
        ),
        "DOSES_TOO_FEW": lambda n: f"{listed(n.where)}: fewer doses than the curve has coefficients; left out.",
        "SEQUENTIAL_EXPLORATORY": lambda _: (
            "Exploratory: its boundaries hold for what was stated beforehand only, take a trial’s size to say nothing "
            "of its result, and cannot mend biased or missing trials."
        ),
        "VARIANCE_OF_NEXT_TRIAL": lambda _: (
            "The further trial is taken to be as precise, person for person, as the median of those pooled."
        ),
        "NO_POSTERIOR_MOMENT": lambda _: (
            "So few studies leave this prior a tail without a posterior mean or standard deviation: read median and "
            "interval, which exist."
        ),
        "PRIOR_OF_ANOTHER_MEASURE": lambda n: (
            f"The published prior was fitted to {n.values['made_for']}, not to this measure."
        ),
        "EFFECTS_COMBINED": lambda n: (
            f"{listed(n.where)}: several effects of the same patients combined into one "
            f"({'weighted' if n.values['weighted'] else 'plain'} mean; {n.values['assumed']})."
        ),
        "CONVERTED": lambda n: (
            f"{listed(n.where)}: {n.values['rule']} ({n.values['formula']})"
            + (f"; assumed: {n.values['assumption']}." if n.values["assumption"] else ".")
        ),
        "CLUSTERS_INFLATED": lambda n: (
            f"{listed(n.where)}: clusters were randomised; the variance is multiplied by the design effect."
        ),
        "CONTROL_SPLIT": lambda n: (
            f"{listed(n.where)}: a control arm that several comparisons share is split between them, so that its "
            "people count once; the parts are taken for independent (Cochrane Handbook, section 23.3.4)."
        ),
        "CORRELATION_ONE": lambda _: (
            "With a correlation of 1 the effects of a cluster are one result that stands several times: they were "
            "combined first."
        ),
        "RESTS_ON_ONE_CLUSTER": lambda n: (
            f"{listed(n.where)}: rests on a single cluster, so that nothing shows its error; no test, no interval."
        ),
        "ROBUST_PERFECT_FIT": lambda _: (
            "The effects lie on the model exactly, so that the robust errors are 0 whatever their true size: these "
            "intervals and p values mean nothing; use those of the model itself."
        ),
        "FEW_CLUSTERS": lambda n: (
            f"{listed(n.where)}: {float(n.values['df']):.1f} degrees of freedom from {n.values['clusters']} clusters. "
            "Below 4 robust intervals and p values are not to be trusted (Tipton 2015): too few studies, or the weight "
            "rests on few of them."
        ),
        "CLUSTERS_OF_ONE": lambda _: (
            "Every cluster holds one effect: the errors are robust to wrong weights, nothing is shared."
        ),
        "SUBGROUP_OF_ONE": lambda n: f"Subgroups of one study: {listed(n.where)}.",
    }
)


def sentence(note: Note) -> str:
    """The caveat as a sentence."""
    return SENTENCES[note.code](note)

"""The caveats of small-study effects and selection: when a test or a correction must not be used."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from metak2.display.listing import listed
from metak2.display.numbers import percent
from metak2.effects.notes import Note


def _studies(note: Note) -> str:
    k = int(note.values["k"])
    return f"{k} {'study' if k == 1 else 'studies'}"


def _rows(note: Note) -> str:
    numbers = tuple(str(row) for row in note.values["rows"])
    return f"{'row' if len(numbers) == 1 else 'rows'} {listed(numbers)}"


SENTENCES: Mapping[str, Callable[[Note], str]] = MappingProxyType(
    {
        "ASYMMETRY_FEW": lambda n: (
            f"{n.values['k']} studies: with fewer than ten, tests and corrections of funnel plot asymmetry should not "
            "be used, because they can hardly tell chance from bias (Cochrane Handbook, section 13.3.5.4)."
        ),
        "ASYMMETRY_PERFECT_FIT": lambda _: "The studies lie on the line exactly; the test has nothing to go by.",
        "ASYMMETRY_LEFT_OUT": lambda n: (
            f"{_studies(n)} without events, or with events in everybody, left out of this test."
        ),
        "EGGER_BINARY": lambda _: (
            "The effect of a two-by-two table and its standard error depend on each other, so that this test finds "
            "asymmetry too often; use Harbord's or Peters' test."
        ),
        "RANKS_TIED": lambda _: "Some ranks are tied: the p value is the normal approximation, not exact.",
        "TRIM_NOT_CONVERGED": lambda _: (
            "Trimming did not settle on a number of missing studies; the last one is shown and should not be used."
        ),
        "TRIM_HETEROGENEOUS": lambda n: (
            f"I² is {percent(float(n.values['I2']))}: where effects vary that much, trim and fill adds studies "
            "although none are missing; it should not be used."
        ),
        "FAILSAFE_DISCOURAGED": lambda _: (
            "Fail-safe N ignores the size and the direction of unseen effects; the Cochrane Handbook (section "
            "13.3.5.2 of version 5.1) advises against it."
        ),
        "EXCESS_FEW": lambda n: (
            f"{_studies(n)}: with fewer than ten the test of excess significance has little power and should not be "
            "used to say that there is no excess."
        ),
        "EXCESS_HETEROGENEOUS": lambda n: (
            f"I² is {percent(float(n.values['I2']))}: where effects vary, an excess of significant studies need not "
            "mean bias, and this test should not be used."
        ),
        "PET_HETEROGENEOUS": lambda n: (
            f"I² is {percent(float(n.values['I2']))}: with heterogeneity above 80\u202f% PET-PEESE is unreliable and "
            "should not be used (Stanley 2017)."
        ),
        "HENMI_COPAS_FEW": lambda n: (
            f"{n.values['k']} studies: the distribution behind this interval is approximate and rests on too few."
        ),
        "LIMIT_WITHOUT_TAU2": lambda _: (
            "τ² is 0: the limits of all studies coincide, and the adjusted effect is the slope of Egger's line."
        ),
        "SELECTION_FEW": lambda n: (
            f"{n.values['k']} studies: with fewer than ten a selection model should not be used as a correction; its "
            "parameters are hardly estimable."
        ),
        "SELECTION_ONE_SIDED": lambda n: (
            f"{n.values['significant']} of {n.values['k']} studies are significant: with fewer than four significant, "
            "or fewer than four other, studies the chances of being seen are hardly estimable."
        ),
        "SELECTION_AT_BOUND": lambda _: (
            "A parameter of the weights rests on the edge of its range; its value and the standard errors are rough."
        ),
        "SELECTION_NO_ERROR": lambda _: (
            "The likelihood has no curvature here, so that standard errors and intervals do not exist; use a simpler "
            "weight function."
        ),
        "SELECTION_NOT_CONVERGED": lambda _: (
            "No summit of the likelihood was reached; the values shown are not estimates and should not be used."
        ),
        "SELECTION_BY_ML": lambda n: (
            f"Fitted by maximum likelihood; the studies were pooled by another method ({n.values['asked']})."
        ),
        "SELECTION_GIVEN": lambda _: "Weights were given, not estimated: this answers what would follow if they held.",
        "SELECTION_CUT_ESTIMATED": lambda _: (
            "The cut was sought among the effects seen: the standard errors hold for a cut known beforehand, and the "
            "likelihood ratio has no p value (of 20 studies without selection it exceeds the 5\u202f% point of "
            "chi-squared with two degrees of freedom four times in ten)."
        ),
        "COPAS_NOT_CONVERGED": lambda _: (
            "In some rows the correlation with selection rests on its limit or the likelihood is flat: their standard "
            "errors are rough or missing, and these rows should not be used."
        ),
        "COPAS_NO_PATH": lambda _: (
            "The effect hardly depends on the selection assumed, so that no path leads from one value to the next; "
            "copas_contour() shows the whole grid."
        ),
        "COPAS_HIGHER_SUMMIT": lambda n: (
            f"The likelihood has two summits, and in {_rows(n)} the higher one is not the continuation of the rows "
            "above: read copas() beside it."
        ),
        "PCURVE_FEW": lambda n: f"{_studies(n)} significant: with fewer than five this method should not be used.",
        "PCURVE_HETEROGENEOUS": lambda n: (
            f"I² is {percent(float(n.values['I2']))}: where effects vary, a p-curve describes the significant studies "
            "only and its average power is too high."
        ),
    }
)

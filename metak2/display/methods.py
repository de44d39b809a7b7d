"""The methods section: what was done, from the fitted objects, with the references behind it."""

from metak2.display.numbers import pointed
from metak2.display.sentences import RULES, coverage, lower_first
from metak2.models.conventions import PREDICTIONS
from metak2.models.pooled import Pooled, Unpooled

INFERENCE_REFERENCES = {
    "HK": "Hartung & Knapp 2001, Stat Med 20:3875-3889",
    "HK-adhoc": "Röver, Knapp & Friede 2015, BMC Med Res Methodol 15:99",
}
Q_PROFILE = "Viechtbauer 2007, Stat Med 26:37-52"
I_SQUARED = "Higgins & Thompson 2002, Stat Med 21:1539-1558"
PREDICTION = "Higgins, Thompson & Spiegelhalter 2009, J R Stat Soc A 172:137-159"


def pooling_methods(result: Pooled | Unpooled) -> str:
    """How effects were measured and pooled, in sentences."""
    measure = result.measure
    scale = " (analysed as its logarithm)" if measure.log else ""
    parts = [f"The effect measure is the {lower_first(measure.label)}{scale}."]
    if isinstance(result, Unpooled):
        return f"{parts[0]} Effects are shown side by side and not pooled."
    if result.k == 1:
        return f"{parts[0]} One trial stands by itself, with its own {coverage(result.level)} interval (Wald)."
    policy = result.effects.zero_cells
    if policy is not None and measure.name != "PETO":
        parts.append(
            "Mantel–Haenszel sums take the counts as they are; study effects with an empty cell are corrected for Q "
            "and display only."
            if result.choices.method.name == "MH"
            else f"Where a cell is empty: {pointed(policy.label)}; trials without an event in either arm give no ratio."
        )
    parts.append(
        f"Pooling: {result.choices.method.label}; {coverage(result.level)} intervals by "
        f"{RULES[result.choices.test]} (convention “{result.convention.label}”)."
    )
    if result.convention.few_studies and result.choices.method.model == "random effects":
        parts.append(
            "With two studies the headline is the common effect with its Wald interval; where τ² is 0 or "
            "Hartung–Knapp is narrower than Wald, the variant that is never narrower is reported."
        )
    if result.choices.method.model == "random effects":
        parts.append(f"{_tau2_interval(result)}I² is taken {'from τ²' if result.I2_rule == 'from tau2' else 'from Q'}.")
        if result.choices.prediction != "none":
            own = result.choices.prediction in {"t(k-1) Wald", "t(k-2) Wald", "bootstrap"}
            basis = "" if own else "reported standard error and the "
            parts.append(
                f"Prediction intervals (three studies or more) use the {basis}{PREDICTIONS[result.choices.prediction]}."
            )
    parts.append("Trials that are retracted, of concern, or repeat other trials' patients are shown and not pooled.")
    return " ".join(parts)


def _tau2_interval(pooled: Pooled) -> str:
    rule = pooled.choices.tau2_interval
    return "" if rule == "none" else f"τ² has a {RULES[rule]} interval; "


def pooling_references(result: Pooled | Unpooled) -> tuple[str, ...]:
    """The papers behind the measure, the model, the interval and the heterogeneity statistics, in order of use."""
    references = [*result.measure.reference.split("; ")]
    if isinstance(result, Pooled) and result.k > 1:
        references += result.choices.method.reference.split("; ")
        if result.choices.method.model == "random effects":
            tests = {result.choices.test, result.ci.rule}
            references += [INFERENCE_REFERENCES[test] for test in ("HK", "HK-adhoc") if test in tests]
            references += [I_SQUARED, Q_PROFILE] + ([PREDICTION] if result.pi is not None else [])
    return tuple(dict.fromkeys(ref for ref in references if ref != "as given"))

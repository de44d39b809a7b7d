"""The methods section: what was done, from the fitted objects, with the references behind it."""

from dataclasses import dataclass

from metak2.display.numbers import pointed
from metak2.display.sentences import RULES, coverage, lower_first
from metak2.models.conventions import PREDICTIONS
from metak2.models.pooled import Pooled, Unpooled

INFERENCE_REFERENCES = {
    "HK": "Hartung & Knapp 2001, Stat Med 20:3875-3889",
    "HK-adhoc": "Röver, Knapp & Friede 2015, BMC Med Res Methodol 15:99",
    "HK-wider": "Jackson et al. 2017, Stat Med 36:3923-3934",
    "KR": "Partlett & Riley 2017, Stat Med 36:301-317",
}
TAU2_REFERENCES = {
    "Q-profile": "Viechtbauer 2007, Stat Med 26:37-52",
    "BJ": "Biggerstaff & Jackson 2008, Stat Med 27:6093-6110",
    "J": "Jackson 2013, Res Synth Methods 4:220-229",
    "GENQ": "Jackson 2013, Res Synth Methods 4:220-229",
    "PL": "Hardy & Thompson 1996, Stat Med 15:619-629",
}
I_SQUARED = "Higgins & Thompson 2002, Stat Med 21:1539-1558"
PREDICTION = "Higgins, Thompson & Spiegelhalter 2009, J R Stat Soc A 172:137-159"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that was done, as a sentence, and the papers behind it."""

    text: str
    references: tuple[str, ...] = ()


def pooling_methods(result: Pooled | Unpooled) -> str:
    """How effects were measured and pooled, in sentences."""
    return " ".join(step.text for step in pooling_steps(result))


def pooling_references(result: Pooled | Unpooled) -> tuple[str, ...]:
    """The papers behind the measure, the model, the intervals and the heterogeneity statistics, in order of use."""
    return tuple(dict.fromkeys(reference for step in pooling_steps(result) for reference in step.references))


def pooling_steps(result: Pooled | Unpooled) -> list[Step]:
    """How effects were measured and pooled, step by step."""
    measure = result.measure
    scale = " (analysed as its logarithm)" if measure.log else ""
    named = tuple(reference for reference in measure.reference.split("; ") if reference != "as given")
    steps = [Step(text=f"The effect measure is the {lower_first(measure.label)}{scale}.", references=named)]
    if isinstance(result, Unpooled):
        return [*steps, Step(text="Effects are shown side by side and not pooled.")]
    if result.k == 1:
        alone = f"One trial stands by itself, with its own {coverage(result.level)} interval (Wald)."
        return [*steps, Step(text=alone)]
    steps += _zero_cells(result)
    steps.append(_model(result))
    if result.convention.few_studies and result.choices.method.model == "random effects":
        steps.append(
            Step(
                text="With two studies the headline is the common effect with its Wald interval; where τ² is 0 or "
                "Hartung–Knapp is narrower than Wald, the variant that is never narrower is reported."
            )
        )
    if result.choices.method.model == "random effects":
        steps += _spread(result)
    kept_apart = "Trials that are retracted, of concern, or repeat other trials' patients are shown and not pooled."
    return [*steps, Step(text=kept_apart)]


def _zero_cells(pooled: Pooled) -> list[Step]:
    policy = pooled.effects.zero_cells
    if policy is None or pooled.measure.name == "PETO":
        return []
    if pooled.choices.method.name == "MH":
        text = (
            "Mantel–Haenszel sums take the counts as they are; study effects with an empty cell are corrected for Q "
            "and display only."
        )
    else:
        text = f"Where a cell is empty: {pointed(policy.label)}; trials without an event in either arm give no ratio."
    return [Step(text=text)]


def _model(pooled: Pooled) -> Step:
    asked = pooled.choices
    papers = [*asked.method.reference.split("; ")]
    if asked.method.model == "random effects":
        papers += [INFERENCE_REFERENCES[test] for test in INFERENCE_REFERENCES if test in {asked.test, pooled.ci.rule}]
    return Step(
        text=f"Pooling: {asked.method.label}; {coverage(pooled.level)} intervals by {RULES[asked.test]} "
        f"(convention “{pooled.convention.label}”).",
        references=tuple(paper for paper in papers if paper),
    )


def _spread(pooled: Pooled) -> list[Step]:
    """The rules of I², of the interval of τ² and of the prediction interval."""
    rule, predicted = pooled.choices.tau2_interval, pooled.choices.prediction
    tau2 = "" if rule == "none" else f"τ² has a {RULES[rule]} interval; "
    steps = [
        Step(
            text=f"{tau2}I² is taken {'from τ²' if pooled.I2_rule == 'from tau2' else 'from Q'}.",
            references=(I_SQUARED, *([TAU2_REFERENCES[rule]] if rule in TAU2_REFERENCES else [])),
        )
    ]
    if predicted == "none":
        return steps
    own = predicted in {"t(k-1) Wald", "t(k-2) Wald", "bootstrap"}
    basis = "" if own else "reported standard error and the "
    text = f"Prediction intervals (three studies or more) use the {basis}{PREDICTIONS[predicted]}."
    return [*steps, Step(text=text, references=(PREDICTION,) if pooled.pi is not None else ())]

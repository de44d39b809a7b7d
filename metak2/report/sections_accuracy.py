"""The report of a diagnostic test: the answer, both pictures, the studies, the model."""

from collections.abc import Sequence

import numpy as np

from metak2.display import accuracy as told
from metak2.display.notes import sentence
from metak2.display.numbers import count, fixed, significant
from metak2.display.sentences import coverage
from metak2.models.accuracy_result import Accuracy, Summary
from metak2.plots.accuracy import coupled_forest, sroc_plot
from metak2.report.blocks import Block, Caveat, Column, Heading, Paragraph, Picture, References, Table
from metak2.report.report import Report
from metak2.report.results import Json, to_json

REFERENCES = (
    "Reitsma et al. 2005, J Clin Epidemiol 58:982-990",
    "Chu & Cole 2006, J Clin Epidemiol 59:1331-1332",
    "Rutter & Gatsonis 2001, Stat Med 20:2865-2884",
    "Harbord et al. 2007, Biostatistics 8:239-251",
)


def accuracy_report(
    title: str, result: Accuracy, *, about: str, others: Sequence[Accuracy] = (), doubts: Sequence[str] = ()
) -> Report:
    """A report on a diagnostic test; `others` are the same studies under other likelihoods."""
    doubt = f" Why to doubt it: {' '.join(doubts)}" if doubts else ""
    blocks: list[Block] = [
        Paragraph(f"{about[:1].upper()}{about[1:]}. {told.answer(result)}{doubt}"),
        Heading("Result"),
        Paragraph(f"{told.ratios(result)} {told.variation(result)}"),
        *(Caveat(sentence(note)) for note in result.notes),
        Picture("accuracy-forest", f"Coupled forest plot: {about}.", coupled_forest(result)),
        Picture("accuracy-sroc", f"Summary ROC plot: {about}.", sroc_plot(result)),
        _table((result, *others)),
        _studies(result),
        Heading("Methods"),
        Paragraph(
            "Sensitivity and specificity are modelled together, with a covariance between studies; the summary ROC "
            "curve is that of the hierarchical model with the same likelihood. "
            f"{told.LIKELIHOODS[result.likelihood][:1].upper()}{told.LIKELIHOODS[result.likelihood][1:]}. Limits of "
            "single studies are exact."
        ),
        Heading("References"),
        References(REFERENCES),
    ]
    results: dict[str, object] = {"primary": result}
    if others:
        results["sensitivity"] = {other.likelihood: other for other in others}
    return Report(title=title, blocks=tuple(blocks), results={"accuracy": results}, effect_tables={}, expectations=())


def _table(results: Sequence[Accuracy]) -> Table:
    level = coverage(results[0].level)
    rows = tuple(
        (
            told.LIKELIHOODS[one.likelihood],
            told.share(one.sensitivity),
            told.share(one.specificity),
            told.ratio(one.positive_ratio),
            told.ratio(one.negative_ratio),
            fixed(one.correlation, 2),
        )
        for one in results
    )
    columns = (
        Column("Model"),
        Column(f"Sensitivity ({level} CI)", "right"),
        Column(f"Specificity ({level} CI)", "right"),
        Column("Positive likelihood ratio", "right"),
        Column("Negative likelihood ratio", "right"),
        Column("Correlation between studies", "right"),
    )
    shape = results[0].hsroc
    note = (
        f"Hierarchical parameters of the first model: accuracy {significant(shape.accuracy)}, threshold "
        f"{significant(shape.threshold)}, shape {significant(shape.shape)}."
    )
    return Table("The same studies by each likelihood", columns, rows, (note,) if np.isfinite(shape.shape) else ())


def _studies(result: Accuracy) -> Table:
    sensitivity, specificity = result.of_studies()
    data = result.data
    cells = (data.tp, data.fp, data.fn, data.tn)
    rows = tuple(
        (study, *(count(float(cell[at])) for cell in cells), told.share(sensitivity[at]), told.share(specificity[at]))
        for at, study in enumerate(data.study)
    )
    level = coverage(result.level)
    columns = (
        Column("Study"),
        *(Column(name, "right") for name in ("True positive", "False positive", "False negative", "True negative")),
        Column(f"Sensitivity ({level} CI)", "right"),
        Column(f"Specificity ({level} CI)", "right"),
    )
    return Table("Studies", columns, rows)


@to_json.register
def _(result: Accuracy) -> Json:
    data = result.data

    def json(one: Summary) -> Json:
        return {"estimate": to_json(one.estimate), "low": to_json(one.low), "high": to_json(one.high)}

    return {
        "kind": "accuracy",
        "likelihood": result.likelihood,
        "level": result.level,
        "k": result.k,
        "logit_means": to_json(result.mu),
        "vcov": to_json(result.vcov),
        "between": to_json(result.sigma),
        "log_likelihood": to_json(result.log_likelihood),
        **{
            name: json(getattr(result, name))
            for name in ("sensitivity", "specificity", "positive_ratio", "negative_ratio", "odds_ratio")
        },
        "hsroc": {name: to_json(value) for name, value in result.hsroc._asdict().items()},
        "studies": [
            {"study": study, **{name: float(getattr(data, name)[at]) for name in ("tp", "fp", "fn", "tn")}}
            for at, study in enumerate(data.study)
        ],
        "notes": to_json(result.notes),
    }

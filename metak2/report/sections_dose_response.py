"""The report of a dose–response curve: the answer, the picture, the curve in numbers, each study's own; its JSON."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from metak2.display import dose_response as told
from metak2.display.dose_response import RATIO
from metak2.display.notes import sentence
from metak2.display.numbers import count, effect, fixed, interval, significant
from metak2.display.sentences import coverage
from metak2.models.dose_response import DoseResponse
from metak2.plots.dose_response import dose_response_plot
from metak2.report.blocks import Block, Caveat, Column, Heading, Paragraph, Picture, References, Table
from metak2.report.report import Report
from metak2.report.results import Json, to_json

REFERENCES = (
    "Greenland & Longnecker 1992, Am J Epidemiol 135:1301-1309",
    "Hamling, Lee, Weitkunat & Ambühl 2008, Stat Med 27:954-970",
    "Orsini, Li, Wolk, Khudyakov & Spiegelman 2012, Am J Epidemiol 175:66-73",
)


def dose_response_report(
    title: str,
    result: DoseResponse,
    *,
    about: str,
    others: Mapping[str, DoseResponse] = MappingProxyType({}),
    doubts: Sequence[str] = (),
) -> Report:
    """A report on a dose–response curve; `others` are the same studies under other choices, by label."""
    doubt = f" Why to doubt it: {' '.join(doubts)}" if doubts else ""
    blocks: list[Block] = [
        Paragraph(f"{about[:1].upper()}{about[1:]}. {told.answer(result)}{doubt}"),
        Heading("Result"),
        Paragraph(told.tests(result)),
        *(Caveat(sentence(note)) for note in result.notes),
        Picture("dose-response", f"Dose–response curve: {about}.", dose_response_plot(result)),
        curve_table(result),
        model_table({"Primary analysis": result, **others}),
        observed_table(result),
        Heading("Methods"),
        Paragraph(
            "Ratios of one study share its reference and are correlated; their covariances are made from its cases and "
            "people or person-time. Each study’s curve starts at its own reference; the curve is not drawn beyond the "
            "doses observed."
        ),
        Heading("References"),
        References(REFERENCES),
    ]
    results: dict[str, object] = {"primary": result}
    if others:
        results["sensitivity"] = dict(others)
    return Report(title=title, blocks=tuple(blocks), results={"dose-response": results})


def curve_table(result: DoseResponse) -> Table:
    """The relative risk at a few doses."""
    found = result.predict(told.doses(result, 8))
    rows = tuple(
        (f"{dose:g}", effect(float(RATIO.back(one))), interval(float(RATIO.back(low)), float(RATIO.back(high))))
        for dose, one, low, high in zip(found.dose, found.estimate, found.ci_low, found.ci_high, strict=True)
    )
    unit = f" ({result.data.unit})" if result.data.unit else ""
    columns = (
        Column(f"Dose{unit}"),
        Column("Relative risk", "right"),
        Column(f"{coverage(result.level)} CI", "right"),
    )
    return Table("The curve in numbers", columns, rows, (f"Against a dose of {found.reference:g}.",))


def model_table(results: Mapping[str, DoseResponse]) -> Table:
    """The coefficients under each choice."""
    rows = tuple(
        (
            label,
            told.model(one),
            term,
            significant(float(one.beta[at]), 4),
            significant(float(np.sqrt(one.vcov[at, at])), 3),
        )
        for label, one in results.items()
        for at, term in enumerate(told.terms(one))
    )
    columns = (
        Column("Analysis"),
        Column("Model"),
        Column("Coefficient of"),
        Column("Log relative risk", "right"),
        Column("Standard error", "right"),
    )
    return Table("Coefficients", columns, rows)


def observed_table(result: DoseResponse) -> Table:
    """What each study reports."""
    data = result.data
    rows = tuple(
        (
            study,
            f"{data.dose[at]:g}",
            count(float(data.cases[at])),
            fixed(float(data.n[at]), 0),
            "reference" if np.isnan(data.se[at]) else effect(float(RATIO.back(data.yi[at]))),
            "" if np.isnan(data.se[at]) else significant(float(data.se[at])),
        )
        for at, study in enumerate(data.study)
    )
    columns = (
        Column("Study"),
        Column("Dose", "right"),
        Column("Cases", "right"),
        Column("People or person-time", "right"),
        Column("Relative risk", "right"),
        Column("Standard error (log)", "right"),
    )
    return Table("Doses of the studies", columns, rows)


@to_json.register
def _(result: DoseResponse) -> Json:
    data, curve = result.data, result.predict(told.doses(result, 8))
    return {
        "kind": "dose-response",
        "covariance": result.covariance,
        "method": result.method,
        "stages": result.stages,
        "level": result.level,
        "k": result.k,
        "knots": to_json(result.knots),
        "coefficients": to_json(result.beta),
        "vcov": to_json(result.vcov),
        "between": to_json(result.psi),
        "log_likelihood": to_json(result.log_likelihood),
        "overall": to_json(result.overall),
        "nonlinear": to_json(result.nonlinear),
        "unit": data.unit,
        "reference": curve.reference,
        "curve": [
            {"dose": to_json(float(dose)), "estimate": to_json(float(one)), "low": to_json(float(low)),
             "high": to_json(float(high))}
            for dose, one, low, high in zip(curve.dose, curve.estimate, curve.ci_low, curve.ci_high, strict=True)
        ],
        "studies": [
            {"study": one.study, "coefficients": to_json(one.beta), "vcov": to_json(one.vcov)} for one in result.trends
        ],
        "left_out": list(result.left_out),
        "notes": to_json(result.notes),
    }  # fmt: skip

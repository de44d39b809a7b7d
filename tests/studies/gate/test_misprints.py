"""The misprints of published papers are caught by the check made for them: numbers as printed, pages beside them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from metak2.studies.gate.workbook import check_workbook

WriteBook = Callable[..., Path]
EFFECT = ("study", "outcome", "time", "experimental", "control", "measure", "estimate", "se", "ci_low", "ci_high", "p",
          "note", "reported_direction", "favours")  # fmt: skip
MEANS = ("study", "outcome", "time", "arm", "n", "mean", "dispersion", "dispersion_low", "dispersion_high",
         "dispersion_type", "note")  # fmt: skip
CONTRAST = ("K2", "placebo")


def effect(study: str, measure: str, **cells: object) -> list[list[Any]]:
    row = {"study": study, "outcome": "o", "time": "t", "experimental": "K2", "control": "placebo", "measure": measure}
    return [list(EFFECT), [(row | cells).get(column) for column in EFFECT]]


def arms(study: str, *rows: Sequence[Any], kind: str | None = "SD") -> list[list[Any]]:
    """Arms as (n, mean, dispersion, lower limit, upper limit)."""
    named = ("n", "mean", "dispersion", "dispersion_low", "dispersion_high")
    made = [
        {"study": study, "outcome": "o", "time": "t", "arm": arm, "dispersion_type": kind}
        | dict(zip(named, row, strict=False))
        for arm, row in zip(CONTRAST, rows, strict=True)
    ]
    return [list(MEANS), *([row.get(column) for column in MEANS] for row in made)]


def codebook(higher_is: str) -> list[list[Any]]:
    return [["sheet", "column", "value", "meaning", "higher_is"], ["effects", "outcome", "o", "the outcome", higher_is]]


Book = dict[str, list[list[Any]]]
MISPRINTS: dict[str, tuple[Book, str, str, str]] = {
    # frontiersin.org/articles/10.3389/fnut.2023.1115069: "RR = 0.92, 95% CI (-0.79,1.07), p = 0.29"
    "Li 2023: a negative limit of a risk ratio": (
        {"effects": effect("Li 2023", "RR", estimate=0.92, ci_low=-0.79, ci_high=1.07, p=0.29)},
        "MK-E04", "effects!I2", "-0.79 cannot be a RR, which is above 0"),
    # cris.maastrichtuniversity.nl, Trevasc-HDK: "(AMD -86, 95% CI -854 to -117)"
    "Trevasc-HDK 2023: outside its interval": (
        {"effects": effect("Trevasc", "MD", estimate=-86, ci_low=-854, ci_high=-117)},
        "MK-E02", "effects!G2", "-86 is not inside its interval -854 to -117 (ci_low in I2, ci_high in J2)"),
    # ncbi.nlm.nih.gov/pubmed/35465686: "0.04 m/s (95% CI, -0.11 to 0.02 m/s; P=0.21)"
    "AVADEC 2022: jet velocity outside its interval": (
        {"effects": effect("AVADEC", "MD", estimate=0.04, ci_low=-0.11, ci_high=0.02, p=0.21)},
        "MK-E02", "effects!G2", "0.04 is not inside its interval -0.11 to 0.02 (ci_low in I2, ci_high in J2)"),
    # the same abstract prints 17 AU (-86 to 53) where the paper has -17
    "AVADEC 2022: a lost minus sign": (
        {"effects": effect("AVADEC", "MD", estimate=17, ci_low=-86, ci_high=53, p=0.64)},
        "MK-E10", "effects!G2", "17 is not in the middle of -86 to 53, which is -16.5"),
    # plthealth.com, Forli 2010: "in heart recipients 0.45 (SE 0.02) g, P=0.9"
    "Forli 2010: p that its SE does not give": (
        {"effects": effect("Forli 2010", "MD", estimate=0.45, se=0.02, p=0.9)},
        "MK-E11", "effects!K2", "p is 0.9, but 0.45 with its standard error gives about <0.001"),
    # pure.au.dk, Ronn 2016: "ucOC decreased in the MK-7 group (-65.6 (59.1; 71.0)%) (median (CI))"
    "Ronn 2016: limits without their minus signs": (
        {"continuous": arms("Ronn 2016", (60, -65.6, None, 59.1, 71.0), (60, -6.4, None, -13.5, 1.2), kind=None)},
        "MK-M04", "continuous!F2", "-65.6 is not between 59.1 and 71 (H2 and I2)"),
    # cmaj.ca link of PMID 11793169: fracture indices "significantly higher", against the paper's conclusion
    "Iwamoto 2001: a reversed direction": (
        {"effects": effect("Iwamoto J 2001", "chi-square", estimate=47.7, p=0.0001, reported_direction="higher",
                           favours="experimental"), "codebook": codebook("worse")},
        "MK-E17", "effects!G2", "'higher' is said to favour experimental, but higher is worse for this outcome"),
    # link.springer.com/article/10.1007/s007740050034: "it decreased by -7.31% ± 3.65%"
    "Orimo 1998: a fall of a negative amount": (
        {"effects": effect("Orimo 1998", "MD", estimate=9.51, se=4.4, note="in the placebo group, it decreased by "
                           "\u22127.31% \u00b1 3.65%")},
        "MK-T17", "effects!L2", "'decreased by -7.31%' says a fall of a negative amount"),
    # peeref.com/works/25365812: "WMD -0.96, CI [-0.70 to 0.' (cut off)"
    "Zhou 2022: an estimate below its lower limit": (
        {"effects": effect("Zhou 2022", "MD", estimate=-0.96, ci_low=-0.70)},
        "MK-E02", "effects!G2", "-0.96 is below its lower limit -0.7 (ci_low in I2)"),
    # eprints.gla.ac.uk/172900: "HR 0.45 (95% CI 0.07 to 0.83), p=0.02"
    "Lees 2019: a hazard ratio in the middle of the plain scale": (
        {"effects": effect("Lees 2019", "HR", estimate=0.45, ci_low=0.07, ci_high=0.83)},
        "MK-E10", "effects!G2", "0.45 is not in the middle of 0.07 to 0.83, which on the log scale is 0.241"),
    # Tan 2024, JAMA Intern Med: 0.96 (1.41), n 103, and 3.63 (2.20), n 96; difference -2.67 (-2.86 to -2.49)
    "Tan 2024: an interval too narrow for its SDs": (
        {"continuous": arms("Tan 2024", (103, 0.96, 1.41), (96, 3.63, 2.2)),
         "effects": effect("Tan 2024", "MD", estimate=-2.67, ci_low=-2.86, ci_high=-2.49)},
        "MK-E13", "effects!I2", ("check this: -2.86 to -2.49 is 2.80 times narrower than the SDs and n of the arms "
                                 "give (F2 and F3; SE 0.264 against 0.0944)")),
    # Fulton 2016, abstract mirrors: 'aged <= 70' for >= 70
    "Fulton 2016: ages on the wrong side": (
        {"studies": [["study", "population", "mean_age"], ["Fulton 2016", "men and women aged <= 70", 77]],
         "effects": effect("Fulton 2016", "MD", estimate=-0.3, ci_low=-1.3, ci_high=0.8)},
        "MK-S16", "studies!B2", "'men and women aged <= 70', but the mean age is 77 (C2)"),
    # Kurnatowska 2015 (21 a group): 0.06 ± 0.08 against 0.136 ± 0.05 mm, P = 0.005
    "Kurnatowska 2015: p that its SDs do not give": (
        {"continuous": arms("Kurnatowska 2015", (21, 0.06, 0.08), (21, 0.136, 0.05)),
         "effects": effect("Kurnatowska 2015", "MD", p=0.005)},
        "MK-E12", "effects!K2", "p is 0.005, but the means, SDs and n of the arms (F2 and F3) give about <0.001"),
    # moam.info, Shiraki 2000: -1.8 ± 0.6 (121) and 1.4 ± 0.7 (120), p = 0.0010: standard errors, were they called SDs
    "Shiraki 2000: standard errors called SDs": (
        {"continuous": arms("Shiraki 2000", (120, 1.4, 0.7), (121, -1.8, 0.6)),
         "effects": effect("Shiraki 2000", "MD", p=0.0017)},
        "MK-E12", "effects!K2", "p is 0.0017, but the means, SDs and n of the arms (F2 and F3) give about <0.001"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISPRINTS)
def test_a_published_misprint_is_caught_by_its_check(write_book: WriteBook, name: str) -> None:
    book, code, cell, message = MISPRINTS[name]
    found = [problem for problem in check_workbook(write_book(book)).problems if problem.severity != "note"]
    if name.startswith("Shiraki"):  # standard errors taken for SDs make its effect one of 4.9 SDs, which is told too
        implausible = found.pop(0)
        assert implausible.code == "MK-B07"
        assert "an SE may stand for an SD" in implausible.suggestion
    assert [(problem.code, problem.cell, problem.message) for problem in found] == [(code, cell, message)]


CORRECTED: dict[str, Book] = {
    "Li 2023": {"effects": effect("Li 2023", "RR", estimate=0.92, ci_low=0.79, ci_high=1.07, p=0.29)},
    "Trevasc-HDK 2023": {"effects": effect("Trevasc", "MD", estimate=-486, ci_low=-854, ci_high=-117)},
    "AVADEC 2022": {"effects": effect("AVADEC", "MD", estimate=-17, ci_low=-86, ci_high=53, p=0.64)},
    "Ronn 2016": {
        "continuous": arms("Ronn 2016", (60, -65.6, None, -71.0, -59.1), (60, -6.4, None, -13.5, 1.2), kind=None)},
    "Iwamoto 2001": {
        "effects": effect("Iwamoto J 2001", "chi-square", estimate=47.7, p=0.0001, reported_direction="lower",
                          favours="experimental"), "codebook": codebook("worse")},
    "Tan 2024, interval from its SDs": {
        "continuous": arms("Tan 2024", (103, 0.96, 1.41), (96, 3.63, 2.2)),
        "effects": effect("Tan 2024", "MD", estimate=-2.67, ci_low=-3.19, ci_high=-2.15)},
    "Kurnatowska 2015, calcium score": {
        "continuous": arms("Kurnatowska 2015", (21, 58.1, 106.5), (21, 74.4, 127.1)),
        "effects": effect("Kurnatowska 2015", "MD", p=0.7)},
    "Shiraki 2000, as standard errors": {
        "continuous": arms("Shiraki 2000", (120, 1.4, 0.7), (121, -1.8, 0.6), kind="SEM"),
        "effects": effect("Shiraki 2000", "MD", p=0.0010)},
    "Eelderink 2023": {
        "continuous": arms("Eelderink 2023", (20, -0.06, 0.26), (20, 0.27, 0.43)),
        "effects": effect("Eelderink 2023", "MD", p=0.010)},
    "Knapen 2015": {
        "continuous": arms("Knapen 2015", (120, -0.67, 2.78), (124, 0.15, 2.51)),
        "effects": effect("Knapen 2015", "MD", p=0.018)},
    "Koitaya 2014": {
        "continuous": arms("Koitaya 2014", (24, 3.6, 1.5), (24, 4.9, 2.3)),
        "effects": effect("Koitaya 2014", "MD", p=0.018)},
    "Habu 2004": {"effects": effect("Habu 2004", "HR", estimate=0.20, ci_low=0.04, ci_high=0.91, p=0.04)},
    "Habu 2004, adjusted": {"effects": effect("Habu 2004", "HR", estimate=0.13, ci_low=0.02, ci_high=0.99, p=0.05)},
    "Forli 2010, lumbar spine": {"effects": effect("Forli 2010", "MD", estimate=0.028, se=0.014, p=0.055)},
    "Valkyrie": {"effects": effect("De Vriese 2020", "HR", estimate=0.34, ci_low=0.19, ci_high=0.61, p=0.0003)},
}  # fmt: skip


@pytest.mark.parametrize("name", CORRECTED)
def test_what_is_printed_rightly_passes(write_book: WriteBook, name: str) -> None:
    found = check_workbook(write_book(CORRECTED[name])).problems
    assert [problem for problem in found if problem.severity != "note"] == []


def test_the_explanations_of_a_narrow_interval_are_offered_and_none_is_asserted(write_book: WriteBook) -> None:
    book = MISPRINTS["Tan 2024: an interval too narrow for its SDs"][0]
    (problem,) = check_workbook(write_book(book)).problems
    assert problem.severity == "warning"
    assert problem.message.startswith("check this")
    assert problem.suggestion.startswith("compatible with 8 values per person taken as independent")
    assert "r about 0.93" in problem.suggestion
    assert "another model: ask the authors" in problem.suggestion


def test_a_lost_minus_sign_and_a_plain_scale_are_suggested(write_book: WriteBook) -> None:
    def suggestion(name: str) -> str:
        found = check_workbook(write_book(MISPRINTS[name][0])).problems
        return next(problem.suggestion for problem in found if problem.code == MISPRINTS[name][1])

    assert "-17 would be in the middle, so a minus sign may have been lost" in suggestion(
        "AVADEC 2022: a lost minus sign"
    )
    assert "analysed without logarithms" in suggestion("Lees 2019: a hazard ratio in the middle of the plain scale")
    assert "if the spread were an SEM" in suggestion("Shiraki 2000: standard errors called SDs")


def test_no_whole_count_gives_the_ratio_of_ishida_and_kawai(write_book: WriteBook) -> None:
    # thelancet.com YOPS abstract: vertebral fracture RR 0.44, 17 of 66 untreated; 7 and 8 of 66 give 0.41 and 0.47
    counts = [["study", "outcome", "time", "arm", "events", "total"], ["Ishida 2004", "o", "t", "K2", None, 66],
              ["Ishida 2004", "o", "t", "placebo", 17, 66]]  # fmt: skip
    effects = effect("Ishida 2004", "RR", estimate=0.44, ci_low=0.20, ci_high=0.97)
    found = check_workbook(write_book({"binary": counts, "effects": effects})).problems
    assert [(problem.code, problem.cell, problem.message) for problem in found if problem.severity != "note"] == [
        ("MK-E14", "effects!G2", ("RR 0.44: no whole count gives it (7 of 66 gives 0.412 and 8 of 66 gives 0.471, "
                                  "against 17 of 66 in E3)"))]  # fmt: skip


def test_the_chi_square_of_shiraki_has_four_degrees_of_freedom(write_book: WriteBook) -> None:
    # the same abstract: chi-square = 10.935, p = 0.0273, two arms; one degree of freedom would give 0.0009
    header = ["study", "measure", "estimate", "chi2", "df", "p"]
    found = check_workbook(write_book({"effects": [header, ["Shiraki", "chi-square", None, 10.935, 1, 0.0273]]}))
    (problem,) = [problem for problem in found.problems if problem.severity != "note"]
    assert (problem.code, problem.cell) == ("MK-E16", "effects!F2")
    assert problem.suggestion == "check this; 4 degrees of freedom would give it"
    honest = check_workbook(write_book({"effects": [header, ["Shiraki", "chi-square", None, 10.935, 4, 0.0273]]}))
    assert [problem for problem in honest.problems if problem.severity != "note"] == []


@pytest.mark.parametrize("dose", ["2000 mg", "360 mg/day", "10 g"])
def test_a_dose_that_lost_its_micro_sign_is_found_among_its_peers(write_book: WriteBook, dose: str) -> None:
    # mirrors of Valkyrie print "2000 mg" MK-7 for 2000 µg, of Gast 2009 "10 mg/d"
    doses = {"10 g": ["45 mg/day", "15 mg/day", "45 mg", "90 mg"]}.get(
        dose, ["180 µg/day", "360 ug", "720 μg", "2000 mcg"]
    )
    rows = [["study", "dose", "form"], *([f"T{i}", given, "MK"] for i, given in enumerate([*doses, dose]))]
    effects = effect("T0", "MD", estimate=-0.3, ci_low=-1.3, ci_high=0.8)
    found = check_workbook(write_book({"studies": rows, "effects": effects})).problems
    assert [(problem.code, problem.cell) for problem in found if problem.severity != "note"] == [
        ("MK-M09", "studies!B6")
    ]
    rows[-1][1] = doses[0]
    assert check_workbook(write_book({"studies": rows, "effects": effects})).problems == ()

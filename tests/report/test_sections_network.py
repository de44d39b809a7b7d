import csv
import json
from pathlib import Path

import jsonschema
import openpyxl
import pytest

import metak2 as mk
from metak2.errors import UnknownOptionError
from metak2.models.network_league import League
from metak2.report.results_schema import results_schema
from tests.models.networks import made_up

SENN, HASSELBLAD = "datasets/teaching/senn2013.csv", "datasets/teaching/hasselblad1998.csv"


@pytest.fixture(scope="module")
def hasselblad() -> League:
    return mk.league_table(mk.network(mk.network_data(HASSELBLAD, measure="OR")))


def test_a_league_table_in_every_format_says_row_against_column(tmp_path: Path, hasselblad: League) -> None:
    for ending in (".csv", ".xlsx", ".html"):
        mk.write_league(hasselblad, tmp_path / f"league{ending}")
    rows = list(csv.reader((tmp_path / "league.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["Row against column", "grp_counseling", "ind_counseling", "no_contact", "self_help"]
    cell = next(row for row in rows if row[0] == "ind_counseling")[3]
    found = hasselblad.network.contrast("ind_counseling", "no_contact")
    shown = [f"{value:.2f}" for value in hasselblad.network.measure.back([found.estimate, found.low, found.high])]
    assert cell.startswith(f"{shown[0]} ({shown[1]} to {shown[2]}) [")
    sheet = openpyxl.load_workbook(tmp_path / "league.xlsx")["League table"]
    assert sheet["A3"].value == "Row against column"
    assert "treatment of its row against the treatment of its column" in (tmp_path / "league.html").read_text("utf-8")
    with pytest.raises(UnknownOptionError, match=r"\.docx"):
        mk.write_league(hasselblad, tmp_path / "league.docx")


def test_the_teaching_network_of_senn_is_reported_with_its_caution(tmp_path: Path) -> None:
    network = mk.network(mk.network_data(SENN, measure="MD"), weak_edges="allow").against("placebo")
    report = mk.network_report("A lesson", network, about="drugs", better="lower", order=network.treatments)
    report.write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "For teaching only" in text
    assert "Papakonstantinou et al. 2018" in text
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    primary = results["results"]["network"]["primary"]
    assert len(primary["comparisons"]) == 45
    assert primary["weak_edges_allowed"] is True
    with (tmp_path / "out" / "network-studies.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 28


def test_a_network_of_counts_is_reported_without_what_its_model_lacks(tmp_path: Path) -> None:
    network = mk.network(mk.network_data(HASSELBLAD, measure="OR"), method="MH", weak_edges="allow")
    mk.network_report("Rare", network, about="help", better="higher").write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Efthimiou et al. 2019" in text
    assert "Do the trials agree" not in text


def test_trials_that_cannot_be_analysed_are_drawn_with_the_reasons(tmp_path: Path) -> None:
    shown = mk.network_map({"study": list("aabb"), "arm": list("xyuv"), "integrity_status": ["", "", "concern", ""]})
    mk.network_map_report("Drawn", shown, about="four treatments", doubts=["Because."]).write(tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "fall into 2 parts that no trial joins" in text
    assert "2 of 2 comparisons rest on a single trial" in text
    assert "b (concern)" in text
    assert json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["results"]["map"]["parts"] == [
        ["u", "v"],
        ["x", "y"],
    ]


def test_components_and_regressions_have_a_form_in_json(tmp_path: Path) -> None:
    data = made_up(2)
    mk.network_report  # noqa: B018 - the JSON of networks comes with it
    regression = mk.network_regression(data, "x")
    components = mk.network_components(data, inactive="A")
    report = mk.Report(title="Both", blocks=(), results={"regression": regression, "components": components})
    report.write(tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["results"]
    assert results["regression"]["slopes"][0]["name"] == "x"
    assert [one["name"] for one in results["components"]["components"]] == ["B", "C", "D"]

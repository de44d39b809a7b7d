from metak2.report.shared_origins import share_origins


def study(name: str, cell: str) -> dict[str, object]:
    return {"study": name, "yi": 0.1, "origin": {"cells": {"event_e": cell}}}


def test_results_that_rest_on_the_same_cells_share_them() -> None:
    results = {"primary": {"studies": [study("Habu 2004", "E2")]}, "DL": {"studies": [study("Habu 2004", "E2")]}}
    shared, origins = share_origins(results)
    assert origins == {"Habu 2004": {"cells": {"event_e": "E2"}}}
    habu = {"study": "Habu 2004", "yi": 0.1, "origin": "Habu 2004"}
    assert shared == {"primary": {"studies": [habu]}, "DL": {"studies": [habu]}}


def test_another_outcome_of_the_same_study_keeps_its_own_cells() -> None:
    shared, origins = share_origins([study("Je 2011", "E2"), study("Je 2011", "E9"), study("Je 2011", "E2")])
    assert origins == {"Je 2011": {"cells": {"event_e": "E2"}}, "Je 2011 (2)": {"cells": {"event_e": "E9"}}}
    assert [row["origin"] for row in shared] == ["Je 2011", "Je 2011 (2)", "Je 2011"]


def test_a_study_without_known_cells_says_so() -> None:
    assert share_origins([{"study": "Habu 2004", "origin": None}]) == ([{"study": "Habu 2004", "origin": None}], {})


def test_blank_cells_of_two_readings_are_the_same_cells() -> None:
    readings = [{"study": "Habu 2004", "origin": {"values": {"n_e": float("nan")}}} for _ in range(2)]
    assert list(share_origins(readings)[1]) == ["Habu 2004"]

"""The published JSON schema of results.json, for readers in other languages."""

from importlib.resources import files

from metak2.report.manifest import SCHEMA


def results_schema() -> str:
    """The schema (JSON Schema, draft 2020-12) of the results.json that this version writes, as JSON."""
    return files("metak2.report").joinpath(f"schema/results-{SCHEMA}.json").read_text(encoding="utf-8")

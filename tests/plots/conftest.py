"""Workbooks for the pictures that are drawn from a sheet."""

from tests.studies.conftest import two_trials, write_book

__all__ = ["two_trials", "write_book"]

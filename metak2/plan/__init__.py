"""The analysis as a file: read, run, expected numbers, verified."""

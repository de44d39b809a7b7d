"""Timings beside metafor and the Python peers: `make bench`."""

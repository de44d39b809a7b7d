"""Many meta-analyses at once: a table of studies in, a table of pooled effects out, in memory, on disk or on Dask."""

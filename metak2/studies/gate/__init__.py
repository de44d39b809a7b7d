"""All checks over a whole workbook: what `metak2 check` runs and `read_studies` asks before it pools."""

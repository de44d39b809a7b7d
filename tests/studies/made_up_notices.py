"""Made-up rows in the shape of Retraction Watch's CSV; no row is of the real file, no paper exists."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

HEADER = ("Record ID", "Title", "Subject", "Institution", "Journal", "Publisher", "Country", "Author", "URLS",
          "ArticleType", "RetractionDate", "RetractionDOI", "RetractionPubMedID", "OriginalPaperDate",
          "OriginalPaperDOI", "OriginalPaperPubMedID", "RetractionNature", "Reason", "Paywalled", "Notes")  # fmt: skip
PLAIN = {
    "Record ID": "1",
    "Title": "Knots, and how they come undone",
    "RetractionDate": "3/9/2020 0:00",
    "RetractionDOI": "10.5555/notice.1",
    "OriginalPaperDate": "1/1/2005 0:00",
    "OriginalPaperDOI": "10.5555/nobody.1",
    "OriginalPaperPubMedID": "0",
    "RetractionNature": "Retraction",
    "Reason": "+Falsification/Fabrication of Data;+Investigation by Company/Institution;",
    "Paywalled": "No",
}


def notices_file(folder: Path, *rows: Mapping[str, str], header: Sequence[str] = HEADER) -> Path:
    """A CSV with these rows, the rest of each as in `PLAIN`; an empty name ends the header, as it really does."""
    path = folder / "notices.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*header, ""])
        for row in rows:
            writer.writerow([*((PLAIN | row).get(name, "") for name in header), ""])
    return path

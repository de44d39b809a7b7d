"""Comments on the cells of a workbook, such as "Table 2, p 345": the source notes of the values."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from posixpath import normpath
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped] # it has no stubs

from metak2.studies.sheet import tidy

_THREADED = re.compile(r"^\[Threaded comment\].*?(?:Comment|Kommentar|Commentaire|Comentario|Commento):\s*", re.DOTALL)
MOST_BYTES = 10_000_000


def comments_of(archive: ZipFile, sheet_path: str) -> Mapping[str, str]:
    """Cell reference → its comment on one line, without the author's name that Excel puts first."""
    path = PurePosixPath(sheet_path)
    relations = f"{path.parent}/_rels/{path.name}.rels"
    if relations not in archive.namelist():
        return {}
    found: dict[str, str] = {}
    for relation in fromstring(archive.read(relations), forbid_dtd=True):
        if relation.get("Type", "").endswith("/comments"):
            target = relation.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else normpath(f"{path.parent}/{target}")
            if part in archive.namelist() and archive.getinfo(part).file_size <= MOST_BYTES:
                found |= _comments(archive.read(part))
    return found


def _comments(content: bytes) -> dict[str, str]:
    root = fromstring(content, forbid_dtd=True)
    authors = {"".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("}author")}
    found = {}
    for node in root.iter():
        if node.tag.endswith("}comment"):
            text = "".join(part.text or "" for part in node.iter() if part.tag.endswith("}t"))
            text = _THREADED.sub("", text)
            first, colon, rest = text.partition(":")
            found[node.get("ref", "")] = tidy(rest if colon and first.strip() in authors else text)
    return found

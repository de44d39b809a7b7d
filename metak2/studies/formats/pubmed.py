"""PubMed's own format (.nbib, "PubMed" in its save menu): a tag of up to four letters, a hyphen, and the value."""

import re
from collections.abc import Iterator, Mapping

_LINE = re.compile(r"([A-Z]{2,4}) *- ?(.*)")


def entries_of(text: str) -> Iterator[Mapping[str, tuple[str, ...]]]:
    r"""The entries in order, each as tag → values; an entry begins with its PubMed number or after a blank line.

    >>> [entry["TI"] for entry in entries_of("PMID- 1\nTI  - Role of vitamin\n      K2\n\nPMID- 2\nTI  - Other")]
    [('Role of vitamin K2',), ('Other',)]
    """
    fields: dict[str, list[str]] = {}
    last: list[str] = []
    for line in (*text.splitlines(), ""):
        found = _LINE.fullmatch(line)
        if fields and (not line.strip() or (found and found[1] == "PMID")):
            yield {tag: tuple(values) for tag, values in fields.items()}
            fields, last = {}, []
        if found:
            last = fields.setdefault(found[1], [])
            last.append(found[2].strip())
        elif last and line.startswith(" "):
            last[-1] = f"{last[-1]} {line.strip()}"

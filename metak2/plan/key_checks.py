"""What can be wrong with the keys of a table, whatever the table: unknown words, wrong types, what stands twice."""

from collections.abc import Iterable, Mapping
from typing import Any

from metak2.errors import did_you_mean
from metak2.plan.entries import texts
from metak2.plan.keys import Keys


def check_table(where: str, table: Mapping[str, Any], keys: Keys) -> list[str]:
    """Keys that are not known, with the nearest one, and values of the wrong type."""
    problems = []
    for key, value in table.items():
        if key not in keys:
            allowed = ", ".join(keys)
            problems.append(
                f'{where}: the key "{key}" is not known{did_you_mean(key, keys) or f"; allowed: {allowed}"}'
            )
        elif not isinstance(value, keys[key]) or (isinstance(value, bool) and bool not in keys[key]):
            wanted = " or ".join(kind.__name__ for kind in keys[key])
            problems.append(f'{where}: the key "{key}" must be {wanted}, not {value!r}')
    return problems


def unknown_words(key: str, asked: object, known: Iterable[str]) -> list[str]:
    """What is asked for and is none of the known words, each with the list of those."""
    named = texts(asked) if isinstance(asked, (str, list)) else ()
    words = tuple(known)
    allowed = ", ".join(words)
    return [
        f"{key}: {name!r} is not known{did_you_mean(str(name), words) or ';'} allowed: {allowed}"
        for name in named
        if name not in words
    ]


def not_texts(entry: Mapping[str, Any], key: str) -> list[str]:
    """What in a list of texts is none."""
    value = entry.get(key)
    wrong = [one for one in value if not isinstance(one, str)] if isinstance(value, list) else []
    return [f'the key "{key}" holds texts, not {one!r}' for one in wrong]


def twice(words: list[str]) -> list[str]:
    """The words that stand more than once."""
    return [word for word in dict.fromkeys(words) if words.count(word) > 1]

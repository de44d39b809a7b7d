"""Do two results.json say the same numbers? The gate that holds on any machine and under any library version."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence

RTOL = 1e-8  # other BLAS kernels and SIMD levels moved results by at most 7e-14; results.json itself keeps ten digits
ATOL = 1e-12  # what lies below is the residue of an iteration
_NAMES = ("study", "group", "label", "name", "of")  # what an entry of a list is called by, where it has one of these


def number_differences(committed: object, fresh: object, path: str = "") -> Iterator[str]:
    """One line per value that differs, with its path, the committed and the fresh value.

    >>> list(number_differences({"tau2": 0.31}, {"tau2": 0.32}))
    ['tau2: 0.31 became 0.32']
    """
    if isinstance(committed, Mapping) and isinstance(fresh, Mapping):
        yield from _in_mappings(committed, fresh, path)
    elif isinstance(committed, list) and isinstance(fresh, list):
        yield from _in_lists(committed, fresh, path)
    elif not _same(committed, fresh):
        yield f"{path}: {_shown(committed)} became {_shown(fresh)}"


def _in_mappings(committed: Mapping[str, object], fresh: Mapping[str, object], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for key in sorted(committed.keys() | fresh.keys()):
        if key not in fresh:
            yield f"{prefix}{key}: {_shown(committed[key])} is no longer written"
        elif key not in committed:
            yield f"{prefix}{key}: {_shown(fresh[key])} is new"
        else:
            yield from number_differences(committed[key], fresh[key], f"{prefix}{key}")


def _in_lists(committed: Sequence[object], fresh: Sequence[object], path: str) -> Iterator[str]:
    if len(committed) != len(fresh):
        yield f"{path}: {len(committed)} entries became {len(fresh)}"
        return
    for at, (old, new) in enumerate(zip(committed, fresh, strict=True)):
        yield from number_differences(old, new, f"{path}[{_name(old, new, at)}]")


def _name(old: object, new: object, at: int) -> str:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in _NAMES:
            if isinstance(old.get(key), str) and old[key] == new.get(key):
                return str(old[key])
    return str(at)


def _same(old: object, new: object) -> bool:
    if _is_number(old) and _is_number(new):
        before, after = float(str(old)), float(str(new))
        return math.isclose(before, after, rel_tol=RTOL) or max(abs(before), abs(after)) <= ATOL
    return type(old) is type(new) and old == new


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if isinstance(value, (Mapping, list)):
        return "a list" if isinstance(value, list) else "an object"
    return json.dumps(value, ensure_ascii=False)

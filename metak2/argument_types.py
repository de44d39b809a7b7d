"""Whether a public function, or a part of a report, was given objects of the types that its signature names.

One mechanism for all of them: `metak2.__getattr__` hands out every public function through `checked`, and the parts of
a report call `check_fields` when they are made. Only the package's own types are checked, alone or in a union, sequence
or mapping; numbers, arrays and texts are left to the functions, which say more about them.
"""

import builtins
import inspect
import sys
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin

from metak2.errors import WrongTypeError

P = ParamSpec("P")
R = TypeVar("R")

MAKERS = {
    "EffectSizes": "effect_sizes(…) or effects_from(…)",
    "Pooled": "pool(…)",
    "Unpooled": "side_by_side(…)",
    "Subgroups": "pool_subgroups(…)",
    "StudyTable": "read_studies(…), or a DataFrame where one is read",
    "Regression": "regress(…)",
    "Refits": "leave_one_out(…) or cumulative(…)",
    "Drawing": "forest(…) and the other figures",
    "Gosh": "gosh(…)",
    "SpecificationCurve": "specification_curve(…)",
}
"""What makes an object of a type, for the way out."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The function; where it fails, `WrongTypeError` for every argument of a wrong type, all at once.

    Types are looked at only then: a call that works pays nothing for it.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception:
            _refuse(function.__name__, _given(function, args, kwargs), _annotations(function))
            raise

    return call


def _given(
    function: Callable[..., object], args: Collection[object], kwargs: Mapping[str, object]
) -> Mapping[str, object]:
    """The arguments by name; none where they do not fit the signature, which Python's own message says best."""
    try:
        return inspect.signature(function).bind(*args, **kwargs).arguments
    except TypeError:
        return {}


def check_fields(made: Any) -> None:  # noqa: ANN401 - any dataclass
    """`WrongTypeError` where a field of this dataclass holds an object of a wrong type."""
    given = {field.name: getattr(made, field.name) for field in fields(made)}
    kind: Any = type(made)
    _refuse(kind.__name__, given, _annotations(kind))


def _refuse(name: str, given: Mapping[str, object], annotations: Mapping[str, Any]) -> None:
    wrong = []
    for parameter, value in given.items():
        annotation = annotations.get(parameter)
        accepted = _classes(annotation)
        if any(_ours(one) for one in accepted) and not _fits(value, annotation):
            wrong.append((parameter, value, tuple(dict.fromkeys(one.__name__ for one in accepted if _ours(one)))))
    if wrong:
        raise WrongTypeError(name, wrong, MAKERS)


def _fits(value: object, annotation: Any) -> bool:  # noqa: ANN401 - an annotation is any object
    """Whether the value is what the annotation says, as far as it can be told; members of collections too."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return any(_fits(value, one) for one in arguments)
    if isinstance(origin, type) and issubclass(origin, Collection):
        return _holds(value, origin, arguments)
    if annotation is None:
        return value is None
    checkable = isinstance(annotation, type) and origin is None and annotation is not float
    return isinstance(value, annotation) if checkable else True


def _holds(value: object, kind: type, members: tuple[Any, ...]) -> bool:
    """Whether the value is a collection of this kind with such members; a text is no sequence."""
    if not isinstance(value, kind) or (isinstance(value, str) and kind is not str):
        return False
    if isinstance(value, Mapping):
        return all(_fits(one, members[-1]) for one in value.values())
    if not isinstance(value, Sequence) or not members:
        return True
    if kind is tuple and members[-1] is not ...:
        return len(value) == len(members) and all(map(_fits, value, members))
    return all(_fits(one, members[0]) for one in value)


def _classes(annotation: Any) -> list[type]:  # noqa: ANN401 - an annotation is any object
    """Every class that the annotation names, inside unions and collections."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return [annotation]
    return [one for part in get_args(annotation) for one in _classes(part)]


def _ours(one: type) -> bool:
    return one.__module__.startswith("metak2.")


@cache
def _annotations(owner: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a function or a class
    """The annotations as objects; a name that only type checkers import stands for any class of that name."""
    module = vars(sys.modules[owner.__module__])
    return inspect.get_annotations(owner, eval_str=True, globals=dict(module), locals=_Names(module))


class _Names(dict[str, Any]):
    """The names of a module; one that it lacks is a class whose instances are known by the name of their class."""

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - a builtin or a class
        if hasattr(builtins, name):
            return getattr(builtins, name)
        return _Named(name, (), {"__module__": "elsewhere"})


class _Named(type):
    """A class known by its name alone, such as a DataFrame before pandas is imported."""

    def __instancecheck__(cls, value: object) -> bool:
        return any(one.__name__ == cls.__name__ for one in type(value).__mro__)

"""``dataclass`` as the standard library's, made in a quarter of the time: a build makes 150 of them before it is done.

There each method is a text of its own that is compiled while a module is imported, six of them for a frozen class. Here
that is one, ``__init__``; what else there is asks the class for its fields.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, FrozenInstanceError, fields
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
        """Make a dataclass, as the standard library's decorator of that name does."""
        if cls is None:
            return partial(dataclass, frozen=frozen, slots=slots)
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
        methods = {"__init__": _init(made, frozen=frozen), "__repr__": _repr, **_comparisons(made, frozen=frozen)}
        for name, method in methods.items():
            if name not in cls.__dict__:
                setattr(made, name, method)
        if frozen:
            made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
            if slots:  # where pickle would set what can't be set
                made.__getstate__, made.__setstate__ = _state, _set_state
        return made


def _init(cls: type, *, frozen: bool) -> Callable[..., None]:
    """Return the method that takes the fields' values by place or by name, and calls ``__post_init__`` if there is one.

    Its text names the fields and nothing else that a class says; defaults come by way of its names.
    """
    names: dict[str, Any] = {"_set": object.__setattr__, "_unset": MISSING}
    taken: dict[bool, list[str]] = {False: [], True: []}
    lines = []
    for field in fields(cls):
        name = value = field.name
        if field.default is not MISSING:
            names[f"_{name}"] = field.default
            taken[bool(field.kw_only)].append(f"{name}=_{name}")
        elif field.default_factory is not MISSING:
            names[f"_{name}"] = field.default_factory
            taken[bool(field.kw_only)].append(f"{name}=_unset")
            value = f"_{name}() if {name} is _unset else {name}"
        else:
            taken[bool(field.kw_only)].append(name)
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ["self", *taken[False], *(["*", *taken[True]] if taken[True] else [])]
    exec(f"def __init__({', '.join(parameters)}):\n {'; '.join(lines) or 'pass'}", names)  # noqa: S102
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _comparisons(cls: type, *, frozen: bool) -> dict[str, Any]:
    """Return ``__eq__`` and ``__hash__`` by the fields that are compared; what can change has no hash."""
    compared = [field.name for field in fields(cls) if field.compare]
    values = attrgetter(*compared) if compared else type

    def __eq__(self: object, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__ if frozen else None}


@recursive_repr("...")
def _repr(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _refuse_to_set(_self: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


__all__ = ["dataclass"]

"""Bytes and 64-bit integers at an address, for compiled functions: no array is passed around, checked or counted.

Whoever calls keeps the arrays alive, and sees to it that nothing outside of them is asked for.
"""

# ruff: noqa: ARG001, ARG005  # what an intrinsic takes are types, of which its signature speaks; numba counts its arguments

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba.core import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
_READS = types.int64(types.int64, types.int64)
_WRITES = types.void(types.int64, types.int64, types.int64)


def _pointer(builder: Any, address: Any, index: Any, kind: ir.IntType, step: int) -> Any:
    offset = builder.mul(index, ir.Constant(_WORD, step))
    return builder.inttoptr(builder.add(address, offset), kind.as_pointer())


def _reading(kind: ir.IntType, step: int) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = builder.load(_pointer(builder, arguments[0], arguments[1], kind, step), align=step)
        return builder.zext(loaded, _WORD) if kind is _BYTE else loaded

    return lambda context, address, index: (_READS, generate)


def _writing(kind: ir.IntType, step: int) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.trunc(arguments[2], _BYTE) if kind is _BYTE else arguments[2]
        builder.store(value, _pointer(builder, arguments[0], arguments[1], kind, step), align=step)
        return context.get_dummy_value()

    return lambda context, address, index, value: (_WRITES, generate)


def _named(name: str, definition: Any) -> Any:
    definition.__name__ = definition.__qualname__ = name
    definition.__module__ = __name__
    return intrinsic(definition)


def _counting() -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return lambda context, value: (types.int64(types.int64), generate)


trailing_zeros: Callable[[int], int] = _named("trailing_zeros", _counting())
"""The number of zero bits below the lowest one that is set; 64 where none is."""
byte: Callable[[int, int], int] = _named("byte", _reading(_BYTE, 1))
"""The byte at ``address + index``."""
word: Callable[[int, int], int] = _named("word", _reading(_WORD, 1))
"""The eight bytes from ``address + index`` on, wherever that is, as one integer."""
get: Callable[[int, int], int] = _named("get", _reading(_WORD, 8))
"""The integer number ``index`` of those from ``address`` on."""
put_byte: Callable[[int, int, int], None] = _named("put_byte", _writing(_BYTE, 1))
put_word: Callable[[int, int, int], None] = _named("put_word", _writing(_WORD, 1))
put: Callable[[int, int, int], None] = _named("put", _writing(_WORD, 8))

"""The kernel as machine code: compiled by numba once on each machine, loaded in a moment ever after.

What is kept is an object file in the user's cache folder (``XDG_CACHE_HOME``, else ``~/.cache``), under a name that
changes with the kernel, the compiler and the processor. Loading it takes no numba, the import of which takes seconds.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # it has no stubs

if TYPE_CHECKING:
    from collections.abc import Callable

ARGUMENTS = 9
_SOURCES = ("kernel.py", "abi.py", "memory.py", "native.py")
_DIGEST = 32


@cache
def reader() -> Callable[..., int]:
    """Return ``kernel.read_lines``; it takes addresses and runs without the interpreter's lock."""
    path = kept_at()
    code = _kept(path)
    if code is None:
        code = _compile()
        _keep(path, code)
    return _loaded(*code)


def is_kept() -> bool:
    """Say whether the machine code is at hand; compiling it takes some seconds."""
    return _kept(kept_at()) is not None


def kept_at() -> Path | None:
    """Return the file that the machine code is kept in; None where the user has no folder of their own."""
    sources = [(Path(__file__).parent / name).read_bytes() for name in _SOURCES]
    machine = [llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    told = [*machine, version("numba"), version("llvmlite")]
    digest = hashlib.sha256(b"\0".join([*sources, *(text.encode() for text in told)])).hexdigest()
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # in a container, say, a user whom nobody has registered
        return None
    return folder / "dataset-packager" / f"kernel-{digest[:16]}.bin"


def _kept(path: Path | None) -> tuple[str, bytes] | None:
    """Return the function's name and the object file, None where they aren't there, whole."""
    try:
        content = path.read_bytes() if path else b""
    except OSError:
        return None
    digest, rest = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(rest).digest() != digest:
        return None
    name, _, code = rest.partition(b"\n")
    return name.decode(), code


def _keep(path: Path | None, code: tuple[str, bytes]) -> None:
    """Keep the machine code where that can be; else it is compiled anew the next time."""
    rest = code[0].encode() + b"\n" + code[1]
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".kernel-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(rest).digest() + rest)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink()


def _compile() -> tuple[str, bytes]:
    from numba import cfunc, types

    from dataset_packager.columns.fast import kernel

    function: Any = kernel.read_lines
    wrapper = cfunc(types.int64(*[types.int64] * ARGUMENTS))(function.py_func)
    text, name = wrapper.inspect_llvm(), wrapper.native_name
    start = text.index(
        f"define i64 @{name}("
    )  # the wrapper, which would ask the interpreter for errors: there are none
    text = text[:start] + text[text.index("\n}\n", start) + 3 :]
    module = llvm.parse_assembly(text)
    return name.removeprefix("cfunc."), _machine().emit_object(module)


def _machine() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, codemodel="jitdefault", jit=True
    )


_alive: list[llvm.ExecutionEngine] = []


def _loaded(name: str, code: bytes) -> Callable[..., int]:
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _alive.append(engine)
    words = [ctypes.c_int64] * ARGUMENTS
    native = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *words)(
        engine.get_function_address(name)
    )

    def call(*addresses: int) -> int:
        result, problem = ctypes.c_int64(), ctypes.c_void_p()
        native(ctypes.addressof(result), ctypes.addressof(problem), *addresses)
        return result.value

    return call

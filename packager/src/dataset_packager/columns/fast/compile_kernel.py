"""``python -m dataset_packager.columns.fast.compile_kernel``: compile the kernel for all machines.

It takes Zig's C compiler, which compiles for all of them on any of them: ``make kernel`` installs the very version that
``COMPILER`` names. Source, compiler and options decide on the bytes; no path, time or machine has a part in them.
A build of datasets never gets here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE = "kernel.c"
COMPILER = "0.17.1"  # of the package ``ziglang``; requirements-kernel.txt pins it, too
OPTIONS = (
    *("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2"),
    *("-ffreestanding", "-fno-builtin", "-nostdlib"),  # it calls no library: glibc and musl load the same file
    *("-shared", "-fPIC", "-fvisibility=hidden"),
    "-fno-vectorize",  # but for what is written so: it made the code a quarter longer, and nothing faster
    *("-fno-stack-protector", "-fno-sanitize=all", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"),
    *("-g0", "-s"),
)
_ELF = ("-Wl,-z,defs", "-Wl,--build-id=none")  # an error where it calls anything after all
TARGETS: dict[str, tuple[str, ...]] = {
    "kernel-linux-x86_64.so": ("-target", "x86_64-linux-none", "-mcpu=baseline", *_ELF),
    "kernel-linux-aarch64.so": ("-target", "aarch64-linux-none", "-mcpu=baseline", *_ELF),
    "kernel-macos-x86_64.dylib": ("-target", "x86_64-macos.12.0", "-mcpu=baseline"),
    "kernel-macos-aarch64.dylib": ("-target", "aarch64-macos.12.0", "-mcpu=baseline"),
}
_HASHES = '''\
"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "{source}"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {{
{builds}
}}
"""The SHA-256 of each file."""
'''


def why_not() -> str | None:
    """Say why nothing can be compiled here; None where it can."""
    try:
        version = metadata.version("ziglang")
    except metadata.PackageNotFoundError:
        return "the compiler isn't installed: `make kernel` does it"
    return None if version == COMPILER else f"the compiler is ziglang {version}, not {COMPILER}"


def compiled(source: bytes) -> dict[str, bytes]:
    """Return the machine code of a source for all machines, by the name of its file."""
    with tempfile.TemporaryDirectory() as folder:
        caches = {name: str(Path(folder) / "cache") for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
        (Path(folder) / SOURCE).write_bytes(source)
        for name, target in TARGETS.items():
            words = [sys.executable, "-m", "ziglang", "cc", *target, *OPTIONS, "-o", name, SOURCE]
            subprocess.run(words, cwd=folder, env=os.environ | caches, check=True)  # noqa: S603 - words of this module
        return {name: (Path(folder) / name).read_bytes() for name in TARGETS}


def hashes(source: bytes, files: dict[str, bytes]) -> str:
    """Return the module ``shipped_kernels`` for these files."""
    lines = (f'    "{name}": "{hashlib.sha256(content).hexdigest()}",' for name, content in files.items())
    return _HASHES.format(source=hashlib.sha256(source).hexdigest(), builds="\n".join(lines))


def main() -> None:
    """Write files and hashes anew."""
    if reason := why_not():
        sys.exit(reason)
    source = (FOLDER / SOURCE).read_bytes()
    files = compiled(source)
    for name, content in files.items():
        (FOLDER / name).unlink(missing_ok=True)  # who has it loaded keeps what was there
        (FOLDER / name).write_bytes(content)
    (FOLDER / "shipped_kernels.py").write_text(hashes(source, files), "utf-8")


if __name__ == "__main__":
    main()

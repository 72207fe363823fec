"""The formats that records come in, one file or folder each: every module here that has a ``FORMAT`` is one."""

from __future__ import annotations

import pkgutil
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.records.formats.interface import Format

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


@cache
def formats() -> Mapping[str, Format]:
    """Return the formats by the endings of their files, in lower case."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    every = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {suffix: each for each in every for suffix in each.suffixes}


def format_of(name: str) -> tuple[Format, str | None]:
    """Return a file's format, by its name, and its compression (``gzip``, ``zstd`` or None).

    Raises:
        SetupError: no format has that ending, or its files aren't compressed as a whole.
    """
    suffix, packed = ending_of(name)
    return formats()[suffix], COMPRESSIONS[packed] if packed else None


def ending_of(name: str) -> tuple[str, str]:
    """Return the ending of a file's name that tells its format, and the one that tells its compression (or none).

    Raises:
        SetupError: as ``format_of``.
    """
    suffix, packed = _endings(name.rpartition("/")[2].lower().lstrip(".").partition(".")[2])
    if suffix not in formats():
        also = ", ".join(suffix for suffix, each in formats().items() if each.compressed)
        alone = "".join(f", {suffix}" for suffix, each in formats().items() if not each.compressed)
        raise SetupError(f"{name}: unknown ending: records come in {also}, each also with .gz or .zst{alone}")
    if packed and not formats()[suffix].compressed:
        raise SetupError(f"{name}: a {suffix} file is compressed within: unpack it, or leave {packed} out of its name")
    return suffix, packed


@lru_cache(maxsize=1024)  # asked of each of a hundred thousand files, several times
def _endings(behind: str) -> tuple[str, str]:
    """Return the two endings that follow a name's first dot; nothing where there is none."""
    *others, last = ("", *(f".{ending}" for ending in behind.split(".") if not behind.endswith(".")))
    return (others[-1], last) if last in COMPRESSIONS else (last, "")

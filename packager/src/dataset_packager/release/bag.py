"""The release as a bag: BagIt 1.0 (RFC 8493), whose payload are the files of ``data/``.

The tag manifest covers every other file but the card, which may be edited on the Hub without breaking the bag.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.base.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

_AMBIGUOUS = re.compile(r"[%\r\n]")


def declaration() -> str:
    """Return the bag declaration (RFC 8493, section 2.1.1)."""
    return "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def info(identifier: str, description: str, released: str, payload: Mapping[str, int]) -> str:
    """Return the bag's metadata (RFC 8493, section 2.2.2); ``payload`` has the size in bytes of each payload file."""
    lines = {
        "External-Identifier": identifier,
        "External-Description": " ".join(description.split()),
        "Bagging-Date": released,
        "Payload-Oxum": f"{sum(payload.values())}.{len(payload)}",
    }
    return "".join(f"{label}: {value}\n" for label, value in lines.items() if value)


def manifest(hashes: Mapping[str, str]) -> str:
    """Return a manifest (RFC 8493, section 2.1.3) of files with their SHA-256s, sorted by path.

    Raises:
        SetupError: a name is one that readers of bags and ``sha256sum`` read in different ways.
    """
    for path in hashes:
        check_name(path)
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(hashes.items()))


def parse_manifest(text: str) -> dict[str, str]:
    """Return path and SHA-256 of each line of a manifest, as ``sha256sum`` reads it: only a line feed ends a line.

    Raises:
        ValueError: a line is no line of a manifest, or names a path twice, or one that is read in different ways.
    """
    hashes, others = manifest_lines(text)
    for line in others.values():
        raise ValueError(f"{line!r} is no line of a manifest, or stands twice")
    return hashes


def manifest_lines(text: str) -> tuple[dict[str, str], dict[int, str]]:
    """Return path and SHA-256 of each line of a stranger's manifest, and the other lines by their number (from 1)."""
    hashes: dict[str, str] = {}
    others: dict[int, str] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        sha256, _, path = line.partition("  ")
        if len(sha256) != 64 or not path or path in hashes or _AMBIGUOUS.search(path):
            others[number] = line
        else:
            hashes[path] = sha256
    return hashes, others


def check_name(path: str) -> None:
    """Refuse a name that a bag would have to write as another one: per cent, line feed and carriage return.

    Raises:
        SetupError: the name has such a character.
    """
    if found := _AMBIGUOUS.search(path):
        why = f"{visible(found[0])!r} in a file's name is written by one rule in bags and by another for sha256sum"
        raise SetupError(f"{visible(path)}: {why}: rename the file")


def is_payload(path: str) -> bool:
    """Say whether a file of the release is payload: what stands in ``data/``."""
    return path.startswith("data/")

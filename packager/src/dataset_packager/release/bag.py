"""The release as a bag: BagIt 1.0 (RFC 8493), whose payload are the files of ``data/``.

The tag manifest covers every other file but the card, which may be edited on the Hub without breaking the bag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    """Return a manifest (RFC 8493, section 2.1.3) of files with their SHA-256s, sorted by path."""
    return "".join(f"{sha256}  {encode_path(path)}\n" for path, sha256 in sorted(hashes.items()))


def parse_manifest(text: str) -> dict[str, str]:
    """Return path and SHA-256 of each line of a manifest.

    Raises:
        ValueError: a line is no line of a manifest, or names a path twice.
    """
    hashes: dict[str, str] = {}
    for line in text.splitlines():
        sha256, _, path = line.partition("  ")
        path = path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        if len(sha256) != 64 or not path or path in hashes:
            raise ValueError(f"{line!r} is no line of a manifest, or stands twice")
        hashes[path] = sha256
    return hashes


def encode_path(path: str) -> str:
    """Return a path as a manifest writes it: per cent, line feed and carriage return encoded."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def is_payload(path: str) -> bool:
    """Say whether a file of the release is payload: what stands in ``data/``."""
    return path.startswith("data/")

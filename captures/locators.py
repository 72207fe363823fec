"""Locators: where in a capture a row's evidence stands.

A locator is ``{start, end, sha256}``: code-point offsets (end exclusive) in the capture decoded as UTF-8 with
newlines untouched, and the SHA-256 of the UTF-8 bytes of exactly that span.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class LocatorError(SetupError):
    """A locator, or a draft of one, does not point to exactly one span; the message says how to mend it."""


def read_capture(path: Path) -> str:
    """Return a capture's text: strict UTF-8, nothing stripped, no newline changed.

    Raises:
        UnicodeDecodeError: the file is not UTF-8.
    """
    return path.read_bytes().decode("utf-8")


def span_sha256(text: str, start: int, end: int) -> str:
    """Return the SHA-256, in hexadecimal, of the UTF-8 bytes of ``text[start:end]`` (code points)."""
    return hashlib.sha256(text[start:end].encode("utf-8")).hexdigest()


def locator(text: str, start: int, end: int) -> dict[str, int | str]:
    """Return the locator of ``text[start:end]``.

    Raises:
        LocatorError: the span is empty or reaches outside the text.
    """
    if not 0 <= start < end <= len(text):
        raise LocatorError(f"span {start}..{end} is empty or outside the capture's {len(text)} code points")
    return {"start": start, "end": end, "sha256": span_sha256(text, start, end)}


def resolves(text: str, start: int, end: int, sha256: str) -> bool:
    """Say whether a locator's hash is that of its span in ``text``."""
    return 0 <= start < end <= len(text) and span_sha256(text, start, end) == sha256


def occurrences(text: str, words: str, begin: int = 0) -> Iterator[int]:
    """Yield every offset (code points) at which ``words`` stands in ``text`` from ``begin`` on."""
    at = text.find(words, begin)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)

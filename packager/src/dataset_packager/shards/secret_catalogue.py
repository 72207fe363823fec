"""Secrets by the rules of Kingfisher, a library kept for nothing else: the tokens of hundreds of issuers.

It searches in this process and asks no network. Compiling its rules takes seconds of processor time, once on a machine:
the library keeps them compiled in the user's folder for caches. So it is asked where the configuration says so.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from dataset_packager.base.extras import is_installed, missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kingfisher_sdk import Scanner

DISTRIBUTION, MODULE = "kingfisher-secret-scanner", "kingfisher_sdk"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules of one version of the library: another one may find other things."""

    version: str


def catalogue(asking: str) -> Catalogue:
    """Return the rules that are installed, compiled, so that the processes of a build needn't each do that.

    Raises:
        SetupError: the extra that ``asking`` needs isn't installed.
    """
    if not is_installed(MODULE):
        raise missing("secrets", asking)
    _scanner()
    from importlib.metadata import version  # here: with a parser of mails

    return Catalogue(version(DISTRIBUTION))


@cache
def _scanner() -> Scanner:
    from kingfisher_sdk import Rules, Scanner  # an extra

    return Scanner(Rules(), base64=False, redact=True)  # what it finds stays inside it


def found_in(texts: Sequence[str | None]) -> Iterator[tuple[int, str]]:
    """Yield the place of each text that holds a secret and the rule that found it, once for each rule.

    All texts are searched at once; only one in which something was found is searched on its own, since what looks like
    a secret may be the end of one text and the beginning of the next.
    """
    lines = [(text or "").encode() for text in texts]
    begins = [0, *accumulate(len(line) + 1 for line in lines)]
    places = {bisect_right(begins, begin) - 1 for begin in _begins(b"\n".join(lines))}
    for place in sorted(places):
        for rule in sorted({found.rule_id for found in _scanner().scan(lines[place]) if found.visible}):
            yield place, f"a secret of Kingfisher's rule {rule}"


def _begins(data: bytes) -> list[int]:
    return [found.location["start_offset"] for found in _scanner().scan(data) if found.visible]

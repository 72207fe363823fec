"""Drafts of records: an annotator quotes words, the program computes offsets and hashes.

A draft quotes a capture and therefore never goes into a project. It is a record in which a locator may be written as

* ``{"find": WORDS}``: exactly these words, which stand once;
* ``{"find": WORDS, "nth": N}``: their N-th occurrence, counted from 1;
* ``{"from": WORDS, "to": WORDS}``: from the first words through the nearest last words;
* any of them with ``"after": WORDS``: looked for behind the first occurrence of these words only.

A member ``span`` of the record itself is replaced by ``start``, ``end`` and ``sha256``. A row of a partition says
``"begins": WORDS`` instead: it reaches from there to where the next one begins.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from captures.locators import LocatorError, locator, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FORMS = ({"find"}, {"find", "nth"}, {"from", "to"}, {"from", "to", "nth"})


def resolve(draft: Any, text: str) -> Any:
    """Return ``draft`` with every drafted locator replaced by the locator of its span in ``text``.

    Raises:
        LocatorError: the quoted words stand nowhere, or more than once without ``nth``.
    """
    if isinstance(draft, list):
        return [resolve(item, text) for item in draft]
    if not isinstance(draft, dict):
        return draft
    if set(draft) - {"after"} in _FORMS:
        return locator(text, *_find(draft, text))
    record: dict[str, Any] = {}
    for name, value in draft.items():
        if name == "span":
            record |= resolve(value, text)
        else:
            record[name] = resolve(value, text)
    return record


def resolve_partition(drafts: Iterable[dict[str, Any]], text: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a gapless partition of ``text`` from drafts that say where each row begins, in order.

    Raises:
        LocatorError: the words that begin a row do not stand behind the row before it.
    """
    rows = list(drafts)
    begins = []
    cursor = 0
    for row in rows:
        at = text.find(row["begins"], cursor)
        if at < 0:
            raise LocatorError(f"no {row['begins']!r} behind code point {cursor}: quote the words that begin the row")
        begins.append(at)
        cursor = at + len(row["begins"])
    if not begins or begins[0] != 0:
        raise LocatorError("the first row must begin where the capture begins")
    for row, start, end in zip(rows, begins, [*begins[1:], len(text)], strict=True):
        rest = {name: value for name, value in row.items() if name != "begins"}
        yield rest | locator(text, start, end)


def _find(draft: dict[str, Any], text: str) -> tuple[int, int]:
    begin = 0
    if "after" in draft:
        begin = next(occurrences(text, draft["after"]), -1)
        if begin < 0:
            raise LocatorError(f"no {draft['after']!r} in the capture")
        begin += len(draft["after"])
    words: str = draft["find"] if "find" in draft else draft["from"]
    found = list(islice(occurrences(text, words, begin), draft.get("nth", 2)))
    if "nth" in draft:
        found = found[draft["nth"] - 1 :]
    if not found:
        raise LocatorError(f"no {words!r} in the capture: quote it exactly, newlines and quotation marks included")
    if len(found) > 1 and "after" not in draft:
        raise LocatorError(f"{words!r} stands more than once: quote more words, or say 'nth' or 'after'")
    start = found[0]
    if "find" in draft:
        return start, start + len(words)
    end = text.find(draft["to"], start)
    if end < 0:
        raise LocatorError(f"no {draft['to']!r} behind {words!r}")
    return start, end + len(draft["to"])

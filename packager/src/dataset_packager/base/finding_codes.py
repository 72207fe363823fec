"""The codes of findings: what each of them says is wrong, for people, documents and programs alike.

A record that breaks a rule of its schema has the failing keyword of JSON Schema for a code (``required``, ``pattern``);
everything else that a finding can say stands here. ``docs/findings.md`` and the contract of ``--format json`` are made
from this list, and a test holds that it has each code that is given, and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class FindingCode:
    """A stable code: a few words for what it means, and a sentence on when it is given and what to do."""

    code: str
    title: str
    description: str


def registry(codes: Iterable[FindingCode]) -> Mapping[str, FindingCode]:
    """Return codes by their name.

    Raises:
        ValueError: a code stands there twice.
    """
    found: dict[str, FindingCode] = {}
    for each in codes:
        if each.code in found:
            raise ValueError(f"the code {each.code!r} is registered twice")
        found[each.code] = each
    return found


CODES = registry(
    FindingCode(*words)
    for words in (
        ("json", "No JSON",
         "The line, or the file, isn't JSON (RFC 8259): the message says where it stops being so."),
        ("encoding", "Not UTF-8",
         "Bytes that aren't UTF-8 (or what CSV is said to be), a byte-order mark, or half a surrogate pair."),
        ("duplicate-name", "A name twice in one object",
         "Readers of JSON take the first or the last of them, so that one value is lost: take one out."),
        ("range", "A number beyond its column",
         "The column can't hold the number without changing it: write it as a string, or widen the schema."),
        ("cell", "No value of its column",
         "A cell of CSV isn't what the schema says of its column, or a row isn't written as CSV is."),
        ("too-large", "Larger than allowed",
         "A line is longer than `max_line_bytes`, or a compressed file grows by more than `max_expansion`."),
        ("too-deep", "Nested too deeply",
         "Arrays and objects stand within each other more than `max_depth` times."),
        ("unrepresentable", "Valid, but not held by its column",
         "The schema allows the value, and its column has no place for it: the hint says what to declare."),
        ("schema", "Refused without a reason",
         "The schema refuses the record, and none of its keywords explains why."),
        ("empty", "Nothing there",
         "A pattern of `records` names no file, or a file has no record."),
        ("split", "No such split",
         "A record names a split that the table doesn't have, or a file beside those of splits belongs to none."),
        ("empty-split", "A split without rows",
         "No row falls into the split, and loaders can't load an empty one."),
        ("leak", "In two splits at once",
         "Rows of two splits are equal on columns that `disjoint` names, so that one gives the other away."),
        ("key", "No key of its own",
         "The key of a row, or what `unique` names, is null, or another row has the same."),
        ("reference", "Refers to nothing",
         "The table that a reference leads to has no row with this key; refused rows don't count."),
        ("stale", "Out of date",
         "A committed document says something that no longer follows from the records."),
        ("license", "A row without a licence",
         "The column that `license_column` names has null, or no licence expression of SPDX."),
        ("secret", "A key, a token or personal data",
         "The row holds what looks like one; what was found is never printed. By default a warning."),
        ("withdrawn", "Withdrawn, and here again",
         "The row has the key of a record that the list `withdrawn` says was taken back."),
        ("file", "A file that isn't well",
         "A record names a file that isn't there, lies outside its folder, or isn't what its column holds, whole."),
        ("limit", "Beyond a limit of the Hub",
         "The Hub, or its viewer, doesn't take it: a warning, since the release is sound without the Hub."),
        ("unsound", "Not what the release says",
         "A file of a release isn't what the release says of it: what `verify` found."),
    )
)  # fmt: skip

r"""Regular expressions of schemas: ECMA-262, as JSON Schema asks, in the dialect that real schemas are written in.

The gate's engine follows the grammar that ECMA-262 has for Unicode patterns. Many schemas use what only its annex B
allows, such as a hyphen after ``\w`` in brackets: that is written so that the engine takes it and it means the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema_rs

from dataset_packager.base.findings import SetupError
from dataset_packager.base.text import quoted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

PATTERN_BYTES = 64 << 20  # compiled size of one pattern
SMALL_BYTES = 2**20
ALL_BYTES = 2**28  # of all patterns of one schema that aren't small
BACKTRACKS = 1_000_000  # steps of one match, where look-around or a back-reference needs backtracking
LINEAR = jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES)
BACKTRACKING = jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACKS, size_limit=PATTERN_BYTES)
ADDRESSES = jsonschema_rs.EmailOptions(allow_display_text=False)  # "A <a@example.org>" names somebody besides

_BEYOND_BMP = re.compile(r"\[\\u[dD]800-\\u[dD][bB][fF]{2}\]\[\\u[dD][cC]00-\\u[dD][fF]{3}\]")
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_NAME = "[^}>]{0,200}"  # no longer, so that what nothing closes isn't looked for to the end each time
_PART = re.compile(
    rf"\\(?:k<{_NAME}>|u[0-9a-fA-F]{{4}}|x[0-9a-fA-F]{{2}}|c[A-Za-z]|[pPk][{{<]{_NAME}[}}>]|0[0-9]*|.)|\[\^?\]|.",
    re.DOTALL,
)
_GROUP = re.compile(rf"\((?:(?!\?)|\?<(?![=!])({_NAME})>)")
_QUANTIFIER = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_AT_MOST = re.compile(r"\{,[0-9]")
_SETS = frozenset({r"\w", r"\W", r"\d", r"\D", r"\s", r"\S"})
_OTHERS = (
    (re.compile(r"\\[zZ]"), "for the end of the text write $"),
    (re.compile(r"\\A"), "for the beginning of the text write ^"),
    (re.compile(r"\{,[0-9]+\}"), "for at most n times write {0,n}"),
    (re.compile(r"\(\?>|[*+?}]\+"), "it has no atomic groups and no possessive quantifiers"),
    (re.compile(r"\(\?P[<=]"), r"for a named group write (?<name>…), to refer to it \k<name>"),
    (re.compile(r"\(\?#"), "it has no comments"),
)


def compiles(pattern: str) -> bool:
    """Say whether the gate's engine takes ``pattern``, look-around and back-references included."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True, pattern_options=BACKTRACKING)
    except ValueError:
        return False
    return True


def size_of(pattern: str) -> int:
    """Return what a pattern that compiles may take in memory, in bytes: 0 where that is less than ``SMALL_BYTES``."""
    size = SMALL_BYTES
    while size < PATTERN_BYTES:
        options = jsonschema_rs.FancyRegexOptions(size_limit=size)
        try:
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True, pattern_options=options)
        except ValueError:
            size *= 4
        else:
            break
    return size if size > SMALL_BYTES else 0


def compilable(pattern: str) -> str | None:
    """Return ``pattern``, or one of the same meaning, in a form that the engine takes; None where there is none."""
    if compiles(pattern):
        return pattern
    rewritten = _rewritten(pattern)
    return rewritten if rewritten != pattern and compiles(rewritten) else None


class Patterns:
    """The patterns of one schema, each written so that the gate's engine takes it."""

    def __init__(self) -> None:
        self._written, self._bytes = dict[str, str](), 0

    def written(self, pattern: str, where: str) -> str:
        """Return how the pattern that stands at ``where`` is written for the engine.

        Raises:
            SetupError: the engine doesn't take it, or all of them together take too much memory.
        """
        if pattern not in self._written:
            written = compilable(pattern)
            if written is None:
                shown = f"{quoted(pattern, 200)} can't be compiled as a regular expression of ECMA-262"
                raise SetupError(f"{visible(where)}: the pattern {shown}{advice(pattern)}")
            self._written[pattern] = written
            self._bytes += size_of(written)
            if self._bytes > ALL_BYTES:
                many = f"with this pattern, those of the schema take more than {ALL_BYTES:,} bytes once compiled"
                raise SetupError(f"{visible(where)}: {many}: ask for fewer repetitions in them")
        return self._written[pattern]


def advice(pattern: str) -> str:
    """Return how ECMA-262 writes what ``pattern`` may have meant, in parentheses; nothing where that isn't known."""
    found = next((words for other, words in _OTHERS if other.search(pattern)), None)
    return f" ({found})" if found else ""


def _rewritten(pattern: str) -> str:
    """Write in the strict grammar what annex B of ECMA-262 (sections B.1.2.1 and B.1.4) allows beyond it."""
    pattern = _BEYOND_BMP.sub(r"[\\u{10000}-\\u{10FFFF}]", pattern)
    pattern = _PAIR.sub(
        lambda pair: chr(0x10000 + ((int(pair[1], 16) & 0x3FF) << 10) + (int(pair[2], 16) & 0x3FF)), pattern
    )
    parts = list(_parts(pattern))
    opened = (_GROUP.match(pattern, offset) for part, inside, offset in parts if part == "(" and not inside)
    names = dict[str | None, int]()
    for number, group in enumerate(filter(None, opened), 1):
        names.setdefault(group[1], number)
    quantified = {place for found in _QUANTIFIER.finditer(pattern) for place in (found.start(), found.end() - 1)}
    written: list[str] = []
    for index, (part, inside, offset) in enumerate(parts):
        beside = (parts[index - 1][0] if index else "", parts[index + 1][0] if index + 1 < len(parts) else "")
        if not inside and part.startswith(r"\k<") and part[3:-1] in names:
            written.append(f"(?:\\{names[part[3:-1]]})")  # by number, with no digit behind it
        elif inside:
            written.append(_in_brackets(part, *beside))
        else:
            bare = offset not in quantified and not _AT_MOST.match(pattern, offset)
            written.append(_outside(part, bare))
    return "".join(written)


def _parts(pattern: str) -> Iterator[tuple[str, bool, int]]:
    """Yield what a pattern is made of, whether it stands in brackets, and where."""
    inside = False
    for match in _PART.finditer(pattern):
        yield match[0], inside, match.start()
        inside = match[0] != "]" if inside else match[0] == "["


def _in_brackets(part: str, before: str, after: str) -> str:
    if part == "-" and before not in ("[", "^") and after != "]" and (before in _SETS or after in _SETS):
        return r"\-"
    return {r"\b": r"\x08", r"\0": r"\x00"}.get(part, _identity(part))


def _outside(part: str, bare: bool) -> str:
    if bare and part in ("{", "}"):
        return f"\\{part}"
    return {"[^]": r"[\s\S]", "[]": "(?!)", r"\0": r"\x00"}.get(part, _identity(part))


def _identity(part: str) -> str:
    """Take the backslash from a character that means itself: one outside ASCII."""
    return part[1:] if len(part) == 2 and part[0] == "\\" and not part[1].isascii() else part

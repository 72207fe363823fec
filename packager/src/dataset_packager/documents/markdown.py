"""Markdown from values that nobody vouches for: nothing in them is markup."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

from dataset_packager.base.text import one_line, visible, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|<>~$&@:-])")
_FIRST = re.compile(r"^(\d{0,9})([-+=.)])(?=\s|$|[-=])")  # what would begin a list, a heading's underline or a rule
_LONGEST = 200
SHORT = 12  # rows of a table that stands open


def escape(value: object, *, longest: int = _LONGEST) -> str:
    """Return a value as one line of text that Markdown and HTML show as it is, cut after ``longest`` characters."""
    text = within(visible(one_line(str(value))), longest)
    return _FIRST.sub(lambda match: f"{match[1]}\\{match[2]}", _ACTIVE.sub(_entity, text))


def _entity(match: re.Match[str]) -> str:
    character = match[1]
    if character in "-:.()+@":  # active only where they begin a line or follow other active ones
        return character
    return f"&#{ord(character)};" if character in "<>&|`" else f"\\{character}"


def code(value: object) -> str:
    """Return a value as a code span that stays one, whatever it holds (CommonMark 0.31, section 6.1)."""
    text = one_line(str(value))
    if not text or "<!--" in text or "-->" in text:  # the second would end a mark of the datasheet
        return escape(value) or "(empty)"
    text = visible(text.replace("|", "\\|"))
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table whose cells are Markdown already."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join(' --- ' for _ in header)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def long_table(header: Sequence[str], rows: Sequence[Sequence[str]], what: str) -> Iterator[str]:
    """Yield a table, folded where it is long; ``what`` its rows are is said of it then."""
    lines = table(header, rows)
    yield from folded(f"{len(rows):,} {what}", lines) if len(rows) > SHORT else lines


def fenced(language: str, text: str) -> Iterator[str]:
    """Yield the lines of a fenced block that no line of ``text`` can close."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    yield f"{fence}{language}"
    yield from text.splitlines()
    yield fence


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines that a reader unfolds: ``summary`` is plain text, the lines are Markdown."""
    shown = html.escape(visible(one_line(summary)))
    yield from ("<details>", f"<summary>{shown}</summary>", "", *lines, "", "</details>")


def json_block(value: object) -> Iterator[str]:
    """Yield a value as a block of indented JSON."""
    lines = json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    yield from fenced("json", "\n".join(map(visible, lines)))
